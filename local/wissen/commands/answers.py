"""`wissen feedback` and `wissen record`: what became of an answer, what it was made of, and whether it comes again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from wissen.base import terminal
from wissen.base.progress import waiting
from wissen.client.api import LONGEST_WAIT_S, WissenClient
from wissen.client.records import AnswerRecord
from wissen.commands.endpoint import Connect, connect
from wissen.commands.views.printable import one_line, printable

LONGEST_COMMENT = 2000
"""Characters; the API's own limit."""

Id = Annotated[str, typer.Argument(metavar="QUERY_ID", help="`wissen ask` prints it below each answer.")]


class Rating(StrEnum):
    up = "up"
    down = "down"


@dataclass(frozen=True)
class Difference:
    """Something that was one thing when the question was asked first, and another when it was asked again."""

    what: str
    before: Any
    after: Any


def register(app: typer.Typer, *, open_client: Connect = connect) -> None:
    """Adds the commands; `open_client` decides which deployment they talk to."""

    @app.command()
    def feedback(
        query_id: Id,
        rating: Annotated[Rating, typer.Argument(help="Was the answer good (up) or not (down)?")],
        comment: Annotated[str | None, typer.Option(help="Why.", callback=_checked)] = None,
        json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Rate an answer of yours; rating again takes the first rating's place."""
        with terminal.failures_reported(json_output), open_client() as client:
            kept = client.rate(query_id, rating.value, comment)
        if json_output:
            terminal.show_json(kept.received)
        else:
            terminal.show(one_line(f"Query {kept.query_id} is rated {kept.rating}."))

    @app.command()
    def record(
        query_id: Id,
        replay: Annotated[
            bool, typer.Option("--replay", help="Ask the question again and say what has changed.")
        ] = False,
        timeout: Annotated[float, typer.Option(min=1, help="Give up waiting after this many seconds.")] = 120,
    ) -> None:
        """Print as JSON all that an answer of yours was made of. Exits 0 also when a replay differs."""
        with terminal.failures_reported(json_output=True), open_client() as client:
            found = client.record(query_id)
            again = _ask_again(client, found, timeout) if replay else None
        if again is None:
            terminal.show_json(found.received)
            return
        differences = compare(found, again)
        terminal.show_json(
            {
                "record": found.received,
                "replay": again.received,
                "same": not differences,
                "differences": [asdict(difference) for difference in differences],
            }
        )
        for difference in differences or ():
            typer.echo(printable(f"differs: {difference.what}"), err=True)


def compare(before: AnswerRecord, after: AnswerRecord) -> list[Difference]:
    """The differences between two records of one question, except times and ids of the questions."""
    first, second = _essence(before), _essence(after)
    return [Difference(what, first[what], second[what]) for what in first if first[what] != second[what]]


def _essence(record: AnswerRecord) -> dict[str, Any]:
    analysis, answer = record.analysis, record.answer
    return {
        "status": record.status,
        "pipeline": record.pipeline_version,
        "intent": analysis.intent if analysis else None,
        "language": analysis.language if analysis else None,
        "passages": [passage.text_sha256 or passage.chunk_id for passage in record.passages],
        "prompt": record.prompt,
        "models": [stage.model for stage in record.stages if stage.model],
        "degraded": [stage.stage for stage in record.stages if stage.degraded],
        "draft": record.draft.text if record.draft else None,
        "found": answer.found if answer else None,
        "confidence": answer.confidence if answer else None,
        "answer": answer.answer if answer else None,
        "quotes": [citation.quote for citation in answer.citations] if answer else [],
    }


def _ask_again(client: WissenClient, record: AnswerRecord, timeout_s: float) -> AnswerRecord:
    """Asks in full what was asked, outside of its conversation, and takes no remembered answer."""
    resolved = record.analysis.resolved_question if record.analysis else None
    language = record.language or (record.analysis.language if resolved and record.analysis else None)
    with waiting("Waiting for the answer", terminal.progress()):
        answer = client.ask(
            resolved or record.question,
            language=language,
            strategy=record.strategy,
            fresh=True,
            further={"filters": record.filters},
            wait_s=LONGEST_WAIT_S,
            deadline_s=timeout_s,
        )
    return client.record(answer.query_id)


def _checked(comment: str | None) -> str | None:
    if comment is not None and len(comment) > LONGEST_COMMENT:
        message = f"the comment has {len(comment)} characters, at most {LONGEST_COMMENT} are allowed"
        raise typer.BadParameter(message)
    return comment
