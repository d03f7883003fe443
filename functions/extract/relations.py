"""The edges that a part's own text states, each with the stretch that states it.

What a document's structure says (an id within a module, a list of related controls, roles behind a title) has origin
``source``; what a sentence says has origin ``rule``. Nothing is inferred: no statement, no edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.relation_words import (
    CELL_BREAK,
    ID_LIST_GLUE,
    KIND_BEHIND,
    KINDS,
    LABEL,
    LIST_LINE,
    NAMES,
    POINTER,
    SECOND_HALF,
    SETZT,
    STATEMENTS,
)
from grammar.control_ids import ControlId, catalogue_shown, find_ids_and_groups, is_enhancement
from grammar.negation import ends_denied
from grammar.sentences import split_sentences
from knowledge.records import Control, ParsedPart, Relation
from knowledge.taxonomy import DocumentType, Origin, RelationType


@dataclass(frozen=True, slots=True)
class _Stated:
    """A relation to an id found at a place; ``start`` and ``end`` count characters of the part's text."""

    relation: RelationType
    key: str
    written: str
    start: int
    end: int
    origin: Origin
    confidence: float


def relations_of(part: ParsedPart, controls: Sequence[Control], kind: DocumentType) -> list[Relation]:
    """The relations of a part's controls, and of the ids that its mapping tables begin with."""
    found: list[Relation] = []
    for control in controls:
        found += _structural(part, control)
        found += _stated_in(part, control)
    found += _of_mapping_rows(part)
    known: dict[tuple[str, RelationType, str], Relation] = {}
    for relation in found:
        known.setdefault((relation.source_key, relation.relation, relation.target_key), relation)
    stronger = {(source, target) for source, name, target in known if name is not RelationType.REFERENCES}
    return [
        relation
        for (source, name, target), relation in known.items()
        if name is not RelationType.REFERENCES or (source, target) not in stronger
    ]


def _structural(part: ParsedPart, control: Control) -> Iterator[Relation]:
    """The relations in the id and in the line that opens the control."""
    if control.parent_key is not None and not control.withdrawn:
        enhances = is_enhancement(control.control_key)
        start = control.char_from + max(0, control.text.find(control.control_id))
        yield Relation(
            source_key=control.control_key,
            relation=RelationType.ENHANCES if enhances else RelationType.PART_OF,
            target_key=control.parent_key,
            target=control.parent_key,
            origin=Origin.SOURCE,
            char_from=start,
            char_to=start + len(control.control_id),
        )
    position = 0
    for role in control.roles:
        position = control.text.find(role, position)
        if position >= 0:
            yield _relation(
                part,
                control.control_key,
                _Stated(
                    RelationType.RESPONSIBLE_ROLE,
                    role,
                    role,
                    control.char_from - part.char_from + position,
                    control.char_from - part.char_from + position + len(role),
                    Origin.SOURCE,
                    1.0,
                ),
            )


def _stated_in(part: ParsedPart, control: Control) -> Iterator[Relation]:
    """The relations in the control's text below its opening line."""
    begin, end = control.char_from - part.char_from, control.char_to - part.char_from
    below = part.text.find("\n", begin, end)
    body = begin + len(control.control_id) if below < 0 else below
    excluded = {control.control_key, control.parent_key}
    taken: list[tuple[int, int]] = []
    for label in LABEL.finditer(part.text, body, end):
        if taken and label.start() < taken[-1][1]:
            continue
        stop = _list_end(part.text, label.end(), end)
        if label.lastgroup == RelationType.MAPS_TO and not _is_id_list(NAMES.sub("", part.text[label.end() : stop])):
            continue
        taken.append((label.start(), stop))
        for stated in _listed(part.text, label, stop):
            if stated.key != control.control_key:
                yield _relation(part, control.control_key, stated)
    for stated in _in_prose(part.text, body, end, taken):
        if stated.key not in excluded:
            yield _relation(part, control.control_key, stated)


def _list_end(text: str, start: int, limit: int) -> int:
    """The end of a labelled list of ids: of its line, or of the wrapped lines that hold nothing but ids."""
    end = text.find("\n", start, limit)
    end = limit if end < 0 else end
    while end < limit:
        following = text.find("\n", end + 1, limit)
        following = limit if following < 0 else following
        line = text[end + 1 : following]
        if not line.strip() or not _is_id_list(line) or text[start:end].rstrip().endswith("."):
            break
        end = following
    return end


