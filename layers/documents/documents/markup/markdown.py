"""Markdown: ATX and setext headings, code fences, lists and tables as they are, soft line breaks joined.

Source of the rules: CommonMark 0.31, sections 4.2 (ATX headings), 4.3 (setext headings), 4.5 (fenced code),
and the table extension of GitHub. Only block structure is read; emphasis and links stay in the text as
written.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message, rejoin_ids
from documents.encoding import decode
from documents.sections import ParsedDocument
from documents.sniffing import MARKDOWN_HEADING
from documents.source import Source
from documents.structure.headings import is_control_heading
from documents.structure.outline import INFERRED_LEVEL, Block, OutlineBuilder
from documents.structure.tables import has_control_rows, table_blocks

FORMAT = "md"
MIME_TYPE = "text/markdown"
HIDDEN_COMMENT_WARNING = "Comments, which are not shown when the document is rendered, were left out."

_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\Z")
_THEMATIC_BREAK = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*\Z")
_VERBATIM = re.compile(r"(?: {4}|\t| {0,3}>| {0,3}<)")
_HARD_BREAKS = ("  ", "\\")
_MOST_CELLS = 200
_FENCED_OR_COMMENT = re.compile(
    r"(?P<code>^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)|`[^`\n]+`)"
    r"|(?P<comment><!--.*?(?:-->|\Z))",
    re.DOTALL | re.MULTILINE,
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_MATTER_LINE = re.compile(r"(title|author|date|created)\s*:\s*(.+)", re.IGNORECASE)
_BOLD_LINE = re.compile(r"(\*\*|__)(?!\s)(.+?)(?<!\s)\1:?\Z")
_LONGEST_MARKUP = 2000
_INLINE = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),  # links and images
    (re.compile(r"\s*\{#[^}]*\}\s*\Z"), ""),  # heading anchors
    (re.compile(r"(\*\*|__|`)(.+?)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])"), r"\1"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
    (re.compile(r"<[/a-zA-Z][^>]*>"), ""),
)


def heading_text(markup: str) -> str:
    """A heading's words without its inline markup."""
    if len(markup) > _LONGEST_MARKUP:
        return clean_line(markup)
    for pattern, replacement in _INLINE:
        markup = pattern.sub(replacement, markup)
    return clean_line(markup)


@dataclass(slots=True)
class _Reader:
    """Reads line by line; ``_paragraph``, ``_table`` and ``_code`` hold the lines of what is still open."""

    _blocks: list[Block] = field(default_factory=list)
    _paragraph: list[str] = field(default_factory=list)
    _table: list[str] = field(default_factory=list)
    _code: list[str] = field(default_factory=list)
    _fence: str = ""
    _tight: bool = False
    _ends_rows: bool = False

    def read(self, text: str) -> list[Block]:
        for line in text.split("\n"):
            if self._fence:
                self._code.append(line.rstrip())
                if _closes(line, self._fence):
                    self._flush_code()
            else:
                self._line(line)
        self._flush()
        self._flush_code()
        return self._blocks

    def _line(self, line: str) -> None:
        fence, heading = _FENCE.match(line), MARKDOWN_HEADING.match(line)
        if _is_table_row(line) or (self._table and "|" in line):
            self._flush_paragraph()
            self._table.append(line)
            return
        self._flush_table()
        if not line.strip():
            self._flush()
            self._tight = False
        elif fence and "`" not in fence[2]:
            self._flush()
            self._fence = fence[1]
            self._code = [line.rstrip()]
        elif heading:
            self._flush()
            self._add(Block(heading_text(heading[2] or ""), level=(len(heading[1]), 0)))
        elif self._paragraph and _SETEXT.match(line) and not _LIST_ITEM.match(self._paragraph[0]):
            title, self._paragraph = " ".join(self._paragraph), []
            self._add(Block(heading_text(title), level=(1 if "=" in line else 2, 0)))
        elif _THEMATIC_BREAK.match(line):
            self._flush()
        elif _LIST_ITEM.match(line):
            self._flush_paragraph()
            self._paragraph.append(line)
        elif not self._paragraph and _VERBATIM.match(line):
            self._verbatim(line)
        else:
            self._paragraph.append(line)

    def _verbatim(self, line: str) -> None:
        self._add(Block(line.rstrip(), tight=self._tight))

    def _add(self, block: Block) -> None:
        if not block.text.strip():
            return
        if self._ends_rows:
            block = Block(block.text, block.level, block.tight, ends_rows=True)
        self._ends_rows = False
        self._blocks.append(block)
        self._tight = True

    def _flush(self) -> None:
        self._flush_paragraph()
        self._flush_table()

    def _flush_code(self) -> None:
        self._add(Block("\n".join(self._code).rstrip(), tight=self._tight))
        self._code, self._fence = [], ""

    def _flush_paragraph(self) -> None:
        lines, self._paragraph = self._paragraph, []
        if not lines:
            return
        bold = _BOLD_LINE.match(lines[0].strip()) if len(lines) == 1 else None
        plain = heading_text(bold[2] if bold else lines[0])
        if len(lines) == 1 and not _LIST_ITEM.match(lines[0]) and is_control_heading(plain):
            self._add(Block(plain, level=INFERRED_LEVEL))
            return
        self._add(Block(_joined(lines), tight=self._tight))

    def _flush_table(self) -> None:
        lines, self._table = self._table, []
        if not lines:
            return
        rows = [_cells(line) for line in lines if not _TABLE_RULE.match(line)]
        blocks = table_blocks(rows)
        if has_control_rows(blocks):
            for block in blocks:
                self._add(block)
            self._ends_rows = True
            return
        for line in lines:
            self._verbatim(line.strip())


