"""Finds a document's format by its bytes. The name decides only between two kinds of text."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import PurePath

from documents.encoding import decode, looks_binary
from documents.errors import BrokenDocument, EmptyDocument, EncryptedDocument, UnknownFormat
from documents.source import Source

_HEAD = 1024
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_KNOWN_BINARIES = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
)
_OFFICE_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
_HTML = re.compile(  # atomic groups: many comments must not be tried in every combination
    r"(?:<\?xml[^>]*>\s*)?(?>(?:<!--(?>.*?-->)\s*)*)<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
MARKDOWN_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
"""A line that is an ATX heading (CommonMark 0.31, section 4.2): its marks and its text."""

_HTML_NAMES = {".html", ".htm", ".xhtml"}
_MARKDOWN_NAMES = {".md", ".markdown", ".mdown", ".mkd"}
_TEXT_NAMES = {".txt", ".text", ".log"}
_JSON_NAMES = {".json", ".jsonl", ".ndjson"}
_OSCAL_ROOTS = ("catalog", "profile")
_OSCAL_NAMESPACE = "http://csrc.nist.gov/ns/oscal/1.0"
_DOCBOOK_NAMESPACE = "http://docbook.org/ns/docbook"
_DOCBOOK_ROOTS = {"set", "book", "part", "chapter", "appendix", "preface", "article", "section", "sect1"}
_DOCBOOK_PARAGRAPH = re.compile(r"<(?:simpara|para)[\s>]")
_XML_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)+", re.DOTALL | re.IGNORECASE)
_ROOT_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_][\w:.-]*)(?P<attributes>[^>]*)>")


def sniff(source: Source) -> str:
    """The format's name, a key of ``documents.parse.PARSERS``.

    Raises ``EmptyDocument``, ``UnknownFormat``, ``BrokenDocument`` (an archive that is cut off) or
    ``EncryptedDocument`` (an office document with a password).
    """
    data = source.data
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise EmptyDocument(source.name)
    if b"%PDF-" in data[:_HEAD]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office_format(source)
    if data.startswith(_COMPOUND_FILE):
        if _ENCRYPTED_PACKAGE in data:
            raise EncryptedDocument(source.name)
        raise UnknownFormat(source.name, "an office document of the old binary kind")
    for mark, kind in _KNOWN_BINARIES:
        if data.startswith(mark):
            raise UnknownFormat(source.name, kind)
    if looks_binary(data):
        raise UnknownFormat(source.name, "not text and of no known kind")
    return _text_format(decode(data, source.name), source.name)


def _office_format(source: Source) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BrokenDocument(source.name, "its archive is cut off") from error
    if "[Content_Types].xml" in names:
        for folder, format_name in _OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return format_name
    raise UnknownFormat(source.name, "an archive of other files")


def _text_format(text: str, name: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if _HTML.match(start[: 8 * _HEAD]):
        return "html"
    suffix = PurePath(name).suffix.lower()
    if suffix in _HTML_NAMES and start[:1] == "<" and not start.startswith("<?xml"):
        return "html"
    xml_format = _xml_format(start, suffix) if start[:1] == "<" else None
    json_format = _json_format(start, suffix) if start[:1] in {"{", "["} else None
    if xml_format or json_format:
        return xml_format or json_format or ""
    if suffix in _MARKDOWN_NAMES:
        return "md"
    depths = {len(match[1]) for match in map(MARKDOWN_HEADING.match, text.splitlines()) if match and match[2]}
    return "md" if len(depths) > (1 if suffix in _TEXT_NAMES else 0) else "txt"


def _xml_format(start: str, suffix: str) -> str | None:
    """OSCAL and DocBook by their root element; other XML only where a declaration or the name says so."""
    head = start[: 64 * _HEAD]
    prolog = _XML_PROLOG.match(head)
    root = _ROOT_ELEMENT.match(head, prolog.end() if prolog else 0)
    if root is not None:
        name = root["name"].rpartition(":")[2]
        if _OSCAL_NAMESPACE in root["attributes"] and name in _OSCAL_ROOTS:
            return "oscal_xml"
        is_docbook = _DOCBOOK_NAMESPACE in root["attributes"] or "//DTD DocBook" in head[: root.start()]
        if is_docbook or (name in _DOCBOOK_ROOTS and _DOCBOOK_PARAGRAPH.search(head)):
            return "docbook"
    return "xml" if start.startswith("<?xml") or suffix == ".xml" else None


def _json_format(text: str, suffix: str) -> str | None:
    """OSCAL by its root object; a file that is no JSON at all is text, unless its name promises JSON."""
    try:
        loaded = json.loads(text, parse_int=str, parse_float=str)
    except RecursionError:
        return "json"
    except ValueError:
        return "json" if suffix in _JSON_NAMES else None
    if isinstance(loaded, dict):
        bodies = (loaded[root] for root in _OSCAL_ROOTS if root in loaded)
        if any(isinstance(body, dict) and "metadata" in body for body in bodies):
            return "oscal_json"
    return "json"
