"""The content of an OSCAL catalog or profile, whether it was written in JSON or in XML.

Source: NIST OSCAL 1.1, catalog and profile models. Only what a reader of the catalog sees is kept. Prose is
held as lines of plain text in which a parameter is written ``{{ insert: param, ID }}``, the notation of the
JSON form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

INSERT = re.compile(r"\{\{\s*insert\s*:\s*param\s*,\s*([^\s{}]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, or a list item or table row (``tight``) on the line after the one before."""

    text: str
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    value: str
    kind: str = ""  # the attribute ``class``
    remarks: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    relation: str
    target: str  # as in ``href``, with the leading "#" of a place within the document
    text: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place that the reader's organisation fills in; ``how_many`` and ``choices`` where it selects."""

    id: str
    label: str = ""
    values: tuple[str, ...] = ()
    how_many: str = ""
    choices: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()


@dataclass(slots=True)
class Node:
    """A group, a control, or a part of one: ``kind`` is ``group``, ``control`` or ``part``.

    ``name`` is a part's role (statement, item, guidance). ``children`` keep the order of the source: parts
    first, then groups and controls.
    """

    kind: str
    id: str
    name: str = ""
    title: str = ""
    properties: tuple[Property, ...] = ()
    links: tuple[Link, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    prose: tuple[Line, ...] = ()
    children: list[Node] = field(default_factory=list)

    def values(self, *names: str) -> list[str]:
        """The values of the properties of these names (``_`` and ``-`` count as one)."""
        wanted = {name.replace("-", "_") for name in names}
        return [each.value for each in self.properties if each.name.replace("-", "_") in wanted and each.value]


@dataclass(frozen=True, slots=True)
class Resource:
    """A source in the back matter."""

    id: str
    title: str
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Controls that a profile takes from a catalog: all, those with these ids, or those that match."""

    all: bool = False
    ids: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    source: str
    included: Selection
    excluded: Selection


@dataclass(frozen=True, slots=True)
class Alteration:
    """The additions of a profile to a control."""

    control_id: str
    additions: Node


@dataclass(frozen=True, slots=True)
class OscalDocument:
    """A catalog (``children`` of ``body``) or a profile (``imports`` and what it changes)."""

    title: str
    body: Node
    version: str = ""
    published: str = ""
    modified: str = ""
    publisher: str = ""
    remarks: tuple[Line, ...] = ()
    resources: tuple[Resource, ...] = ()
    imports: tuple[Import, ...] = ()
    settings: tuple[Parameter, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    is_profile: bool = False