def _is_id_list(line: str) -> bool:
    ids = list(find_ids_and_groups(line))
    rest, position = "", 0
    for found in ids:
        rest += line[position : found.start]
        position = found.end
    return bool(ids) and LIST_LINE.fullmatch(rest + line[position:]) is not None


def _listed(text: str, label: re.Match[str], stop: int) -> Iterator[_Stated]:
    default = RelationType(label.lastgroup or RelationType.RELATED)
    for found in find_ids_and_groups(text[label.end() : stop]):
        start, end = label.end() + found.start, label.end() + found.end
        behind = KIND_BEHIND.match(text, end, stop)
        relation = KINDS.get(behind["kind"].casefold(), default) if behind else default
        yield _Stated(relation, found.key, found.text, start, behind.end() if behind else end, Origin.SOURCE, 1.0)


def _in_prose(text: str, begin: int, end: int, taken: Sequence[tuple[int, int]]) -> Iterator[_Stated]:
    for sentence in split_sentences(text[begin:end]):
        first = begin + sentence.start
        for found in find_ids_and_groups(sentence.text):
            start = first + found.start
            if any(low <= start < high for low, high in taken):
                continue
            relation, confidence = _said_of(sentence.text, found)
            yield _Stated(relation, found.key, found.text, first, first + len(sentence.text), Origin.RULE, confidence)


def _said_of(sentence: str, found: ControlId) -> tuple[RelationType, float]:
    """The relation that a sentence states to an id in it; a plain mention is a reference."""
    before, behind = _without_list(sentence[: found.start]), sentence[found.end :]
    if not ends_denied(before):
        if SETZT.search(before):
            half = SECOND_HALF.match(behind)
            if half:
                return (RelationType.IMPLEMENTS if half["half"] == "um" else RelationType.REQUIRES), 0.9
        else:
            for relation, pattern in STATEMENTS:
                if pattern.search(before):
                    return relation, 0.85
    return RelationType.REFERENCES, 0.95 if POINTER.search(before) else 0.85


def _without_list(before: str) -> str:
    """The text before the first of the ids that are listed together: 'implements AC-2 and' becomes 'implements '."""
    ids = list(find_ids_and_groups(before))
    while ids and ID_LIST_GLUE.sub("", before[ids[-1].end :]) == "":
        before = before[: ids[-1].start]
        ids.pop()
    return before


def _of_mapping_rows(part: ParsedPart) -> Iterator[Relation]:
    """Rows of a table whose first cell is an id and another cell nothing but ids of another catalogue."""
    for line in re.finditer(r"[^\n]*(?:\||\t)[^\n]*", part.text):
        cells = _cells(line)
        if not cells:
            continue
        source, *others = cells
        first = _only_ids(source[1])
        if len(first) != 1:
            continue
        for _, cell in others:
            targets = _only_ids(cell)
            if not targets or catalogue_shown(targets[0].key) == catalogue_shown(first[0].key):
                continue
            for target in targets:
                yield _relation(
                    part,
                    first[0].key,
                    _Stated(
                        RelationType.MAPS_TO, target.key, target.text, line.start(), line.end(), Origin.SOURCE, 1.0
                    ),
                )


def _cells(line: re.Match[str]) -> list[tuple[int, str]]:
    cells, position = [], 0
    for cell in CELL_BREAK.split(line[0].strip(" |\t")):
        if cell:
            position = line[0].find(cell, position)
            cells.append((position, cell))
    return cells


def _only_ids(cell: str) -> list[ControlId]:
    found = list(find_ids_and_groups(cell))
    rest = cell
    for each in reversed(found):
        rest = rest[: each.start] + rest[each.end :]
    return found if found and ID_LIST_GLUE.sub("", rest).strip("*_`.") == "" else []


def _relation(part: ParsedPart, source_key: str, stated: _Stated) -> Relation:
    return Relation(
        source_key=source_key,
        relation=stated.relation,
        target_key=stated.key,
        target=stated.written,
        origin=stated.origin,
        confidence=stated.confidence,
        char_from=part.char_from + stated.start,
        char_to=part.char_from + stated.end,
    )
