"""DocBook: nested sections are the headings, blocks keep their order, inline markup is left away.

Source of the vocabulary: DocBook 5.1 (and the names that DocBook 4 has for the same). Index terms and empty
cross references print nothing of their own; an editor's remark is not printed, so it is hidden text.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from documents.characters import clean, flowing
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.list_numbers import format_number
from documents.structure.outline import Block, OutlineBuilder
from documents.structure.tables import has_control_rows, table_blocks
from documents.xml_tree import attribute, children, first_child, local_name, read_xml, whole_text

FORMAT = "docbook"
MIME_TYPE = "application/docbook+xml"

SECTIONS = frozenset(
    "set book part chapter appendix preface article section sect1 sect2 sect3 sect4 sect5 simplesect refsection "
    "refsect1 refsect2 refsect3 refentry glossary glossdiv bibliography bibliodiv dedication acknowledgements colophon "
    "partintro topic reference".split()
)
_PARAGRAPHS = frozenset("para simpara formalpara attribution subtitle releaseinfo bridgehead".split())
_VERBATIM = frozenset("programlisting screen literallayout synopsis cmdsynopsis funcsynopsis address".split())
_LISTS = frozenset("itemizedlist orderedlist procedure substeps simplelist calloutlist".split())
_TERM_LISTS = frozenset("variablelist glosslist".split())
_TABLES = frozenset("table informaltable".split())
_BOXES = frozenset(
    "note warning caution important tip danger example informalexample figure informalfigure sidebar blockquote "
    "epigraph abstract legalnotice equation mediaobject imageobject caption textobject qandaset qandadiv listitem step "
    "callout glossentry varlistentry answer".split()
)
_BLOCKS = SECTIONS | _PARAGRAPHS | _VERBATIM | _LISTS | _TERM_LISTS | _TABLES | _BOXES | {"qandaentry"}
_SILENT = frozenset(
    "title titleabbrev info bookinfo articleinfo chapterinfo sectioninfo indexterm index toc anchor remark colspec col "
    "colgroup imagedata".split()
)
_INFOS = ("info", "bookinfo", "articleinfo", "chapterinfo", "sectioninfo")
_PRINTED_INFO = ("subtitle", "abstract", "legalnotice", "releaseinfo")
_NUMERATIONS = {
    "loweralpha": "lowerLetter",
    "upperalpha": "upperLetter",
    "lowerroman": "lowerRoman",
    "upperroman": "upperRoman",
}


def parse(source: Source) -> ParsedDocument:
    """A DocBook document or a part of one. Raises only ``documents.errors``."""
    root = read_xml(source)
    reader = _Reader(source, root)
    reader.section(root, 1)
    return reader.outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=reader.title_of(root) or None,
        metadata=_metadata(root),
    )


def _metadata(root: Element) -> dict[str, str]:
    info = first_child(root, *_INFOS)
    if info is None:
        return {}
    author = next((each for each in info.iter() if local_name(each) in {"author", "corpauthor", "orgname"}), None)
    found = {
        "author": whole_text(author),
        "created": whole_text(first_child(info, "pubdate", "date")),
        "edition": whole_text(first_child(info, "edition")),
    }
    return {key: value for key, value in found.items() if value}


class _Reader:
    def __init__(self, source: Source, root: Element) -> None:
        self.outline = OutlineBuilder()
        self._source = source
        self._ends_rows = False
        self._depth = 1
        self._titles = {
            attribute(element, "id"): self.title_of(element) for element in root.iter() if attribute(element, "id")
        }

    def title_of(self, element: Element) -> str:
        """The element's title, from itself or from its ``info``."""
        for holder in (element, first_child(element, *_INFOS)):
            title = None if holder is None else first_child(holder, "title")
            if title is not None:
                return flowing("".join(self._pieces(title)))
        return ""

    def section(self, element: Element, depth: int) -> None:
        """A section with its heading at the depth, and everything in it."""
        self._source.check_time()
        around, self._depth = self._depth, depth
        title = self.title_of(element)
        if title:
            self._add(Block(title, level=(depth, 0)))
        info = first_child(element, *_INFOS)
        for part in () if info is None else children(info, *_PRINTED_INFO):
            self._block(part)
        self._flow(element, depth=depth + bool(title))
        self._depth = around

    def _add(self, block: Block) -> None:
        if self._ends_rows and block.hidden is None:
            block = Block(block.text, block.level, block.tight, ends_rows=True)
            self._ends_rows = False
        self.outline.add(block)

    def _flow(self, element: Element, *, depth: int, prefix: str = "", tight: bool = False) -> None:
        """Words and blocks within an element, in order. The prefix goes to the first line of it."""
        pending = [element.text or ""]
        is_mixed = bool("".join(pending).strip()) or any((child.tail or "").strip() for child in element)

        def flush() -> None:
            nonlocal prefix, tight
            text = flowing("".join(pending))
            pending.clear()
            if text:
                self._add(Block(f"{prefix}{text}", tight=tight))
                prefix, tight = "", tight or bool(prefix)

        for child in element:
            name = local_name(child)
            if name in _BLOCKS or (name and name not in _SILENT and not is_mixed):
                flush()
                prefix, tight = self._nested(child, name, depth, prefix, tight)
            elif name == "remark":
                self._add(Block(whole_text(child), hidden="editor's remark"))
            else:
                pending += self._inline(child)
            pending.append(child.tail or "")
        flush()

    def _nested(self, child: Element, name: str, depth: int, prefix: str, tight: bool) -> tuple[str, bool]:
        """Render a block that may be the first of a list item; what is left of the item's prefix."""
        if name in SECTIONS:
            self.section(child, depth)
            return prefix, tight
        if prefix and name in _PARAGRAPHS:
            self._flow(child, depth=depth, prefix=prefix, tight=tight)
            return "", True
        self._block(child, tight=tight)
        return prefix, tight

    def _block(self, element: Element, *, tight: bool = False) -> None:
        name = local_name(element)
        if name in _VERBATIM:
            lines = clean("".join(element.itertext())).strip("\n").rstrip()
            self._add(Block(lines, tight=tight))
        elif name in _LISTS:
            self._list(element, name, tight=tight)
        elif name in _TERM_LISTS:
            self._terms(element)
        elif name in _TABLES:
            self._table(element)
        elif name == "qandaentry":
            self._question(element)
        elif name == "bridgehead":
            self._add(Block(whole_text(element), level=(self._depth + 1, 0)))
        else:
            title = self.title_of(element)
            if title:
                self._add(Block(title, tight=tight))
            self._flow(element, depth=self._depth + 1, tight=tight or (bool(title) and name != "figure"))

    def _list(self, element: Element, name: str, *, tight: bool) -> None:
        title = self.title_of(element)
        if title:
            self._add(Block(title))
        numbering = _NUMERATIONS.get(attribute(element, "numeration"), "decimal")
        is_numbered = name in {"orderedlist", "procedure", "substeps"}
        for number, item in enumerate(children(element, "listitem", "step", "member", "callout"), 1):
            marker = f"{format_number(number, numbering)}." if is_numbered else "-"
            self._flow(item, depth=self._depth + 1, prefix=f"{marker} ", tight=tight or number > 1)

    def _terms(self, element: Element) -> None:
        for number, entry in enumerate(children(element, "varlistentry", "glossentry")):
            terms = ", ".join(map(whole_text, children(entry, "term", "glossterm")))
            for body in children(entry, "listitem", "glossdef"):
                self._flow(body, depth=self._depth + 1, prefix=f"- {terms}: ", tight=number > 0)

    def _question(self, element: Element) -> None:
        """A question is the heading of its answers."""
        question = first_child(element, "question")
        if question is not None:
            self._add(Block(whole_text(question), level=(self._depth + 1, 0)))
        for answer in children(element, "answer"):
            self._flow(answer, depth=self._depth + 2)

    def _table(self, element: Element) -> None:
        title = self.title_of(element)
        if title:
            self._add(Block(title))
        rows = [[self._cell(cell) for cell in children(row, "entry", "td", "th", "entrytbl")] for row in _rows(element)]
        blocks = table_blocks(rows, first_tight=bool(title))
        for block in blocks:
            self._add(block)
        self._ends_rows = has_control_rows(blocks)

    def _cell(self, cell: Element) -> str:
        """A cell on one line, its paragraphs and list items parted by blanks."""
        return flowing("".join(self._spaced(cell)))

    def _spaced(self, element: Element) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            if local_name(child) in _BLOCKS:
                yield " "
                yield from self._spaced(child)
                yield " "
            else:
                yield from self._inline(child)
            yield child.tail or ""

    def _pieces(self, element: Element) -> Iterator[str]:
        """The words of an element with those of the inline elements in it."""
        yield element.text or ""
        for child in element:
            yield from self._inline(child)
            yield child.tail or ""

    def _inline(self, element: Element) -> Iterator[str]:
        name = local_name(element)
        if name in _SILENT or not name:
            return
        elif name == "quote":
            yield f'"{"".join(self._pieces(element))}"'
        elif name == "footnote":
            yield f" ({flowing(''.join(self._pieces(element)))})"
        elif name in {"xref", "link"} and not "".join(element.itertext()).strip():
            yield self._titles.get(attribute(element, "linkend"), "")
        else:
            yield from self._pieces(element)


def _rows(element: Element) -> Iterator[Element]:
    """The rows of a table, without those of tables in its cells."""
    for child in element:
        if local_name(child) in {"row", "tr"}:
            yield child
        elif local_name(child) in {"tgroup", "thead", "tbody", "tfoot"}:
            yield from _rows(child)
