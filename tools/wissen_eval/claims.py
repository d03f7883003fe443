"""The sentences of an answer, each with the citations that speak for it. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wissen.client.records import Answer, Citation
from wissen_eval.likeness import squeezed

if TYPE_CHECKING:
    from wissen_eval.text_rules import Reading, TextRules

_BRACKETS = r"\[\d{1,3}(?:\s?,\s?\d{1,3})*\]"
#: A marker ends a line, a sentence or a table's cell. A number in brackets elsewhere is the source's own.
_MARKERS = re.compile(
    rf"(?P<before>[.!?:;][\"'”“»)]*)?\s*(?P<markers>{_BRACKETS}(?:[ ,]*{_BRACKETS})*)(?P<stop>[.!?;:])?"
    r"(?=\s*(?:\n|\||$))|"
    rf"(?P<before2>[.!?:;][\"'”“»)]*)\s*(?P<markers2>{_BRACKETS}(?:[ ,]*{_BRACKETS})*)(?=\s)|"
    rf"\s*(?P<markers3>{_BRACKETS}(?:[ ,]*{_BRACKETS})*)(?P<stop3>[.!?;:])(?=\s)"
)
_RULE_OF_TABLE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
_CELL_END = re.compile(r"(?<!\\)\|")
_LEAD = re.compile(r"\s*(?:#{1,6}\s|>\s?)")
_LETTERS = re.compile(r"[^\W\d_]{2}")

#: Share of a sentence's words, by their stems, that what it cites must hold.
LEAST_COVERAGE = 0.7


@dataclass(frozen=True)
class Claim:
    """A sentence of an answer and the citations it names."""

    text: str
    citations: tuple[Citation, ...]


def claims(answer: Answer, rules: TextRules) -> list[Claim]:
    """The answer's sentences. Headings, table heads, lines that only introduce what follows (they end with a colon)
    and a table's row labels claim nothing and are left out."""
    by_number = {citation.n: citation for citation in answer.citations}
    found: list[Claim] = []
    for block in _blocks(answer.answer or ""):
        for text, numbers in _marked(block):
            cited = tuple(by_number[number] for number in numbers if number in by_number)
            said = rules.unescaped(text)
            found += [Claim(one, cited) for one in rules.sentences(said) if _claims_something(one)]
    return found


def _blocks(text: str) -> Iterator[str]:
    """Stretches that no marker reaches beyond: prose between headings and tables, and each cell of a table."""
    prose: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("|"):
            if line.lstrip().startswith("#"):
                yield "\n".join(prose)
                prose = []
            else:
                prose.append(_LEAD.sub("", line))
            continue
        yield "\n".join(prose)
        prose = []
        head = number + 1 < len(lines) and _RULE_OF_TABLE.fullmatch(lines[number + 1].strip()) is not None
        if not head and _RULE_OF_TABLE.fullmatch(line.strip()) is None:
            yield from (cell for cell in _CELL_END.split(line.strip().strip("|")) if _MARKERS.search(cell))
    yield "\n".join(prose)


def _marked(block: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The text between markers, with the numbers of the marker behind it."""
    begin = 0
    for match in _MARKERS.finditer(block):
        markers = match["markers"] or match["markers2"] or match["markers3"] or ""
        stop = match["before"] or match["before2"] or match["stop"] or match["stop3"] or ""
        text = (block[begin : match.start()] + stop).strip()
        if text.strip(" .!?:;"):
            yield text, tuple(int(number) for number in re.findall(r"\d+", markers))
        begin = match.end()
    rest = block[begin:].strip()
    if rest:
        yield rest, ()


def _claims_something(sentence: str) -> bool:
    return bool(_LETTERS.search(sentence)) and not sentence.rstrip().endswith(":")


def supported(claim: Claim, rules: TextRules) -> bool:
    """A copied sentence is part of one of the quotes it cites. Another one needs quotes that hold at least
    LEAST_COVERAGE of its words, and does not drift from them."""
    if copied(claim):
        return True
    quotes = " ".join(citation.quote for citation in claim.citations)
    stems = rules.stems(claim.text)
    covered = len(stems & rules.stems(quotes)) / len(stems) if stems and quotes else 0.0
    return covered >= LEAST_COVERAGE and not drift(claim, rules)


def copied(claim: Claim) -> bool:
    """True if the sentence is found in a quote as it is, white space, hyphens and bullets aside."""
    sentence = squeezed(claim.text.rstrip(" .;:,"))
    return bool(sentence) and any(sentence in squeezed(citation.quote) for citation in claim.citations)


def copied_whole(claim: Claim, rules: TextRules) -> bool:
    """True if the claim is a whole sentence or line of a quote, so that nothing that bears on it was left out."""
    said = squeezed(claim.text.rstrip(" .;:,"))
    quotes = [citation.quote for citation in claim.citations]
    wholes = [whole for quote in quotes for whole in (*rules.sentences(quote), *quote.splitlines())]
    return bool(said) and any(said == squeezed(whole.rstrip(" .;:,")) for whole in wholes)


def drift(claim: Claim, rules: TextRules) -> list[str]:
    """The points in which a sentence differs from what it cites: duties, denial, numbers, control ids. Empty for none.

    Duties and denial are compared with the cited sentence that is most like it, or with all that is cited where none
    is like it; a duty the source states must not be left out. Numbers and control ids may come from anything cited,
    the citation's own control id and headings included. A sentence that cites nothing is unsupported, not drifting;
    one that is a whole sentence or line of what it cites says what its source says.
    """
    if not claim.citations or copied_whole(claim, rules):
        return []
    said = rules.read(claim.text)
    quotes = [sentence for citation in claim.citations for sentence in rules.sentences(citation.quote)]
    everything = " \n".join(quotes)
    source = rules.read(_most_like(claim.text, quotes, rules) or everything)
    around = " \n".join([everything, *(_place(citation) for citation in claim.citations)])
    known = rules.read(around)
    keys = known.control_keys | {rules.control_key(one.control_id) for one in claim.citations if one.control_id}
    found = _duties(claim, said, source)
    found += [f"number {number}" for number in sorted(said.numbers - known.numbers)]
    return found + [f"control {key}" for key in sorted(said.control_keys - keys)]


def _duties(claim: Claim, said: Reading, source: Reading) -> list[str]:
    found = [f"states {duty}" for duty in sorted(said.obligations - source.obligations)]
    if not said.obligations and source.obligations - {"may"} and not copied(claim):
        found.append(f"leaves out {', '.join(sorted(source.obligations))}")
    if said.negates and not source.negates:
        found.append("denies")
    return found


def _most_like(text: str, sentences: Sequence[str], rules: TextRules) -> str | None:
    """The sentence that holds the most of the text's words, if it holds enough of them."""
    stems = rules.stems(text)
    if not stems:
        return None
    best = max(sentences, key=lambda sentence: len(stems & rules.stems(sentence)), default="")
    return best if len(stems & rules.stems(best)) / len(stems) >= LEAST_COVERAGE else None


def _place(citation: Citation) -> str:
    path = citation.heading_path
    return " ".join([*(path if isinstance(path, list) else [path or ""]), citation.title or ""])
