"""The grammar's reading of the texts that answers are judged by: keys of control ids, sentences, duties, numbers.

It imports the grammar, which is no installed package: `checkout_layers.importable` comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

from grammar import control_ids, duties, stems, typed_ids
from grammar.answers.safe_markdown import unescaped
from grammar.negation import negates
from grammar.numbers import stated_numbers
from grammar.sentences import split_sentences
from wissen_eval.likeness import words


@dataclass(frozen=True)
class Reading:
    """The statements of a text: its duties by name, the keys of the control ids it names, its numbers without theirs.

    `negates` says whether it denies, excludes or excepts anything.
    """

    obligations: frozenset[str]
    control_keys: frozenset[str]
    numbers: frozenset[str]
    negates: bool


class TextRules:
    """The grammar's answers to the questions that the parts have about texts."""

    def __init__(self) -> None:
        self._read: dict[str, Reading] = {}

    def control_key(self, written: str) -> str:
        """The key by which all spellings of a control id are the same."""
        return control_ids.control_key(written)

    def sentences(self, text: str) -> tuple[str, ...]:
        """The sentences, list items and headings of a text."""
        return tuple(sentence.text for sentence in split_sentences(text))

    def unescaped(self, markdown: str) -> str:
        """The words of a piece of an answer in safe CommonMark."""
        return unescaped(markdown)

    def stems(self, text: str) -> frozenset[str]:
        """The stems of the text's words of four letters and more, hyphens and marks aside."""
        return stems.stems(" ".join(words(text)))

    def read(self, text: str) -> Reading:
        """The statements of a text. A text that was read before is not read again."""
        if text not in self._read:
            self._read[text] = Reading(
                obligations=frozenset(map(str, duties.obligations(text))),
                control_keys=frozenset(found.key for found in typed_ids.find_typed_control_ids(text)),
                numbers=stated_numbers(text),
                negates=negates(text),
            )
        return self._read[text]
