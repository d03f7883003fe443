"""Decodes text files whose encoding nobody declared."""

from __future__ import annotations

import codecs

from documents.errors import BrokenDocument

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WINDOWS_1252 = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_SAMPLE = 4096
_TEXT_CONTROLS = frozenset(b"\t\n\x0b\x0c\r\x1b")


def decode(data: bytes, name: str) -> str:
    """UTF-8, UTF-16 and UTF-32 by their mark, UTF-16 by its zero bytes, UTF-8 if it fits, else Windows-1252.

    Windows-1252 has five bytes without a meaning; they are read as Latin-1, as browsers do. Raises
    ``BrokenDocument`` where a mark announces an encoding that the bytes do not follow.
    """
    encoding = declared_encoding(data)
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            raise BrokenDocument(name, f"it announces {encoding.upper()} but does not follow it") from error
    return data.decode("latin-1").translate(_WINDOWS_1252)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark, or the zero bytes of Latin text in UTF-16, give away."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    if len(sample) >= 4:
        odd, even = sample[1::2].count(0), sample[0::2].count(0)
        half = len(sample) // 2
        if odd > 0.7 * half and even < 0.1 * half:
            return "utf-16-le"
        if even > 0.7 * half and odd < 0.1 * half:
            return "utf-16-be"
    return None


def looks_binary(data: bytes) -> bool:
    """True if the bytes are no text in any of the encodings ``decode`` knows."""
    if declared_encoding(data) is not None:
        return False
    sample = data[:65536]
    odd = sum(1 for byte in sample if byte < 32 and byte not in _TEXT_CONTROLS)
    return b"\x00" in sample or odd > max(2, len(sample) // 100)
