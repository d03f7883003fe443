"""Catalogues of requirements that nobody wrote before: the text of the documents that `ingestion` sends.

Each is drawn from a seed: the same seed gives the same text, another one text that no memory or cache has seen.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

_GERMAN = (
    "Der {thing} {must} {how} {done} werden, bevor der {other} in Betrieb geht.",
    "{who} {must} den {thing} alle {number} Tage {how} prüfen und das Ergebnis festhalten.",
    "Für jeden {thing} {must} ein {other} benannt sein, der {how} {done} wird.",
    "Wird der {thing} geändert, {must} {who} den {other} innerhalb von {number} Stunden unterrichten.",
)
_ENGLISH = (
    "The {thing} {must} be {how} {done} before the {other} goes into operation.",
    "{who} {must} check the {thing} {how} every {number} days and record the result.",
    "For each {thing} a {other} {must} be named that is {how} {done}.",
    "When the {thing} changes, {who} {must} inform the {other} within {number} hours.",
)
_WORDS = {
    "de": {
        "thing": "Zugang Server Schlüssel Vertrag Notfallplan Raum Datenträger Dienst Prüfpfad Anschluss".split(),
        "other": "Nachweis Ersatz Verantwortlicher Zeitplan Ablauf Bericht Vermerk Vertreter Prüfer Ausweis".split(),
        "how": "schriftlich vollständig unabhängig regelmäßig nachvollziehbar getrennt zentral sicher".split(),
        "done": "freigegeben dokumentiert gesichert getestet abgenommen verschlüsselt erneuert gesperrt".split(),
        "who": ["Der IT-Betrieb", "Die Leitung", "Der Einkauf", "Das Personalwesen", "Die Revision"],
        "must": ["MUSS", "SOLLTE", "KANN"],
    },
    "en": {
        "thing": "account server key contract plan room medium service log gateway".split(),
        "other": "record deputy schedule procedure report owner reviewer badge note inventory".split(),
        "how": "completely independently regularly traceably separately centrally securely formally".split(),
        "done": "approved documented secured tested accepted encrypted renewed locked".split(),
        "who": ["Operations", "Management", "Procurement", "Human resources", "Internal audit"],
        "must": ["MUST", "SHOULD", "MAY"],
    },
}
_TEMPLATES = {"de": _GERMAN, "en": _ENGLISH}


@dataclass(frozen=True)
class Requirement:
    """A control: its id, its title, and its paragraphs."""

    id: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """`language` is de or en."""

    title: str
    language: str
    requirements: tuple[Requirement, ...]


def catalogue(seed: int, language: str, characters: int) -> Catalogue:
    """About so many characters of requirements, some 900 each."""
    draw = random.Random(seed)  # noqa: S311 - text to measure with, no secret
    mark = "".join(draw.choices(string.ascii_uppercase, k=3))
    count = max(1, round(characters / 900))
    requirements = tuple(_requirement(draw, language, f"Q{mark}-{number:02}") for number in range(1, count + 1))
    title = f"Sicherheitskatalog {mark}" if language == "de" else f"Security catalogue {mark}"
    return Catalogue(title, language, requirements)


def _requirement(draw: random.Random, language: str, identity: str) -> Requirement:
    words = _WORDS[language]
    title = f"{draw.choice(words['thing'])} {draw.choice(words['other'])}".title()
    return Requirement(identity, title, tuple(" ".join(_sentences(draw, language, 5)) for _ in range(2)))


def _sentences(draw: random.Random, language: str, count: int) -> Iterator[str]:
    for _ in range(count):
        words = {name: draw.choice(choices) for name, choices in _WORDS[language].items()}
        yield draw.choice(_TEMPLATES[language]).format(**words, number=draw.randint(2, 90))
