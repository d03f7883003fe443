"""Records of data, and the names under which they keep their id, title, text and the like, German or English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from documents.characters import flowing


@dataclass(frozen=True, slots=True)
class Record:
    """Named values in the order of the source; a name may come more than once."""

    fields: tuple[tuple[str, Value], ...]


Value: TypeAlias = "str | list[Value] | Record"

IDS = set(
    "id identifier control_id controlid requirement_id req_id ref refid ref_id reference_id number nummer nr no code "
    "key kennung kennzeichen anforderung_id anforderungsid massnahme_id label clause".split()
)
TITLES = set(
    "title titel name heading headline überschrift ueberschrift bezeichnung thema subject betreff question frage "
    "caption summary".split()
)
TEXTS = set(
    "text texte description beschreibung statement content inhalt prose body anforderung anforderungstext requirement "
    "requirement_text answer antwort wortlaut guidance definition erläuterung erlaeuterung umsetzung rationale".split()
)
LEVELS = set("level stufe niveau sicherheitsniveau anforderungsstufe".split())
ROLES = set("role roles rolle rollen responsible responsible_role responsible_roles zuständig zustaendig".split())
WITHDRAWN = set("withdrawn entfallen deprecated obsolete".split())
_UUID = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_LONGEST_ID = 60
LONGEST_TITLE = 200


def plain_name(name: str) -> str:
    """The name of a field in lower case, with ``_`` between its words."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def readable(name: str) -> str:
    """The name of a field as words."""
    return name.replace("_", " ").strip()


def strings(value: Value) -> Iterator[str]:
    """Every string within the value."""
    if isinstance(value, str):
        yield value
        return
    for each in [field for _, field in value.fields] if isinstance(value, Record) else value:
        yield from strings(each)


def squeezed(text: str) -> str:
    """The text without blanks and capitals, for comparison."""
    return "".join(text.split()).casefold()


def text_of(record: Record, names: set[str]) -> str:
    """The first text under one of the names; empty without one."""
    return next(
        (value.strip() for name, value in record.fields if plain_name(name) in names and isinstance(value, str)), ""
    )


def id_of(record: Record) -> str:
    """The name or id of the record; a UUID is for programs only."""
    found = flowing(text_of(record, IDS))
    return found if 0 < len(found) <= _LONGEST_ID and not _UUID.match(found) else ""


def title_of(record: Record) -> str:
    """The title of the record; empty without one, or where it is as long as a text."""
    found = text_of(record, TITLES)
    return flowing(found) if 0 < len(found) <= LONGEST_TITLE else ""
