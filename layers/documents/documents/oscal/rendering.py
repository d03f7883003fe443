"""Renders an OSCAL catalog or profile as text that reads like the printed standard.

Groups are headings; each control is a section headed ``ID Title``. It holds the statement with its item
labels, the guidance behind ``Discussion:`` (``Hinweise:`` in German), then one line each for what the
catalog states beside its prose: level, related and required controls, status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from documents.errors import BrokenDocument, TooLarge
from documents.oscal.model import Link, Node, OscalDocument, Parameter, Property, Selection
from documents.oscal.names import Names, heading_of, label_of
from documents.oscal.parameters import Parameters
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.outline import TITLE_LEVEL, Block, OutlineBuilder
from grammar.language import Language, language_by_function_words
from grammar.program_ids import is_base_of, reader_id

_SILENT_PARTS = {"statement", "item", "overview", "introduction", "description"}
_PART_LABELS = {
    "guidance": ("Discussion", "Hinweise"),
    "example": ("Implementation examples", "Beispiele"),
    "objective": ("Assessment objective", "Prüfziel"),
    "assessment-objective": ("Assessment objective", "Prüfziel"),
    "assessment": ("Assessment method", "Prüfmethode"),
    "assessment-method": ("Assessment method", "Prüfmethode"),
}
_LINKS = (
    ("Related", {"related"}),
    ("Required", {"required", "requires"}),
    ("Incorporated into", {"incorporated-into"}),
    ("Moved to", {"moved-to"}),
)
# One line a row; each entry names the property and what readers call it, in English and in German.
_FACTS: tuple[tuple[tuple[tuple[str, ...], str, str], ...], ...] = (
    ((("sec_level",), "Security level", "Sicherheitsniveau"), (("effort_level", "effort"), "Effort", "Aufwand")),
    ((("level", "baseline", "impact_level"), "Level", "Stufe"),),
    ((("responsible", "responsible_role", "responsible_roles"), "Responsible", "Zuständig"),),
    ((("tags", "tag"), "Tags", "Schlagworte"),),
    ((("target_object_categories",), "Target objects", "Zielobjekte"),),
    ((("documentation",), "Documentation", "Dokumentation"),),
)


def render(document: OscalDocument, source: Source, *, format_name: str, mime_type: str) -> ParsedDocument:
    """The document's text and sections. Raises ``BrokenDocument`` where it holds neither controls nor imports."""
    if not any(node.kind != "part" for node in document.body.children) and not document.imports:
        raise BrokenDocument(source.name, "it is an OSCAL file without controls")
    outline = _Renderer(document, source).outline()
    metadata = {
        "author": document.publisher,
        "created": _date(document.published),
        "modified": _date(document.modified),
        "version": document.version,
    }
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=mime_type,
        format=format_name,
        title=document.title or None,
        metadata={key: value for key, value in metadata.items() if value},
    )


def _date(timestamp: str) -> str:
    match = re.match(r"\d{4}-\d\d-\d\d", timestamp)
    return match[0] if match else ""


