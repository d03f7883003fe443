"""When two pieces of text count as the same although they were written down differently. Pure functions."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_NOT_COMPARED = re.compile(r"[\s\-•·▪◦‣●○∙*–—]+")
_SPACE = re.compile(r"\s+")
_AROUND_HYPHEN = re.compile(r"\s*-\s*")
#: Some data sets cut long titles off at about 90 characters; from here on an expected title may be a beginning.
_MAY_BE_CUT = 85


def squeezed(text: str) -> str:
    """`text` in lower case without white space, soft hyphens, hyphens and bullets: what snippets are compared by."""
    return _NOT_COMPARED.sub("", _plain(text)).lower()


def same_title(expected: str, found: str) -> bool:
    """White space, hyphens and capitals aside; an expected title of 85 characters may be where the found one begins."""
    wanted, given = _title(expected).casefold(), _title(found).casefold()
    return wanted == given or (len(expected) >= _MAY_BE_CUT and given.startswith(wanted))


def same_level(expected: str, found: str | None) -> bool:
    return found is not None and _title(expected).casefold() == _title(found).casefold()


def same_name(text: str) -> str:
    """The form by which names of roles and the like are the same: one space, any case."""
    return _SPACE.sub(" ", _plain(text)).strip().casefold()


def words(text: str) -> list[str]:
    """The words of a text in lower case, numbers included."""
    return re.findall(r"\w+", _plain(text).lower())


def _title(text: str) -> str:
    return _AROUND_HYPHEN.sub("-", _SPACE.sub(" ", _plain(text)).strip().rstrip(" .:;,…"))


def _plain(text: str) -> str:
    return _DASHES.sub("-", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
