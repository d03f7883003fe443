"""Text recognition for pages that are pictures: the port, and tesseract as a subprocess where it is installed.

The port takes a picture of one page and gives back lines with their place, so that the same rules that find
headings and paragraphs on a printed page find them on a scanned one.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from documents.errors import OcrFailed

LANGUAGES = ("deu", "eng")
_SECONDS_PER_PAGE = 60.0
_WORD_LEVEL = "5"
_LEAST_CONFIDENCE = 20.0  # below it tesseract reads letters into specks and lines


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as a grey PNG, with its size in pixels and the number it has in its document, from 1."""

    png: bytes
    width: int
    height: int
    number: int
    document_name: str


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """One line of text. Its box is in shares of the page, 0 to 1, from the top left corner."""

    text: str
    left: float
    top: float
    width: float
    height: float


class TextRecognition(ABC):
    """A reader of pictures of pages."""

    @abstractmethod
    def read(self, picture: PagePicture) -> Sequence[RecognisedLine]:
        """The page's lines in reading order; none where it shows no text. Raises ``OcrFailed``."""


class Tesseract(TextRecognition):
    """Runs the ``tesseract`` program for each page."""

    def __init__(self, program: str, languages: Sequence[str]) -> None:
        self._program = program
        self._languages = "+".join(languages)

    def read(self, picture: PagePicture) -> list[RecognisedLine]:
        command = [self._program, "stdin", "stdout", "-l", self._languages, "--psm", "3", "tsv"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command; the picture goes in by stdin
                command,
                input=picture.png,
                capture_output=True,
                check=True,
                timeout=_SECONDS_PER_PAGE,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # its threads wait for one another on busy cores
            )
        except subprocess.TimeoutExpired as error:
            raise OcrFailed(picture.document_name, f"page {picture.number} takes too long") from error
        except (subprocess.CalledProcessError, OSError) as error:
            raise OcrFailed(picture.document_name, f"tesseract stopped at page {picture.number}") from error
        return list(_lines(done.stdout.decode("utf-8", "replace"), picture))


def installed_ocr() -> TextRecognition | None:
    """Tesseract with German and English, as far as it is installed; ``None`` without either language."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        listed = subprocess.run(  # noqa: S603 - a fixed command
            [program, "--list-langs"], capture_output=True, check=True, timeout=10
        ).stdout.decode("utf-8", "replace")
    except (subprocess.SubprocessError, OSError):
        return None
    languages = [language for language in LANGUAGES if language in listed.split()]
    return Tesseract(program, languages) if languages else None


def _lines(table: str, picture: PagePicture) -> Iterator[RecognisedLine]:
    """Tesseract's table has a row for each word; words of one line share block, paragraph and line number."""
    words: defaultdict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == _WORD_LEVEL and (row["text"] or "").strip() and float(row["conf"]) >= _LEAST_CONFIDENCE:
            words[row["block_num"], row["par_num"], row["line_num"]].append(row)
    for line in words.values():
        left, top = (min(int(word[side]) for word in line) for side in ("left", "top"))
        right = max(int(word["left"]) + int(word["width"]) for word in line)
        bottom = max(int(word["top"]) + int(word["height"]) for word in line)
        yield RecognisedLine(
            text=" ".join(word["text"].strip() for word in line),
            left=left / picture.width,
            top=top / picture.height,
            width=(right - left) / picture.width,
            height=(bottom - top) / picture.height,
        )
