"""The client against the real proxy with its offline provider."""

from __future__ import annotations

import math
import re
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Literal

import httpx
import openai
import pytest
from pydantic import BaseModel, Field
from tests.embedded import EmbeddedStack

from llmclient import ALIASES, LEGACY_ALIASES, CallRecord, Client, Priority, Purpose, Tier, described
from llmclient.errors import AuthenticationFailed, InvalidRequest, ModelDeadlineExceeded

PASSAGES = {
    1: "Die Kantine öffnet um zwölf Uhr. Montags gibt es Suppe.",
    2: "ORP.4.A8 Regelung des Passwortgebrauchs (B)\nDie Institution MUSS den Gebrauch von Passwörtern verbindlich "
    "regeln, z. B. in einer Richtlinie.\nDabei MUSS geprüft werden, ob Passwörter als einziges Verfahren genügen.",
    3: "Passwords must be changed at once when there is a suspicion that somebody else knows them.",
}


def prompt(question: str, best: int | None = None) -> str:
    """The prompt contract of proxy/offline/extractive.py; `best` is the passage that retrieval judged the nearest."""
    order = sorted(PASSAGES, key=lambda number: number != best)
    judged = {number: f' relevance="{1.0 if number == best else 0.2}"' if best else "" for number in order}
    passages = "\n".join(
        f'<passage n="{number}" fence="f7"{judged[number]}>\n{PASSAGES[number]}\n</passage fence="f7">'
        for number in order
    )
    return f'<question fence="f7">\n{question}\n</question fence="f7">\n{passages}'


@pytest.fixture
def client(gateway_url: str, gateway_key: str) -> Client:
    return Client(base_url=gateway_url, api_key=gateway_key)


@pytest.fixture
def sdk(gateway_url: str, gateway_key: str) -> openai.OpenAI:
    """What an older client uses: the plain SDK."""
    return openai.OpenAI(base_url=f"{gateway_url}/v1", api_key=gateway_key, max_retries=0)


def ask(client: Client, question: str, best: int | None = None) -> str:
    messages = [
        {"role": "system", "content": "Antworte aus den Textstellen."},
        {"role": "user", "content": prompt(question, best)},
    ]
    return client.complete(messages, purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=30).text


def cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def embed(client: Client, texts: list[str], input_type: Literal["query", "passage"]) -> list[list[float]]:
    return client.embed(texts, input_type=input_type, priority=Priority.MEDIUM, deadline=60).vectors


class TestEmbeddings:
    def test_vectors_have_the_stated_size_and_length_one(self, client: Client) -> None:
        result = client.embed(["Wer regelt Passwörter?"], input_type="query", priority=Priority.MEDIUM, deadline=30)
        assert result.dimensions == 384
        assert math.isclose(cosine(result.vectors[0], result.vectors[0]), 1, abs_tol=1e-3)
        assert result.model == "offline/multilingual-e5-small"
        assert result.cost_usd == 0
        assert result.usage.prompt_tokens > 0

    def test_a_question_finds_its_passage_in_another_language(self, client: Client) -> None:
        question = embed(client, ["Wann muss ein Passwort gewechselt werden?"], "query")[0]
        found = embed(client, [PASSAGES[3], PASSAGES[1], "The canteen opens at noon and serves soup."], "passage")
        scores = [cosine(question, vector) for vector in found]
        assert scores.index(max(scores)) == 0

    def test_what_a_text_is_for_arrives_at_the_model(self, client: Client) -> None:
        texts = ["Passwörter"]
        asked, stored = embed(client, texts, "query")[0], embed(client, texts, "passage")[0]
        assert cosine(asked, stored) < 0.999
        assert math.isclose(cosine(stored, embed(client, texts, "passage")[0]), 1, abs_tol=1e-3)

    def test_a_batch_keeps_its_order(self, client: Client) -> None:
        texts = [f"Regel {number} gilt für Raum {number}." for number in range(40)]
        together = embed(client, texts, "passage")
        for index in (0, 17, 39):
            assert cosine(together[index], embed(client, [texts[index]], "passage")[0]) > 0.99

    def test_a_question_does_not_wait_for_a_document(self, client: Client) -> None:
        document = [
            f"{number} " + "Die Institution MUSS Passwörter regeln und das prüfen. " * 15 for number in range(24)
        ]
        with ThreadPoolExecutor(1) as pool:
            ingestion = pool.submit(embed, client, document, "passage")
            started = monotonic()
            embed(client, ["Wer regelt Passwörter?"], "query")
            waited = monotonic() - started
            assert not ingestion.done()
            ingestion.result()
        assert waited < (monotonic() - started) / 2

    def test_the_plain_sdk_gets_vectors_too(self, sdk: openai.OpenAI) -> None:
        answer = sdk.embeddings.create(model="text-embedding-3-small", input=["Passwörter"])
        assert len(answer.data[0].embedding) == 384

    def test_a_deadline_ends_a_long_batch(self, client: Client) -> None:
        with pytest.raises(ModelDeadlineExceeded):
            client.embed(["Wort " * 400] * 32, input_type="passage", priority=Priority.BATCH, deadline=0.5)


