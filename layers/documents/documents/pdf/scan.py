"""Scanned pages: a picture for text recognition, and its lines as the layout rules expect them."""

from __future__ import annotations

import statistics
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from documents.errors import OcrFailed
from documents.ocr import PagePicture, RecognisedLine
from documents.pdf.lines import Line
from documents.pdf.render import draw

_POINTS_PER_INCH = 72
_PIXELS_PER_INCH = 300  # what text recognition is trained on
_DRAWING_SECONDS = 20.0
_MOST_PIXELS = 5_000  # along the longer side; a page may claim to be a wall
_HEADING_SHARE = 1.35  # recognised heights vary with the letters in a line: smaller differences mean nothing
_BASELINE_SHARE = 0.2


def page_picture(page: Any, document_name: str, number: int) -> tuple[PagePicture, float, float]:
    """A grey picture of pdfium's page, with the page's width and height in points. Raises ``OcrFailed``."""
    width, height = page.get_size()
    scale = _PIXELS_PER_INCH / _POINTS_PER_INCH
    drawn = draw(page, scale=scale, longest=_MOST_PIXELS, seconds=_DRAWING_SECONDS, grey=True)
    if not drawn.complete:
        raise OcrFailed(document_name, f"page {number} takes too long to draw")
    starts = range(0, drawn.height * drawn.stride, drawn.stride)
    lines = [drawn.data[start : start + drawn.width] for start in starts]
    return PagePicture(_grey_png(drawn.width, lines), drawn.width, drawn.height, number, document_name), width, height


def _grey_png(width: int, lines: Sequence[bytes]) -> bytes:
    """A PNG of eight bits a pixel (W3C PNG, third edition, sections 5 and 11.2)."""
    header = struct.pack(">IIBBBBB", width, len(lines), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + line for line in lines), 3)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def lines_of_scan(recognised: Sequence[RecognisedLine], page: int, width: float, height: float) -> list[Line]:
    """Recognised lines in points from the bottom left. All body lines get one size, so that noise makes no headings."""
    lines = [
        Line(
            text=each.text,
            page=page,
            x=each.left * width,
            y=height - (each.top + each.height * (1 - _BASELINE_SHARE)) * height,
            right=(each.left + each.width) * width,
            size=each.height * height,
            bold=False,
        )
        for each in recognised
        if each.text.strip()
    ]
    if not lines:
        return []
    usual = statistics.median(line.size for line in lines)
    return [line if line.size > _HEADING_SHARE * usual else replace(line, size=usual) for line in lines]
