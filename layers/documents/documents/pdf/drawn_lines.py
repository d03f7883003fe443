"""Reads the lines that are drawn on a PDF page: strokes, thin bars, outlines and coloured grounds of cells alike."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from documents.pdf.rulings import Rulings, Segment

_NESTED_FORMS = 3
_MOST_PATHS = 5_000
_MOST_SEGMENTS = 400  # of one path; what has more is a drawing


def rulings_of(page: Any) -> Rulings:
    """The lines that are drawn on a page of pypdfium2."""
    return Rulings(_segments(page))


def _segments(page: Any) -> Iterator[Segment]:
    paths = page.get_objects([pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=_NESTED_FORMS)
    for _, path in zip(range(_MOST_PATHS), paths, strict=False):
        yield from _of_path(path)


def _of_path(path: Any) -> Iterator[Segment]:
    count = pdfium_c.FPDFPath_CountSegments(path)
    if not 1 < count <= _MOST_SEGMENTS:
        return
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    first = before = (0.0, 0.0)
    for number in range(count):
        segment = pdfium_c.FPDFPath_GetPathSegment(path, number)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            first = here
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            yield (*before, *here)
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            yield (*here, *first)
        before = here