class TestAnswers:
    def test_an_answer_is_copied_and_cites_its_passage(self, client: Client) -> None:
        text = ask(client, "Muss die Institution den Gebrauch von Passwörtern regeln?")
        quote, number = re.fullmatch(r"(.+?) \[(\d)\](?:\n\n.+)?", text, re.DOTALL).groups()  # type: ignore[union-attr]
        assert number == "2"
        assert quote in PASSAGES[2]

    def test_a_named_control_is_quoted_whole(self, client: Client) -> None:
        assert ask(client, "Was fordert ORP.4.A8?") == (
            "Die Institution MUSS den Gebrauch von Passwörtern verbindlich regeln, z. B. in einer Richtlinie. [2]\n\n"
            "Dabei MUSS geprüft werden, ob Passwörter als einziges Verfahren genügen. [2]"
        )

    def test_a_question_in_the_other_language_is_answered(self, client: Client) -> None:
        # Words cannot tell; retrieval's vectors did.
        text = ask(client, "Wann müssen Passwörter gewechselt werden, wenn andere sie kennen könnten?", best=3)
        assert text.startswith(f"{PASSAGES[3]} [3]")

    @pytest.mark.parametrize("question", ["Wer gewann die Weltmeisterschaft 2014?", "Was fordert AC-99?"])
    def test_what_the_passages_do_not_say_is_not_answered(self, client: Client, question: str) -> None:
        assert ask(client, question) == "NO_ANSWER"

    def test_a_stream_gives_the_same_text_and_its_usage(self, client: Client) -> None:
        question = "Was fordert ORP.4.A8?"
        with client.stream(prompt(question), purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=30) as stream:
            deltas = list(stream)
            completion = stream.completion
        assert len(deltas) > 3
        assert all(deltas)
        assert "".join(deltas) == completion.text == ask(client, question)
        assert completion.usage.completion_tokens > 10
        assert completion.finish_reason == "stop"

    @pytest.mark.parametrize("name", sorted(set(LEGACY_ALIASES) - {"text-embedding-3-small"}))
    def test_the_names_of_older_clients_work(self, sdk: openai.OpenAI, name: str) -> None:
        answer = sdk.chat.completions.create(
            model=name, messages=[{"role": "user", "content": prompt("Was fordert ORP.4.A8?")}], temperature=0.3
        )
        assert (answer.choices[0].message.content or "").endswith("[2]")
        assert answer.model == name

    def test_asking_to_reason_is_no_error_where_nothing_reasons(self, client: Client) -> None:
        question = prompt("Was fordert ORP.4.A8?")
        answer = client.complete(
            question, purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=30, reasoning_effort="high"
        )
        assert answer.text.endswith("[2]")

    def test_a_name_of_an_older_client_works_here_as_well(self, client: Client) -> None:
        question = prompt("Was fordert ORP.4.A8?")
        answer = client.complete(
            question, purpose=Purpose.SYNTHESIS, model="gpt-4.1", priority=Priority.LOW, deadline=30
        )
        assert answer.text.endswith("[2]")
        assert answer.alias == "gpt-4.1"


