"""Text recognition by Amazon Textract, for scans that arrive on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from documents import OcrFailed, PagePicture, RecognisedLine, TextRecognition
from knowledge.errors import Throttled, UpstreamUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_THROTTLED = {"ThrottlingException", "ProvisionedThroughputExceededException", "LimitExceededException"}
_REFUSED = {
    "BadDocumentException",
    "DocumentTooLargeException",
    "InvalidParameterException",
    "UnsupportedDocumentException",
}


class Textract(TextRecognition):
    """Sends a page's picture to ``DetectDocumentText``; the function's role must allow that action."""

    @cached_property
    def _client(self) -> Any:
        import boto3  # noqa: PLC0415

        return boto3.client("textract")

    def read(self, picture: PagePicture) -> list[RecognisedLine]:
        """The page's lines. Raises ``OcrFailed`` for a page Textract refuses, Throttled, UpstreamUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            answer = self._client.detect_document_text(Document={"Bytes": picture.png})
        except ClientError as error:
            raise _translated(error, picture) from error
        except BotoCoreError as error:
            raise UpstreamUnavailable("Amazon Textract did not answer") from error
        return list(_lines(answer))


def _translated(error: ClientError, picture: PagePicture) -> Exception:
    code = error.response["Error"]["Code"]
    if code in _THROTTLED:
        return Throttled("Amazon Textract takes no more pages at the moment")
    if code in _REFUSED:
        return OcrFailed(picture.document_name, f"Amazon Textract does not take page {picture.number} ({code})")
    if code == "AccessDeniedException":
        return OcrFailed(picture.document_name, "the function may not call textract:DetectDocumentText")
    return UpstreamUnavailable(f"Amazon Textract failed ({code})")


def _lines(answer: dict[str, Any]) -> Iterator[RecognisedLine]:
    """Blocks of type LINE; their boxes are shares of the page from the top left, as the port wants them."""
    for block in answer.get("Blocks", ()):
        if block.get("BlockType") == "LINE" and block.get("Text", "").strip():
            box = block["Geometry"]["BoundingBox"]
            yield RecognisedLine(block["Text"], box["Left"], box["Top"], box["Width"], box["Height"])
