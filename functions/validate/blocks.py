"""A drafted answer in Markdown, taken apart into headings, tables and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*\s*")
_ROW = re.compile(r"\s*\|.*\|\s*")
_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")
_CELL_END = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they read, a ``\\|`` in them undone."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    text: str


Block = Heading | Table | Prose


def read_blocks(draft: str) -> Iterator[Block]:
    """The draft's blocks in order. A table is a head, a rule of dashes, and rows; anything else with bars is prose."""
    lines = draft.splitlines()
    prose: list[str] = []
    at = 0
    while at < len(lines):
        heading = _HEADING.fullmatch(lines[at])
        table = _table(lines, at)
        if heading or table:
            yield from _prose(prose)
            prose = []
        if heading:
            yield Heading(heading["text"])
            at += 1
        elif table:
            yield table
            at += 2 + len(table.rows)
        else:
            prose.append(lines[at])
            at += 1
    yield from _prose(prose)


def _prose(lines: Sequence[str]) -> Iterator[Prose]:
    if text := "\n".join(lines).strip():
        yield Prose(text)


def _table(lines: Sequence[str], at: int) -> Table | None:
    if at + 1 >= len(lines) or not (_ROW.fullmatch(lines[at]) and _RULE.fullmatch(lines[at + 1])):
        return None
    rows = []
    for line in lines[at + 2 :]:
        if not _ROW.fullmatch(line):
            break
        rows.append(_cells(line))
    return Table(_cells(lines[at]), tuple(rows))


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.replace("\\|", "|").strip() for cell in _CELL_END.split(inner))
