"""The statements of a web page about itself: character encoding, author, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping

from documents.characters import clean_line
from documents.dates import iso_date
from documents.encoding import declared_encoding, decode

_HEAD = 4_096
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})|<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]{2,40})")
_ENCODINGS = re.compile(
    r"utf-?8|iso-?8859-\d{1,2}|latin-?1|us-ascii|ascii|windows-125\d|cp125\d|koi8-[ru]|macintosh|gbk|gb2312|gb18030|"
    r"big5|euc-(?:jp|kr)|shift_jis",
    re.IGNORECASE,
)
_WINDOWS_1252 = re.compile(r"iso-?8859-1|latin-?1|us-ascii|ascii|windows-1252|cp1252", re.IGNORECASE)
_NAMES = {
    "author": "author",
    "article:author": "author",
    "dc.creator": "author",
    "dcterms.creator": "author",
    "date": "created",
    "created": "created",
    "dc.date": "created",
    "dc.date.created": "created",
    "dcterms.date": "created",
    "dcterms.created": "created",
    "article:published_time": "created",
    "last-modified": "modified",
    "modified": "modified",
    "revised": "modified",
    "dc.date.modified": "modified",
    "dcterms.modified": "modified",
    "article:modified_time": "modified",
    "og:updated_time": "modified",
}


def decode_html(data: bytes, name: str) -> str:
    """The page's characters: by byte order mark, then by what it declares, then as ``documents.encoding``.

    As in browsers, Latin-1 means Windows-1252, and a declaration that the bytes do not follow is ignored.
    """
    match = None if declared_encoding(data) else _CHARSET.search(data[:_HEAD])
    declared = (match[1] or match[2]).decode("ascii") if match else ""
    if not _ENCODINGS.fullmatch(declared) or _WINDOWS_1252.fullmatch(declared):
        return decode(data, name)
    try:
        return data.decode(declared)
    except (UnicodeDecodeError, LookupError):
        return decode(data, name)


def property_of(attributes: Mapping[str, str]) -> tuple[str, str] | None:
    """The property (``author``, ``created``, ``modified``) and value that a ``meta`` element states, if any."""
    name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
    key, value = _NAMES.get(name.strip().lower()), clean_line(attributes.get("content", ""))
    if key is None or not value:
        return None
    if key == "author":
        return key, value
    date = iso_date(value)
    return (key, date) if date else None
