"""The properties that Office documents keep about themselves (ECMA-376, part 2, section 11)."""

from __future__ import annotations

from documents.characters import clean_line
from documents.dates import is_iso_date
from documents.office.archive import OfficeArchive, local_name

_USUAL_PART = "docProps/core.xml"
_NAMES = {"title": "title", "creator": "author", "created": "created", "modified": "modified"}
_DATES = {"created", "modified"}


def core_properties(archive: OfficeArchive) -> dict[str, str]:
    """``title``, ``author``, ``created`` and ``modified`` (ISO 8601) as far as the document states them."""
    relations = archive.relations("").values()
    part = next((each.target for each in relations if each.kind == "core-properties"), _USUAL_PART)
    root = archive.optional_xml(part)
    found: dict[str, str] = {}
    for element in root if root is not None else ():
        key, value = _NAMES.get(local_name(element)), clean_line(element.text or "")
        if key and value and (key not in _DATES or is_iso_date(value)):
            found[key] = value
    return found
