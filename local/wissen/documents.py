"""`wissen documents`: lists, shows, deletes documents and corrects their types."""

from __future__ import annotations

from typing import Annotated

import typer

from wissen import terminal
from wissen.api_records import Document
from wissen.client import WissenClient
from wissen.endpoint import Connect, connect
from wissen.render import document_list, document_view, one_line

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A document's id; `wissen documents list` shows them.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Documents' ids.")]


def register(app: typer.Typer, *, open_client: Connect = connect) -> None:
    """Adds the commands; `open_client` decides which deployment they talk to."""
    documents = typer.Typer(help="Documents: list, show, delete, correct the type.", no_args_is_help=True)
    app.add_typer(documents, name="documents")
    _add_reading(documents, open_client)
    _add_changing(documents, open_client)


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
            terminal.show("It is being taken apart anew as this type; until that is done it answers as before.")


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
