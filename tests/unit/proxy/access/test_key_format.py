"""The form of model keys: the command line writes what the proxy reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from access.key_format import PREFIX, is_well_formed
from wissen.stack.accounts import model_keys


def test_the_command_line_and_the_proxy_agree() -> None:
    assert model_keys.KEY_PREFIX == PREFIX
    for _ in range(50):
        assert is_well_formed(model_keys.new_key())


@given(st.integers(4, 52), st.sampled_from("abcXYZ019-_"))
def test_a_mistyped_key_is_noticed(position: int, character: str) -> None:
    key = model_keys.new_key()
    mistyped = key[:position] + character + key[position + 1 :]
    assert is_well_formed(mistyped) == (mistyped == key)


@given(st.text(max_size=80))
def test_other_texts_are_no_keys(text: str) -> None:
    assert not is_well_formed(text)


def test_keys_made_before_there_was_a_check_are_still_keys() -> None:
    assert is_well_formed(PREFIX + "a" * 43)
