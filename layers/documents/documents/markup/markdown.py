"""Markdown, read into blocks by markdown-it: headings, code, lists and tables as they are, soft line breaks joined.

Source of the rules: CommonMark 0.31, and the table extension of GitHub. Only block structure is read; emphasis and
links stay in the text as written. Definitions of links are not shown when the document is rendered, and left out.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message, rejoin_ids
from documents.encoding import decode
from documents.errors import TooLarge
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import is_control_heading
from documents.structure.outline import INFERRED_LEVEL, Block, OutlineBuilder
from documents.structure.tables import has_control_rows, table_blocks

FORMAT = "md"
MIME_TYPE = "text/markdown"
HIDDEN_COMMENT_WARNING = "Comments, which are not shown when the document is rendered, were left out."

_TABLE_RULE = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*\Z")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s|\Z)")
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
_DEFINED = re.compile(r"\s{0,3}\[[^\]]*\]:\s*\S*")
_LEAST_LETTERS = 20
_DEEPEST = 15
_LOOKED_AT = 20
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


class _Blocks(ParserBlock):
    """The parser of blocks, with a bound on the lines that quotes look at.

    A quote takes the lines behind it along as long as they may belong to its last paragraph. Where it then has none,
    the next quote looks at all of them again.
    """

    def __init__(self, source: Source, most_lines: int) -> None:
        super().__init__()
        self._source, self._lines_left = source, most_lines

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - the base class's names
        """Generate the tokens of a range of lines. Raises ``TooLarge``."""
        self._source.check_time()
        if state.parentType == "blockquote":
            self._lines_left -= endLine - startLine
            if self._lines_left < 0:
                raise TooLarge(self._source.name, "its quotes hold one another")
        super().tokenize(state, startLine, endLine)


class _Reader:
    """Makes blocks of the parser's tokens; the text of a block is that of its lines."""

    def __init__(self, text: str, source: Source) -> None:
        self._source = source
        self._lines = text.split("\n")
        self._blocks: list[Block] = []
        self._end = 0
        self._ends_rows = False
        self._shown: list[tuple[int, int]] = []

    def read(self) -> list[Block]:
        """The document's blocks in order."""
        parser = MarkdownIt("commonmark")
        parser.block = _Blocks(self._source, _LOOKED_AT * (len(self._lines) + 1_000))
        parser.configure("commonmark").enable("table").disable(["inline", "text_join"])  # inline markup stays as it is
        tokens = parser.parse("\n".join(self._lines))
        place = 0
        while place < len(tokens):
            token = tokens[place]
            if token.map is not None:
                place += self._block(token, tokens, place)
            place += 1
        return self._blocks

    def hides_words(self) -> bool:
        """True where lines that belong to no block, which are definitions of links, hold a sentence."""
        shown = {number for start, end in self._shown for number in range(start, end)}
        hidden = (line for number, line in enumerate(self._lines) if number not in shown)
        titles = (_DEFINED.sub("", line) for line in hidden)
        return sum(map(str.isalpha, "".join(titles))) >= _LEAST_LETTERS

    def _block(self, token: Token, tokens: list[Token], place: int) -> int:
        """Add the block that begins with the token; returns how many more tokens belong to it."""
        start, end = token.map or (0, 0)
        if token.type == "paragraph_open":
            self._paragraph(start, end, is_outermost=token.level == 0)
        elif token.type == "heading_open" and token.level == 0:
            self._add(
                Block(heading_text(_one_line(tokens[place + 1].content)), level=(int(token.tag[1]), 0)), start, end
            )
        elif token.type == "table_open":
            self._table(start, end)
        elif token.type == "hr":
            self._shown.append((start, end))
        elif token.type == "code_block" and _LIST_ITEM.match(self._lines[start]):
            self._misplaced_items(start, end)
        elif token.type in {"fence", "code_block"}:
            self._add(Block("\n".join(line.rstrip() for line in self._lines[start:end]).rstrip()), start, end)
        elif token.type in {"html_block", "blockquote_open", "heading_open"} or token.level >= _DEEPEST:
            for number in range(start, end):
                self._add(Block(self._lines[number].rstrip()), number, number + 1)
        else:
            return 0
        return _length(tokens, place)

    def _paragraph(self, start: int, end: int, *, is_outermost: bool) -> None:
        lines = self._lines[start:end]
        if all(map(_is_table_row, lines)):
            self._table(start, end)
            return
        bold = _BOLD_LINE.match(lines[0].strip()) if len(lines) == 1 else None
        plain = heading_text(bold[2] if bold else lines[0])
        if is_outermost and len(lines) == 1 and is_control_heading(plain):
            self._add(Block(plain, level=INFERRED_LEVEL), start, end)
            return
        self._add(Block(_joined(lines)), start, end)

    def _misplaced_items(self, start: int, end: int) -> None:
        """List items that are indented so far that they count as code: no author means that."""
        first = start
        for number in range(start + 1, end + 1):
            if number == end or not self._lines[number].strip() or _LIST_ITEM.match(self._lines[number]):
                lines = [line for line in self._lines[first:number] if line.strip()]
                if lines:
                    self._add(Block(_joined(lines)), number - len(lines), number)
                first = number

    def _table(self, start: int, end: int) -> None:
        lines = self._lines[start:end]
        blocks = table_blocks([_cells(line) for line in lines if not _TABLE_RULE.match(line)])
        if has_control_rows(blocks):
            for block in blocks:
                self._add(block, start, end, tight=block.tight)
            self._ends_rows = True
            return
        for number, line in enumerate(lines, start):
            self._add(Block(line.strip()), number, number + 1)

    def _add(self, block: Block, start: int, end: int, *, tight: bool | None = None) -> None:
        """Append a block of these lines; without a blank line before them it follows at once."""
        self._shown.append((start, end))
        if not block.text.strip():
            return
        if tight is None:
            tight = block.level is None and bool(self._blocks) and start == self._end
        self._blocks.append(replace(block, tight=tight, ends_rows=block.ends_rows or self._ends_rows))
        self._ends_rows = False
        self._end = end


def _length(tokens: list[Token], place: int) -> int:
    """The number of tokens behind this one up to the end of its element."""
    first = tokens[place]
    if first.nesting != 1:
        return 0
    end = place + 1
    while tokens[end].level != first.level or tokens[end].nesting != -1:
        end += 1
    return end - place


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.split("\n"))


def _is_table_row(line: str) -> bool:
    stripped = line.strip()
    return stripped[:1] == "|" == stripped[-1:] and 1 < stripped.count("|") <= _MOST_CELLS


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
    reader = _Reader(text, source)
    for block in reader.read():
        outline.add(block)
    warnings = [HIDDEN_COMMENT_WARNING] if has_comments or reader.hides_words() else []
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
        found = found or sum(map(str.isalpha, comment)) >= _LEAST_LETTERS
        return ""

    return _FENCED_OR_COMMENT.sub(drop, text), found
