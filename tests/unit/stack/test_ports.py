from __future__ import annotations

import pytest

from wissen.stack import ports
from wissen.stack.errors import NoFreePort


def test_every_name_gets_a_port_of_its_own() -> None:
    chosen = ports.assign(["a", "b", "c"], {}, [], free=lambda port: True)

    assert set(chosen) == {"a", "b", "c"}
    assert len(set(chosen.values())) == 3


def test_a_free_port_is_kept_and_a_taken_one_replaced() -> None:
    remembered = {"a": 21001, "b": 21002}
    chosen = ports.assign(["a", "b"], remembered, [], free=lambda port: port != 21002, patience_s=0)

    assert chosen["a"] == 21001
    assert chosen["b"] not in remembered.values()


def test_a_port_that_our_own_process_listens_on_is_kept() -> None:
    assert ports.assign(["a"], {"a": 21001}, ["a"], free=lambda port: False) == {"a": 21001}


def test_a_new_port_is_never_one_that_another_component_remembers() -> None:
    free_only = {21001, 21002}
    chosen = ports.assign(["new", "old"], {"old": 21001}, [], free=lambda port: port in free_only)

    assert chosen == {"new": 21002, "old": 21001}


def test_no_free_port_is_said_and_not_searched_for_ever() -> None:
    with pytest.raises(NoFreePort, match=r"127\.0\.0\.1"):
        ports.assign(["a"], {}, [], free=lambda port: False)


def test_a_port_that_is_released_in_a_moment_is_kept() -> None:
    """A killed process holds its port a little longer than its life."""
    looks = iter([False, False, True])
    assert ports.assign(["a"], {"a": 21001}, [], free=lambda port: next(looks)) == {"a": 21001}
