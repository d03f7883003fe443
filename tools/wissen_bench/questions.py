"""The benchmark's questions: questions on the sample documents, of every kind and in both languages, none twice."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable

_MARK_LENGTH = 6

QUESTIONS = (
    # Controls by name, as people type them.
    "Was fordert NLW.2.1.A5?",
    "Was steht in nlw.4.2.a4 zu den Kopien?",
    "Erkläre NLW.2.1.A8 bitte genauer.",
    "Gilt NLW.4.2.A9 auch für Monatsstände?",
    "What does NAC-04 say about dismissals?",
    "Explain nac-12 to me.",
    "Who is responsible under NAC-13?",
    "Which evidence does NAC-05 ask for?",
    "What is the review interval of NAC-13 for service accounts?",
    "Nenne die Fristen aus NLW.2.1.A6.",
    # Obligations.
    "Wie lang müssen Kennwörter mindestens sein?",
    "Wie oft müssen administrative Rechte überprüft werden?",
    "Bis wann müssen Konten ausgeschiedener Personen gesperrt werden?",
    "Dürfen Einmalkennwörter per SMS verwendet werden?",
    "Wer muss den IT-Betrieb über einen Austritt unterrichten?",
    "Wie lange müssen Genehmigungen aufbewahrt werden?",
    "Welche Anwendungen müssen stündlich gesichert werden?",
    "Wie weit muss der andere Standort für die Sicherungskopie entfernt sein?",
    "Wie lange sind Monatsstände aufzubewahren?",
    "Muss ein Schlüssel aufbewahrt werden, solange noch eine Sicherung von ihm abhängt?",
    "Welche Angaben muss der Sicherungsplan enthalten?",
    "Ist ein zweiter Faktor für Administratoren vorgeschrieben?",
    "How many characters must a password have?",
    "When must dormant accounts be disabled?",
    "Is it permitted to copy the rights of a colleague?",
    "How long must logs be kept?",
    "Must administrators use a separate account?",
    "How often shall privileged rights be reviewed?",
    "Are shared accounts allowed on read-only displays?",
    "What is required before access is granted?",
    "How soon must the use of a break-glass account be reported?",
    "Within which time must rights that nobody confirms be removed?",
    # How something is done.
    "Wie schalte ich die Anmeldung mit Kennwort über SSH ab?",
    "Wie stelle ich Dateien wieder her, die ich gelöscht habe?",
    "Wie kann ich Zugriff auf eine Anwendung beantragen?",
    "Wo melde ich einen verlorenen Laptop?",
    "Sprungserver für administrative Sitzungen einrichten",
    "How do I configure TLS 1.3 on a web server?",
    "How can I check the syntax of the SSH configuration?",
    "Which ciphers should the SSH server offer?",
    "How do I limit SSH access to one group?",
    "Disable password authentication for SSH",
    "How to renew certificates with ACME?",
    "How do we verify TLS from outside?",
    # Advice.
    "Was ist beim Umgang mit technischen Konten zu beachten?",
    "Welches Vorgehen empfiehlt sich nach einem Angriff für die Wiederherstellung?",
    "Sollte man die Cloud-Dienste zusätzlich sichern?",
    "What is the best practice for private keys of servers?",
    "Which recommendations exist for standing membership in administrative groups?",
    "Any tips for replacing keys when a device is lost?",
    # Comparisons.
    "Vergleiche die Sperrfristen in NLW.2.1.A4 und NAC-04.",
    "Was ist der Unterschied zwischen den Klassen Gold und Silber?",
    "Entspricht NLW.2.1.A14 der Anforderung NAC-11?",
    "How does NAC-07 differ from NLW.2.1.A7?",
    "Compare the review intervals of ordinary and privileged roles.",
    "Passt unsere Richtlinie zur Zugriffssteuerung zu ISO 27001 und IT-Grundschutz?",
    # Definitions.
    "Was ist eine unveränderliche Kopie?",
    "Wofür steht die Klasse Bronze?",
    "Was passiert, wenn ein Sicherungslauf fehlschlägt?",
    "Warum werden Arbeitsplatzrechner nicht gesichert?",
    "What is a break-glass account?",
    "Why is the first key exchange on the list safe against quantum computers?",
    "Who decides on exceptions to the access control standard?",
    "What happens to my rights when I move to another department?",
)

#: Asked first, so that every worker has its imports, connections and models; not measured.
WARM_UP = (
    "Welche Rollen darf niemand zugleich haben?",
    "What do joiners start with?",
    "Was regelt NLW.4.2.A1?",
    "How are host keys replaced?",
    "Wann wird ein Bildschirm gesperrt?",
    "Which headers does a web server send?",
)


def never_asked(questions: Iterable[str]) -> list[str]:
    """The questions with a random word behind each, so that nothing that remembers an earlier run knows them."""
    mark = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_MARK_LENGTH))
    return [f"{question} ({mark})" for question in questions]
