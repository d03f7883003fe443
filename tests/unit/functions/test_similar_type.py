"""A document's type by similarity to described types, through the gateway's embeddings."""

from __future__ import annotations

import json

import httpx2
import pytest
from tests.fakes.examples import ACCESS, ORG
from tests.unit.llmclient.fake_gateway import FakeGateway, always, error_answer

from classify.model_calls import SimilarType
from grammar.document_types import KINDS
from knowledge.taxonomy import DocumentType
from llmclient import Priority

#: By the order of their first word, so that a test can say what a text is similar to.
AXES = {text: index for index, texts in enumerate(kind.descriptions for kind in KINDS) for text in texts}
TYPES = [kind.type for kind in KINDS]


def embedded(request: httpx2.Request) -> httpx2.Response:
    """Descriptions lie on the axis of their type; a document that begins with a type's name, close to its axis."""
    rows = []
    for index, text in enumerate(json.loads(request.content)["input"]):
        vector = [0.0] * len(TYPES)
        if text in AXES:
            vector[AXES[text]] = 1.0
        elif text.split()[0] in TYPES:
            vector[TYPES.index(DocumentType(text.split()[0]))] = 2.0
        rows.append({"object": "embedding", "index": index, "embedding": vector})
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return httpx2.Response(200, json={"object": "list", "model": "embedding-primary", "data": rows, "usage": usage})


@pytest.mark.parametrize("kind", TYPES)
def test_the_nearest_description_gives_the_type(kind: DocumentType) -> None:
    found = SimilarType(FakeGateway(embedded).client())(ACCESS, f"{kind} und mehr")
    assert found is not None
    assert (found.type, found.confidence) == (kind, 1.0)


def test_what_is_as_near_to_all_is_hardly_like_any() -> None:
    found = SimilarType(FakeGateway(embedded).client())(ACCESS, "irgendetwas")
    assert found is not None
    assert found.confidence == pytest.approx(1 / len(TYPES))


def test_descriptions_are_embedded_once() -> None:
    gateway = FakeGateway(embedded)
    similar = SimilarType(gateway.client())
    similar(ACCESS, "faq eins")
    similar(ACCESS, "faq zwei")
    asked = [text for request in gateway.requests for text in json.loads(request.content)["input"]]
    assert sorted(asked) == sorted(["faq eins", "faq zwei", *AXES])


def test_only_the_beginning_is_sent_for_the_organisation_in_the_lowest_tier() -> None:
    gateway = FakeGateway(embedded)
    SimilarType(gateway.client())(ACCESS, "faq " + "x" * 50_000 + " Ende")
    assert gateway.requests
    for request in gateway.requests:
        assert "Ende" not in request.content.decode()
        assert int(request.headers["x-priority"]) == Priority.BATCH
        assert str(ORG) in str(request.headers) + request.content.decode()


def test_without_text_or_gateway_there_is_no_opinion() -> None:
    gateway = FakeGateway(embedded)
    assert SimilarType(gateway.client())(ACCESS, "  \n") is None
    assert gateway.requests == []
    assert SimilarType(always(error_answer(503, "no model answers")).client())(ACCESS, "faq") is None
