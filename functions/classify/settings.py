"""Settings of the classify function."""

from __future__ import annotations

from classify.recognition import Recogniser
from knowledge.runtime.settings import StageSettings


class ClassifySettings(StageSettings):
    database_secret_arn: str
    gateway_secret_arn: str
    documents_bucket: str
    extract_queue_url: str
    recogniser: Recogniser = "none"
    #: Seconds after which a document that nobody has touched is stalled. No worker has one in hand for longer.
    stalled_seconds: int = 360
