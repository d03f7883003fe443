"""The words by which a text says how one control is related to another: labels of lists, and verbs of sentences."""

from __future__ import annotations

import re

from knowledge.taxonomy import RelationType

_STANDARD_NAME = (
    r"(?:ISO(?:/IEC)?[ -]?2700[12]|NIST|SP[ ]800-53|CSF|C5|BSI|IT-Grundschutz|Grundschutz(?:\+\+)?|Kompendium|CIS|PCI"
    r"|COBIT|Annex[ ]A|Anhang[ ]A|TISAX|NIS-?2|DORA|SOC[ ]2)(?::\d{4})?"
)
#: Labels at the beginning of a line and what the ids behind them are.
_LABELS: tuple[tuple[RelationType, str], ...] = (
    (
        RelationType.RELATED,
        r"Related(?:\s+(?:controls?|requirements?|criteria))?|Verwandte?(?:\s+\w+)?|Verweise?|Querverweise?|Links?",
    ),
    (
        RelationType.REQUIRES,
        r"Required(?:\s+(?:controls?|requirements?))?|Requires|Prerequisites?|Depends on|Erfordert|Benötigt"
        r"|Voraussetzung(?:en)?|Abhängig(?:keit(?:en)?)?(?:\s+von)?",
    ),
    (RelationType.REFERENCES, r"See also|Siehe auch|Siehe|References?|Referenz(?:en)?"),
    (
        RelationType.MAPS_TO,
        r"(?:Mapp(?:ing|ed)s?|Maps|Zuordnung(?:en)?|Entspricht|Entsprechung(?:en)?|Corresponds|Equivalents?"
        r"|Informative References?|Kreuzreferenz(?:en)?|Cross-?\s?references?)"
        r"(?:\s+(?:to|with|zu|mit|in))?(?:\s+[^\n:|]{0,40})?"
        rf"|[^\n:|]{{0,20}}\b{_STANDARD_NAME}[^\n:|]{{0,30}}",
    ),
    (RelationType.IMPLEMENTS, r"Implements|Implementiert|Setzt um|Umsetzung von|Erfüllt|Satisfies"),
    (RelationType.SUPPORTS, r"Supports|Unterstützt"),
    (RelationType.CONFLICTS, r"Conflicts?(?:\s+with)?|Konflikte?(?:\s+mit)?|Widerspricht"),
)
LABEL = re.compile(
    r"^[^\w\n]{0,6}(?:" + "|".join(f"(?P<{kind.value}>{words})" for kind, words in _LABELS) + r")\**[ \t]*[:|=]",
    re.IGNORECASE | re.MULTILINE,
)
#: A mapping may name the catalogue that its ids are of.
NAMES = re.compile(rf"\b{_STANDARD_NAME}")
#: A list goes on over wrapped lines up to its end: a blank line, another label, or a line that is no list of ids.
LIST_LINE = re.compile(
    r"(?:[\s,;()\[\].•●▪*|–-]|\b(?:and|und|oder|or|related|required|requires|none|keine)\b)*", re.IGNORECASE
)
KIND_BEHIND = re.compile(
    r"\s*[(\[](?P<kind>related|required|requires?|verwandt|erforderlich|vorausgesetzt|reference|mapping|maps[_ ]to"
    r"|entspricht)[)\]]",
    re.IGNORECASE,
)
KINDS = {
    "related": RelationType.RELATED,
    "verwandt": RelationType.RELATED,
    "required": RelationType.REQUIRES,
    "requires": RelationType.REQUIRES,
    "require": RelationType.REQUIRES,
    "erforderlich": RelationType.REQUIRES,
    "vorausgesetzt": RelationType.REQUIRES,
    "reference": RelationType.REFERENCES,
    "mapping": RelationType.MAPS_TO,
    "maps to": RelationType.MAPS_TO,
    "maps_to": RelationType.MAPS_TO,
    "entspricht": RelationType.MAPS_TO,
}

#: Words of a sentence that say what the ids behind them are; at most a few words stand between.
_BETWEEN = r"(?:[^.!?\n]{0,60}?)"
STATEMENTS: tuple[tuple[RelationType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"\b(?:{words})\b{_BETWEEN}\Z", re.IGNORECASE))
    for kind, words in (
        (
            RelationType.CONFLICTS,
            r"conflicts? with|in conflict with|contradicts?|widerspricht|im Widerspruch zu|im Konflikt (?:mit|zu)",
        ),
        (
            RelationType.MAPS_TO,
            r"entspricht|entsprechen|maps? to|mapped to|corresponds? to|equivalent to|abgebildet auf"
            r"|gleichwertig (?:mit|zu)",
        ),
        (
            RelationType.REQUIRES,
            r"requires?|presupposes?|depends? on|erfordert|erfordern|bedingt"
            r"|Voraussetzung(?:en)? (?:ist|sind|hierfür|dafür)",
        ),
        (
            RelationType.IMPLEMENTS,
            r"implements?|implementiert|implementieren|(?:der|zur|in) Umsetzung von|satisf(?:y|ies)|erfüllt|erfüllen",
        ),
        (RelationType.SUPPORTS, r"supports?|unterstützt|unterstützen"),
    )
)
#: "setzt X um" implements X and "setzt X voraus" requires it: the verb's second half decides.
SECOND_HALF = re.compile(r"[^.!?\n]{0,80}?\b(?P<half>um|voraus)\b(?=\s*(?:[.,;!?)]|\Z|und\b|sowie\b))")
SETZT = re.compile(r"\b(?:setzt|setzen)\b[^.!?\n]{0,80}\Z", re.IGNORECASE)
POINTER = re.compile(
    r"\b(?:siehe|vgl\.?|vergleiche|gemäß|nach|see|cf\.?|refer to|according to|in accordance with|specified in"
    r"|described in|defined in|laut|aus|im Baustein|in)\W[^.!?\n]{0,40}\Z",
    re.IGNORECASE,
)

CELL_BREAK = re.compile(r"\s*(?:\||\t)\s*")
ID_LIST_GLUE = re.compile(r"[\s,;/&•()\[\]-]|\b(?:and|und|bis|to)\b", re.IGNORECASE)
