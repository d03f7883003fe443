"""Fit the classifier of injections and write its weights.

    PYTHONPATH=layers/grammar:tools .venv/bin/python -m screening_training

Reads `sentences.txt` beside this file and the texts of samples/ and docs/ as examples without an order. The result is
the same on every run: the draws are seeded, and nothing but the standard library computes.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from math import exp
from pathlib import Path

from grammar.screening.readings import plain
from grammar.screening.windows import features, vocabulary, windows

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WEIGHTS = ROOT / "layers" / "grammar" / "grammar" / "screening" / "weights.json"
HIDDEN_SHARE = 0.15
NOISE = 2_500  # sentences of random words
FILLER = ("und", "the", "of", "server", "netz", "para", "des", "network", "zugang", "access", "daten", "2", "kapitel")
VARIANTS = 14  # draws of a line's alternatives
ROUNDS = 30
RATE, DECAY, GRAM_SHARE = 0.3, 2e-4, 0.35
SMALLEST = 0.02
_CHOICE = re.compile(r"\{([^{}]*)\}")

Example = tuple[list[list[str]], bool]


def main() -> int:
    """Fit and write. Returns the exit code."""
    examples = list(read_examples(random.Random(7)))  # noqa: S311  reproducible, no secret
    bias, weights = fit(examples)
    kept = {name: round(weight, 3) for name, weight in sorted(weights.items()) if abs(weight) >= SMALLEST}
    WEIGHTS.write_text(json.dumps({"bias": round(bias, 3), "weights": kept}, ensure_ascii=True, indent=0), "utf-8")
    sys.stdout.write(f"{len(examples)} examples, {len(kept)} weights, {WEIGHTS.stat().st_size} bytes\n")
    return 0


def read_examples(draws: random.Random) -> Iterator[Example]:
    """Yield (features of each window, is an order) of every drawn sentence and of our own prose.

    Some orders are also drawn between words of a harmless sentence: those must not outweigh them.
    """
    lines = [line for line in (HERE / "sentences.txt").read_text("utf-8").splitlines() if line[:2] in {"+ ", "- "}]
    harmless = [line[2:] for line in lines if line[0] == "-"]
    for line in lines:
        for sentence in sorted({_draw(line[2:], draws) for _ in range(VARIANTS)}):
            yield _features(sentence), line[0] == "+"
            if line[0] == "+" and draws.random() < HIDDEN_SHARE:
                around = _draw(draws.choice(harmless), draws).strip(".?!").split()[:12]
                yield _features(" ".join([*around, sentence])), True
    for _ in range(NOISE):
        yield _features(_noise(draws)), False
    for path in sorted([*ROOT.glob("samples/**/*.md"), *ROOT.glob("docs/**/*.md")]):
        for paragraph in path.read_text("utf-8").split("\n\n"):
            yield _features(paragraph), False


def fit(examples: list[Example]) -> tuple[float, dict[str, float]]:
    """Return (bias, weights) of a logistic regression; of an order, the window that scores highest counts."""
    weights: dict[str, float] = {}
    squares: dict[str, float] = {}
    bias = -2.0
    order = [example for example in examples if example[0]]
    draws = random.Random(11)  # noqa: S311
    for _ in range(ROUNDS):
        draws.shuffle(order)
        for found, is_order in order:
            scored = [(bias + sum(weights.get(name, 0.0) * _share(name) for name in one), one) for one in found]
            for total, names in [max(scored, key=lambda pair: pair[0])] if is_order else scored:
                error = (1 if is_order else 0) - 1 / (1 + exp(-max(-30.0, min(30.0, total))))
                if abs(error) < 0.005:
                    continue
                bias += 0.002 * error
                for name in names:
                    step = error * _share(name) - DECAY * weights.get(name, 0.0)
                    squares[name] = squares.get(name, 1.0) + step * step
                    weights[name] = weights.get(name, 0.0) + RATE * 0.2 * step / squares[name] ** 0.5
    return bias, {name: weight * _share(name) for name, weight in weights.items()}


def _share(name: str) -> float:
    """Characters say less than ideas: without this, they would learn the sentences by heart."""
    return GRAM_SHARE if name.startswith("n:") else 1.0


def _draw(line: str, draws: random.Random) -> str:
    return _CHOICE.sub(lambda choice: draws.choice(choice[1].split("|")), line).strip()


def _noise(draws: random.Random) -> str:
    """Return some words of ideas at random, between filler: two ideas side by side are no order yet."""
    words = sorted({word for word in (*vocabulary().words, *vocabulary().stems) if word.isalpha()})
    chosen = [draws.choice(words) for _ in range(draws.randint(2, 5))]
    return " ".join(f"{word} {draws.choice(FILLER)}" for word in chosen) + "."


def _features(text: str) -> list[list[str]]:
    return [sorted(features(window)) for window in windows(plain(text))]


if __name__ == "__main__":
    sys.exit(main())
