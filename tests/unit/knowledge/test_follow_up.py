"""Which questions lean on the ones before, what they ask in full, and that all others stay as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.questions.follow_up import MOST_CHARACTERS, MOST_TURNS, depends_on_earlier, resolve
from knowledge.records import EarlierQuestion
from wissen_bench.questions import QUESTIONS, WARM_UP

HERE = Path(__file__).parent
GOLDEN = HERE.parents[3] / "shared" / "data" / "compliance"


def after(question: str, *earlier: str) -> str | None:
    """``earlier`` as they were asked, the first first."""
    return resolve(question, [EarlierQuestion(question=each) for each in reversed(earlier)])


@pytest.mark.parametrize(
    ("earlier", "question", "full"),
    [
        # Another control.
        ("Was fordert ORP.4.A8?", "und A5?", "Was fordert ORP.4.A5?"),
        ("Was fordert ORP.4.A8?", "Und A 5 auch?", "Was fordert ORP.4.A5?"),
        ("Was fordert ORP.4.A8?", "Was ist mit A12?", "Was fordert ORP.4.A12?"),
        ("What does NAC-04 require?", "and NAC-05?", "What does NAC-05 require?"),
        ("Who owns AC-2(1)?", "what about AC-2(3)?", "Who owns AC-2(3)?"),
        # Another thing of the same kind.
        ("Wie härte ich einen Linux-Server?", "und für Windows-Server?", "Wie härte ich einen Windows-Server?"),
        ("Wie härte ich einen Linux-Server?", "Und Windows?", "Wie härte ich einen Windows-Server?"),
        ("Was fordert ISO 27001 zu Kennwörtern?", "und C5?", "Was fordert C5 zu Kennwörtern?"),
        ("Was muss ich bei Docker beachten?", "und bei Kubernetes?", "Was muss ich bei Kubernetes beachten?"),
        # Pronouns that stand for the control.
        ("Was fordert ORP.4.A8?", "Wer ist dafür verantwortlich?", "Wer ist für ORP.4.A8 verantwortlich?"),
        ("Was fordert orp.4.a8?", "Gibt es dazu Ausnahmen?", "Gibt es zu ORP.4.A8 Ausnahmen?"),
        ("Was fordert ORP.4.A8?", "Was sagt NIST dazu?", "Was sagt NIST zu ORP.4.A8?"),
        ("Was fordert NLW.2.1.A5?", "Wie oft muss das geprüft werden?", "Wie oft muss NLW.2.1.A5 geprüft werden?"),
        ("Was fordert NLW.2.1.A5?", "Wie setze ich das um?", "Wie setze ich NLW.2.1.A5 um?"),
        ("What does AC-2 require?", "Who is responsible for it?", "Who is responsible for AC-2?"),
        ("What does NAC-04 require?", "Does it apply to contractors?", "Does NAC-04 apply to contractors?"),
        ("What does NAC-04 say?", "What does that mean in practice?", "What does NAC-04 mean in practice?"),
        # What cannot be replaced is put behind.
        (
            "How often must rights be reviewed?",
            "What about contractors?",
            "How often must rights be reviewed – what about contractors?",
        ),
        (
            "Wie lang müssen Kennwörter sein?",
            "Gilt das auch für Administratoren?",
            "Wie lang müssen Kennwörter sein – gilt das auch für Administratoren?",
        ),
        ("Wer muss Zugriffe freigeben?", "Und bei Notfällen?", "Wer muss Zugriffe freigeben – und bei Notfällen?"),
        ("Wie lange gelten Zugänge?", "Warum?", "Wie lange gelten Zugänge – warum?"),
        ("Which logs are needed?", "Who has access to them?", "Which logs are needed – who has access to them?"),
    ],
)
def test_what_a_follow_up_asks_in_full(earlier: str, question: str, full: str) -> None:
    assert after(question, earlier) == full


@pytest.mark.parametrize(
    "question",
    [
        "und für Windows-Server?",
        "und intern?",
        "Für Externe auch?",
        "For contractors?",
        "And in the cloud?",
        "how about backups?",
        "wie sieht es bei Cloud-Diensten aus?",
        "Und wer?",
        "Wie oft?",
        "Why not?",
        "Mehr dazu",
        "Tell me more",
        "Ein Beispiel bitte",
        "Was ist der Unterschied?",
        "Müssen sie verschlüsselt werden?",
        "Must they be encrypted?",
        "Ist das verpflichtend?",
        "Is this also required for test systems?",
        "Which of them are mandatory?",
        "Welche davon sind Pflicht?",
        "Welche Frist nennt diese Anforderung?",
        "Who must fulfil this requirement?",
        "was passiert wenn das nicht eingehalten wird",
        "What does the second one say?",
        "Kannst du das genauer erklären?",
        "Fasse das zusammen",
    ],
)
def test_a_question_that_leans_on_another_is_noticed(question: str) -> None:
    assert depends_on_earlier(question)


STANDING = [
    *QUESTIONS,
    *WARM_UP,
    "Und wie lange müssen Protokolle aufbewahrt werden?",
    "And what does AC-2 require?",
    "Was ist mit Verfügbarkeit gemeint?",
    "Was ist mit alten Datenträgern zu tun?",
    "Was ist ein Notfallplan und wofür wird er gebraucht?",
    "What is MFA and how does it work?",
    "Is it permitted to copy the rights of a colleague?",
    "How is it ensured that backups can be restored?",
    "Wer ist dafür zuständig, Konten zu sperren?",
    "Wie müssen Kennwörter beschaffen sein, damit sie sicher sind?",
    "Gibt es Vorgaben zu Kennwörtern?",
    "Geht es in ORP.4 um Berechtigungen?",
    "Handelt es sich bei Cookies um personenbezogene Daten?",
    "Können Sie mir die Anforderungen an Sicherungen nennen?",
    "was regelt das berechtigungskonzept",
    "Wie muss das System konfiguriert werden?",
    "who is responsible for it security",
    "welche it systeme müssen inventarisiert werden",
    "Explain AC-2 and who owns this control.",
    "Für welche Systeme gilt ORP.4?",
    "Sprungserver für administrative Sitzungen einrichten",
    "Kennwort Mindestlänge",
    "ORP.4.A8",
    "Löschkonzept",
    "Which controls address that risk of data loss in the cloud?",
    "Ist es erlaubt, private Geräte zu benutzen?",
    "Nenne Maßnahmen gegen Schadsoftware und Beispiele dafür",
    "If a key leaks, who must be told about it?",
]


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_stands_alone_is_not_changed(question: str) -> None:
    assert after(question, "Was fordert ORP.4.A8 für Linux-Server?") is None


def test_labelled_questions_stand_alone() -> None:
    lines = (HERE / "intents_of_questions.tsv").read_text(encoding="utf-8").splitlines()
    questions = [line.split("\t")[1] for line in lines if line]
    assert len(questions) > 50
    assert [each for each in questions if depends_on_earlier(each) and "about" not in each] == []


@pytest.mark.golden
def test_questions_of_the_example_set_stand_alone() -> None:
    path = GOLDEN / "questions.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    questions = [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()]
    changed = [each for each in questions if depends_on_earlier(each)]
    assert len(changed) / len(questions) < 0.005, changed


def test_a_named_control_stands_alone_after_a_question_without_one() -> None:
    assert after("What about PM-9?", "How long must logs be kept?") is None


def test_without_an_earlier_question_nothing_is_changed() -> None:
    assert after("und A5?") is None


def test_a_chain_of_follow_ups_goes_back_to_the_question_that_stands() -> None:
    assert after("und A6?", "Was fordert ORP.4.A8?", "Und warum?") == "Was fordert ORP.4.A6?"
    resolved = EarlierQuestion(question="und A5?", resolved_question="Was fordert ORP.4.A5?")
    assert resolve("Wer ist dafür verantwortlich?", [resolved]) == "Wer ist für ORP.4.A5 verantwortlich?"


def test_only_so_much_is_looked_back_at() -> None:
    follow_ups = ["Warum?"] * MOST_TURNS
    assert after("und A5?", "Was fordert ORP.4.A8?", *follow_ups) is None
    assert after("und A5?", "Was fordert ORP.4.A8?", *follow_ups[1:]) == "Was fordert ORP.4.A5?"
    assert after("Warum?", "Was fordert " + "x" * MOST_CHARACTERS) is None


def test_a_long_question_is_not_repeated_whole() -> None:
    full = after("Warum?", "Wie lange müssen " + "Protokolle " * 300 + "aufbewahrt werden?")
    assert full is not None
    assert len(full) < 600


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_an_outcome(question: str, earlier: str) -> None:
    full = after(question, earlier)
    assert full is None or full.strip()
