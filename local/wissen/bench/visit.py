"""An organisation made for a measurement and removed with everything it left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from wissen import demo, keys, postgres, stack
from wissen.bench.part import BenchFailed
from wissen.candidates import gather
from wissen.client import WissenClient
from wissen.ingestion import DEFAULT_PLACEMENT, Ingester
from wissen.state import Workspace

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PREFIXES = ("uploads", "parsed")
_INGESTED_WITHIN_S = 600.0


@dataclass(frozen=True)
class Visit:
    """A client with the key of an organisation that nobody else has."""

    client: WissenClient
    samples: Sequence[Path]

    def ingest_samples(self) -> None:
        """Returns when all sample documents can be searched. Raises BenchFailed, WissenApiError."""
        ingester = Ingester(self.client, gather(self.samples), DEFAULT_PLACEMENT, changed=lambda row: None)
        ingester.run(_INGESTED_WITHIN_S)
        for row in ingester.rows:
            if not row.searchable:
                raise BenchFailed("samples", f"{row.name} is {row.status}: {row.reason or 'no reason given'}")


@contextmanager
def visiting(reached: stack.Connection, workspace: Workspace) -> Iterator[Visit]:
    """Raises SamplesUnusable, StoreUnreachable."""
    samples = demo.sample_files(workspace.root / "samples")
    dsn = stack.owner_dsn(workspace.folder)
    name = f"bench {uuid4().hex}"
    made = keys.create(dsn, organisation=name, user="bench@example.org", name="wissen bench")
    try:
        with WissenClient(reached.api_url, made.key) as client:
            yield Visit(client, samples)
    finally:
        org_id = _remove_rows(dsn, name)
        _remove_objects(reached, org_id)


def _remove_rows(dsn: str, organisation: str) -> UUID:
    """Every table's rows go with their organisation."""
    with postgres.connect(dsn) as connection:
        row = connection.execute("DELETE FROM organisations WHERE name = %s RETURNING id", [organisation]).fetchone()
    if row is None:
        raise BenchFailed("clean-up", f"the organisation {organisation!r} is gone already")
    return UUID(str(row[0]))


def _remove_objects(reached: stack.Connection, org_id: UUID) -> None:
    from wissen.bench.cloud import client_of  # noqa: PLC0415 - boto3

    bucket = reached.outputs["DocumentsBucket"]
    s3: S3Client = client_of("s3", reached)
    for prefix in _PREFIXES:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/{org_id}/"):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=item["Key"])