def _is_table_row(line: str) -> bool:
    stripped = line.strip()
    return stripped[:1] == "|" == stripped[-1:] and 1 < stripped.count("|") <= _MOST_CELLS


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence) and set(stripped) == {fence[0]} and len(line) - len(line.lstrip()) <= 3


def _joined(lines: list[str]) -> str:
    text = lines[0].rstrip(" \\") if lines[0].endswith(_HARD_BREAKS) else lines[0].rstrip()
    for before, line in itertools.pairwise(lines):
        text += ("\n" if before.endswith(_HARD_BREAKS) else " ") + line.strip(" \t\\")
    return text


def _cells(row: str) -> list[str]:
    inner = row.strip().removeprefix("|").removesuffix("|")
    return [heading_text(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", inner)]


def parse(source: Source) -> ParsedDocument:
    """A Markdown file in any encoding that ``documents.encoding`` knows. Raises only ``documents.errors``."""
    raw = decode(source.data, source.name)
    text = rejoin_ids(clean(raw))
    text, properties = _without_front_matter(text)
    text, has_comments = _without_comments(text)
    outline = OutlineBuilder()
    for block in _Reader().read(text):
        outline.add(block)
    warnings = [HIDDEN_COMMENT_WARNING] if has_comments else []
    if has_hidden_message(raw):
        warnings.append(HIDDEN_CHARACTERS_WARNING)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=properties.pop("title", None),
        metadata=properties,
        warnings=warnings,
    )


def _without_front_matter(text: str) -> tuple[str, dict[str, str]]:
    match = _FRONT_MATTER.match(text)
    if match is None or ":" not in match[1]:
        return text, {}
    properties: dict[str, str] = {}
    for line in match[1].split("\n"):
        entry = _FRONT_MATTER_LINE.match(line)
        if entry:
            key = entry[1].lower().replace("date", "created")
            properties[key] = clean_line(entry[2].strip("\"' "))
    return text[match.end() :], properties


def _without_comments(text: str) -> tuple[str, bool]:
    """The text without HTML comments, code left alone; and whether a comment held words."""
    found = False

    def drop(match: re.Match[str]) -> str:
        nonlocal found
        comment = match["comment"]
        if comment is None:
            return match[0]
        found = found or sum(map(str.isalpha, comment)) >= 20
        return ""

    return _FENCED_OR_COMMENT.sub(drop, text), found
