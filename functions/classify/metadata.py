"""The statements of a document about itself: title, author, dates, edition, and the standards it names.

Title, author and dates are the file's own properties, as the parsers read them. The edition is taken from where a
document of its kind states it: standards have years and revisions, an organisation's own documents have versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from documents import ParsedDocument
from grammar.document_types import kind_of
from knowledge.entities.recognition import find_entities
from knowledge.taxonomy import DocumentType, EntityType

#: Characters at the beginning in which a document says which edition or version it is.
_BEGINNING = 4000
#: Programs that put their own name where the author's belongs.
_PROGRAMS = re.compile(
    r"(?:openpyxl|python-(?:docx|pptx)|apache poi|libreoffice|microsoft (?:office|word|excel)\b.*|pandoc|reportlab"
    r"|unknown|anonymous|admin(?:istrator)?|user|unbekannt)",
    re.IGNORECASE,
)
#: Not the version of what a text describes: only a line that begins with it, or the label of a property.
_OWN_VERSION = (
    r"^[^\w\n]{0,6}(?:version|fassung|ausgabe|edition|revision|stand)\b[ \t:.*|]{1,6}(?P<edition>v?\d[\w.\-]{0,15})",
)
_REVISION = re.compile(r"(?:Rev(?:ision)?\.?|r) ?(?=\d)", re.IGNORECASE)


def metadata_of(parsed: ParsedDocument, kind: DocumentType) -> dict[str, Any]:
    """Title, author, created, modified, version and edition where they are stated, and always the standards it names.

    ``standards`` are their normal names, the most named first, each once. All values can be stored as JSON.
    """
    stated = {key: value for key in ("created", "modified", "version") if (value := parsed.metadata.get(key))}
    author = parsed.metadata.get("author", "").strip()
    if author and not _PROGRAMS.fullmatch(author):
        stated["author"] = author
    if parsed.title:
        stated["title"] = parsed.title
    if edition := _edition(parsed, kind):
        stated["edition"] = edition
    return {**stated, "standards": list(_standards(parsed.visible_text))}


def _edition(parsed: ParsedDocument, kind: DocumentType) -> str | None:
    if given := parsed.metadata.get("edition"):
        return given
    beginning = "\n".join((parsed.title or "", parsed.metadata.get("author", ""), parsed.visible_text[:_BEGINNING]))
    for pattern in kind_of(kind).editions or _OWN_VERSION:
        if match := re.search(pattern, beginning, re.IGNORECASE | re.MULTILINE):
            return _REVISION.sub("Rev. ", match["edition"]).rstrip(".-")
    # A catalogue without editions has a version; one that is a moment is told by its day.
    return parsed.metadata.get("version", "").partition("T")[0] or None


def _standards(text: str) -> Iterator[str]:
    counts: dict[str, int] = {}
    for entity in find_entities(text):
        if entity.type is EntityType.STANDARD:
            counts[entity.normalized] = counts.get(entity.normalized, 0) + 1
    yield from sorted(counts, key=lambda name: -counts[name])
