"""`wissen eval`: scores the running stack on a data set, in an organisation of its own that is removed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wissen.base import terminal
from wissen.base.choices import names_in
from wissen.base.progress import on_standard_error
from wissen.client.api import WissenClient
from wissen.client.errors import ApiProblem, UnexpectedReply
from wissen.stack.state import Workspace
from wissen_eval import answers, classification, controls, edge, entities, injection, intent, pii, relations, retrieval
from wissen_eval.checkout_layers import importable
from wissen_eval.dataset import DataSet, DataSetUnusable
from wissen_eval.part import Part
from wissen_eval.session import Session

if TYPE_CHECKING:
    from wissen.stack.connection import Connection
    from wissen.stack.throwaway_organisation import ThrowawayOrganisation
    from wissen_eval.text_rules import TextRules

#: In the order they run. `injection` and `edge` come last: their documents must not be among those that questions are
#: answered from.
PARTS: tuple[Part, ...] = (
    intent.PART,
    entities.PART,
    classification.PART,
    controls.PART,
    relations.PART,
    retrieval.PART,
    answers.PART,
    pii.PART,
    injection.PART,
    edge.PART,
)
_NAMES = ", ".join(part.name for part in PARTS)


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(name="eval")
    def evaluate(
        folder: Annotated[
            Path, typer.Argument(metavar="DIR", help="A data set; docs/evaluation.md says what is in it.")
        ],
        only: Annotated[
            list[str] | None,
            typer.Option(metavar="A,B", help=f"Only these parts, with commas or repeated, of {_NAMES}."),
        ] = None,
        details: Annotated[
            Path | None, typer.Option(metavar="PATH", help="Write each row's verdict to this file, as JSON lines.")
        ] = None,
        keep: Annotated[bool, typer.Option("--keep", help="Leave the organisation and say how to use it.")] = False,
        json_output: Annotated[bool, typer.Option("--json", help="Print {part: {key: value}}.")] = False,
    ) -> None:
        """Score the running stack on a data set, and start it if it is down. Exits 0 when it was scored."""
        wanted = _chosen(names_in(only))
        with terminal.failures_reported(json_output):
            figures = _score(DataSet(folder), wanted, details=details, keep=keep, plain=json_output)
        terminal.show_json(figures)
        if any("error" in part for part in figures.values()):
            raise typer.Exit(1)


def _chosen(names: Sequence[str]) -> list[Part]:
    if unknown := set(names) - {part.name for part in PARTS}:
        raise typer.BadParameter(f"no part {', '.join(sorted(unknown))}; choose from {_NAMES}", param_hint="--only")
    return [part for part in PARTS if not names or part.name in names]


def usable(data: DataSet, parts: Sequence[Part]) -> tuple[list[Part], list[str]]:
    """The parts that the data set has files for, and a line about each other one. Raises DataSetUnusable for none."""
    lacking = {part.name: data.lacks(part.needs) for part in parts}
    left_out = [f"{name}: left out, there is no {' and no '.join(files)}" for name, files in lacking.items() if files]
    found = [part for part in parts if not lacking[part.name]]
    if not found:
        raise DataSetUnusable(
            f"{data.folder} has none of the files that {', '.join(lacking)} need. docs/evaluation.md names them."
        )
    return found, left_out


def _score(data: DataSet, parts: Sequence[Part], *, details: Path | None, keep: bool, plain: bool) -> dict[str, Any]:
    """Raises WissenApiError, StackError."""
    from wissen.stack import lifecycle  # noqa: PLC0415
    from wissen.stack.throwaway_organisation import throwaway_organisation  # noqa: PLC0415 - the PostgreSQL driver

    console = terminal.progress()
    found, left_out = usable(data, parts)
    for line in left_out:
        console.print(line, soft_wrap=True)
    workspace = Workspace.locate()
    with ExitStack() as open_now:
        progress = open_now.enter_context(on_standard_error(plain=plain))
        reached = lifecycle.up(None, progress).connection
        own = open_now.enter_context(throwaway_organisation(reached, workspace, purpose="eval", keep=keep))
        client = open_now.enter_context(WissenClient(reached.api_url, own.key))
        if keep:
            console.print(how_to_use(own, reached), soft_wrap=True)
        session = Session(
            data,
            client,
            _text_rules(workspace),
            progress,
            workspace,
            say=lambda line: console.print(line, soft_wrap=True),
        )
        try:
            return figures_of(found, session)
        finally:
            if details is not None:
                session.details.write(details)


def _text_rules(workspace: Workspace) -> TextRules:
    importable(workspace.root, "grammar")
    from wissen_eval.text_rules import TextRules  # noqa: PLC0415 - the grammar is no installed package

    return TextRules()


def figures_of(parts: Sequence[Part], session: Session) -> dict[str, Any]:
    """Each part's figures. A part that the API refuses something is left out with its reason, so that the others of a
    long run are not lost; the command then exits 1. Raises WissenApiError for what stops every part."""
    figures: dict[str, Any] = {}
    for part in parts:
        try:
            figures[part.name] = part.run(session)
        except (ApiProblem, UnexpectedReply) as error:
            session.say(f"{part.name}: not scored: {error}")
            figures[part.name] = {"error": str(error)}
    return figures


def how_to_use(organisation: ThrowawayOrganisation, reached: Connection) -> str:
    """The commands to ask in the organisation that is left behind, and to remove it."""
    return (
        f"The organisation “{organisation.name}” stays. To ask in it:\n"
        f"  WISSEN_API_URL={reached.api_url} WISSEN_API_KEY={organisation.key} wissen ask '...'\n"
        "It goes with `wissen down --purge`, as everything does; its documents with `wissen documents delete`."
    )
