"""Lambda entry of the classification stage, fed by the bucket's events through the queue batch-classify."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from classify.gateway import JudgedType, SimilarType
from classify.intake import Intake
from classify.recognition import text_recognition
from classify.settings import ClassifySettings
from classify.stage import Services, give_up, work
from classify.sweep import Round
from knowledge.bucket import S3Bucket
from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import DocumentUploaded, ReprocessDocument, SweepDocuments, parse_classify_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.sweeping import Sweeping
from llmclient import Client


def _build(settings: ClassifySettings, bus: AwsBus) -> Services:
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    client = Client(base_url=gateway.url, api_key=gateway.api_key)
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    documents, bucket = Documents(database), S3Bucket(settings.documents_bucket)
    intake = Intake(
        documents=documents,
        bucket=bucket,
        bus=bus,
        extract_queue_url=settings.extract_queue_url,
        by_similarity=SimilarType(client),
        by_model=JudgedType(client),
        ocr=text_recognition(settings.recogniser),
    )
    sweep = Round(
        documents=documents,
        sweeping=Sweeping(database),
        bucket=bucket,
        bucket_name=settings.documents_bucket,
        bus=bus,
        queue_url=settings.queue_url,
        extract_queue_url=settings.extract_queue_url,
        stalled_seconds=settings.stalled_seconds,
    )
    return Services(intake, sweep)


@cache
def _runtime() -> StageRuntime[DocumentUploaded | ReprocessDocument | SweepDocuments, Services]:
    settings, bus = ClassifySettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="classify",
        settings=settings,
        parse=parse_classify_message,
        build=lambda: _build(settings, bus),
        work=work,
        bus=bus,
        exhausted=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
