"""Lines that open a control: an id, and behind it what the family writes there.

family            a line that opens a control
IT-Grundschutz    ORP.4.A8 Regelung des Passwortgebrauchs (B) [IT-Betrieb, Benutzende]
Grundschutz++     SENS.1.1.1 Dokumentation
BSI C5            IDM-01 Policy for user accounts, and in tables IDM-01 | Policy for user accounts | ...
ISO/IEC 27001     A.5.7 Threat intelligence; within Annex A also 5.7 Threat intelligence
NIST CSF          GV.OC-01, alone or before its outcome
NIST SP 800-53    AC-2(1) AUTOMATED SYSTEM ACCOUNT MANAGEMENT
own catalogues    NAC-07, OSPS-AC-01.01; by their numbering (see ``numbering``) also R1, P-3.2, Regel 4, 3.2.1
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from grammar.catalogues import ANNEX_A, KOMPENDIUM, is_withdrawn_from_csf_2
from grammar.control_ids import CONTROL_ID, control_key, is_published
from grammar.document_types import HOLDING_CONTROLS, DocumentType, kind_of
from grammar.id_lookalikes import names_something_else

#: A heading is not longer; what is longer states its requirement on the same line.
LONGEST_TITLE = 200

_BARE_ANNEX_ID = r"(?P<annex>[5-8]\.\d{1,2})"
_BEFORE_ID = r"\s*(?:\#{1,6}\s+|\|\s*)?(?P<bullet>[•●○▪■*+–-]\s+)?(?:\*\*|__|`)?"
#: What follows an id: the end, a blank, a separator; not more of the id.
_AFTER_ID = r"(?![\w(]|\.\d|-\w|[ ]\(\d)(?:\*\*|__|`)?"
#: What parts a label from the rest of its line.
SEPARATOR = r"(?P<separator>[ \t]*(?:[:|–—]|-(?=[ \t])|\.(?=\s|$))*[ \t|*]*)"
_OPENING = re.compile(
    rf"{_BEFORE_ID}(?:(?P<id>{CONTROL_ID})|{_BARE_ANNEX_ID}){_AFTER_ID}{SEPARATOR}(?P<rest>[^\n]*)", re.VERBOSE
)

_ITEM = re.compile(r"[ ]?\([a-z]\)\Z")
_LEVEL = re.compile(r"\s*\((?P<level>[BSH])\)")
_ROLES = re.compile(r"\s*\[(?P<roles>[^\[\]]{2,200})\]\s*\Z")
_WITHDRAWN_TITLE = re.compile(
    r"\W*(?:ENTFALLEN\b|(?:entfallen|weggefallen|gestrichen|withdrawn)\b(?=\W*(?:\Z|[:.\]])))", re.I
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ID_WORD = re.compile(r"\S*\d\S*")
_TITLE_START = re.compile(r"[\"„“'«\[(]?[A-ZÄÖÜ0-9]")
#: How a sentence or its first half ends; "und Co." and "etc." end titles as well.
_CUT_OFF = re.compile(r"[,;]\Z|(?<!\betc)(?<!\busw)(?<!\bCo)(?<!\bInc)(?<!\bCorp)\.\Z")
_LEADER = re.compile(r"(?:\.{3,}|(?:\.\s){3,}\.?|…+|_{4,}|\t)\s*(?:\d+|[ivxlc]+)?\s*\Z")

_ANNEX = re.compile(r"\b(?:annex|anhang|anlage)\s+a\b|\b27002\b|\bcontrols\b|\bma(?:ß|ss)nahmen\b", re.IGNORECASE)
#: The clauses that ISO/IEC 27001 has under 5 to 8; every other number there is Annex A's.
_CLAUSES = {"5": 3, "6": 3, "7": 5, "8": 3}


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a line. ``modules`` are keys that only group others; ``path`` the headings around the line."""

    kind: DocumentType = DocumentType.UNKNOWN
    path: tuple[str, ...] = ()
    modules: AbstractSet[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Opening:
    """The control a line opens. ``rest`` is the line behind the id; ``separated``: a mark such as : or | parts them.

    ``surely`` is False for an id that only looks like one of a catalogue: it counts with others of its kind.
    """

    id: str
    key: str
    title: str
    level: str | None = None
    roles: tuple[str, ...] = ()
    withdrawn: bool = False
    rest: str = ""
    separated: bool = False
    bullet: bool = False
    surely: bool = True

    @property
    def stem(self) -> str:
        """The part that ids of one numbering share: NAC of NAC-7, ORP.4.A of ORP.4.A8."""
        return re.sub(r"\d+(?:\(\d+\))?\Z", "", self.key).rstrip(".-")

    @property
    def numbering(self) -> str:
        """The stem with 9 for its numbers: IT4-12 and IT6-01 are of one numbering, IT9."""
        return re.sub(r"\d+", "9", self.stem)


def read_opening(line: str, context: Context) -> Opening | None:
    """The control that a line opens, or None. An entry of a table of contents opens none."""
    match = _OPENING.match(line)
    if match is None or _LEADER.search(line[-400:]):
        return None
    written, rest = match["id"] or match["annex"], match["rest"]
    if item := _ITEM.search(written):  # "AC-2 (a) ..." opens AC-2
        written, rest = written[: item.start()], f"{item[0].strip()} {rest}"
    if match["annex"] is not None and not _is_annex(match["annex"], context):
        return None
    key = f"A.{control_key(written)}" if match["annex"] is not None else control_key(written)
    if names_something_else(written) or is_group(key, context):
        return None
    return opening_of(
        written,
        key,
        rest,
        separated=bool(match["separator"].strip()),
        bullet=match["bullet"] is not None,
        surely=match["annex"] is not None or is_published(key) or context.kind in HOLDING_CONTROLS,
    )


def opening_of(written: str, key: str, rest: str, *, separated: bool, bullet: bool, surely: bool) -> Opening:
    """An opening from an id and the rest of its line."""
    title, level, roles = read_title(rest)
    return Opening(
        id=written,
        key=key,
        title=title,
        level=level,
        roles=roles,
        withdrawn=_WITHDRAWN_TITLE.match(title) is not None or is_withdrawn_from_csf_2(written, key),
        rest=rest,
        separated=separated,
        bullet=bullet,
        surely=surely,
    )


def read_title(rest: str) -> tuple[str, str | None, tuple[str, ...]]:
    """The title, level mark and roles of what stands behind an id; of a table row its first cell's."""
    cell = re.split(r"\s+\|\s*|\t", rest.strip(" |\t"), maxsplit=1)[0].strip().strip("*_`").strip()
    level = _LEVEL.search(cell)
    cell = _LEVEL.sub("", cell, count=1)
    roles: tuple[str, ...] = ()
    # Square brackets are roles only behind a level mark: elsewhere they are parameters or "[Withdrawn: ...]".
    if level is not None and (found := _ROLES.search(cell)):
        roles = tuple(role.strip() for role in re.split(r"[,;]", found["roles"]) if role.strip())
        cell = cell[: found.start()]
    return cell.strip(" :–—-").strip(), level["level"] if level else None, roles


def is_group(key: str, context: Context) -> bool:
    """True if an id names a group of controls: OPS.1.1.3, and A.5.1 beside A.5.1.1."""
    return key in context.modules or KOMPENDIUM.has_group(key)


def is_title_line(opening: Opening) -> bool:
    """True if the line reads as a heading: nothing, or words that begin like a title and end unlike a sentence."""
    rest = opening.rest.strip()
    if not rest:
        return True
    if len(rest) > LONGEST_TITLE or not _TITLE_START.match(rest) or not has_words(rest):
        return False
    return _CUT_OFF.search(rest) is None and rest.count("(") == rest.count(")")


def has_words(rest: str) -> bool:
    """True if a text holds a word besides ids, numbers and marks, as a list of ids in a mapping does not."""
    return _LETTERS.search(_ID_WORD.sub(" ", rest)) is not None


def is_contents_entry(line: str) -> bool:
    """True if a line is an entry of a table of contents: it ends in a leader."""
    return _LEADER.search(line[-400:]) is not None


def _is_annex(number: str, context: Context) -> bool:
    """True if 5.7 is A.5.7: in a document of ISO/IEC 27001, within Annex A or where no clause has that number."""
    if ANNEX_A not in kind_of(context.kind).catalogues:
        return False
    theme, control = number.split(".")
    return any(_ANNEX.search(heading) for heading in context.path) or int(control) > _CLAUSES[theme]