class Verdict(BaseModel):
    kind: Literal["policy", "faq"] = Field(
        description=described(
            {"policy": "verbindliche Regeln und Anforderungen", "faq": "häufige Fragen mit ihren Antworten"}
        )
    )
    confidence: float


class Invented(BaseModel):
    title: str


class TestChoice:
    @pytest.mark.parametrize("tier", [Tier.PRIMARY, Tier.SECONDARY, Tier.FAST])
    def test_the_described_value_that_fits_is_chosen(self, client: Client, tier: Tier) -> None:
        text = "<text>\nFrage: Wie setze ich mein Passwort zurück? Antwort: Über das Portal.\n</text>"
        result = client.parse(
            text, Verdict, purpose=Purpose.CLASSIFICATION, tier=tier, priority=Priority.BATCH, deadline=30
        )
        assert result.value.kind == "faq"
        assert 0.5 < result.value.confidence <= 1

    def test_what_would_have_to_be_invented_is_an_error(self, client: Client) -> None:
        with pytest.raises(InvalidRequest, match="cannot fill 'title'"):
            client.parse("Text", Invented, purpose=Purpose.EXTRACTION, priority=Priority.BATCH, deadline=30)


class TestProxy:
    def test_it_is_healthy_and_lists_its_aliases(self, client: Client, sdk: openai.OpenAI) -> None:
        assert client.health().ok
        assert {model.id for model in sdk.models.list()} == ALIASES

    @pytest.mark.parametrize("key", ["wrong", "sk-1234"])
    def test_a_wrong_key_is_401(self, gateway_url: str, key: str) -> None:
        with pytest.raises(AuthenticationFailed):
            ask(Client(base_url=gateway_url, api_key=key), "Was?")

    def test_no_key_is_401(self, gateway_url: str) -> None:
        assert httpx.get(f"{gateway_url}/v1/models").status_code == 401

    @pytest.mark.parametrize(
        "path", ["/", "/openapi.json", "/ui/", "/public/model_hub", "/metrics", "/routes", "/health"]
    )
    def test_nothing_but_the_api_and_health_is_reachable(self, gateway_url: str, gateway_key: str, path: str) -> None:
        answer = httpx.get(gateway_url + path, headers={"authorization": f"Bearer {gateway_key}"})
        assert answer.status_code == 404

    @pytest.mark.parametrize("alias", sorted(ALIASES - {"embedding-primary"}))
    def test_every_chat_alias_answers(self, sdk: openai.OpenAI, alias: str) -> None:
        answer = sdk.chat.completions.create(model=alias, messages=[{"role": "user", "content": "Hallo?"}])
        assert answer.choices[0].message.content == "NO_ANSWER"
        assert answer.usage is not None
        assert answer.usage.prompt_tokens > 0

    def test_calls_are_recorded_with_the_proxys_own_id(self, gateway_url: str, gateway_key: str) -> None:
        records: list[CallRecord] = []
        client = Client(base_url=gateway_url, api_key=gateway_key, observe=records.append)
        result = client.complete(prompt("Was?"), purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=30)
        assert [(record.outcome, record.call_id) for record in records] == [("ok", result.call_id)]


def test_nothing_of_a_request_reaches_the_log(embedded: EmbeddedStack, client: Client, sdk: openai.OpenAI) -> None:
    secret = "Kennwort-Blaubeere-73"
    ask(client, secret)
    embed(client, [secret], "query")
    with pytest.raises(InvalidRequest):
        client.parse(secret, Invented, purpose=Purpose.EXTRACTION, priority=Priority.BATCH, deadline=30)
    with pytest.raises(openai.APIStatusError):
        sdk.embeddings.create(model="embedding-primary", input=[secret], extra_body={"input_type": secret})
    with pytest.raises(openai.APIStatusError):
        sdk.post("/chat/completions", cast_to=object, body={"model": "synthesis-primary", "messages": secret})
    log = embedded.workspace.log("gateway").read_text(encoding="utf-8")
    assert "failed in" in log
    assert secret not in log
