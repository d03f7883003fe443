from __future__ import annotations

import hashlib
import os
from pathlib import Path

from wissen.client.candidates import Candidate, Reject, gather


def written(path: Path, data: bytes = b"text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def reasons(items: list[Candidate | Reject]) -> dict[str, str]:
    return {item.name: item.reason for item in items if isinstance(item, Reject)}


def test_a_file_is_measured(tmp_path: Path) -> None:
    file = written(tmp_path / "Prüf bericht.md", b"abc")
    assert gather([file]) == [Candidate(file, "Prüf bericht.md", 3, hashlib.sha256(b"abc").hexdigest())]


def test_folders_are_walked_in_order_without_hidden_and_lock_files(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", "sub/c.md", ".hidden.md", ".git/config", "~$a.docx"):
        written(tmp_path / name, name.encode())
    found = [str(item.path.relative_to(tmp_path)) for item in gather([tmp_path])]
    assert found == ["a.md", "b.md", "sub/c.md"]


def test_a_hidden_file_is_taken_when_named(tmp_path: Path) -> None:
    assert isinstance(gather([written(tmp_path / ".policy.md")])[0], Candidate)


def test_what_cannot_be_sent_has_a_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    empty, good = written(tmp_path / "empty.md", b""), written(tmp_path / "good.md")
    folder, pipe, missing = tmp_path / "folder", tmp_path / "pipe", tmp_path / "missing.md"
    folder.mkdir()
    os.mkfifo(pipe)
    items = gather([missing, empty, folder, pipe, good])
    assert [item.name for item in items] == ["missing.md", "empty.md", "folder", "pipe", "good.md"]
    assert reasons(items) == {
        "missing.md": "there is no such file",
        "empty.md": "is empty (0 bytes)",
        "folder": "no files in this folder (hidden ones are skipped)",
        "pipe": "is not a regular file",
    }


def test_a_file_named_twice_is_sent_once(tmp_path: Path) -> None:
    file = written(tmp_path / "a.md")
    (tmp_path / "link.md").symlink_to(file)
    assert len(gather([file, tmp_path, tmp_path / "link.md"])) == 1


def test_equal_names_with_other_bytes_would_replace_each_other(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a/policy.md", b"one"), written(tmp_path / "b/policy.md", b"two")
    items = gather([tmp_path])
    assert isinstance(items[0], Candidate)
    assert items[0].path == first
    assert isinstance(items[1], Reject)
    assert items[1].path == second
    assert str(first) in items[1].reason
    assert "newer version" in items[1].reason


def test_equal_names_with_equal_bytes_are_one_document(tmp_path: Path) -> None:
    written(tmp_path / "a/policy.md", b"one")
    written(tmp_path / "b/policy.md", b"one")
    assert reasons(gather([tmp_path])) == {}


def test_decomposed_umlauts_become_the_usual_ones(tmp_path: Path) -> None:
    item = gather([written(tmp_path / "Pru\u0308fung.md")])[0]
    assert item.name == "Prüfung.md"


def test_a_name_that_is_no_utf8_is_turned_away(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.md"))
    path.write_bytes(b"text")
    item = gather([tmp_path])[0]
    assert isinstance(item, Reject)
    assert "UTF-8" in item.reason
    item.name.encode()
