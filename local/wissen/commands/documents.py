"""`wissen documents`: lists, shows and deletes documents, corrects their types, releases passages, reprocesses."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wissen.base import terminal
from wissen.base.clock import REAL_TIME, Clock
from wissen.client.api import WissenClient
from wissen.client.ingestion import Ingestion
from wissen.client.records import Document
from wissen.client.reprocessing import Reprocessor
from wissen.commands.endpoint import Connect, connect
from wissen.commands.ingest import display
from wissen.commands.views.documents import document_list, document_view
from wissen.commands.views.ingestion import ingestion_view
from wissen.commands.views.printable import one_line, printable

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A document's id; `wissen documents list` shows them.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Documents' ids.")]


def register(app: typer.Typer, *, open_client: Connect = connect, clock: Clock = REAL_TIME) -> None:
    """Adds the commands; `open_client` decides which deployment they talk to."""
    documents = typer.Typer(
        help="Documents: list, show, delete, correct the type, see and release marked passages, reprocess.",
        no_args_is_help=True,
    )
    app.add_typer(documents, name="documents")
    _add_reading(documents, open_client)
    _add_changing(documents, open_client)
    _add_marked(documents, open_client)
    _add_reprocessing(documents, open_client, clock)


def _add_reading(documents: typer.Typer, open_client: Connect) -> None:
    @documents.command("list")
    def list_documents(json_output: Json = False) -> None:
        """List the documents this key may see. Exits 0, also when there are none."""
        with terminal.failures_reported(json_output), open_client() as client:
            found = client.documents()
        if json_output:
            terminal.show_json({"documents": [document.received for document in found]})
        elif found:
            terminal.show(document_list(found))
        else:
            terminal.show("There are no documents that this key may see. Add some with `wissen ingest PATH...`.")

    @documents.command("show")
    def show_document(document_id: Id, json_output: Json = False) -> None:
        """Show all that is known of one document. Exits 1 if there is none with this id."""
        with terminal.failures_reported(json_output), open_client() as client:
            document = client.document(document_id)
        _show(document, json_output)


def _add_changing(documents: typer.Typer, open_client: Connect) -> None:
    @documents.command("delete")
    def delete_documents(
        document_ids: Ids,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
        json_output: Json = False,
    ) -> None:
        """Delete documents with everything made of them. Exits 1 if not confirmed, or if one is not there."""
        if json_output and not yes:
            raise typer.BadParameter("--json cannot ask for confirmation; add --yes", param_hint="--json")
        with terminal.failures_reported(json_output), open_client() as client:
            named = [client.document(document_id) for document_id in dict.fromkeys(document_ids)]
            if not yes:
                _confirm(named)
            deleted = _delete(client, named, json_output)
        if json_output:
            terminal.show_json({"deleted": deleted})

    @documents.command("set-type")
    def set_type(
        document_id: Id,
        document_type: Annotated[str, typer.Argument(metavar="TYPE", help="For example policy or nist_800_53.")],
        json_output: Json = False,
    ) -> None:
        """Correct a document's type, which also ends its review. Exits 1 if document or type is unknown."""
        with terminal.failures_reported(json_output), open_client() as client:
            document = client.set_document_type(document_id, document_type)
        _show(document, json_output)
        if not json_output:
            terminal.show("It is being processed again as this type; until that is done it answers as before.")


def _add_marked(documents: typer.Typer, open_client: Connect) -> None:
    @documents.command("marked")
    def show_marked(document_id: Id, json_output: Json = False) -> None:
        """Show the passages that read like orders to a model, which no model reads. Exits 0, also without any."""
        with terminal.failures_reported(json_output), open_client() as client:
            found = client.marked_passages(document_id)
        if json_output:
            terminal.show_json({"passages": [passage.received for passage in found]})
            return
        for passage in found:
            terminal.show(one_line(f"{passage.chunk_id} ({passage.category})"))
            terminal.show(printable(passage.text) + "\n")
        if not found:
            terminal.show("No passage of this document is marked.")

    @documents.command("release")
    def release(
        document_id: Id,
        passages: Annotated[
            list[str] | None, typer.Argument(metavar="[PASSAGE...]", help="Their ids; left out, all.")
        ] = None,
        json_output: Json = False,
    ) -> None:
        """Let models read marked passages that are harmless. Exits 1 if there is no such document."""
        with terminal.failures_reported(json_output), open_client() as client:
            done = client.release(document_id, passages or ())
        if json_output:
            terminal.show_json(done.received)
        else:
            terminal.show(f"Released passages: {done.released}. Still marked: {done.marked}.")


