"""The controls of a part: what each is called, how binding it is, who answers for it and where it belongs.

Everything is read from the text. What a format knows beside its text (levels, related controls, a withdrawn mark)
its parser has written into the text as lines such as ``Level: ...``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from extract.pages import page_range
from extract.spans import ControlSpan, control_spans
from grammar.catalogues import C5, CSF, GRUNDSCHUTZ_PLUS, KOMPENDIUM, SP_800_53
from grammar.control_ids import category_of, letters_of, module_of, parent_key
from grammar.document_types import OwnNumbering, kind_of
from grammar.duties import obligations, writes_capitals
from grammar.openings import read_title
from grammar.sentences import split_sentences
from knowledge.records import Control, ParsedPart, StatedObligation
from knowledge.taxonomy import DocumentType, Origin

#: What a model says of where a control begins and ends is checked against the text, and worth less than structure.
CONFIDENCE_OF_MODEL = 0.5

#: On a line of its own, or behind a sentence where a table's cell was made one line.
_LEVEL_LINE = re.compile(
    r"(?:^[^\w\n]{0,6}|(?<=[.!?)] ))"
    r"(?:Sicherheitsniveau|Niveau|Anforderungsniveau|Level|Stufe|Anforderungsart|Qualifizierung|Einstufung)"
    r"\**[ \t]*[:|=][ \t]*\**[ \t]*(?P<level>(?:(?![ ]\w+:)[^\n,;|]){1,40})",
    re.MULTILINE | re.IGNORECASE,
)
_ROLE_LINE = re.compile(
    r"^[^\w\n]{0,6}(?:Responsible(?: roles?)?|Zuständig(?:keit(?:en)?)?|Verantwortlich(?:e Rollen?|e|keit)?"
    r"|Rollen?|Roles?|Owner)\**[ \t]*[:|=][ \t]*\**[ \t]*(?P<roles>[^\n|]{2,200})",
    re.MULTILINE | re.IGNORECASE,
)
_WITHDRAWN_LINE = re.compile(
    r"^[^\w\n]{0,6}(?:Status\**[ \t]*[:|=][ \t]*\**[ \t]*(?:withdrawn|entfallen|zurückgezogen|deprecated)\b"
    r"|\[?Withdrawn\b[^\n]{0,20}?(?:[:\]]|\bIncorporated|\bMoved|\Z)|Diese Anforderung ist entfallen\b)",
    re.MULTILINE | re.IGNORECASE,
)
#: Only the beginning of a control says that it is withdrawn; further down others are spoken of.
_WITHDRAWN_WITHIN = 400

_GRUNDSCHUTZ_LEVELS = {
    "basis": "B",
    "b": "B",
    "standard": "S",
    "s": "S",
    "hoch": "H",
    "erhöht": "H",
    "erhöhter": "H",
    "erhöhtem": "H",
    "h": "H",
}
_LEVEL_HEADINGS = (
    (re.compile(r"\bBasis-?\s?Anforderung", re.IGNORECASE), "B"),
    (re.compile(r"\bStandard-?\s?Anforderung", re.IGNORECASE), "S"),
    (re.compile(r"\berhöhte[mnr]\s+Schutzbedarf", re.IGNORECASE), "H"),
)
_C5_CRITERIA = re.compile(
    r"^[^\w\n]{0,6}(?P<name>(?:Basic|Additional)[ ]Criteri(?:on|a)|(?:Basis|Zusatz)kriteri(?:um|en))\b",
    re.MULTILINE | re.IGNORECASE,
)
#: The title of a requirement whose id stands alone, as in the columns of a PDF's table.
_MARKED_TITLE = re.compile(r"[^\n.:;]{3,200}?[ ]\([BSH]\)(?:\s*\[[^\[\]]{2,200}\])?")

#: What explains a requirement and does not bind.
_INFORMATIVE = re.compile(
    r"^[^\w\n]{0,6}(?:Hinweise?|Erläuterung(?:en)?|Discussion|Supplement(?:al|ary) (?:Guidance|Information)"
    r"|Ergänzende Informationen|Zusatzinformationen|Implementation Examples?|Guidance"
    r"|Umsetzungshinweise?|Beispiele?)\b",
    re.IGNORECASE,
)
_OPEN_END = re.compile(
    r"(?:[,–—-]|\b(?:und|oder|der|die|das|den|dem|des|ein|eine|einer|eines|mit|von|für|zu|zur|zum|and|or|the|a|an|of|to|for|with|by))\Z",
    re.IGNORECASE,
)


def controls_of(part: ParsedPart, kind: DocumentType, spans: Sequence[ControlSpan] | None = None) -> list[Control]:
    """The controls that a part opens, in reading order; ``text`` is the document's, to the character.

    ``spans`` are where they stand; by default where structure shows them.
    """
    part = part if part.kind is kind else part.model_copy(update={"kind": kind})
    return [_control(part, span) for span in (control_spans(part) if spans is None else spans) if not span.continued]


def control_issues(control: Control, kind: DocumentType) -> tuple[str, ...]:
    """Sentences on what a reader should check; empty where the control is sound. A withdrawn one needs only its id."""
    return () if control.withdrawn else tuple(_issues(control, kind))


def body_of(control: Control) -> str:
    """A control's text behind the line that opens it, or behind the id where that line states the requirement."""
    if not control.control_id:
        return control.text.strip()
    _, _, below = control.text.partition("\n")
    return below.strip() or control.text.partition(control.control_id)[2].strip(" \t:|–—-.*_`")


