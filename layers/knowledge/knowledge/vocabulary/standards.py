"""Standards with numbers and variants: ISO and IEC, NIST publications, BSI standards, C5, Grundschutz and the like.

Each pattern is tried only where one of its first words is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Normalize = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class StandardName:
    end: int
    normalized: str


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{text})(?![\w+])", re.VERBOSE | re.IGNORECASE)


_ISO = _pattern(
    r"""(?:DIN[ -])? (?:EN[ -])? (?P<body>ISO(?:[ ]?/[ ]?IEC)?|IEC|EN|DIN) (?:[ -](?:TR|TS|PAS))? [ -]?
    (?:Normenreihe[ ]|Norm[ ]|Standard[ ])? (?P<number>\d{4,5}) (?:-(?P<part>\d{1,2}(?:-\d{1,2})?))? (?:x|ff\.?)?
    (?:[:]\s?(?:19|20)\d\d (?:-\d\d)?)?"""
)
_ISO_BARE = _pattern(
    r"(?P<number>270[0-4]\d|27701|22301|62443|42001|21434|15408)(?:-(?P<part>\d{1,2}(?:-\d{1,2})?))?(?::20\d\d)?"
)
_SP = _pattern(
    r"""(?:NIST[ -]?)? (?:Special[ ]Publication[ ]|SP[ -]?)? (?P<number>1?800-\d{1,3}[A-Z]?)
    (?:[ ,]{1,2}(?:Rev(?:ision)?\.?|r)[ ]?\d)?"""
)
_NISTIR = _pattern(r"(?:NIST[ -]?)?IR[ -]?(?P<number>\d{4}[A-Z]?) | NISTIR[ -]?(?P<joined>\d{4}[A-Z]?)")
_CSF = _pattern(r"(?:NIST['’]?s?[ -])?(?:CSF|Cyber[ -]?security[ -]Framework)(?:[ ]?(?:v|Version[ ])?[12]\.[01])?")
_BSI_STANDARD = _pattern(r"(?:BSI[ -])?(?:Standards?[ -])?(?P<number>[12]00-[1-4])")
_TR = _pattern(r"(?:BSI[ -])?TR[ -]?(?P<number>0\d{4}(?:-[A-Z\d]{1,2})?)")
_C5 = _pattern(
    r"(?:BSI[ -])?C5(?:[: ]20[12]\d)? | (?:BSI[ -])?Cloud[ ]Computing[ ]Compliance[ ](?:Criteria|Controls)[ ]Catalogue"
)
_GRUNDSCHUTZ = re.compile(
    r"""(?:BSI[ -])?(?:IT[- ]?)?Grundschutz[- ]?(?:Kompendiums?|Katalog(?:e|en|s)?|Methodik)(?!\w)
      | (?P<plus>(?:BSI[ -])?(?:IT[- ]?)?Grundschutz[ ]?(?:\+\+|plus[ ]?plus(?!\w))|GS\+\+)
      | (?:BSI[ -])?(?:IT[- ]?)?Grundschutz(?:es)?(?![\w+])
      | (?<!-)Kompendiums?(?![\w-])""",
    re.VERBOSE | re.IGNORECASE,
)
_FIPS = _pattern(r"FIPS(?:[ -]PUB)?[ -]?(?P<number>\d{2,3}(?:-\d)?)")
_RFC = _pattern(r"RFC[ -]?(?P<number>\d{3,5})")


def _iso(match: re.Match[str]) -> str:
    number, part = match["number"], match["part"]
    body = match.groupdict().get("body") or "ISO"
    if number == "62443" or body.upper() == "IEC":
        body = "IEC"
    elif body.upper() in ("EN", "DIN"):
        body = body.upper()
    else:
        body = "ISO/IEC" if re.match(r"270|27701|15408|20000|19790|29\d|38500|42001|17\d", number) else "ISO"
    return f"{body} {number}-{part}" if part else f"{body} {number}"


def _numbered(form: str) -> Normalize:
    return lambda match: form.format((match["number"] or match.groupdict().get("joined") or "").upper())


def _always(name: str) -> Normalize:
    return lambda match: name


def _grundschutz(match: re.Match[str]) -> str:
    return "Grundschutz++" if match["plus"] else "IT-Grundschutz"


#: By first word; of several matches the longest counts.
_BY_FIRST_WORD: dict[str, tuple[tuple[re.Pattern[str], Normalize], ...]] = {
    **dict.fromkeys(("iso", "iec", "din", "en"), ((_ISO, _iso),)),
    "nist": (
        (_SP, _numbered("NIST SP {}")),
        (_CSF, _always("NIST CSF")),
        (_NISTIR, _numbered("NISTIR {}")),
    ),
    "nists": ((_CSF, _always("NIST CSF")),),
    **dict.fromkeys(("sp", "special", "800", "1800"), ((_SP, _numbered("NIST SP {}")),)),
    **dict.fromkeys(("ir", "nistir"), ((_NISTIR, _numbered("NISTIR {}")),)),
    **dict.fromkeys(("csf", "cybersecurity", "cyber"), ((_CSF, _always("NIST CSF")),)),
    "bsi": (
        (_BSI_STANDARD, _numbered("BSI-Standard {}")),
        (_TR, _numbered("BSI TR-{}")),
        (_C5, _always("BSI C5")),
        (_GRUNDSCHUTZ, _grundschutz),
    ),
    **dict.fromkeys(("standard", "standards", "200", "100"), ((_BSI_STANDARD, _numbered("BSI-Standard {}")),)),
    "tr": ((_TR, _numbered("BSI TR-{}")),),
    **dict.fromkeys(("c5", "cloud"), ((_C5, _always("BSI C5")),)),
    **dict.fromkeys(
        (
            *("it", "grundschutz", "grundschutzes", "itgrundschutz", "kompendium", "kompendiums", "gs"),
            *("grundschutzkompendium", "itgrundschutzkompendium", "grundschutzkatalog", "grundschutzkataloge"),
        ),
        ((_GRUNDSCHUTZ, _grundschutz),),
    ),
    "fips": ((_FIPS, _numbered("FIPS {}")),),
    "rfc": ((_RFC, _numbered("RFC {}")),),
}
#: Letters and a number written as one word: ISO27001, SP800.
_JOINED = re.compile(r"(iso|iec|din|en|sp|nist|tr|fips|rfc|c5|csf)(?=\d)")
_BARE_NUMBER = re.compile(r"270[0-4]\d|27701|22301|62443|42001|21434|15408")


def patterns_at(word: str) -> tuple[tuple[re.Pattern[str], Normalize], ...]:
    """The patterns that may begin with a folded word."""
    known = _BY_FIRST_WORD.get(word)
    if known is not None:
        return known
    if joined := _JOINED.match(word):
        return _BY_FIRST_WORD[joined[1]]
    if _BARE_NUMBER.fullmatch(word):
        return ((_ISO_BARE, _iso),)
    return ()


def standard_at(text: str, start: int, patterns: tuple[tuple[re.Pattern[str], Normalize], ...]) -> StandardName | None:
    """The longest name of a standard that begins at ``start``."""
    best: StandardName | None = None
    for pattern, normalize in patterns:
        match = pattern.match(text, start)
        if match is not None and (best is None or match.end() > best.end):
            best = StandardName(match.end(), normalize(match))
    return best
