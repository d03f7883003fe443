"""Chooses the text recognition for scans: Textract on AWS, tesseract if it is installed, or none."""

from __future__ import annotations

from typing import Literal

from classify.textract import Textract
from documents import TextRecognition, installed_ocr

Recogniser = Literal["textract", "tesseract", "none"]


def text_recognition(recogniser: Recogniser) -> TextRecognition | None:
    """The named one; ``None`` also where tesseract is wanted but not installed, so that scans say what to install."""
    if recogniser == "textract":
        return Textract()
    return installed_ocr() if recogniser == "tesseract" else None