class _Renderer:
    def __init__(self, document: OscalDocument, source: Source) -> None:
        self._document = document
        self._source = source
        self._outline = OutlineBuilder()
        self._length = 0
        self._german = _is_german(document.body)
        roots = [document.body, *(each.additions for each in document.alterations)]
        parameters = [parameter for root in roots for node in _walk(root) for parameter in node.parameters]
        self._parameters = Parameters([*document.settings, *parameters], german=self._german, document_name=source.name)
        self._names = Names(roots)
        self._resources = {each.id: each.title for each in document.resources if each.title}

    def outline(self) -> OutlineBuilder:
        document = self._document
        if document.title:
            self._heading(document.title, TITLE_LEVEL[0])
        if document.version:
            self._line(f"Version: {document.version}", tight=True)
        if document.published:
            published = _date(document.published) or document.published
            self._line(f"{'Veröffentlicht' if self._german else 'Published'}: {published}", tight=True)
        for line in document.remarks:
            self._line(line.text, tight=line.tight)
        for child in document.body.children:
            self._node(child, 1)
        self._profile()
        self._back_matter()
        return self._outline

    def _heading(self, text: str, depth: int) -> None:
        self._source.check_time()
        self._add(Block(self._parameters.filled(text), level=(depth, 0)))

    def _line(self, text: str, *, tight: bool = False) -> None:
        self._add(Block(self._parameters.filled(text), tight=tight))

    def _add(self, block: Block) -> None:
        self._length += len(block.text)
        if self._length > self._source.limits.max_characters:
            raise TooLarge(self._source.name, f"it says more than {self._source.limits.max_characters:,} characters")
        self._outline.add(block)

    def _node(self, node: Node, depth: int) -> None:
        if node.kind == "part":
            self._part(node)
            return
        self._heading(heading_of(node) or "–", depth)
        for each in node.properties:
            if each.name == "label":
                for line in each.remarks:
                    self._line(line.text, tight=line.tight)
        self._contents(node)
        for child in node.children:
            if child.kind != "part":
                self._node(child, depth + 1)

    def _contents(self, node: Node) -> None:
        """A control's parts, the statement first, then what it states beside them."""
        before = ""
        parts = [child for child in node.children if child.kind == "part"]
        for part in sorted(parts, key=lambda part: part.name != "statement"):
            self._part(part, follows=before)
            before = part.name
        self._facts(node)
        self._references(node)

    def _part(self, part: Node, *, follows: str = "", within: str = "") -> None:
        """A part with its sub-parts; examples in a row share one line that announces them."""
        if part.name == "example":
            if follows != "example":
                self._line(f"{self._part_label('example')}:")
            self._part_lines(part, "-", tight=True)
        else:
            is_silent = part.name in _SILENT_PARTS or part.name == within
            lead = label_of(part) or next((each.value for each in part.properties if each.name == "label"), "")
            if not is_silent:
                lead = " ".join([f"{self._part_label(part.name)}:", *part.values("method")])
            self._part_lines(part, lead, tight=bool(follows) and part.name in {"item", within})
        before = part.name if part.prose or part.name == "item" else ""
        for child in part.children:
            self._part(child, follows=before, within=part.name)
            before = child.name

    def _part_lines(self, part: Node, lead: str, *, tight: bool) -> None:
        first = " ".join(filter(None, (lead, part.title, part.prose[0].text if part.prose else "")))
        if first:
            self._line(first, tight=tight)
        for line in part.prose[1:]:
            self._line(line.text, tight=line.tight or tight)

    def _part_label(self, name: str) -> str:
        if name in _PART_LABELS:
            return _PART_LABELS[name][self._german]
        words = re.sub(r"[_-]+", " ", name).strip()
        return words[:1].upper() + words[1:]

    def _facts(self, node: Node) -> None:
        """Statements of the control's properties, or of those of its statement, that the prose does not make."""
        owners = [node, *(part for part in node.children if part.kind == "part")]
        tight = False
        for row in _FACTS:
            entries = []
            for names, english, german in row:
                values = list(dict.fromkeys(value for owner in owners for value in owner.values(*names)))
                if values:
                    entries.append(f"{german if self._german else english}: {', '.join(values)}")
            if entries:
                self._line(", ".join(entries), tight=tight)
                tight = True
        if any(value.lower() == "withdrawn" for value in node.values("status")):
            self._line("Status: withdrawn", tight=tight)

    def _references(self, node: Node) -> None:
        own = label_of(node)
        tight = False
        for label, relations in _LINKS:
            names = [self._target(link) for link in node.links if link.relation.lower() in relations]
            if label == "Required":  # that an enhancement needs its base control is what its id says
                names = [name for name in names if not is_base_of(name, own)]
            names = list(dict.fromkeys(filter(None, names)))
            if names:
                self._line(f"{label}: {', '.join(names)}", tight=tight)
                tight = True
        sources = [self._resources.get(link.target.removeprefix("#"), "") for link in node.links]
        if any(sources):
            self._line(f"References: {', '.join(dict.fromkeys(filter(None, sources)))}", tight=tight)

    def _target(self, link: Link) -> str:
        return self._names.target(link.target) or link.text

    def _profile(self) -> None:
        for each in self._document.imports:
            self._heading(f"Import: {self._imported(each.source)}", 1)
            self._selection("Included controls", each.included)
            self._selection("Excluded controls", each.excluded)
        if self._document.settings:
            self._heading("Parameters", 1)
            for number, setting in enumerate(self._document.settings):
                self._line(_setting(setting), tight=number > 0)
        for alteration in self._document.alterations:
            self._heading(f"{reader_id(alteration.control_id)} {alteration.additions.title or '(addition)'}", 1)
            self._contents(alteration.additions)

    def _imported(self, href: str) -> str:
        return self._resources.get(href.removeprefix("#"), "") or href

    def _selection(self, label: str, selection: Selection) -> None:
        if selection.all:
            self._line(f"{label}: all")
        if selection.patterns:
            self._line(f"{label} by pattern: {', '.join(selection.patterns)}")
        if selection.ids:
            self._line(f"{label}:")
            for identifier in selection.ids:
                self._line(f"- {reader_id(identifier)}", tight=True)

    def _back_matter(self) -> None:
        resources = [each for each in self._document.resources if each.title or each.citation]
        if not resources:
            return
        self._heading("Quellen" if self._german else "References", 1)
        for number, each in enumerate(resources):
            text = f"{each.title}: {each.citation}" if each.title and each.citation else each.title or each.citation
            self._line(f"- {text}", tight=number > 0)


def _setting(parameter: Parameter) -> str:
    said = ", ".join(parameter.values) or "; ".join((*parameter.choices, *parameter.constraints)) or parameter.label
    return f"{parameter.id}: {said}"


def _walk(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def _is_german(root: Node) -> bool:
    texts = (
        text
        for node in _walk(root)
        for text in (node.title, *(line.text for line in node.prose), *_remarks(node.properties))
    )
    return language_by_function_words("\n".join(texts)) is Language.GERMAN


def _remarks(properties: tuple[Property, ...]) -> Iterator[str]:
    return (line.text for each in properties for line in each.remarks)
