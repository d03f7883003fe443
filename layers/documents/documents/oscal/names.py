"""The names that readers of an OSCAL catalog use for its parts.

A catalog's ids are made for programs (``ac-2.1``); the label says what readers write (``AC-2(1)``). Some
catalogs have several labels, some none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from documents.oscal.model import Node

_PROGRAM_LABELS = {"zero-padded", "sp800-53a"}
_NIST_ID = re.compile(r"(?P<family>[a-z]{2,4})-0*(?P<number>\d{1,3})(?:\.0*(?P<enhancement>\d{1,3}))?\Z")
_NIST_LABEL = re.compile(r"[A-Z]{2,4}-\d+(?:\(\d+\))*\Z")
_NIST_PART_ID = re.compile(r"(?P<control>[a-z]{2,4}-[\d.]+)_(?:smt|fr|gdn)(?P<items>(?:\.[a-z0-9]{1,2})*)\Z")
_PADDING = re.compile(r"(?<=[-(])0+(?=\d)")


def label_of(node: Node) -> str:
    """The label as written for readers; the id where the catalog gives none.

    A label that only counts within its group (``1`` in ``ASST.1``) is the tail of the id, which says more.
    """
    labels = [each for each in node.properties if each.name == "label" and each.value]
    plain = next((each.value for each in labels if not each.kind), "")
    other = next((each.value for each in labels if each.kind not in _PROGRAM_LABELS), "")
    if plain or other:
        label = plain or other
        return node.id if node.id.endswith(f".{label}") else label
    if labels and node.kind == "control":
        return _PADDING.sub("", labels[0].value)
    return "" if node.kind == "part" else displayed(node.id)


def displayed(identifier: str) -> str:
    """An id in the form that readers write: ``ac-2.1`` as ``AC-2(1)``; any other as it is."""
    match = _NIST_ID.match(identifier)
    if match is None:
        return identifier.upper() if re.fullmatch(r"[a-z]{2,4}", identifier) else identifier
    enhancement = f"({match['enhancement']})" if match["enhancement"] else ""
    return f"{match['family'].upper()}-{match['number']}{enhancement}"


def heading_of(node: Node) -> str:
    """``ID Title``; a label that already holds the title (``Asset Management (ID.AM)``) comes alone."""
    label = label_of(node)
    if not node.title or node.title in label:
        return label or node.title
    return node.title if label in node.title.split(maxsplit=1)[:1] else f"{label} {node.title}".strip()


class Names:
    """Finds what a link points at by the name that readers know it under."""

    def __init__(self, roots: Iterable[Node]) -> None:
        self._names: dict[str, str] = {}
        for root in roots:
            self._collect(root)

    def _collect(self, root: Node) -> None:
        """Name every node below the root; a part of a statement after its control: ``AC-2k``."""
        waiting = [(root, "")]
        while waiting:
            node, around = waiting.pop()
            if node.kind == "part":
                name = around + label_of(node).strip("()").rstrip(".")
                around = name
                if node.name not in {"statement", "item"}:
                    continue
            else:
                name = around = label_of(node)
            self._names.setdefault(node.id, name)
            waiting += [(child, around) for child in reversed(node.children)]

    def target(self, href: str) -> str:
        """The reader's name of what ``#id`` points at, also where it is in another catalog; empty for a UUID."""
        identifier = href.rpartition("#")[2]
        if identifier in self._names:
            return self._names[identifier]
        part = _NIST_PART_ID.match(identifier)
        if part is not None:
            return displayed(part["control"]) + part["items"].replace(".", "")
        return "" if len(identifier) == 36 and identifier.count("-") == 4 else displayed(identifier)


def is_base_of(name: str, other: str) -> bool:
    """True if a control is the one that ``other`` enhances: ``AC-2`` of ``AC-2(1)``."""
    return _NIST_LABEL.match(name) is not None and other.startswith(f"{name}(")
