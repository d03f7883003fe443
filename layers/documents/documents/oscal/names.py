"""The names that readers of an OSCAL catalog use for its parts.

A catalog's ids are made for programs (``ac-2.1``); the label says what readers write (``AC-2(1)``). Some
catalogs have several labels, some none.
"""

from __future__ import annotations

from collections.abc import Iterable

from documents.oscal.model import Node
from grammar.program_ids import reader_id, target_id, unpadded

_PROGRAM_LABELS = {"zero-padded", "sp800-53a"}


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
        return unpadded(labels[0].value)
    return "" if node.kind == "part" else reader_id(node.id)


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
        return target_id(identifier)
