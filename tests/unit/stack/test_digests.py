from __future__ import annotations

from pathlib import Path

import pytest

from wissen.stack import digests


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "layers" / "one").mkdir(parents=True)
    (tmp_path / "template.yaml").write_text("a: 1")
    (tmp_path / "layers" / "one" / "code.py").write_text("x = 1")
    return tmp_path


def digest(tree: Path) -> str:
    return digests.of_files([tree / "template.yaml", tree / "layers", tree / "missing"], relative_to=tree)


def test_the_same_content_gives_the_same_digest_wherever_it_lies(tree: Path, tmp_path: Path) -> None:
    before = digest(tree)
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    tree.rename(moved)

    assert digest(moved) == before


def test_content_names_and_new_files_count(tree: Path) -> None:
    seen = {digest(tree)}
    (tree / "template.yaml").write_text("a: 2")
    seen.add(digest(tree))
    (tree / "layers" / "one" / "code.py").rename(tree / "layers" / "one" / "other.py")
    seen.add(digest(tree))
    (tree / "layers" / "one" / "empty.py").touch()
    seen.add(digest(tree))

    assert len(seen) == 4


def test_what_tools_leave_behind_does_not_count(tree: Path) -> None:
    before = digest(tree)
    cache = tree / "layers" / "one" / "__pycache__"
    cache.mkdir()
    (cache / "code.cpython-311.pyc").write_bytes(b"x")
    (tree / "layers" / "loose.pyc").write_bytes(b"x")

    assert digest(tree) == before


def test_texts_are_told_apart_at_their_borders() -> None:
    assert digests.of_text("ab", "c") != digests.of_text("a", "bc")
    assert digests.of_text("ab") != digests.of_text("ab", "")
