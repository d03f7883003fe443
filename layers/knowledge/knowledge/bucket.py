"""The documents bucket: where each object is kept, the port, and S3 behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.errors import NotFound, UpstreamUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


UPLOADS_PREFIX = "uploads"
PARSED_PREFIX = "parsed"


def upload_key(org_id: UUID, scope: str, document_id: UUID, filename: str) -> str:
    """The key of a document's bytes: ``uploads/{org}/{scope}/{document}/{filename}``.

    S3 replaces ``${filename}`` in the key of a form by the name the browser sends; a name must not hold it.
    """
    return f"{UPLOADS_PREFIX}/{org_id}/{scope}/{document_id}/{filename.replace('${', '$-{')}"


def document_prefixes(org_id: UUID, scope: str, document_id: UUID) -> tuple[str, str]:
    """The prefixes of the keys of every object the bucket holds of a document: uploaded and parsed."""
    return f"{UPLOADS_PREFIX}/{org_id}/{scope}/{document_id}/", f"{PARSED_PREFIX}/{org_id}/{document_id}/"


def text_key(org_id: UUID, document_id: UUID, pipeline_version: str) -> str:
    """The key of a document's whole text, a ParsedText."""
    return f"{PARSED_PREFIX}/{org_id}/{document_id}/{pipeline_version}/text.json"


def part_key(org_id: UUID, document_id: UUID, pipeline_version: str, part: int) -> str:
    """The key of a parsed part until it is extracted."""
    return f"{PARSED_PREFIX}/{org_id}/{document_id}/{pipeline_version}/part-{part:05d}.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """A form a client posts to, with these fields first and the file last."""

    url: str
    fields: dict[str, str]


class Bucket(ABC):
    """The operations of a stage on objects."""

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Raises NotFound, UpstreamUnavailable."""

    @abstractmethod
    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Raises UpstreamUnavailable."""

    @abstractmethod
    def first_below(self, prefix: str) -> str | None:
        """The first key that begins with ``prefix``, None where there is none. Raises UpstreamUnavailable."""

    @abstractmethod
    def delete_below(self, prefix: str) -> None:
        """Remove every object whose key begins with ``prefix``. Raises UpstreamUnavailable."""

    @abstractmethod
    def presigned_post(self, key: str, size: int, seconds: int) -> Upload:
        """A form that accepts exactly ``size`` bytes under ``key`` for ``seconds``."""


class S3Bucket(Bucket):
    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _s3(self) -> S3Client:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))

    def get(self, key: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                raise NotFound(f"the bucket has no object {key}") from error
            raise UpstreamUnavailable(f"cannot read {key} from the bucket") from error
        except BotoCoreError as error:
            raise UpstreamUnavailable("cannot reach the documents bucket") from error

    def put(self, key: str, data: bytes, content_type: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._s3.put_object(Bucket=self._name, Key=key, Body=data, ContentType=content_type)
        except (BotoCoreError, ClientError) as error:
            raise UpstreamUnavailable(f"cannot write {key} to the bucket") from error

    def first_below(self, prefix: str) -> str | None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            found = self._s3.list_objects_v2(Bucket=self._name, Prefix=prefix, MaxKeys=1).get("Contents", [])
        except (BotoCoreError, ClientError) as error:
            raise UpstreamUnavailable(f"cannot look below {prefix} in the bucket") from error
        return found[0]["Key"] if found else None

    def delete_below(self, prefix: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=self._name, Prefix=prefix):
                # A versioned bucket keeps what is deleted by key alone.
                doomed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                for found in doomed:
                    self._s3.delete_object(Bucket=self._name, Key=found["Key"], VersionId=found["VersionId"])
        except (BotoCoreError, ClientError) as error:
            raise UpstreamUnavailable(f"cannot delete what is below {prefix} in the bucket; delete it again") from error

    def presigned_post(self, key: str, size: int, seconds: int) -> Upload:
        form = self._s3.generate_presigned_post(
            self._name, key, Conditions=[["content-length-range", size, size]], ExpiresIn=seconds
        )
        return Upload(url=form["url"], fields=form["fields"])