def _add_reprocessing(documents: typer.Typer, open_client: Connect, clock: Clock) -> None:
    @documents.command("reprocess")
    def reprocess(
        document_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Documents' ids.")] = None,
        everything: Annotated[bool, typer.Option("--all", help="All documents this key may see.")] = False,
        older: Annotated[
            bool, typer.Option("--older", help="Of these only what answers from another pipeline version.")
        ] = False,
        new_embedding: Annotated[
            bool,
            typer.Option("--new-embedding", help="The embedding model was changed: embed all with it. With --all."),
        ] = False,
        timeout: Annotated[float, typer.Option(min=1, help="Stop following after this many seconds.")] = 3600,
        json_output: Json = False,
    ) -> None:
        """Process documents again. Each answers as before until it is done. Exits 1 if one cannot be."""
        _check_choice(document_ids, everything=everything, older=older, new_embedding=new_embedding)
        with terminal.failures_reported(json_output), open_client() as client:
            chosen = _chosen(client, document_ids, older=older)
            rows: list[Ingestion] = []
            with display(terminal.progress(), rows) as changed:
                reprocessor = Reprocessor(client, chosen, new_embedding=new_embedding, changed=changed, clock=clock)
                rows.extend(reprocessor.rows)
                reprocessor.run(timeout)
        if json_output:
            terminal.show_json({"documents": [_as_json(row) for row in reprocessor.rows]})
        elif rows:
            terminal.show(ingestion_view(rows))
        else:
            terminal.show("There is nothing to be processed again.")
        if not all(row.searchable and row.reason is None for row in rows):
            raise typer.Exit(1)


def _check_choice(document_ids: list[str] | None, *, everything: bool, older: bool, new_embedding: bool) -> None:
    if bool(document_ids) == (everything or (older and not document_ids)):
        raise typer.BadParameter("name documents, or use --all or --older")
    if new_embedding and (document_ids or older or not everything):
        raise typer.BadParameter(
            "vectors of two models cannot be compared: embed all documents again, with --all",
            param_hint="--new-embedding",
        )


def _chosen(client: WissenClient, document_ids: list[str] | None, *, older: bool) -> list[Document]:
    """Those named, or all that answer or failed: a version that was replaced answers nobody."""
    if document_ids:
        found = [client.document(document_id) for document_id in dict.fromkeys(document_ids)]
    else:
        found = [one for one in client.documents() if one.current or one.status == "failed"]
    return [one for one in found if one.outdated] if older else found


def _as_json(row: Ingestion) -> dict[str, Any]:
    """The API's object with the seconds; one that was not processed again shows why."""
    received = row.document.received if row.document else {}
    own = {"status": row.status, "reason": row.reason, "seconds": row.seconds}
    return {**received, **own}


def _confirm(documents: list[Document]) -> None:
    """Raises typer.Abort, which ends the command with exit code 1."""
    for document in documents:
        typer.echo(one_line(f"{document.document_id}  {document.name}"), err=True)
    what = "this document" if len(documents) == 1 else f"these {len(documents)} documents"
    typer.confirm(f"Delete {what} with everything made of them?", abort=True, err=True)


def _delete(client: WissenClient, documents: list[Document], json_output: bool) -> list[str]:
    deleted = []
    for document in documents:
        client.delete_document(document.document_id)
        deleted.append(document.document_id)
        if not json_output:
            typer.echo(one_line(f"{document.name or document.document_id} is deleted."))
    return deleted


def _show(document: Document, json_output: bool) -> None:
    if json_output:
        terminal.show_json(document.received)
    else:
        terminal.show(document_view(document))
