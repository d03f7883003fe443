"""Every command, option and target that the pages name exists; the README's table names every command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typer
from tests.unit.docs.pages import ROOT, Said, page, pages, spans_of
from typer.testing import CliRunner

from wissen.cli import app

COMMANDS: Any = typer.main.get_command(app)
_WISSEN = re.compile(r"(?:^|[\s/(])wissen ((?:(?!\s#)[^`\n])+)")
_OPTION = re.compile(r"(?<!\S)--[a-z][a-z_-]+")
_TARGET = re.compile(r"(?:^|[\s;&`])make ([a-z][a-z-]*)")


def said_of_wissen() -> Iterator[tuple[Said, str]]:
    """What is typed after `wissen`, as the pages say it."""
    for each in pages():
        for said in (*each.code(), *each.lines()):
            if match := _WISSEN.search(said.text):
                yield said, match[1]


def below(command: Any) -> Mapping[str, Any]:
    """The commands of a group by name; none for a command."""
    found: Mapping[str, Any] = getattr(command, "commands", {})
    return found


def commands_named(typed: str) -> list[Any]:
    """The commands meant by "documents list|show ID": those that the words name, one by one.

    Raises LookupError where there is no such command.
    """
    words = typed.split()
    found = [below(COMMANDS)[name] for name in words[0].split("|")]
    for word in words[1:]:
        if not below(found[0]) or not re.fullmatch(r"[a-z|\-]+", word):
            break
        found = [below(found[0])[name] for name in word.split("|")]
    return found


def options_of(command: Any) -> set[str]:
    own = {option for parameter in command.params for option in parameter.opts}
    return own | {"--help"} | {option for each in below(command).values() for option in options_of(each)}


def _id(value: object) -> str:
    return str(value) if isinstance(value, Said) else ""


@pytest.mark.parametrize(
    ("said", "typed"), said_of_wissen(), ids=lambda value: str(value) if isinstance(value, Said) else ""
)
def test_a_command_that_a_page_names_exists(said: Said, typed: str) -> None:
    try:
        named = commands_named(typed)
    except LookupError:
        pytest.fail(f"{said}: no such command")
    for command in named:
        unknown = set(_OPTION.findall(typed)) - options_of(command)
        assert not unknown, f"{said}: {command.name} has no {', '.join(unknown)}"


def test_an_option_that_a_page_names_alone_exists() -> None:
    ours = options_of(COMMANDS)
    code = " ".join((ROOT / name).read_text(encoding="utf-8") for name in OTHER_PROGRAMS)
    for said in (said for each in pages() for said in each.code() if said.text.startswith("--")):
        for option in _OPTION.findall(said.text):
            assert option in ours or option in code or option in FOREIGN, str(said)


#: Options of programs that are no `wissen`.
OTHER_PROGRAMS = ("tests/container/run.py", "proxy/Dockerfile", "proxy/serve.py")
#: The pages name them as options of tools by others.
FOREIGN = {"--skip_server_startup", "--alias", "--destination-arn", "--config", "--build-arg"}


def test_every_command_answers_help() -> None:
    for path in _paths(COMMANDS, ()):
        result = CliRunner().invoke(app, [*path, "--help"])
        assert result.exit_code == 0, path


def _paths(command: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield above
    for name, each in below(command).items():
        yield from _paths(each, (*above, name))


def test_the_readme_lists_every_command() -> None:
    listed: set[str] = set()
    for row in page("README.md").rows():
        for typed in spans_of(row[0]):
            assert commands_named(typed.replace("\\|", "|")), typed
            listed |= {typed.split()[0]}
    assert listed == set(below(COMMANDS))


def test_where_the_readme_lists_a_group_it_lists_all_of_it() -> None:
    groups = {
        words[0]: set(words[1].split("|"))
        for row in page("README.md").rows()
        for typed in spans_of(row[0])
        if len(words := typed.replace("\\|", "|").split()) == 2 and "|" in words[1]
    }
    assert {"documents", "key", "dlq"} <= set(groups)
    assert groups == {name: set(below(below(COMMANDS)[name])) for name in groups}


def test_a_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for each in pages():
        for said in (*each.code(), *each.lines()):
            assert set(_TARGET.findall(said.text)) <= targets, str(said)
