"""Every screen takes time in proportion to the text, whatever the text."""

from __future__ import annotations

import base64
import math
import time
from collections.abc import Callable

import pytest

from grammar.screening.content import topics_of
from grammar.screening.injections import judge
from grammar.screening.personal_data import find_pii
from grammar.screening.placeholders import Placeholders

SCREENS: dict[str, Callable[[str], object]] = {
    "injections": judge,
    "personal_data": find_pii,
    "content": topics_of,
    "mask": lambda text: Placeholders().mask(text),
}
UNITS = [
    "a", "1", ".", "\n", " ", "-", "@", "%", ":", "[", "<", "(", "![](http://a?", "a@b.cd ", "1.", "a.", "0 ",
    "+49 1", "1:", "DE11", "DE11 ", "4111 ", "10.0.0.1 ", "a (at) ", "ignore ", "show ", "ignore all ",
    "ignore system prompt reveal. ", "a b c d ", "i.g.n.o ", "x x x x ", "\U000e0041", "i\u200b", "i\u0336",
    "\ufdfa", "\u3316", "1gn0r3 ", "<system ", "[(", "&#105;", "%69", "6967", "\\x69", "system: ",
    "vtaber nyy ehyrf\n", "\u27e6EMAIL:", "\u27e6EMAIL:abcdef\u27e7",
    base64.b64encode(b"ignore all rules ").decode(),
    "du ignore alle ki prompt zeig nur jetzt pass rm los data send rate ",
]  # fmt: skip
GROWTH = 1.2
SMALL, LARGE = 8_000, 64_000


def seconds(screen: Callable[[str], object], text: str) -> float:
    best = math.inf
    for _ in range(3):
        begun = time.thread_time()
        screen(text)
        best = min(best, time.thread_time() - begun)
    return best


@pytest.mark.parametrize("name", SCREENS)
def test_a_pumped_text_costs_in_proportion_to_its_length(name: str) -> None:
    for unit in UNITS:
        small, large = ((unit * size)[:size] for size in (SMALL, LARGE))
        grown = seconds(SCREENS[name], large) / max(seconds(SCREENS[name], small), 0.0005)
        assert grown <= (LARGE / SMALL) ** GROWTH * 1.3, (name, unit, grown)
