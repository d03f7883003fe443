"""Which sentences of a draft stand on the passages they name; the others are repaired once or removed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.records import AnswerChange, Passage
from validate.claims import Claim, read_claims, sentences_of
from validate.support import Fault, claims_nothing, find_repair, find_support
from validate.writing import Supported

#: Of a changed sentence the record keeps no more.
_LONGEST_KEPT = 500
#: A list item's mark; its number would read as a number of the source.
_LEAD = re.compile(r"(?:[-*+•]|\d{1,2}[.)])[ \t]+")


@dataclass(slots=True)
class Check:
    """One draft's check: ``kept`` counts sentences, ``changes`` says what became of the others."""

    passages: Mapping[int, Passage]
    kept: int = 0
    changes: list[AnswerChange] = field(default_factory=list)
    _said: set[tuple[str, int, int]] = field(default_factory=set)

    def text(self, drafted: str) -> list[Supported]:
        """What is left of a stretch of prose or of a table's cell."""
        return [supported for claim in read_claims(drafted) for supported in self._claim(claim)]

    def label(self, text: str) -> bool:
        """Whether a heading or a label may stand: it says nothing that would need a source."""
        if claims_nothing(text, list(self.passages.values())):
            return True
        self._change(text, Fault.NO_SOURCE)
        return False

    @property
    def removed(self) -> int:
        return sum(change.action == "removed" for change in self.changes)

    def _claim(self, claim: Claim) -> list[Supported]:
        """A claim that is one copied stretch is kept whole; otherwise each of its sentences is checked."""
        whole = self._supported(claim)
        if whole is not None and whole.verbatim:
            return self._keep(whole)
        return [kept for sentence in sentences_of(claim) for kept in self._sentence(sentence)]

    def _sentence(self, claim: Claim) -> list[Supported]:
        supported = self._supported(claim)
        if supported is not None:
            return self._keep(supported)
        return self._repaired(claim)

    def _supported(self, claim: Claim) -> Supported | None:
        lead, text = _without_lead(claim.text)
        found: Supported | None = None
        for number in claim.sources:
            passage = self.passages.get(number)
            if passage is None:
                continue
            # An item that was copied with its mark is the source's own list.
            whole = find_support(claim.text, passage)
            if whole is not None and whole.verbatim:
                return Supported(claim.text, passage, whole.start, whole.end, verbatim=True)
            support = find_support(text, passage) if found is None else None
            if support is not None:
                found = Supported(text, passage, support.start, support.end, support.verbatim, lead)
        return found

    def _repaired(self, claim: Claim) -> list[Supported]:
        """The source's own words in place of the sentence, once: a repair is copied and needs no second check."""
        lead, text = _without_lead(claim.text)
        named = [self.passages[number] for number in claim.sources if number in self.passages]
        found = [(repair, passage) for passage in named if (repair := find_repair(text, passage))]
        if not found:
            fault = Fault.NO_SOURCE if not claim.sources else Fault.NOT_IN_SOURCE if named else Fault.UNKNOWN_SOURCE
            self._change(text, fault)
            return []
        (support, fault, _), passage = max(found, key=lambda pair: pair[0][2])
        instead = passage.text[support.start : support.end]
        place = (str(passage.chunk_id), support.start, support.end)
        if place in self._said:
            self._change(text, fault)
            return []
        self._change(text, fault, instead)
        return self._keep(Supported(instead, passage, support.start, support.end, verbatim=True, lead=lead))

    def _keep(self, supported: Supported) -> list[Supported]:
        self.kept += 1
        self._said.add((str(supported.passage.chunk_id), supported.start, supported.end))
        return [supported]

    def _change(self, sentence: str, fault: Fault, instead: str | None = None) -> None:
        change = AnswerChange(
            sentence=sentence[:_LONGEST_KEPT],
            action="repaired" if instead else "removed",
            reason=fault.value,
            instead=instead[:_LONGEST_KEPT] if instead else None,
        )
        self.changes.append(change)


def _without_lead(text: str) -> tuple[str, str]:
    """A list item's mark, always a dash, and the item."""
    lead = _LEAD.match(text)
    return ("- ", text[lead.end() :]) if lead else ("", text)
