"""The caller's limits to a reply."""

from __future__ import annotations

from typing import Any

import pytest

from contract.abilities import LOCAL, OFFLINE
from offline.reply_limits import limited, tokens, unable

TEXT = "Eins. Zwei! Drei."


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, (TEXT, "stop")),
        ({"stop": "."}, ("Eins", "stop")),
        ({"stop": ["!", "Drei"]}, ("Eins. Zwei", "stop")),
        ({"stop": ["nie"]}, (TEXT, "stop")),
        ({"max_tokens": 2}, (TEXT[:8], "length")),
        ({"max_completion_tokens": 2}, (TEXT[:8], "length")),
        ({"max_tokens": 2, "stop": "."}, ("Eins", "stop")),
        ({"max_tokens": tokens(TEXT)}, (TEXT, "stop")),
    ],
)
def test_a_reply_ends_where_its_caller_says(params: dict[str, Any], expected: tuple[str, str]) -> None:
    assert limited(TEXT, params) == expected
    assert tokens(limited(TEXT, params)[0]) <= params.get("max_tokens", 100)


@pytest.mark.parametrize("name", sorted(OFFLINE.without))
def test_what_no_provider_of_this_machine_can_do_is_named(name: str) -> None:
    assert unable({name: 1}) == name
    assert unable({name: None}) is None
    assert LOCAL.without == OFFLINE.without


def test_one_choice() -> None:
    assert (unable({"n": 1}), unable({"n": 2})) == (None, "n")
