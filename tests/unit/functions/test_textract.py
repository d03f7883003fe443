"""Text recognition on AWS: what Textract's lines become, and what its refusals are called here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.textract.models import TextractBackend

from classify.recognition import text_recognition
from classify.textract import Textract
from documents import OcrFailed, PagePicture
from knowledge.errors import Throttled, UpstreamUnavailable

PICTURE = PagePicture(b"png", 1000, 2000, 3, "scan.pdf")


def block(kind: str, text: str, top: float) -> dict[str, Any]:
    box = {"Left": 0.1, "Top": top, "Width": 0.5, "Height": 0.02}
    return {"BlockType": kind, "Text": text, "Geometry": {"BoundingBox": box, "Polygon": []}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield


@pytest.mark.usefixtures("aws")
def test_lines_keep_their_place_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [block("PAGE", "", 0), block("LINE", "HFN.1.A1 Zutritt", 0.1), block("WORD", "HFN.1.A1", 0.1)]
    monkeypatch.setattr(TextractBackend, "BLOCKS", [*blocks, block("LINE", "Der Zutritt wird geregelt.", 0.2)])
    lines = Textract().read(PICTURE)
    assert [line.text for line in lines] == ["HFN.1.A1 Zutritt", "Der Zutritt wird geregelt."]
    assert (lines[1].left, lines[1].top, lines[1].width, lines[1].height) == (0.1, 0.2, 0.5, 0.02)


class StubbedTextract(Textract):
    """Textract behind a client that answers with one error."""

    def __init__(self, code: str) -> None:
        client = boto3.client("textract")
        stub = Stubber(client)
        stub.add_client_error("detect_document_text", code)
        stub.activate()
        self.__dict__["_client"] = client


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("code", "raised", "message"),
    [
        ("ThrottlingException", Throttled, "no more pages"),
        ("ProvisionedThroughputExceededException", Throttled, "no more pages"),
        ("DocumentTooLargeException", OcrFailed, r"scan\.pdf .* page 3"),
        ("AccessDeniedException", OcrFailed, "textract:DetectDocumentText"),
        ("InternalServerError", UpstreamUnavailable, "InternalServerError"),
    ],
)
def test_errors_have_our_names(code: str, raised: type[Exception], message: str) -> None:
    with pytest.raises(raised, match=message):
        StubbedTextract(code).read(PICTURE)


def test_the_deployment_names_its_recognition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # where no tesseract is
    assert isinstance(text_recognition("textract"), Textract)
    assert text_recognition("tesseract") is None
    assert text_recognition("none") is None
