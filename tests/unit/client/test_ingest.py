from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import httpx
import pytest
import typer
from tests.unit.client.commands import run
from tests.unit.client.fake_api import KEY, FakeApi, FakeClock, Handler, client_of, problem
from typer.testing import Result

from wissen.commands import ingest


def ingested(
    handler: Handler, *arguments: str, clock: FakeClock | None = None, env: dict[str, str] | None = None
) -> Result:
    chosen = clock or FakeClock()

    def register(app: typer.Typer) -> None:
        ingest.register(app, open_client=lambda: client_of(handler, chosen), clock=chosen.clock)

    return run(register, "ingest", *arguments, env=env)


def folder(path: Path, **files: bytes) -> Path:
    path.mkdir(exist_ok=True)
    for name, data in files.items():
        (path / f"{name}.md").write_bytes(data)
    return path


def test_a_folder_ends_searchable(tmp_path: Path) -> None:
    api = FakeApi()
    result = ingested(api, str(folder(tmp_path / "in", one=b"1", zwei=b"2", drei=b"3")))
    assert result.exit_code == 0
    assert api.uploads == {"one.md": 1, "zwei.md": 1, "drei.md": 1}
    row = next(line.split() for line in result.stdout.splitlines() if line.strip().startswith("zwei.md"))
    assert row[:-1] == ["zwei.md", "policy", "(0.93)", "de", "searchable", "9", "–", "–"]
    assert float(row[-1]) >= 0
    assert "3 searchable" in result.stdout


def test_each_change_of_status_is_one_plain_line_on_stderr(tmp_path: Path) -> None:
    result = ingested(FakeApi(), str(folder(tmp_path / "in", one=b"1")))
    assert result.stderr.splitlines() == ["one.md: classifying", "one.md: extracting", "one.md: searchable"]


def test_gaps_hidden_text_and_warnings_are_shown_and_are_no_failure(tmp_path: Path) -> None:
    controls = {"found": 2, "expected": 7, "missing": ["KEN.1.A3", "KEN.1.A4", "KEN.1.A5", "KEN.1.A6", "KEN.1.A7"]}
    told = {"hidden_characters": 40, "warnings": ["40 characters are hidden: white text."], "review": "needed"}
    issues = [{"control_id": "KEN.1.A1", "issue": "has no title"}]
    facts = {"status": "searchable_with_gaps", "controls": controls, "issues": issues} | told
    api = FakeApi(facts={"one.md": facts})
    result = ingested(api, str(folder(tmp_path / "in", one=b"1")))
    assert result.exit_code == 0
    row = next(line for line in result.stdout.splitlines() if line.strip().startswith("one.md"))
    for told_there in ("searchable_with_gaps", "2/7", "KEN.1.A3, KEN.1.A4, KEN.1.A5 +2", "40 characters hidden"):
        assert told_there in row
    assert "1 warning, 1 issue" in row
    assert "type needs review" in row
    assert "one.md: missing KEN.1.A3, KEN.1.A4, KEN.1.A5, KEN.1.A6, KEN.1.A7" in result.stdout
    assert "one.md: 40 characters are hidden: white text." in result.stdout
    assert "one.md: KEN.1.A1: has no title" in result.stdout
    assert json.loads(ingested(api, str(tmp_path / "in"), "--json").stdout)["documents"][0]["controls"] == controls


def test_parts_done_are_told_while_a_document_is_extracted(tmp_path: Path) -> None:
    api = FakeApi(course=["extracting"])
    source = str(folder(tmp_path / "in", one=b"1"))
    document_id = hashlib.sha256(b"1").hexdigest()[:12]
    api.documents[document_id] = {"document_id": document_id, "name": "one.md", "parts": {"planned": 5, "done": 2}}
    api.documents[document_id] |= {"status": "extracting", "version": 1}
    assert ingested(api, source).stderr.splitlines()[0] == "one.md: extracting, parts 2/5 (already known)"


def test_colour_codes_stay_out_of_plain_output(tmp_path: Path) -> None:
    result = ingested(FakeApi(), str(folder(tmp_path / "in", one=b"1")))
    assert "\x1b" not in result.output


def test_a_terminal_gets_a_moving_display_and_the_result_stays_clean(tmp_path: Path) -> None:
    source = str(folder(tmp_path / "in", one=b"1"))
    result = ingested(FakeApi(), source, "--json", env={"FORCE_COLOR": "1"})
    assert "of 1 documents" in result.stderr
    assert "\x1b[" in result.stderr
    assert "\x1b" not in result.stdout
    assert json.loads(result.stdout)["documents"][0]["status"] == "searchable"


