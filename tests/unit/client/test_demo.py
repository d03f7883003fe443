from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from tests.unit.client.commands import run
from tests.unit.client.fake_api import FakeApi, FakeClock, answered, client_of
from typer.testing import Result

from wissen.client.samples import sample_files, sample_questions
from wissen.commands import demo
from wissen.stack.errors import StackNotRunning

QUESTIONS = [
    {"language": "de", "question": "Wie lang müssen Kennwörter sein?"},
    {"language": "en", "question": "Who reviews access rights?"},
]


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    for name in ("policy.md", "standard.txt", "README.md", "notes.xyz"):
        (tmp_path / name).write_text(name)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "draft.md").write_text("draft")
    (tmp_path / "questions.json").write_text(json.dumps(QUESTIONS))
    return tmp_path


def played(api: FakeApi, samples: Path, *options: str, starts: list[str] | None = None) -> Result:
    surroundings = demo.Surroundings(
        start=lambda: starts.append("up") if starts is not None else None,
        open_client=lambda: client_of(api),
        samples=lambda: samples,
        clock=FakeClock().clock,
    )

    def register(app: typer.Typer) -> None:
        demo.register(app, surroundings=surroundings)

    return run(register, "demo", *options)


def test_the_samples_of_the_checkout_are_complete() -> None:
    folder = demo.samples_of_checkout()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    questions = sample_questions(folder)
    assert [question.language for question in questions] == ["de", "en"]
    assert all(question.question in readme for question in questions)
    assert all(f"`{file.name}`" in readme for file in sample_files(folder))


def test_the_demo_starts_ingests_and_asks(samples: Path) -> None:
    api = FakeApi(replies=[answered("q-de"), answered("q-en")])
    starts: list[str] = []
    result = played(api, samples, starts=starts)
    assert result.exit_code == 0
    assert starts == ["up"]
    assert set(api.uploads) == {"policy.md", "standard.txt"}
    assert [body for body in api.bodies if "question" in body] == [
        {"question": sample["question"], "language": sample["language"]} for sample in QUESTIONS
    ]
    for said in (
        "Wie lang müssen Kennwörter sein?",
        "Who reviews access rights?",
        "Query q-en",
        "wissen ingest",
    ):
        assert said in result.stdout
    assert result.stdout.count("queued ms") == 2


def test_json_has_documents_answers_and_seconds(samples: Path) -> None:
    api = FakeApi(replies=[answered("q-de"), answered("q-en")])
    shown = json.loads(played(api, samples, "--json").stdout)
    assert shown["succeeded"] is True
    assert [answer["query_id"] for answer in shown["answers"]] == ["q-de", "q-en"]
    assert len(shown["documents"]) == 2
    assert set(shown["seconds"]) == {"up", "ingest", "ask"}


@pytest.mark.parametrize("poor", [{"citations": [], "found": False}, {"status": "failed"}])
def test_an_answer_without_a_citation_fails_the_demo(samples: Path, poor: dict[str, object]) -> None:
    api = FakeApi(replies=[answered("q-de"), answered("q-en") | poor])
    assert played(api, samples).exit_code == 1


def test_a_document_that_fails_fails_the_demo_but_the_questions_are_asked(samples: Path) -> None:
    api = FakeApi(replies=[answered(), answered()], ends={"policy.md": ("failed", "no text")})
    result = played(api, samples)
    assert result.exit_code == 1
    assert "policy.md: no text" in result.stdout
    assert "Query q-1" in result.stdout


def test_without_any_document_nothing_is_asked(samples: Path) -> None:
    api = FakeApi(ends={"policy.md": ("failed", "no text"), "standard.txt": ("failed", "no text")})
    result = played(api, samples, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["succeeded"] is False
    assert json.loads(result.stdout)["answers"] == []


def test_a_stack_that_does_not_start_is_one_line(samples: Path) -> None:
    def start() -> None:
        reason = "the emulator died"
        raise StackNotRunning(reason)

    surroundings = demo.Surroundings(start=start, open_client=lambda: client_of(FakeApi()), samples=lambda: samples)
    result = run(lambda app: demo.register(app, surroundings=surroundings), "demo")
    assert result.exit_code == 1
    assert "the emulator died" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("content", ["", "{}", '[{"language": "de"}]'])
def test_damaged_samples_are_named(samples: Path, content: str) -> None:
    (samples / "questions.json").write_text(content)
    result = played(FakeApi(), samples)
    assert result.exit_code == 1
    assert "questions.json" in result.stderr
    assert "git checkout" in result.stderr


def test_an_empty_samples_folder_is_named(tmp_path: Path) -> None:
    result = played(FakeApi(), tmp_path)
    assert result.exit_code == 1
    assert "there are no documents" in result.stderr
