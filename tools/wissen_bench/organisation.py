"""The organisation that a part measures in: a throw-away one of the stack, with a client and the samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from wissen.client.api import WissenClient
from wissen.client.candidates import gather
from wissen.client.ingestion import DEFAULT_PLACEMENT, Ingester
from wissen.client.samples import sample_files
from wissen.stack.connection import Connection
from wissen.stack.state import Workspace
from wissen.stack.throwaway_organisation import throwaway_organisation
from wissen_bench.errors import BenchFailed

_INGESTED_WITHIN_S = 600.0


@dataclass(frozen=True)
class MeasuredOrganisation:
    """A client with the key of an organisation that nobody else has.

    Attributes:
        samples: the folder of the sample documents.
    """

    client: WissenClient
    org_id: UUID
    samples: Path

    def ingest_samples(self) -> None:
        """Returns when all sample documents can be searched. Raises BenchFailed, SamplesUnusable, WissenApiError."""
        ingester = Ingester(
            self.client, gather(sample_files(self.samples)), DEFAULT_PLACEMENT, changed=lambda row: None
        )
        ingester.run(_INGESTED_WITHIN_S)
        for row in ingester.rows:
            if not row.searchable:
                raise BenchFailed("samples", f"{row.name} is {row.status}: {row.reason or 'no reason given'}")


@contextmanager
def measured_organisation(reached: Connection, workspace: Workspace) -> Iterator[MeasuredOrganisation]:
    """Made for the length of the context. Raises StoreUnreachable, OrganisationGone."""
    with (
        throwaway_organisation(reached, workspace, purpose="bench") as made,
        WissenClient(reached.api_url, made.key) as client,
    ):
        yield MeasuredOrganisation(client, made.org_id, workspace.root / "samples")
