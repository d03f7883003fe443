"""The pages of the repository, read: code in the text, blocks of code, links, headings, tables."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[3]
_FORMAT = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Said:
    """Something that a page says, and where."""

    text: str
    page: Path
    line: int

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line} {self.text!r}"


class Page:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    @cached_property
    def _tokens(self) -> list[Token]:
        return MarkdownIt().enable("table").parse(self.text)

    def _spans(self) -> Iterator[tuple[Token, int]]:
        for token in self._tokens:
            for child in token.children or ():
                yield child, (token.map or [0])[0] + 1

    def code(self) -> list[Said]:
        """Code inside the text."""
        return [Said(span.content, self.path, line) for span, line in self._spans() if span.type == "code_inline"]

    def lines(self) -> list[Said]:
        """Lines of its blocks of code."""
        return [
            Said(text, self.path, (token.map or [0])[0] + 2 + offset)
            for token in self._tokens
            if token.type == "fence"
            for offset, text in enumerate(token.content.splitlines())
        ]

    def links(self) -> list[Said]:
        targets = ((span.attrGet("href"), line) for span, line in self._spans() if span.type == "link_open")
        return [Said(str(target), self.path, line) for target, line in targets]

    def headings(self) -> list[str]:
        titles = zip(self._tokens, self._tokens[1:], strict=False)
        return [inside.content for opening, inside in titles if opening.type == "heading_open"]

    def anchors(self) -> set[str]:
        """Of its headings, as GitHub makes them."""
        return {_FORMAT.sub("", heading.lower()).replace(" ", "-") for heading in self.headings()}

    def rows(self) -> list[list[str]]:
        """The rows of its tables, each cell as it is written."""
        found: list[list[str]] = []
        for token, inside in zip(self._tokens, self._tokens[1:], strict=False):
            if token.type == "tr_open":
                found.append([])
            elif token.type == "td_open":
                found[-1].append(inside.content)
        return [row for row in found if row]


def spans_of(cell: str) -> list[str]:
    """The code in a cell of a table."""
    return re.findall(r"`([^`]+)`", cell)


@cache
def pages() -> tuple[Page, ...]:
    paths = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return tuple(Page(path) for path in (*paths, *sorted((ROOT / "docs").rglob("*.md"))))


def page(name: str) -> Page:
    (found,) = (each for each in pages() if str(each.path.relative_to(ROOT)) == name)
    return found


@cache
def tracked() -> tuple[str, ...]:
    """The files of the repository, new ones that are not ignored included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


@cache
def words_of_the_code() -> frozenset[str]:
    """Every name that a file beside the pages holds: identifiers, file names, variables, parameters, types."""
    read = (ROOT / name for name in tracked() if not name.endswith((".md", ".txt", ".tsv")))
    found = {
        word for path in read for word in re.findall(r"[\w$@]+", path.read_text(encoding="utf-8", errors="ignore"))
    }
    return frozenset(found | {Path(name).stem for name in tracked()})
