"""A small filter of topics that an organisation may refuse in questions and in answers.

It counts words of each topic in a text (German, English) and names a topic from two different words on. It is a list of
words: it finds open speech, misses what is paraphrased, and knows no context. Security texts speak of weapons and
attacks all the time, so it is off unless a policy turns it on.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 2  # different words of a topic
_TOPICS: dict[str, tuple[str, ...]] = {
    "weapons": (
        "bomb",
        "explosiv",
        "sprengstoff",
        "sprengsatz",
        "detonat",
        "zünder",
        "munition",
        "ammunition",
        "firearm",
    ),
    "self_harm": ("suizid", "suicid", "selbstmord", "selbstverletz", "umbringen", "overdos", "überdosis", "hopeless"),
    "hate": ("untermensch", "subhuman", "vermin", "ungeziefer", "ausrotten", "exterminat", "inferior", "minderwertig"),
    "sexual": ("porn", "nackt", "nude", "erotic", "erotik", "sexuell", "sexual", "orgas"),
    "drugs": ("methamphet", "kokain", "cocaine", "heroin", "fentanyl", "synthes", "crystal", "ecstasy"),
}
TOPICS = tuple(_TOPICS)
_LONGEST = 12


def topics_of(text: str) -> tuple[str, ...]:
    """Return the topics of which the text holds at least two different words, in the order of `TOPICS`."""
    found: dict[str, set[str]] = {}
    for word in set(_WORD.findall(text.casefold())):
        for length in range(4, min(len(word), _LONGEST) + 1):
            stem = word[:length]
            topic = _BY_STEM.get(stem)
            if topic:
                found.setdefault(topic, set()).add(stem)
    return tuple(topic for topic in TOPICS if len(found.get(topic, ())) >= _LEAST)


_BY_STEM = {stem: topic for topic, stems in _TOPICS.items() for stem in stems}
