"""Draws a page of a PDF into pixels, and stops when that takes too long.

A damaged or hostile page can keep pdfium busy for minutes with a single drawing; pdfium asks between its
objects whether it should pause.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class Pixels:
    """Rows of ``stride`` bytes, ``channels`` bytes a pixel; not ``complete`` where drawing was stopped."""

    data: bytes
    width: int
    height: int
    stride: int
    channels: int
    complete: bool


def draw(page: Any, *, scale: float, longest: int, seconds: float, grey: bool = False) -> Pixels:
    """The page at ``scale`` pixels a point, neither side longer than ``longest`` pixels, within ``seconds``."""
    points = page.get_size()
    scale = min(scale, longest / max(*points, 1.0))
    width, height = (max(1, round(each * scale)) for each in points)
    kind, flags = (pdfium_c.FPDFBitmap_Gray, pdfium_c.FPDF_GRAYSCALE) if grey else (pdfium_c.FPDFBitmap_BGR, 0)
    flags |= pdfium_c.FPDF_ANNOT
    bitmap = pdfium.PdfBitmap.new_native(width, height, kind)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        status = _draw_until(time.monotonic() + seconds, bitmap, page, width, height, flags)
        data = bytes(bitmap.buffer)
        complete = status == pdfium_c.FPDF_RENDER_DONE
        return Pixels(data, width, height, bitmap.stride, bitmap.n_channels, complete)
    finally:
        bitmap.close()


def _draw_until(  # pdfium's own parameters
    deadline: float, bitmap: Any, page: Any, width: int, height: int, flags: int
) -> int:
    pause = pdfium_c.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _: int(time.monotonic() > deadline))
    try:
        status = pdfium_c.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, width, height, 0, flags, pause)
        return int(status)
    finally:
        pdfium_c.FPDF_RenderPage_Close(page)
