"""The controls a model proposes, held against the text: where its words stand the offsets are ours; the rest goes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grammar.control_ids import control_key, find_control_ids
from grammar.id_lookalikes import names_something_else
from grammar.verbatim import find_quote

#: One word is everywhere.
_LEAST_QUOTED_WORDS = 2
_ID_WITHIN, _TITLE_WITHIN, _LONGEST_ID = 200, 300, 40
#: A number or letter of a list begins anew in every chapter, so it names no control by itself.
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)]{0,2}")
_CLOSING = re.compile(r"[.!?;:)\]\"'“”»’]*")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A control as a model describes it, unchecked. ``id`` and ``title`` may be empty."""

    id: str
    title: str
    first_words: str
    last_words: str


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The controls that a model names in a text, unchecked, and the cost of asking."""

    controls: tuple[Proposed, ...]
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A control that stands in a text: offsets of the whole, of its id and of its title (empty where equal)."""

    start: int
    end: int
    id_start: int
    id_end: int
    title_start: int
    title_end: int


def is_enumerator(written: str) -> bool:
    """True if an id is a mere number or letter of a list, such as 3. or b)."""
    return _ENUMERATOR.fullmatch(written) is not None


def verified(text: str, told: Boundaries) -> tuple[list[Place], int]:
    """The controls that stand in the text as the model says, in reading order, and how many others it proposed.

    Of two that overlap the one named first stands.
    """
    places: list[Place] = []
    after = 0
    for proposed in told.controls:
        place = _stands(text, proposed, after)
        if place is not None and all(place.end <= other.start or other.end <= place.start for other in places):
            places.append(place)
            after = place.end
    return sorted(places, key=lambda place: place.start), len(told.controls) - len(places)


def _stands(text: str, proposed: Proposed, after: int) -> Place | None:
    """The place of a proposed control, looked for behind the one before it and then from the beginning."""
    if min(len(proposed.first_words.split()), len(proposed.last_words.split())) < _LEAST_QUOTED_WORDS:
        return None
    first = find_quote(text, proposed.first_words, after) or find_quote(text, proposed.first_words)
    last = first and _last(text, proposed.last_words, first)
    if first is None or last is None:
        return None
    start, end = first[0], _closed(text, last[1])
    id_start = id_end = start
    written = proposed.id.strip()
    if written:
        place = _id_place(text, start, end, written)
        if place is None:
            return None
        id_start, id_end = place
        start = min(start, id_start)
    title = find_quote(text, proposed.title, start, min(end, start + _TITLE_WITHIN)) or (start, start)
    if title[0] <= id_start < id_end < title[1]:
        title = (id_end, title[1])
    return Place(start, end, id_start, id_end, *title)


def _last(text: str, quote: str, first: tuple[int, int]) -> tuple[int, int] | None:
    """The nearest place of the last words that does not end before the first words do."""
    found = find_quote(text, quote, first[0])
    while found is not None and found[1] < first[1]:
        found = find_quote(text, quote, found[0] + 1)
    return found


def _closed(text: str, end: int) -> int:
    """The end with the mark that closes its sentence."""
    match = _CLOSING.match(text, end)
    return match.end() if match else end


def _id_place(text: str, start: int, end: int, written: str) -> tuple[int, int] | None:
    """The place of an id that opens a stretch: within it or on its line before it; None if it is elsewhere or no id."""
    readable = any(letter.isdigit() for letter in written) or is_enumerator(written)
    if not readable or len(written) > _LONGEST_ID or names_something_else(written):
        return None
    line = text.rfind("\n", 0, start) + 1
    stop = min(end, start + _ID_WITHIN)
    found = find_quote(text, written, line, stop)
    if found is None:  # a narrow column breaks an id
        key = control_key(written)
        broken = next((one for one in find_control_ids(text[line:stop]) if one.key == key), None)
        found = (line + broken.start, line + broken.end) if broken else None
    if found is None or (found[0] < start and re.search(r"\w", text[found[1] : start])):
        return None
    return found
