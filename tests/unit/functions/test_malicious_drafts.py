"""No word of a steered model and nothing active reaches a reader, in no field of an answer and in no draft event."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.fakes.examples import ORG, passage, query_message
from tests.fakes.stream import FakeAudience, FakeConnections
from tests.unit.functions.malicious_drafts import FOREIGN, malicious_drafts, sources
from tests.unit.llmclient.fake_gateway import always, chunk, stream_answer

from grammar.answers.drafts import shown_draft
from grammar.answers.safe_markdown import FORMAT, escaped, escaped_line, unescaped, visible
from grammar.answers.sourced_words import OWN_WORDS, WORDS_OF_QUESTIONS, SourceWords
from knowledge.messages import SynthesizeAnswer
from knowledge.records import Analysis, Answer, Draft
from knowledge.streaming import StreamedEvents
from knowledge.taxonomy import Intent, Language
from synthesize.model_calls import AnswerWriter
from synthesize.selection import words_of
from validate.validator import check_draft

SEEDS, DRAFTS_OF_A_SEED = range(4), 250
QUESTION = Analysis(language=Language.GERMAN, intent=Intent.SPECIFIC_CONTROL, confidence=1.0)
#: Tags that CommonMark and tables may render to, and no attribute but a list's start and a cell's alignment.
TAGS = frozenset("p h3 ul ol li table thead tbody tr th td code br".split())
ATTRIBUTES = frozenset({"start"})
_WORD = re.compile(r"\w+")


class _Rendered(HTMLParser):
    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.active: list[str] = []
        renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self.feed(renderer.render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.active += [tag] * (tag not in TAGS) + [name for name, _ in attrs if name not in ATTRIBUTES]

    def handle_comment(self, data: str) -> None:
        self.active.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.active.append(f"declaration {decl}")

    def handle_data(self, data: str) -> None:
        self.text += data


@cache
def known_words() -> frozenset[str]:
    """Every word of the passages as it is written, small. The drafts' true words are copied, so no stem is needed."""
    texts = "\n".join(words_of(one) for one in sources().values())
    return frozenset(_WORD.findall(texts.casefold())) | OWN_WORDS


def assert_sourced(text: str, where: str) -> None:
    said = set(_WORD.findall(re.sub(r"\[\d+\]", " ", text).casefold()))
    assert said <= known_words(), f"{sorted(said - known_words())} in {where}: {text!r}"
    assert text == visible(text) or text.replace("\t", " ") == visible(text), f"unseen characters in {where}"


def assert_safe(markdown: str, where: str) -> None:
    rendered = _Rendered(markdown)
    assert rendered.active == [], f"{rendered.active} in {where}: {markdown!r}"
    assert_sourced(rendered.text, where)


def answered(draft: str) -> Answer:
    proposed = tuple(f"{line.strip()}?" for line in draft.splitlines())
    written = Draft(text=draft, sources=(), follow_ups=proposed)
    return check_draft(written, sources(), Language.GERMAN, "Wie lang müssen Passwörter sein?")


@pytest.mark.parametrize("seed", SEEDS)
def test_no_foreign_word_and_nothing_active_in_any_field_of_an_answer(seed: int) -> None:
    for draft in malicious_drafts(seed, DRAFTS_OF_A_SEED):
        answer = answered(draft)
        if answer.found:
            assert answer.answer_format == FORMAT
            assert_safe(answer.answer, f"the answer to {draft!r}")
            assert_sourced(answer.answer_plain, f"the plain answer to {draft!r}")
        for question in answer.follow_ups:
            said = set(_WORD.findall(question.casefold()))
            unknown = said - known_words() - WORDS_OF_QUESTIONS - {"lang", "müssen"}
            forms = {word for word in unknown for known in known_words() if len(word) > 3 and known.startswith(word)}
            assert unknown == forms, question
            assert _Rendered(question).active == [], question
        for citation in answer.citations:
            source = next(one for one in sources().values() if one.document_id == citation.document_id)
            assert citation.quote in source.text


@pytest.mark.parametrize("seed", SEEDS)
def test_no_foreign_word_and_nothing_active_in_any_draft_event(seed: int) -> None:
    texts = [words_of(one) for one in sources().values()]
    for number, draft in enumerate(malicious_drafts(seed, DRAFTS_OF_A_SEED)):
        assert_safe(shown_draft(draft, texts), f"the draft kept of {draft!r}")
        if number % 5 == 0:
            heard = streamed(draft, size=1 + number % 37)
            assert heard == shown_draft(draft, texts), "how a draft is cut makes no difference"


def streamed(draft: str, *, size: int) -> str:
    """A draft as a listener hears it. No event alone has a foreign word."""
    audience, connections, query_id = FakeAudience(), FakeConnections(), uuid4()
    audience.subscribe("c", ORG, query_id)
    pieces = [chunk(draft[at : at + size]) for at in range(0, len(draft), size)]
    writer = AnswerWriter(
        always(stream_answer([*pieces, chunk(None, "stop")])).client(), StreamedEvents(audience, connections)
    )
    message = query_message(SynthesizeAnswer, query_id)
    writer(message, [{"role": "user", "content": "Wie lang?"}], QUESTION, list(sources().values()))
    events = connections.to("c")
    for event in events:
        assert_safe(event["text"], f"an event of {draft!r}")
    return "".join(event["text"] for event in events)