def test_json_is_the_objects_of_the_api_with_path_and_seconds(tmp_path: Path) -> None:
    file = folder(tmp_path / "in", one=b"1") / "one.md"
    result = ingested(FakeApi(), str(file), str(tmp_path / "gone.md"), "--json")
    first, second = json.loads(result.stdout)["documents"]
    assert first["path"] == str(file)
    assert first["status"] == "searchable"
    assert first["controls"] == {"found": 9}
    assert first["seconds"] >= 0
    assert second["status"] == "rejected"
    assert second["reason"] == "there is no such file"
    assert result.exit_code == 1


def test_mixed_results_show_every_reason_and_exit_1(tmp_path: Path) -> None:
    api = FakeApi(
        ends={"broken.md": ("failed", "the PDF has no pages"), "virus.md": ("quarantined", "is a program")},
        refuses={"odd.md": problem(422, "Invalid request", "The filename is not allowed.")},
    )
    source = folder(tmp_path / "in", broken=b"1", virus=b"2", odd=b"3", empty=b"", good=b"4")
    result = ingested(api, str(source))
    assert result.exit_code == 1
    assert "broken.md: the PDF has no pages" in result.stdout
    assert "virus.md: is a program" in result.stdout
    assert "odd.md: Invalid request: The filename is not allowed [HTTP 422]." in result.stdout
    assert "empty.md: is empty (0 bytes)" in result.stdout
    cells = [line.split() for line in result.stdout.splitlines() if ".md " in line]
    statuses = {row[0]: row[4] if row[1] == "policy" else row[3] for row in cells}
    assert statuses == {
        "broken.md": "failed",
        "virus.md": "quarantined",
        "odd.md": "rejected",
        "empty.md": "rejected",
        "good.md": "searchable",
    }


def test_known_bytes_are_not_sent_again(tmp_path: Path) -> None:
    api = FakeApi()
    file = str(folder(tmp_path / "in", one=b"1") / "one.md")
    ingested(api, file)
    result = ingested(api, file)
    assert result.exit_code == 0
    row = next(line for line in result.stdout.splitlines() if line.strip().startswith("one.md"))
    assert "already known" in row
    assert result.stderr == "one.md: searchable (already known)\n"
    assert api.uploads == {"one.md": 1}


def test_equal_bytes_under_two_names_are_sent_once(tmp_path: Path) -> None:
    api = FakeApi()
    result = ingested(api, str(folder(tmp_path / "in", copy=b"1", one=b"1")), "--json")
    rows = json.loads(result.stdout)["documents"]
    assert [(row["status"], row["already_known"]) for row in rows] == [
        ("searchable", False),
        ("searchable", True),
    ]
    assert api.announced.total() == 1


def test_bytes_known_under_another_name_are_said(tmp_path: Path) -> None:
    api = FakeApi()
    ingested(api, str(folder(tmp_path / "in", first=b"1")))
    result = ingested(api, str(folder(tmp_path / "again", other=b"1")))
    assert result.exit_code == 0
    assert "other.md: the same bytes are known as first.md" in result.stdout


def test_equal_names_in_one_run_do_not_replace_each_other(tmp_path: Path) -> None:
    folder(tmp_path / "a", policy=b"1")
    folder(tmp_path / "b", policy=b"2")
    api = FakeApi()
    result = ingested(api, str(tmp_path / "a"), str(tmp_path / "b"))
    assert result.exit_code == 1
    assert "has the same name as" in result.stdout
    assert api.uploads == {"policy.md": 1}


def test_twenty_files_at_once(tmp_path: Path) -> None:
    api = FakeApi()
    source = folder(tmp_path / "in", **{f"file{n}": str(n).encode() for n in range(20)})
    result = ingested(api, str(source))
    assert result.exit_code == 0
    assert api.uploads.total() == 20
    assert "20 searchable" in result.stdout


