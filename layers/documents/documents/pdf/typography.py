"""The usual type, line distance and margins of a document, by which the unusual is known."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence

from documents.pdf.lines import Line


class Typography:
    """The usual measures of this document: body type, line distance, right margins."""

    def __init__(self, lines: Sequence[Line]) -> None:
        weights: Counter[tuple[float, bool]] = Counter()
        for line in lines:
            weights[line.style] += len(line.text)
        self.body_size, self.body_bold = weights.most_common(1)[0][0] if weights else (10.0, False)
        self._leading = self._leadings(lines)
        self._margins = self._right_margins(lines)
        self._page_margins = self._right_margins(lines, by_column=False)
        self.ends_with_stops = self._ends_with_stops(lines)

    @staticmethod
    def _leadings(lines: Sequence[Line]) -> dict[float, float]:
        gaps: defaultdict[float, Counter[float]] = defaultdict(Counter)
        for before, line in itertools.pairwise(lines):
            gap = round((before.y - line.y) * 2) / 2
            if before.page == line.page and before.style == line.style and 0 < gap <= 2.2 * line.size:
                gaps[line.style[0]][gap] += 1
        return {
            size: min(gap for gap, count in counts.items() if count >= 0.15 * counts.total())
            for size, counts in gaps.items()
            if counts.total() >= 10 and max(counts.values()) >= 0.15 * counts.total()
        }

    @staticmethod
    def _right_margins(lines: Sequence[Line], *, by_column: bool = True) -> dict[tuple[int, int], float]:
        rights: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for line in lines:
            rights[0 if by_column else line.page, round(line.x / 5) if by_column else 0].append(line.right)
        return {key: sorted(values)[-1 - len(values) // 50] for key, values in rights.items() if len(values) >= 3}

    def _ends_with_stops(self, lines: Sequence[Line]) -> bool:
        """True if paragraphs here end with a full stop or the like, as catalogues of bare phrases do not."""
        stops = [
            before.text[-1:] in ".:;!?"
            for before, line in itertools.pairwise(lines)
            if before.page == line.page
            and before.style == line.style == (self.body_size, self.body_bold)
            and before.y - line.y > self.most_gap(before.size)
        ]
        return sum(stops) >= 0.6 * len(stops)

    def most_gap(self, size: float) -> float:
        """The largest distance of two baselines within one paragraph of that size."""
        usual = self._leading.get(round(size * 2) / 2)
        if usual is None:
            usual = self._leading.get(self.body_size, 1.25 * self.body_size) * size / self.body_size
        return min(1.18 * usual, 2.4 * size)

    def margin(self, line: Line) -> float:
        """The right end of the longest lines that begin at this place."""
        column = self._margins.get((0, round(line.x / 5)))
        return column if column is not None else self._page_margins.get((line.page, 0), line.right)

    def fills(self, line: Line, share: float) -> bool:
        """True if the line takes at least this share of the width it could."""
        return line.right - line.x >= share * (self.margin(line) - line.x)

    def is_full(self, line: Line, following: Line) -> bool:
        """True if the next line's first word would not have fitted behind this line."""
        width = (line.right - line.x) / max(1, len(line.text.strip()))
        word = following.text.split(maxsplit=1)[0]
        return line.right + width * (len(word) + 1) > self.margin(line) - 0.5 * line.size
