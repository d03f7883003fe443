"""An organisation made for a measurement and removed with everything it left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID, uuid4

from wissen import demo, keys, postgres, stack, valkey
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
    """A client with the key of an organisation that nobody else has.

    Attributes:
        samples: the folder of the sample documents.
    """

    client: WissenClient
    key: str
    organisation: str
    org_id: UUID
    samples: Path

    def ingest_samples(self) -> None:
        """Returns when all sample documents can be searched. Raises BenchFailed, SamplesUnusable, WissenApiError."""
        files = gather(demo.sample_files(self.samples))
        ingester = Ingester(self.client, files, DEFAULT_PLACEMENT, changed=lambda row: None)
        ingester.run(_INGESTED_WITHIN_S)
        for row in ingester.rows:
            if not row.searchable:
                raise BenchFailed("samples", f"{row.name} is {row.status}: {row.reason or 'no reason given'}")


@contextmanager
def visiting(
    reached: stack.Connection, workspace: Workspace, *, purpose: str = "bench", keep: bool = False
) -> Iterator[Visit]:
    """`purpose` stands in the organisation's name; with `keep` it stays with all it holds.

    Raises StoreUnreachable, and BenchFailed when there is nothing left to remove.
    """
    dsn = stack.owner_dsn(workspace.folder)
    name = f"{purpose} {uuid4().hex}"
    made = keys.create(dsn, organisation=name, user=f"{purpose}@example.org", name=f"wissen {purpose}")
    try:
        with _ending_in_order(), WissenClient(reached.api_url, made.key) as client:
            yield Visit(client, made.key, name, _organisation(dsn, name), workspace.root / "samples")
    finally:
        if not keep:
            org_id = _remove_rows(dsn, name)
            _remove_objects(reached, org_id)
            _forget(workspace, org_id)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A command that is asked to end (SIGTERM) still cleans up, as it does after Ctrl-C."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _organisation(dsn: str, name: str) -> UUID:
    with postgres.connect(dsn) as connection:
        row = connection.execute("SELECT id FROM organisations WHERE name = %s", [name]).fetchone()
    if row is None:
        raise BenchFailed("visit", f"the organisation {name!r} is gone already")
    return UUID(str(row[0]))


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


def _forget(workspace: Workspace, org_id: UUID) -> None:
    """Removes what the cache holds under keys that name the organisation. A cache that is down holds nothing long."""
    from valkey import Valkey  # noqa: PLC0415 - only who cleans up pays for it
    from valkey.exceptions import ValkeyError  # noqa: PLC0415

    state = workspace.read()
    if state is None:
        return
    with suppress(ValkeyError), Valkey.from_url(valkey.url(state, with_password=True)) as cache:
        for key in cache.scan_iter(match=f"*{org_id}*", count=1000):
            cache.delete(key)
