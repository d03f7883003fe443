"""Serves a language model with llama.cpp's own HTTP server until it is stopped.

    LOCAL_MODEL_KEY=... .venvs/model/bin/python .../local_model/process.py --weights FILE --port 4001

Run by its path in an environment of its own, so it imports nothing of ours. The key is what callers must show.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

CONTEXT_TOKENS = 8192
PROMPT_CACHE_MIB = 256
SHORTEST_KEY = 24


def main() -> int:
    """Returns when SIGTERM or SIGINT arrives."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    options = parser.parse_args()
    key = os.environ.get("LOCAL_MODEL_KEY", "")
    if len(key) < SHORTEST_KEY:
        print(f"LOCAL_MODEL_KEY needs at least {SHORTEST_KEY} characters", file=sys.stderr)  # noqa: T201
        return 2
    wanted = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)  # before the server starts threads, which inherit it
    import xllamacpp  # type: ignore[import-not-found]  # noqa: PLC0415  only this environment has it

    server = xllamacpp.Server(_parameters(xllamacpp, options, key))
    signal.sigwait(wanted)
    del server
    return 0


def _parameters(xllamacpp: object, options: argparse.Namespace, key: str) -> object:
    parameters = xllamacpp.CommonParams()  # type: ignore[attr-defined]
    parameters.model.path = str(options.weights)
    parameters.hostnames, parameters.port = [options.host], options.port
    parameters.api_keys = [key]
    parameters.n_ctx, parameters.n_parallel, parameters.n_gpu_layers = CONTEXT_TOKENS, 1, 0
    # Threads wait for each other after every layer, so one that must share its core holds up all: on two cores with
    # five busy processes, two threads wrote 1 to 2 tokens a second and one wrote 11 to 14. Hence a core is left to the
    # others, and nobody spins while waiting.
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = options.threads
        threads.poll = 0
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = parameters.ui = False  # slots show prompts
    parameters.offline = True
    return parameters


if __name__ == "__main__":
    sys.exit(main())
