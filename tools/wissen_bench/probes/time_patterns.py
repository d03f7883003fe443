"""Times `knowledge.questions.intents.analyze`: a JSON list of questions in, milliseconds for each of them out.

Run by `wissen bench --only intent` in a process of its own, with layers/knowledge on its path.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from knowledge.questions.intents import analyze

#: Rounds over all questions. A question's time is the median of its rounds, so that another program taking the
#: core for a moment spoils a round and not the figure.
ROUNDS = 101
WARM_UP_ROUNDS = 5


def main() -> None:
    questions: list[str] = json.load(sys.stdin)
    rounds: list[list[int]] = [[] for _ in questions]
    clock = time.perf_counter_ns
    for number in range(WARM_UP_ROUNDS + ROUNDS):
        for question, times in zip(questions, rounds, strict=True):
            began = clock()
            analyze(question)
            took = clock() - began
            if number >= WARM_UP_ROUNDS:
                times.append(took)
    json.dump([statistics.median(times) / 1e6 for times in rounds], sys.stdout)


if __name__ == "__main__":
    main()
