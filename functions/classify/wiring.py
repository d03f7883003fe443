"""Makes what the stage works with from the function's settings."""

from __future__ import annotations

from classify.dispatch import Services
from classify.intake import IntakeServices
from classify.model_calls import JudgedType, SimilarType
from classify.recognition import text_recognition
from classify.settings import ClassifySettings
from classify.sweep import ClassifySweep
from knowledge.bucket import S3Bucket
from knowledge.bus import Bus
from knowledge.runtime.wiring import database, gateway_client
from knowledge.store.documents import Documents
from knowledge.store.sweeping import Sweeping
from llmclient import Client


def build_services(settings: ClassifySettings, bus: Bus) -> Services:
    """Raises UpstreamUnavailable when the gateway's secret cannot be read."""
    client, store = gateway_client(settings, Client), database(settings)
    documents, bucket = Documents(store), S3Bucket(settings.documents_bucket)
    intake = IntakeServices(
        documents=documents,
        bucket=bucket,
        bus=bus,
        extract_queue_url=settings.extract_queue_url,
        by_similarity=SimilarType(client),
        by_model=JudgedType(client),
        ocr=text_recognition(settings.recogniser),
    )
    sweep = ClassifySweep(
        documents=documents,
        sweeping=Sweeping(store),
        bucket=bucket,
        bucket_name=settings.documents_bucket,
        bus=bus,
        queue_url=settings.queue_url,
        extract_queue_url=settings.extract_queue_url,
        stalled_seconds=settings.stalled_seconds,
    )
    return Services(intake, sweep)