def test_the_drafts_are_many_and_say_what_they_must_not() -> None:
    drafts = [draft for seed in SEEDS for draft in malicious_drafts(seed, DRAFTS_OF_A_SEED)]
    assert len(set(drafts)) > 900
    held = [sum(word in draft for draft in drafts) for word in FOREIGN]
    assert min(held) > 10
    assert sum(answered(draft).found for draft in drafts[:200]) > 100, "true sentences are kept beside false ones"


def test_not_even_the_nearest_sources_are_active() -> None:
    answer = check_draft(
        Draft(text="NO_ANSWER", sources=(), missing_controls=("<img src=//e.io>",)), sources(), Language.GERMAN
    )
    assert _Rendered(answer.answer).active == []
    assert "Entwurf <b>X</b>" in answer.answer_plain


@pytest.mark.parametrize(
    "text",
    [
        "![](https://e.io/a)", "<script>alert(1)</script>", "[x]: //e.io", "[a](javascript:b)", "<https://e.io>",
        "a&lt;b&#x3c;", "    code", "```\ncode\n```", "# a", "a\n===", "a\n---", "> a",
        "| a | b |\n|---|---|\n| c | d |",
        "`a` ``b``", "a\\", "\\[a](b)", "**a** _b_ ~~c~~ $d$", "a  \nb", "1. a\n2. b", "- a\n  - b",
        "https://e.io/`a`|b", "www.e.io.", "(a@b.de)", "policy.pdf",
    ],
)  # fmt: skip
def test_any_source_is_shown_as_its_words(text: str) -> None:
    rendered = _Rendered(escaped(text))
    assert rendered.active == []
    assert _WORD.findall(rendered.text) == _WORD.findall(re.sub(r"(?m)^\d+\.", "", text))


@settings(max_examples=400)
@given(st.text(alphabet="ab.:/ \n\t#*_`[]()<>!|\\&;-=+~1w@\u200b\u202e{}$\"'?", max_size=60))
def test_no_text_renders_to_anything_active(text: str) -> None:
    for markdown in (
        escaped(text),
        f"### {escaped_line(text)}",
        f"| {escaped_line(text)} |\n| --- |\n| {escaped_line(text)} [1] |",
    ):
        assert _Rendered(markdown).active == [], markdown
    assert unescaped(escaped_line(text)).replace("`", "") == " ".join(visible(text).split()).replace("`", "")


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_no_text_of_any_script_renders_to_anything_active(text: str) -> None:
    assert _Rendered(escaped(text)).active == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "filler", ["a.", "`", "[", "http://", " ", "\n", "| ", "-", "a@", "*", "# ", "[1] ", "a-", "\\", "|-"]
)
def test_long_texts_are_read_in_time(filler: str) -> None:
    text = (filler * 60_000)[:60_000]
    unescaped(escaped(text))
    shown_draft(text, [text[:4_000]])
    SourceWords(text[:20_000]).foreign(text[:20_000])


PARAPHRASES = [
    (
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln.",
        "Der Passwortgebrauch muss von der Institution verbindlich geregelt werden.",
    ),
    ("Passwörter MÜSSEN mindestens 12 Zeichen haben.", "Ein Passwort MUSS mindestens zwölf Zeichen haben."),
    ("Passwörter DÜRFEN NICHT mehrfach verwendet werden.", "Ein Passwort DARF NICHT mehrfach verwendet werden."),
    ("Der IT-Betrieb prüft die Konten jährlich.", "Die Konten werden jährlich durch den IT-Betrieb geprüft."),
    (
        "Administrators must review all accounts every 90 days.",
        "All accounts must be reviewed by the administrators every 90 days.",
    ),
    ("Shared accounts should not be used by staff.", "Staff should not use shared accounts."),
    (
        "The organization shall encrypt backups at rest.",
        "Backups shall be encrypted at rest by the organization.",
    ),
    ("Bei Verdacht MÜSSEN Passwörter geändert werden.", "**Passwörter** MÜSSEN bei Verdacht geändert werden."),
]


@pytest.mark.parametrize(("source", "said"), PARAPHRASES)
def test_a_paraphrase_whose_every_word_has_its_source_is_kept(source: str, said: str) -> None:
    answer = check_draft(Draft(text=f"{said} [1]", sources=()), {1: passage(source)}, Language.GERMAN)
    assert (answer.found, answer.changes) == (True, ()), answer.changes


@pytest.mark.parametrize(
    "label",
    [
        "Passwörter", "ORP.4.A8", "ORP.4.A8 – Regelung", "Regelung des Passwortgebrauchs", "Konten", "Thema",
        "**Richtlinie Zugriff**", "Richtlinie Zugriff (Konten)", "Zeichen:",
    ],
)  # fmt: skip
def test_a_heading_of_the_sources_stands(label: str) -> None:
    answer = answered(f"## {label}\nPasswörter MÜSSEN mindestens 12 Zeichen haben. [1]")
    assert answer.answer_plain.startswith(label.strip("*")), answer.changes


@pytest.mark.parametrize(
    "label", ["Verwendet werden", "mehrfach verwendet", "Regelung der Konten", "Accounts", "Zeichen haben mindestens"]
)
def test_a_heading_that_is_cut_out_or_put_together_does_not(label: str) -> None:
    answer = answered(f"## {label}\nPasswörter DÜRFEN NICHT mehrfach verwendet werden. [1]")
    assert answer.answer_plain == "Passwörter DÜRFEN NICHT mehrfach verwendet werden. [1]"
