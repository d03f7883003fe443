"""An organisation of the stack made for one run and removed with everything it left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID, uuid4

from wissen.stack import postgres, valkey
from wissen.stack.accounts import keys
from wissen.stack.connection import Connection, owner_dsn
from wissen.stack.errors import StackError
from wissen.stack.state import Workspace

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PREFIXES = ("uploads", "parsed")


class OrganisationGone(StackError):
    """The throw-away organisation was removed by somebody else during the run."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The organisation {name!r} is gone already: it was removed while the run lasted. Run it again."
        )


@dataclass(frozen=True)
class ThrowawayOrganisation:
    """An organisation that nobody else has, and a key of its only user."""

    name: str
    org_id: UUID
    key: str


@contextmanager
def throwaway_organisation(
    reached: Connection, workspace: Workspace, *, purpose: str, keep: bool = False
) -> Iterator[ThrowawayOrganisation]:
    """Makes it for the length of the context. Its name says the `purpose`; with `keep` it stays with all it holds.

    Raises StoreUnreachable, and OrganisationGone when there is nothing left to remove.
    """
    dsn = owner_dsn(workspace.folder)
    name = f"{purpose} {uuid4().hex}"
    made = keys.create(dsn, organisation=name, user=f"{purpose}@example.org", name=f"wissen {purpose}")
    try:
        with _ending_in_order():
            yield ThrowawayOrganisation(name, _organisation(dsn, name), made.key)
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
        raise OrganisationGone(name)
    return UUID(str(row[0]))


def _remove_rows(dsn: str, organisation: str) -> UUID:
    """Every table's rows go with their organisation."""
    with postgres.connect(dsn) as connection:
        row = connection.execute("DELETE FROM organisations WHERE name = %s RETURNING id", [organisation]).fetchone()
    if row is None:
        raise OrganisationGone(organisation)
    return UUID(str(row[0]))


def _remove_objects(reached: Connection, org_id: UUID) -> None:
    from wissen.stack.aws import client_of  # noqa: PLC0415 - boto3

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
