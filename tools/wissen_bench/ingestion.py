"""Part `ingestion`: a long document from upload to searchable, and what many documents cost in memory."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wissen.base.progress import Progress
from wissen_bench import documents
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part
from wissen_bench.prose import catalogue

if TYPE_CHECKING:
    from uuid import UUID

    from wissen.client.ingestion import Ingestion
    from wissen_bench.organisation import MeasuredOrganisation

NAME = "ingestion"
PAGES = 50
PAGE_CHARACTERS = 2_600
"""As many as on a page of a whitepaper; a page of a dense standard has up to 3,800."""

DOCUMENTS = 100
DOCUMENT_CHARACTERS = 2_700
_PATIENCE_S = 1800.0
_LOOK_EVERY_S = 0.25
_LOG_PATIENCE_S = 30.0

Interval = tuple[float, float]
"""Begin and end, in seconds since the epoch."""


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    from wissen.stack.connection import owner_dsn  # noqa: PLC0415

    with context.organisation() as organisation, tempfile.TemporaryDirectory(prefix="wissen-ingestion-") as folder:
        with progress.step(NAME, "warming up"):
            _all_searchable(ingest(organisation, mixed(Path(folder, "warm"), len(documents.FORMATS))))
        with progress.step(NAME, f"ingesting a PDF of {PAGES} pages"):
            span = _timed(organisation, _long_pdf(Path(folder)))
        embedding = _embedding(owner_dsn(context.workspace.folder), organisation.org_id, span)
        with progress.step(NAME, f"ingesting {DOCUMENTS} documents of {len(documents.FORMATS)} formats"):
            peaks, took = _peaks(context, organisation, mixed(Path(folder, "mixed"), DOCUMENTS))
    whole = span[1] - span[0]
    context.say(f"{NAME}: {PAGES} pages in {whole:.2f} s, embedding in flight for {embedding:.2f} s of them")
    context.say(f"{NAME}: {DOCUMENTS} documents in {took:.0f} s")
    for worker, peak in sorted(peaks.items(), key=lambda item: -item[1]):
        context.say(f"{NAME}: {worker} used at most {peak:.0f} MB")
    return {"pdf50_s": whole, "pdf50_other_s": whole - embedding, "worker_mb": max(peaks.values())}


def _long_pdf(folder: Path) -> Path:
    path = folder / "katalog.pdf"
    text = catalogue(secrets.randbits(32), "de", PAGES * PAGE_CHARACTERS)
    path.write_bytes(documents.as_pdf(text, pages=PAGES))
    return path


def mixed(folder: Path, count: int) -> list[Path]:
    """`count` files of all formats in turn, in both languages, in a new folder."""
    folder.mkdir()
    paths = []
    for number in range(count):
        suffix, make = documents.FORMATS[number % len(documents.FORMATS)]
        text = catalogue(secrets.randbits(32), ("de", "en")[number // len(documents.FORMATS) % 2], DOCUMENT_CHARACTERS)
        paths.append(folder / f"{folder.name}-{number:03}{suffix}")
        paths[-1].write_bytes(make(text))
    return paths


def ingest(organisation: MeasuredOrganisation, paths: Sequence[Path]) -> list[Ingestion]:
    """Uploads the files and follows them to their end; what became of each."""
    from wissen.client.candidates import gather  # noqa: PLC0415
    from wissen.client.ingestion import DEFAULT_PLACEMENT, Ingester  # noqa: PLC0415

    ingester = Ingester(organisation.client, gather(paths), DEFAULT_PLACEMENT, changed=lambda row: None)
    ingester.run(_PATIENCE_S)
    return ingester.rows


def _all_searchable(rows: Iterable[Ingestion]) -> None:
    """Raises BenchFailed."""
    for row in rows:
        if not row.searchable:
            raise BenchFailed(NAME, f"{row.name} is {row.status}: {row.reason or 'no reason given'}")


def _timed(organisation: MeasuredOrganisation, path: Path) -> Interval:
    """From announcing the document to seeing it searchable; it is looked at four times a second."""
    from wissen.client.candidates import Reject, gather  # noqa: PLC0415

    file = gather([path])[0]
    if isinstance(file, Reject):
        raise BenchFailed(NAME, f"{file.name} {file.reason}")
    began = time.time()
    ticket = organisation.client.create_document(file.name, size=file.size, sha256=file.sha256)
    if ticket.upload is None:
        raise BenchFailed(NAME, f"{file.name} is known already, although it was made just now")
    organisation.client.upload(ticket.upload, path.read_bytes(), file.name)
    while True:
        document = organisation.client.document(ticket.document_id)
        seen = time.time()
        if document.searchable:
            return began, seen
        if document.finished or seen - began > _PATIENCE_S:
            raise BenchFailed(NAME, f"{file.name} is {document.status}: {document.reason or 'no reason given'}")
        time.sleep(_LOOK_EVERY_S)


def _embedding(dsn: str, org_id: UUID, span: Interval) -> float:
    """Seconds of the span in which at least one embedding call of the organisation was in flight.

    Read from the gateway's log, which is written a little later than the calls end. Raises BenchFailed.
    """
    deadline = time.monotonic() + _LOG_PATIENCE_S
    calls: list[Interval] = []
    while time.monotonic() < deadline:
        before, calls = len(calls), _calls(dsn, org_id, span)
        if calls and len(calls) == before:
            return in_flight(calls, span)
        time.sleep(2)
    raise BenchFailed(NAME, f"the gateway's log shows no embedding within {_LOG_PATIENCE_S:.0f} s")


def _calls(dsn: str, org_id: UUID, span: Interval) -> list[Interval]:
    from wissen.stack import postgres  # noqa: PLC0415

    began, ended = (datetime.fromtimestamp(moment, UTC) for moment in span)
    with postgres.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM at)::float8, latency_ms FROM model_calls "
            "WHERE org_id = %s AND purpose = 'embedding' AND at BETWEEN %s AND %s",
            [org_id, began, ended],
        ).fetchall()
    return [(float(at) - latency / 1000, float(at)) for at, latency in rows]


def in_flight(calls: Iterable[Interval], span: Interval) -> float:
    """Seconds of the span that at least one of the calls covers; calls that overlap count once."""
    covered, reached = 0.0, span[0]
    for began, ended in sorted(calls):
        begin, end = max(began, reached), min(ended, span[1])
        if end > begin:
            covered, reached = covered + end - begin, end
    return covered


def _peaks(
    context: Context, organisation: MeasuredOrganisation, paths: Sequence[Path]
) -> tuple[dict[str, float], float]:
    """Megabytes by function, the largest that any worker of it ever used, and the seconds it took."""
    from wissen_bench.memory import watching  # noqa: PLC0415 - psutil

    began = time.monotonic()
    with watching(context.workspace) as peaks:
        _all_searchable(ingest(organisation, paths))
    if not peaks:
        raise BenchFailed(NAME, "no worker of a function was seen")
    return peaks, time.monotonic() - began


PART = Part(
    name=NAME,
    figures=(
        Figure("pdf50_s", f"a PDF of {PAGES} pages, upload to searchable", at_most=30),
        Figure("pdf50_other_s", "the part of it in which nothing is being embedded", at_most=2),
        Figure("worker_mb", f"largest memory of any worker over {DOCUMENTS} mixed documents", at_most=512),
    ),
    run=_run,
)
