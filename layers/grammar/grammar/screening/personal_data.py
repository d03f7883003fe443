"""Finds personal data in a text by patterns and check digits.

Kinds: EMAIL, IBAN (ISO 13616: length by country, mod 97), PHONE (E.123, German and North American habits), TAX_ID
(German tax identification number, check digit by ISO 7064 mod 11,10), ID_CARD (German identity card and passport,
weights 7-3-1 of ICAO 9303), CREDIT_CARD (Luhn), IP_ADDRESS (versions 4 and 6). Names of people are not recognised.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

_SLICE, _AROUND = 16_000, 400  # characters of a slice, and of its surroundings that are read with it
_CONTEXT = 40  # characters before a number that may say what it is


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data of a `kind` in characters `start` to `end` (exclusive) of a text."""

    kind: str
    start: int
    end: int


def find_pii(text: str) -> list[Span]:
    """Return the finds in order of the text, without overlaps; a kind with a check digit wins.

    A long text is read in slices, so that no single search keeps other threads from their turn.
    """
    found: list[Span] = []
    for at in range(0, len(text), _SLICE):
        before = max(0, at - _AROUND)
        piece = text[before : at + _SLICE + _AROUND]
        for span in _find_in(piece):
            start = before + span.start
            if at <= start < at + _SLICE and (not found or found[-1].end <= start):
                found.append(Span(span.kind, start, before + span.end))
    return found


def _find_in(text: str) -> list[Span]:
    taken: list[Span] = []
    for kind, find in _FINDERS:
        taken = _merged(taken, [Span(kind, start, end) for start, end in find(text)])
    return taken


def _merged(taken: list[Span], found: list[Span]) -> list[Span]:
    """Add what overlaps nothing that is taken. One sweep over both lists, which are in order and free of overlaps."""
    merged: list[Span] = []
    at = 0
    for span in found:
        while at < len(taken) and taken[at].start < span.end:
            merged.append(taken[at])
            at += 1
        if not merged or merged[-1].end <= span.start:
            merged.append(span)
    return merged + taken[at:]


# -- IBAN -----------------------------------------------------------------------------------------------------------

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0\u2009\u202f.-]?[A-Za-z0-9]){11,30}")
_IBAN_LENGTHS = {
    **dict.fromkeys(["NO"], 15),
    **dict.fromkeys(["BE"], 16),
    **dict.fromkeys(["DK", "FI", "NL"], 18),
    **dict.fromkeys(["SI"], 19),
    **dict.fromkeys(["AT", "BA", "EE", "LT", "LU", "XK"], 20),
    **dict.fromkeys(["CH", "HR", "LI", "LV"], 21),
    **dict.fromkeys(["BG", "DE", "GB", "GE", "IE", "ME", "RS"], 22),
    **dict.fromkeys(["AE", "GI", "IL"], 23),
    **dict.fromkeys(["AD", "CZ", "ES", "MD", "RO", "SA", "SE", "SK"], 24),
    **dict.fromkeys(["PT"], 25),
    **dict.fromkeys(["IS", "TR"], 26),
    **dict.fromkeys(["FR", "GR", "IT", "MC", "SM"], 27),
    **dict.fromkeys(["AL", "CY", "HU", "LB", "PL"], 28),
    **dict.fromkeys(["UA"], 29),
    **dict.fromkeys(["MT"], 31),
}


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        places = [match.start() + at for at, character in enumerate(match[0]) if character.isalnum()]
        if length and len(places) >= length:
            end = places[length - 1] + 1
            if _mod_97("".join(filter(str.isalnum, text[match.start() : end]))):
                yield match.start(), end


def _mod_97(iban: str) -> bool:
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


# -- card and tax numbers -------------------------------------------------------------------------------------------

_CARD = re.compile(r"(?<![\w+])(?<![A-Z]{2}\d{2} )[2-6]\d{3}(?:[ \u00a0\u2009\u202f.-]?\d){9,15}(?![\w-]|\.\d)")
_TAX_ID = re.compile(r"(?<![\w.,/-])[1-9]\d(?:[ \u00a0/-]?\d{3}){3}(?![\w/-])")
_TAX_WORD = re.compile(r"steuer|idnr|tin\b|tax|identifikationsnummer", re.IGNORECASE)
_ID_CARD = re.compile(r"(?<![\w-])[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d?(?![\w-])")
_ID_WORD = re.compile(r"ausweis|reisepass|passport|passnummer|pass-?nr|\bid[ -]?card|identity card", re.IGNORECASE)


def _credit_cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        digits = [int(character) for character in match[0] if character.isdigit()]
        doubled = [
            sum(divmod(digit * 2, 10)) if odd else digit
            for digit, odd in zip(digits[::-1], cycle((0, 1)), strict=False)
        ]
        if sum(doubled) % 10 == 0:
            yield match.span()


