"""Masks can be turned back, and no document can guess or bring one."""

from __future__ import annotations

import re

from grammar.screening.placeholders import Placeholders


def test_a_value_has_one_placeholder_in_a_request_and_another_in_the_next() -> None:
    text = "a@example.org, b@example.org, a@example.org"
    one, other = Placeholders(), Placeholders()
    first, second, third = re.findall("\u27e6EMAIL:[0-9a-f]{6}\u27e7", one.mask(text))
    assert first == third != second
    assert one.mask(text) != other.mask(text)
    assert one.restore(one.mask(text)) == text


def test_what_a_document_brings_is_no_placeholder() -> None:
    placeholders = Placeholders()
    masked = placeholders.mask("a@example.org \u27e6EMAIL:abcdef\u27e7")
    assert masked.endswith(" [EMAIL:abcdef]")
    assert placeholders.restore("\u27e6EMAIL:abcdef\u27e7") == "\u27e6EMAIL:abcdef\u27e7"
