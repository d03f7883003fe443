"""The adapters to AWS: what they send, and which failures they translate."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Literal
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError
from tests.fakes.examples import ACCESS, query_message

from api.executions import StepFunctions
from knowledge.bucket import S3Bucket
from knowledge.bus import AwsBus
from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret, read_secret
from knowledge.errors import NotFound, UpstreamUnavailable
from knowledge.messages import AnalyzeQuestion

REGION: Literal["eu-central-1"] = "eu-central-1"
BUCKET = "documents-test"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield


# ---------------------------------------------------------------- secrets


def test_a_secret_is_read() -> None:
    kept = boto3.client("secretsmanager").create_secret(Name="cache", SecretString='{"url": "valkey://here"}')
    assert read_secret(kept["ARN"], CacheSecret).url == "valkey://here"


def test_a_secret_of_another_form_is_not_quoted_by_the_error() -> None:
    kept = boto3.client("secretsmanager").create_secret(Name="odd", SecretString='{"password": "hunter2-odd"}')
    with pytest.raises(ValidationError) as refused:
        read_secret(kept["ARN"], CacheSecret)
    assert "hunter2" not in str(refused.value)


def test_a_secret_that_cannot_be_read_is_named_and_may_be_there_later() -> None:
    with pytest.raises(UpstreamUnavailable, match="wissen/no-such-secret"):
        read_secret("wissen/no-such-secret", CacheSecret)


def test_a_cache_whose_secret_cannot_be_read_is_only_out_of_reach() -> None:
    cache = ValkeyCache(lambda: read_secret("wissen/no-such-secret", CacheSecret))
    cache.put("key", b"value", 60)
    assert (cache.get("key"), cache.reachable()) == (None, False)


# ---------------------------------------------------------------- the bus


def received(queue_url: str) -> list[Any]:
    sqs = boto3.client("sqs")
    return list(sqs.receive_message(QueueUrl=queue_url, MessageAttributeNames=["All"]).get("Messages", []))


@pytest.fixture
def queue_url() -> str:
    return boto3.client("sqs").create_queue(QueueName="test")["QueueUrl"]


def test_a_message_arrives_as_it_was_sent(queue_url: str) -> None:
    message = query_message(AnalyzeQuestion, uuid4())
    AwsBus().send(queue_url, message)
    (arrived,) = received(queue_url)
    assert AnalyzeQuestion.model_validate_json(arrived["Body"]) == message


def test_a_dead_letter_keeps_its_body_and_says_why(queue_url: str) -> None:
    AwsBus().dead_letter(
        queue_url, '{"any": "body"}', {"ErrorName": "NotFound", "ErrorDetail": "no part 3", "Trace": ""}
    )
    (arrived,) = received(queue_url)
    assert arrived["Body"] == '{"any": "body"}'
    attributes = {name: value["StringValue"] for name, value in arrived["MessageAttributes"].items()}
    assert attributes == {"ErrorName": "NotFound", "ErrorDetail": "no part 3"}, "SQS refuses an empty attribute"


def test_a_message_put_back_is_seen_again(queue_url: str) -> None:
    bus = AwsBus()
    bus.send(queue_url, query_message(AnalyzeQuestion, uuid4()))
    (first,) = received(queue_url)
    assert received(queue_url) == []
    bus.retry_later(queue_url, first["ReceiptHandle"], 0)
    (again,) = received(queue_url)
    assert again["MessageId"] == first["MessageId"]


def test_messages_are_kept_from_others_for_as_long_as_is_said(queue_url: str) -> None:
    bus = AwsBus()
    bus.send(queue_url, query_message(AnalyzeQuestion, uuid4()))
    (first,) = received(queue_url)
    bus.keep(queue_url, [first["ReceiptHandle"]], 0)
    (again,) = received(queue_url)
    assert again["MessageId"] == first["MessageId"]
    bus.keep(queue_url, [again["ReceiptHandle"], "a handle of nothing"], 60)
    assert received(queue_url) == []


def test_a_queue_that_is_not_there_is_unavailable() -> None:
    nowhere = f"https://sqs.{REGION}.amazonaws.com/123456789012/nowhere"
    bus = AwsBus()
    with pytest.raises(UpstreamUnavailable, match="nowhere"):
        bus.send(nowhere, query_message(AnalyzeQuestion, uuid4()))
    with pytest.raises(UpstreamUnavailable, match="nowhere"):
        bus.dead_letter(nowhere, "{}", {})
    with pytest.raises(UpstreamUnavailable, match="nowhere"):
        bus.retry_later(nowhere, "handle", 1)
    with pytest.raises(UpstreamUnavailable, match="nowhere"):
        bus.keep(nowhere, ["handle"], 1)


@pytest.mark.parametrize("token", ["nobody-waits-for-this", "x"])
def test_a_token_that_is_gone_is_no_failure(token: str) -> None:
    bus = AwsBus()
    assert bus.succeed(token, {"done": True}) is False
    assert bus.fail(token, "Throttled", "too many calls") is False


# ---------------------------------------------------------------- the bucket


@pytest.fixture
def bucket() -> S3Bucket:
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return S3Bucket(BUCKET)


def test_bytes_come_back_as_they_were_put(bucket: S3Bucket) -> None:
    key = "parsed/Büro + Co/ä b.json"
    bucket.put(key, "Übung".encode(), "application/json")
    assert bucket.get(key).decode() == "Übung"


def test_an_object_that_is_not_there_is_not_found(bucket: S3Bucket) -> None:
    with pytest.raises(NotFound, match=r"parsed/none\.json"):
        bucket.get("parsed/none.json")


def test_a_bucket_that_is_not_there_is_unavailable() -> None:
    missing = S3Bucket("no-such-bucket")
    with pytest.raises(UpstreamUnavailable):
        missing.get("a")
    with pytest.raises(UpstreamUnavailable):
        missing.put("a", b"", "text/plain")


def test_an_upload_form_fits_one_key_one_size_and_some_minutes(bucket: S3Bucket) -> None:
    upload = bucket.presigned_post("uploads/o/s/d/Büro.pdf", 1234, 900)
    assert BUCKET in upload.url
    assert upload.fields["key"] == "uploads/o/s/d/Büro.pdf"
    policy = json.loads(base64.b64decode(upload.fields["policy"]))
    assert ["content-length-range", 1234, 1234] in policy["conditions"]
    assert {"key": "uploads/o/s/d/Büro.pdf"} in policy["conditions"]
    assert {"bucket": BUCKET} in policy["conditions"]
    assert policy["expiration"]


# ---------------------------------------------------------------- executions


@pytest.fixture
def state_machine() -> str:
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    role = "arn:aws:iam::123456789012:role/states"
    created = boto3.client("stepfunctions").create_state_machine(name="query", definition=definition, roleArn=role)
    return created["stateMachineArn"]


def test_an_execution_is_named_after_its_question_and_carries_no_text(state_machine: str) -> None:
    query_id = uuid4()
    StepFunctions(state_machine).start(ACCESS, query_id, "t-1")
    states = boto3.client("stepfunctions")
    (execution,) = states.list_executions(stateMachineArn=state_machine)["executions"]
    assert execution["name"] == str(query_id)
    described = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"]) == {
        "version": 1,
        "query_id": str(query_id),
        "org_id": str(ACCESS.org_id),
        "user_id": str(ACCESS.user_id),
        "scopes": list(ACCESS.scopes),
        "trace": "t-1",
    }


def test_starting_a_question_twice_is_starting_it_once(state_machine: str) -> None:
    executions, query_id = StepFunctions(state_machine), uuid4()
    executions.start(ACCESS, query_id, "t-1")
    executions.start(ACCESS, query_id, "t-2")
    states = boto3.client("stepfunctions")
    assert len(states.list_executions(stateMachineArn=state_machine)["executions"]) == 1


def test_a_state_machine_that_is_not_there_is_unavailable() -> None:
    arn = f"arn:aws:states:{REGION}:123456789012:stateMachine:nowhere"
    with pytest.raises(UpstreamUnavailable, match="ask again"):
        StepFunctions(arn).start(ACCESS, uuid4(), "t-1")
