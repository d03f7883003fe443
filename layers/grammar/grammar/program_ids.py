"""Ids that OSCAL catalogs make for programs, and the ids that readers write for them: ac-2.1 is AC-2(1)."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"(?P<family>[a-z]{2,4}\d{0,2})-0*(?P<number>\d{1,3})(?:\.0*(?P<enhancement>\d{1,3}))?")
_PART = re.compile(r"(?P<control>[a-z]{2,4}\d{0,2}-[\d.]+)_(?:smt|fr|gdn)(?P<items>(?:\.[a-z0-9]{1,2})*)")
_FAMILY = re.compile(r"[a-z]{2,4}\d{0,2}")
_NIST_LABEL = re.compile(r"[A-Z]{2,4}-\d+(?:\(\d+\))*")
_PADDING = re.compile(r"(?<=[-(])0+(?=\d)")
_UUID_LENGTH = 36


def reader_id(identifier: str) -> str:
    """The id of a control or family as readers write it, ``AC-2(1)`` for ``ac-2.1``; any other as it is."""
    match = _CONTROL.fullmatch(identifier)
    if match is None:
        return identifier.upper() if _FAMILY.fullmatch(identifier) else identifier
    if match["family"][-1].isdigit():  # a catalogue of one's own, whose readers write the id as it is
        return identifier.upper()
    enhancement = f"({match['enhancement']})" if match["enhancement"] else ""
    return f"{match['family'].upper()}-{match['number']}{enhancement}"


def target_id(identifier: str) -> str:
    """The reader's id of a link's target, with the items of a statement: ``AC-2k``; empty for a UUID."""
    part = _PART.fullmatch(identifier)
    if part is not None:
        return reader_id(part["control"]) + part["items"].replace(".", "")
    is_uuid = len(identifier) == _UUID_LENGTH and identifier.count("-") == 4
    return "" if is_uuid else reader_id(identifier)


def unpadded(label: str) -> str:
    """A label without leading zeros: AC-2(1) of AC-02(01)."""
    return _PADDING.sub("", label)


def is_base_of(name: str, other: str) -> bool:
    """True if a control is the one that another enhances: AC-2 of AC-2(1)."""
    return _NIST_LABEL.fullmatch(name) is not None and other.startswith(f"{name}(")
