"""The table of fields in docs/llm-errors.md is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contract.abilities import OFFLINE
from contract.fields import (
    METADATA,
    MOST_CHOICES,
    MOST_MESSAGES,
    MOST_PARTS,
    MOST_STOPS,
    MOST_TEXTS,
    MOST_TOKENS,
    MOST_TOOLS,
    CallerKind,
    ChatRequest,
    EmbeddingRequest,
    Part,
)
from contract.middleware import LONGEST_TIMEOUT_S
from serving.request_body import BODY_PATIENCE_S, LARGEST_BODY

TEXT = (Path(__file__).parents[4] / "docs" / "llm-errors.md").read_text(encoding="utf-8")


def rows(path: str) -> dict[str, str]:
    """The documented values of each field of a route."""
    table = TEXT.split(f"| `{path}` | values |\n|---|---|\n", 1)[1].split("\n\n", 1)[0]
    found = {}
    for line in table.splitlines():
        _, names, values, _ = line.split("|")
        found.update(dict.fromkeys(re.findall(r"`(\w+)`", names), values))
    return found


@pytest.mark.parametrize(("path", "model"), [("/chat/completions", ChatRequest), ("/embeddings", EmbeddingRequest)])
def test_every_field_is_documented_and_no_other(path: str, model: type[Part]) -> None:
    assert rows(path).keys() == model.model_fields.keys()


def test_the_ranges_are_those_of_the_code() -> None:
    chat, embeddings = rows("/chat/completions"), rows("/embeddings")
    assert f"1 to {MOST_MESSAGES};" in chat["messages"]
    assert f"1 to {MOST_PARTS} parts" in chat["messages"]
    assert f"1 to {MOST_TOKENS[CallerKind.TEAM]}, the functions {MOST_TOKENS[CallerKind.SERVICE]}" in chat["max_tokens"]
    assert f"1 to {MOST_CHOICES}; offline and local {OFFLINE.most_choices}" in chat["n"]
    assert f"1 to {MOST_STOPS} texts" in chat["stop"]
    assert f"up to {MOST_TOOLS} functions" in chat["tools"]
    assert f"1 to {MOST_TEXTS}" in embeddings["input"]
    named = re.findall(r"`(\w+)`", chat["metadata"])
    assert set(named) == METADATA[CallerKind.SERVICE]
    assert set(named[: len(METADATA[CallerKind.TEAM])]) == METADATA[CallerKind.TEAM]


@pytest.mark.parametrize("name", sorted(OFFLINE.without & {"logprobs", "presence_penalty", "tools"}))
def test_what_the_offline_provider_cannot_do_is_documented(name: str) -> None:
    assert "not offline and local" in rows("/chat/completions")[name]


def test_the_limits_of_a_body_are_documented() -> None:
    assert f"more than {LARGEST_BODY // 2**20} MiB" in TEXT
    assert f"has not arrived in {BODY_PATIENCE_S:g} s" in TEXT
    assert f"more than 0 to {LONGEST_TIMEOUT_S:g} s" in TEXT
