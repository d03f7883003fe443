"""Parts of documents as classify writes them, made of headings and texts."""

from __future__ import annotations

from knowledge.records import ParsedPart, ParsedSection
from knowledge.taxonomy import DocumentType, Language


def part_of(
    *sections: tuple[tuple[str, ...], str],
    char_from: int = 0,
    page_starts: tuple[int, ...] = (),
    number: int = 0,
    kind: DocumentType = DocumentType.UNKNOWN,
    modules: frozenset[str] = frozenset(),
) -> ParsedPart:
    """A part of sections: the headings around each, and its text with its own heading line."""
    text, found = "", []
    for path, body in sections:
        start = char_from + len(text)
        text += body
        found.append(
            ParsedSection(
                heading_path=path, char_from=start, char_to=char_from + len(text), page_from=None, page_to=None
            )
        )
    return ParsedPart(
        part=number,
        kind=kind,
        language=Language.GERMAN,
        char_from=char_from,
        text=text,
        sections=tuple(found),
        page_starts=page_starts,
        modules=modules,
    )
