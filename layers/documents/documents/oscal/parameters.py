"""Puts the values of parameters into OSCAL prose, in the words of the printed standards.

NIST prints ``[Assignment: organization-defined frequency]`` and ``[Selection (one or more): a; b]``; the
BSI's German catalogs print the label alone: ``[regelmäßig]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from documents.errors import TooLarge
from documents.oscal.model import INSERT, Parameter

_LONGEST = 20_000
_MOST_NESTED = 20
_OWN_WORDS = re.compile(r"organi[sz]ation-defined\b", re.IGNORECASE)


class Parameters:
    """All parameters of a catalog by id, and by the older ids they go by."""

    def __init__(self, parameters: Iterable[Parameter], *, german: bool, document_name: str) -> None:
        self._german = german
        self._name = document_name
        self._texts: dict[str, str] = {}
        self._by_id: dict[str, Parameter] = {}
        for parameter in parameters:
            self._by_id.setdefault(parameter.id, parameter)
            for other in parameter.properties:
                if other.name == "alt-identifier":
                    self._by_id.setdefault(other.value, parameter)

    def filled(self, text: str, depth: int = 0) -> str:
        """The text with each insertion resolved. Raises ``TooLarge`` where parameters nest without end."""
        return INSERT.sub(lambda match: self._text(match[1], depth), text)

    def _text(self, identifier: str, depth: int) -> str:
        if depth > _MOST_NESTED:
            raise TooLarge(self._name, "its parameters refer to one another without end")
        if identifier not in self._texts:
            text = self._rendered(identifier, depth)
            if len(text) > _LONGEST:
                raise TooLarge(self._name, f"one of its parameters fills in more than {_LONGEST:,} characters")
            self._texts[identifier] = text
        return self._texts[identifier]

    def _rendered(self, identifier: str, depth: int) -> str:
        parameter = self._by_id.get(identifier)
        if parameter is None:
            return f"[{identifier}]" if self._german else f"[Assignment: {identifier}]"
        if parameter.choices and not parameter.values:
            choices = "; ".join(self.filled(choice, depth + 1) for choice in parameter.choices)
            several = parameter.how_many == "one-or-more"
            if self._german:
                return f"[{'Auswahl (eines oder mehrere)' if several else 'Auswahl'}: {choices}]"
            return f"[{'Selection (one or more)' if several else 'Selection'}: {choices}]"
        return self._assignment(parameter, depth)

    def _assignment(self, parameter: Parameter, depth: int) -> str:
        said = ", ".join(parameter.values) or self._label(parameter)
        said = self.filled(said, depth + 1)
        if parameter.constraints:
            said += f" ({'; '.join(self.filled(each, depth + 1) for each in parameter.constraints)})"
        return f"[{said}]" if self._german else f"[Assignment: {said}]"

    def _label(self, parameter: Parameter) -> str:
        """The label that the standard prints; NIST keeps a shorter one for its assessors beside it."""
        printed = next((each.value for each in parameter.properties if each.name == "alt-label"), "")
        label = printed or parameter.label or parameter.id
        if self._german or _OWN_WORDS.match(label):
            return label
        return f"organization-defined {label}"
