"""Opens the ZIP archives that office documents are, without trusting them."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring, iterparse  # type: ignore[import-untyped]

from documents.errors import BrokenDocument, EncryptedDocument, TooLarge
from documents.source import Source

_ENCRYPTED_FLAG = 0x1
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    KeyError,
)
_MALFORMED = (ParseError, DefusedXmlException, ValueError, LookupError)


def local_name(element: Element) -> str:
    """The element's name without its namespace; empty for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def local_attribute(element: Element, name: str) -> str | None:
    """An attribute by its name without a namespace: strict and transitional files put it in different ones."""
    own = element.get(name)
    if own is not None:
        return own
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)


def child(element: Element | None, *names: str) -> Element | None:
    """The first child of the first child ... of these names, whatever their namespaces."""
    for name in names:
        if element is None:
            return None
        element = next((each for each in element if local_name(each) == name), None)
    return element


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference of a part of the archive: the last word of the relation's type and the other part's name."""

    kind: str
    target: str


class OfficeArchive:
    """A ZIP archive whose members are read within the limits of its source."""

    def __init__(self, source: Source) -> None:
        """Raises ``BrokenDocument`` or ``TooLarge`` (too many members, or too much when unpacked)."""
        self._source = source
        self._name = source.name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source.data))
        except _DAMAGE as error:
            raise BrokenDocument(self._name, "its archive cannot be opened") from error
        self._members = {member.filename: member for member in self._zip.infolist()}
        self._check_sizes()

    def _check_sizes(self) -> None:
        limits, members = self._source.limits, list(self._members.values())
        if len(members) > limits.max_members:
            raise TooLarge(self._name, f"it packs {len(members):,} files, {limits.max_members:,} are allowed")
        if sum(member.file_size for member in members) > limits.max_expanded_bytes:
            raise TooLarge(self._name, f"it unpacks to more than {limits.max_expanded_bytes:,} bytes")
        for member in members:
            ratio = member.file_size / max(1, member.compress_size)
            if member.file_size > limits.free_expansion_bytes and ratio > limits.max_expansion:
                raise TooLarge(self._name, f"one of its parts unpacks to {ratio:.0f} times its size")

    def __enter__(self) -> OfficeArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def __contains__(self, part: str) -> bool:
        return part in self._members

    def names(self) -> list[str]:
        """The members' names, in the order of the archive."""
        return list(self._members)

    def read(self, part: str) -> bytes:
        """A member's bytes. The size in its header is not believed: reading stops where the limit is."""
        try:
            with self._stream(part) as stream:
                data = stream.read(self._source.limits.max_expanded_bytes + 1)
        except _DAMAGE as error:
            raise BrokenDocument(self._name, "a part of its archive cannot be unpacked") from error
        if len(data) > self._source.limits.max_expanded_bytes:
            raise TooLarge(self._name, "one of its parts unpacks without end")
        return data

    def _stream(self, part: str) -> IO[bytes]:
        member = self._members.get(part)
        if member is None:
            raise BrokenDocument(self._name, "a part that it refers to is missing")
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise EncryptedDocument(self._name)
        try:
            return self._zip.open(member)
        except (*_DAMAGE, RuntimeError) as error:
            raise BrokenDocument(self._name, "a part of its archive cannot be unpacked") from error

    def xml(self, part: str) -> Element:
        """A member parsed as XML. Declarations of entities or document types are refused as damage."""
        try:
            root: Element = fromstring(self.read(part), forbid_dtd=True)
        except _MALFORMED as error:
            raise self._not_well_formed() from error
        return root

    def _not_well_formed(self) -> BrokenDocument:
        return BrokenDocument(self._name, "one of its parts is not well-formed XML")

    def optional_xml(self, part: str) -> Element | None:
        """``xml``, or ``None`` where the archive has no such part."""
        return self.xml(part) if part in self._members else None

    def elements(self, part: str, *names: str) -> Iterator[Element]:
        """The elements of these local names in a member, each as soon as it is complete and then forgotten.

        Anything outside of them is not kept, so that memory does not grow with the part. Raises as ``xml``.
        """
        with self._stream(part) as stream:
            try:
                yield from _streamed(iterparse(stream, ("start", "end"), forbid_dtd=True), set(names))
            except _MALFORMED as error:
                raise self._not_well_formed() from error
            except _DAMAGE as error:
                raise BrokenDocument(self._name, "a part of its archive cannot be unpacked") from error

    def relations(self, part: str) -> dict[str, Relation]:
        """The parts that ``part`` refers to by relation id; "" for the whole package. External ones are left out."""
        folder, _, name = part.rpartition("/")
        root = self.optional_xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, Relation] = {}
        for element in root if root is not None else ():
            target = element.get("Target", "")
            if local_name(element) == "Relationship" and target and element.get("TargetMode") != "External":
                path = posixpath.normpath(target.lstrip("/") if target[0] == "/" else posixpath.join(folder, target))
                found[element.get("Id", "")] = Relation(element.get("Type", "").rpartition("/")[2], path)
        return found

    def main_part(self, usual: str) -> str:
        """The document's main part as the package names it, else the name that is usual."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and relation.target in self:
                return relation.target
        return usual


def _streamed(events: Iterator[tuple[str, Element]], names: set[str]) -> Iterator[Element]:
    around: list[Element] = []
    inside = 0
    for event, element in events:
        if inside or (event == "start" and local_name(element) in names):
            inside += 1 if event == "start" else -1
            if inside:
                continue
            yield element
        elif event == "start":
            around.append(element)
            continue
        else:
            around.pop()
        element.clear()
        if around:
            around[-1].remove(element)
