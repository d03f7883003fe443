"""Opens the ZIP archives that office documents are, without trusting them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from types import TracebackType
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

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
        member = self._members.get(part)
        if member is None:
            raise BrokenDocument(self._name, "a part that it refers to is missing")
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise EncryptedDocument(self._name)
        try:
            with self._zip.open(member) as stream:
                data = stream.read(self._source.limits.max_expanded_bytes + 1)
        except _DAMAGE as error:
            raise BrokenDocument(self._name, "a part of its archive cannot be unpacked") from error
        if len(data) > self._source.limits.max_expanded_bytes:
            raise TooLarge(self._name, "one of its parts unpacks without end")
        return data

    def xml(self, part: str) -> Element:
        """A member parsed as XML. Declarations of entities or document types are refused as damage."""
        try:
            root: Element = fromstring(self.read(part), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise BrokenDocument(self._name, "one of its parts is not well-formed XML") from error
        return root

    def optional_xml(self, part: str) -> Element | None:
        """``xml``, or ``None`` where the archive has no such part."""
        return self.xml(part) if part in self._members else None