def _tax_ids(text: str) -> Iterator[tuple[int, int]]:
    for match in _TAX_ID.finditer(text):
        digits = [int(character) for character in match[0] if character.isdigit()]
        if _said_before(text, match.start(), _TAX_WORD) or (_mod_11_10(digits) and _has_one_repeated(digits[:10])):
            yield match.span()


def _mod_11_10(digits: list[int]) -> bool:
    product = 10
    for digit in digits[:-1]:
        total = (digit + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == digits[-1]


def _has_one_repeated(digits: list[int]) -> bool:
    """Return True if one digit occurs two or three times and the others at most once (section 139b of the tax code)."""
    repeated = [count for count in Counter(digits).values() if count > 1]
    return len(repeated) == 1 and repeated[0] <= 3


def _id_cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _ID_CARD.finditer(text):
        number = match[0]
        if not any(character.isdigit() for character in number):
            continue
        if _said_before(text, match.start(), _ID_WORD) or (len(number) == 10 and _weights_7_3_1(number)):
            yield match.span()


def _weights_7_3_1(number: str) -> bool:
    weighted = sum(int(character, 36) * weight for character, weight in zip(number[:9], (7, 3, 1) * 3, strict=True))
    return weighted % 10 == int(number[9])


def _said_before(text: str, start: int, word: re.Pattern[str]) -> bool:
    return word.search(text, max(0, start - _CONTEXT), start) is not None


# -- addresses ------------------------------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"""(?<![\w.+%-])[\w.+%-]{1,64}
    (?:@ | [ ]?[(\[{][ ]?(?i:at|ät|arroba)[ ]?[)\]}][ ]?)
    (?:[\w-]{1,63}(?:\. | [ ]?[(\[{][ ]?(?i:dot|punkt|punto|point)[ ]?[)\]}][ ]?)){1,8}[^\W\d_]{2,24}(?![\w-])""",
    re.VERBOSE,
)
_PHONE = re.compile(
    r"""(?<![\w.+-])(?<!\d[ ])(?:
        (?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(0\)[ ]?)?(?:\(?\d{1,5}\)?[ ./-]{0,3})\d(?:[ ./-]?\d){3,10}   # +49 (0)30 123456
      | \(0\d{1,5}\)[ ]?\d(?:[ /-]?\d){3,9}                                                           # (030) 123456
      | 0\d{2,5}[ ]?[/ -][ ]?\d(?:[ -]?\d){3,9}                                                       # 030 / 123456
      | 0[ ]\d{2,4}[ ]?/[ ]?\d(?:[ -]?\d){3,9}                                                        # 0 30 / 12 34 56
      | 0[1-9](?:[ .]\d{2}){4}                                                                        # 01 42 68 53 00
      | 01[5-7]\d{8,9}                                                                                # 01701234567
      | (?:\(\d{3}\)[ ]?|\d{3}[-.])\d{3}[-.]\d{4}                                                     # (555) 123-4567
    )(?![\w-])""",
    re.VERBOSE,
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:(?:\.|\[\.\])\d{1,3}){3}(?!\w|\.\d|\[\.\])")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?::?\d{1,3}(?:\.\d{1,3}){3})?(?![\w:]|\.\d)")
_IP_WORDS = ("ip", "host", "server", "rechner", "adresse", "address", "netz", "network", "gateway", "firewall")
_VERSION_WORDS = ("version", "release", "firmware", "build", "kernel", "chrome", "software", "paket", "package", "==")
_LARGEST_SECTION = 31


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    return lambda text: (match.span() for match in pattern.finditer(text))


def _ip_addresses(text: str) -> Iterator[tuple[int, int]]:
    found = [match for pattern in (_IPV4, _IPV6) for match in pattern.finditer(text) if _is_address(match, text)]
    end = 0
    for match in sorted(found, key=lambda one: (one.start(), -one.end())):
        if match.start() >= end:
            end = match.end()
            yield match.span()


def _is_address(match: re.Match[str], text: str) -> bool:
    written = match[0].replace("[.]", ".")
    if ":" in written:
        return written != "::" and _is_ipv6(written)
    parts = written.split(".")
    if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
        return False
    before = text[max(0, match.start() - _CONTEXT) : match.start()].lower()
    if any(word in before for word in _IP_WORDS):
        return True
    return not any(word in before for word in _VERSION_WORDS) and not _could_be_a_section(parts)


def _is_ipv6(written: str) -> bool:
    try:
        ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return True


def _could_be_a_section(parts: list[str]) -> bool:
    """Standards number their sections as 5.1.2.3; a section's number is small and never 0."""
    return all(0 < int(part) <= _LARGEST_SECTION for part in parts)


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("EMAIL", _matches(_EMAIL)),
    ("IBAN", _ibans),
    ("CREDIT_CARD", _credit_cards),
    ("ID_CARD", _id_cards),
    ("TAX_ID", _tax_ids),
    ("IP_ADDRESS", _ip_addresses),
    ("PHONE", _matches(_PHONE)),
)