def test_many_documents_are_followed_through_the_list(tmp_path: Path) -> None:
    api, reads = FakeApi(page=30), Counter[str]()

    def counting(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            reads["list" if request.url.path.endswith("/documents") else "one"] += 1
        return api(request)

    earlier = folder(tmp_path / "earlier", **{f"old{n}": f"old {n}".encode() for n in range(40)})
    assert ingested(counting, str(earlier)).exit_code == 0
    reads.clear()
    now = folder(tmp_path / "now", known=b"old 3", **{f"file{n}": str(n).encode() for n in range(50)})
    result = ingested(counting, str(now))
    assert result.exit_code == 0
    assert "51 searchable" in result.stdout
    # Three looks at fifty documents are two pages each; single ones are for what is known and for the first and last.
    assert reads["list"] >= 2
    assert reads["one"] <= 40


def test_looking_takes_a_tenth_of_the_time(tmp_path: Path) -> None:
    clock = FakeClock()
    api = FakeApi(course=["extracting"] * 100)

    def slow(request: httpx.Request) -> httpx.Response:
        clock.now += 0.05 if request.method == "GET" else 0.0
        return api(request)

    assert ingested(slow, str(folder(tmp_path / "in", one=b"1")), "--timeout", "20", clock=clock).exit_code == 1
    looks = api.looks.total()
    assert looks * 0.05 <= 0.11 * sum(clock.pauses)


def test_umlauts_and_spaces_travel_in_the_name(tmp_path: Path) -> None:
    api = FakeApi()
    result = ingested(api, str(folder(tmp_path / "in", **{"Prüf bericht": b"1"})))
    assert result.exit_code == 0
    assert api.bodies[0]["filename"] == "Prüf bericht.md"


def test_a_document_that_never_ends_is_left_with_advice(tmp_path: Path) -> None:
    clock = FakeClock()
    api = FakeApi(course=["extracting"] * 10_000)
    result = ingested(api, str(folder(tmp_path / "in", one=b"1")), "--timeout", "60", clock=clock)
    assert result.exit_code == 1
    assert "unfinished" in result.stdout
    assert "one.md: not finished after 60 s" in result.stdout


def test_placement_is_sent(tmp_path: Path) -> None:
    api = FakeApi()
    source = str(folder(tmp_path / "in", one=b"1"))
    assert ingested(api, source, "--team", "0b1c").exit_code == 0
    assert api.bodies[0]["visibility"] == "team"
    assert api.bodies[0]["team_id"] == "0b1c"


@pytest.mark.parametrize(
    "options", [["--visibility", "team"], ["--visibility", "owner", "--team", "t"], ["--visibility", "world"]]
)
def test_contradicting_placement_is_wrong_use(tmp_path: Path, options: list[str]) -> None:
    api = FakeApi()
    assert ingested(api, str(folder(tmp_path / "in", one=b"1")), *options).exit_code == 2
    assert api.announced == {}


def test_no_path_is_wrong_use() -> None:
    assert ingested(FakeApi()).exit_code == 2


def test_a_wrong_key_is_said_once(tmp_path: Path) -> None:
    result = ingested(FakeApi(key="another"), str(folder(tmp_path / "in", one=b"1", two=b"2")))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("Unauthorized") == 1
    assert KEY not in result.output


def test_a_connection_lost_on_the_way_keeps_what_was_seen(tmp_path: Path) -> None:
    api, looks = FakeApi(), iter(range(100))

    def flaky(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and next(looks) > 0:
            raise httpx.ConnectError("Connection refused")
        return api(request)

    result = ingested(flaky, str(folder(tmp_path / "in", one=b"1")))
    assert result.exit_code == 1
    assert "unfinished" in result.stdout
    assert "one.md: No answer from" in result.stdout


def test_an_announcement_survives_a_busy_api(tmp_path: Path) -> None:
    api, calls = FakeApi(), iter(range(100))

    def busy(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and next(calls) < 2:
            return httpx.Response(502, json={"message": "Internal server error"})
        return api(request)

    assert ingested(busy, str(folder(tmp_path / "in", one=b"1"))).exit_code == 0


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError")])
def test_a_busy_bucket_is_asked_again(tmp_path: Path, status: int, code: str) -> None:
    api, uploads = FakeApi(), iter(range(100))

    def busy(request: httpx.Request) -> httpx.Response:
        if "wissen-documents" in str(request.url) and next(uploads) == 0:
            return httpx.Response(status, text=f"<Error><Code>{code}</Code></Error>")
        return api(request)

    assert ingested(busy, str(folder(tmp_path / "in", one=b"1"))).exit_code == 0


def test_a_refused_upload_is_not_repeated(tmp_path: Path) -> None:
    api, uploads = FakeApi(), []

    def refusing(request: httpx.Request) -> httpx.Response:
        if "wissen-documents" in str(request.url):
            uploads.append(request)
            return httpx.Response(403, text="<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        return api(request)

    result = ingested(refusing, str(folder(tmp_path / "in", one=b"1")))
    assert result.exit_code == 1
    assert len(uploads) == 1
    assert "The bucket refused one.md: AccessDenied no" in result.stdout


def test_an_upload_is_repeated_when_the_connection_breaks(tmp_path: Path) -> None:
    api, uploads = FakeApi(), iter(range(100))

    def flaky(request: httpx.Request) -> httpx.Response:
        if "wissen-documents" in str(request.url) and next(uploads) == 0:
            raise httpx.ReadError("reset")
        return api(request)

    result = ingested(flaky, str(folder(tmp_path / "in", one=b"1")))
    assert result.exit_code == 0
    assert api.uploads == {"one.md": 1}