def _control(part: ParsedPart, span: ControlSpan) -> Control:
    text = part.text[span.start : span.end]
    char_from, char_to = part.char_from + span.start, part.char_from + span.end
    page_from, page_to = page_range(part.page_starts, char_from, char_to)
    opening = span.opening
    control = Control(
        control_id=opening.id,
        control_key=opening.key,
        title=opening.title if len(opening.title) <= 300 else "",
        level=opening.level or _level(text, span, part.kind),
        roles=opening.roles or _roles(text),
        domain=_domain(opening.key, span.path),
        parent_key=parent_key(opening.key),
        withdrawn=opening.withdrawn or _WITHDRAWN_LINE.search(text, 0, _WITHDRAWN_WITHIN) is not None,
        edition=part.edition,
        page_from=page_from,
        page_to=page_to,
        char_from=char_from,
        char_to=char_to,
        text=text,
        origin=span.origin,
        confidence=CONFIDENCE_OF_MODEL if span.origin is Origin.MODEL else 1.0,
    )
    if not control.title and control.control_id:
        control = control.model_copy(update=_heading_below(control, part.kind))
    # A model may begin a control at its first sentence; what structure opens begins with a heading.
    headed = span.origin is not Origin.MODEL or not obligations(text.partition("\n")[0])
    control = control.model_copy(update={"obligations": tuple(_stated(text, char_from, headed=headed))})
    return control.model_copy(update={"issues": control_issues(control, part.kind)})


def _heading_below(control: Control, kind: DocumentType) -> dict[str, Any]:
    """The title below an id that is alone on its line, with a level mark and roles if it is a Baustein's."""
    marked = _MARKED_TITLE.match(body_of(control)) if module_of(control.control_key) else None
    if marked is None:
        return {"title": _title_below(control, kind)}
    title, level, roles = read_title(marked[0])
    return {"title": title, "level": control.level or level, "roles": control.roles or roles}


def _title_below(control: Control, kind: DocumentType) -> str:
    """The title of a control whose id stands alone: the outcome of a CSF subcategory, else a short line below it."""
    paragraph = next((block.strip() for block in re.split(r"\n", body_of(control)) if block.strip()), "")
    if category_of(control.control_key) or CSF in kind_of(kind).catalogues:
        return paragraph.strip(" |*")
    return paragraph if len(paragraph) <= 120 and paragraph[-1:] not in ".;:,!?" else ""


def _level(text: str, span: ControlSpan, kind: DocumentType) -> str | None:
    if stated := _LEVEL_LINE.search(text):
        level = stated["level"].strip().strip("*`()").strip()
        if not module_of(span.opening.key):
            return level or None
        return _GRUNDSCHUTZ_LEVELS.get(re.split(r"[-\s]", level.casefold())[0], level)
    if module_of(span.opening.key):
        return _level_of_row(span.opening.rest) or next(
            (level for pattern, level in _LEVEL_HEADINGS for heading in span.path if pattern.search(heading)), None
        )
    if C5 in kind_of(kind).catalogues:
        names = dict.fromkeys(match["name"].split()[0].capitalize() for match in _C5_CRITERIA.finditer(text))
        return ", ".join(names) or None
    return None


def _level_of_row(rest: str) -> str | None:
    """The level in a cell of its own of a table row."""
    cells = (cell.strip().casefold().removesuffix("-anforderung") for cell in rest.split("|")[1:])
    return next((_GRUNDSCHUTZ_LEVELS[cell] for cell in cells if cell in _GRUNDSCHUTZ_LEVELS), None)


def _roles(text: str) -> tuple[str, ...]:
    stated = _ROLE_LINE.search(text)
    if stated is None:
        return ()
    roles = (role.strip(" .*_`[]") for role in re.split(r"[,;]|\s+/\s+", stated["roles"]))
    return tuple(dict.fromkeys(role for role in roles if role and len(role) <= 80))


def _domain(key: str, path: tuple[str, ...]) -> str | None:
    """The area a control belongs to: as the headings around it name it, else as its catalogue does."""
    letters = letters_of(key)
    if module_of(key) and letters in KOMPENDIUM.families:
        return f"{letters} {KOMPENDIUM.families[letters]}"
    stem = category_of(key) or letters
    names = re.compile(rf"(?<![\w.-]){re.escape(stem)}(?![\w-]|\.\w)")
    for heading in reversed(path[:-1]):
        if names.search(heading) and len(heading) <= 120:
            return heading
    if SP_800_53.has_key(key) and not names.search(" ".join(path[:-1])):
        return SP_800_53.families[letters] if len(path) < 2 else path[-2]
    return path[-2] if len(path) > 2 else None


def _stated(text: str, char_from: int, *, headed: bool) -> Iterator[StatedObligation]:
    """The binding sentences below the opening line; where a control writes MUSS in capitals, only capitals bind."""
    heading_end = text.find("\n") + 1 if headed else 0
    capitals = writes_capitals(text)
    informative = False
    for sentence in split_sentences(text):
        if sentence.start == 0 or text[sentence.start - 1] == "\n":
            informative = _informative(sentence.text, text, sentence.start, informative)
        if informative or (sentence.end <= heading_end and heading_end > 1):
            continue
        for obligation in sorted(obligations(sentence.text, capitals_only=capitals)):
            yield StatedObligation(
                char_from=char_from + sentence.start, char_to=char_from + sentence.end, obligation=obligation
            )


def _informative(sentence: str, text: str, start: int, before: bool) -> bool:
    """True if a paragraph explains: it says so, or it follows one that does and begins no new heading."""
    if _INFORMATIVE.match(sentence):
        return True
    return before and not re.match(r"[^\n:]{2,60}:(?=\s)|[^\n.]{2,60}\Z", text[start:].split("\n", 1)[0])


def _is_levelled(key: str) -> bool:
    """True if a requirement of IT-Grundschutz or Grundschutz++ has this key; these state a level."""
    return module_of(key) is not None or GRUNDSCHUTZ_PLUS.has_key(key)


def _issues(control: Control, kind: DocumentType) -> Iterator[str]:
    if re.search(r"[\s­]", control.control_id.replace(" (", "(")) and not re.match(
        r"[A-ZÄÖÜ][a-zäöüß]+ ", control.control_id
    ):
        yield "the id holds a blank or a soft hyphen"
    body = body_of(control)
    states_levels = KOMPENDIUM in kind_of(kind).catalogues
    numbered_itself = kind_of(kind).own_numbering in (OwnNumbering.LABELS, OwnNumbering.NUMBERS)
    if not control.title and not (numbered_itself and body):
        yield "the title is missing"
    if not body:
        yield "the text is empty"
    elif _OPEN_END.search(body) or body.count("(") - body.count(")") > body.count(" (") // 2 + 1:
        yield "the text ends in mid-sentence"
    if control.level is None and states_levels and _is_levelled(control.control_key):
        yield "the level is missing"
    if states_levels and body and not control.obligations:
        yield "no sentence says how binding it is"
