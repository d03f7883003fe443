"""What Lambda and its event sources do on AWS, done by hand on the emulator: configuration, polling, deleting."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from tests.events import load_event
from tests.sam_local.forwarding import Forwarder

from wissen.stack.aws import session_of
from wissen.stack.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

STACK = "wissen"


@dataclass
class Account:
    """The deployed application, whose own workers are kept still while containers take their place."""

    connection: Connection
    bridge: str
    _open: ExitStack = field(default_factory=ExitStack)
    _ports: dict[int, Forwarder] = field(default_factory=dict)
    _copies: dict[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The emulator, as containers reach it."""
        return self._seen_from_a_container(self.connection.emulator_url)

    @contextmanager
    def with_workers_still(self) -> Iterator[None]:
        """No event source polls inside; the ways into the containers are closed on leaving."""
        sources = self._lambda.list_event_source_mappings()["EventSourceMappings"]
        with self._open:
            for source in sources:
                self._lambda.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
                self._open.callback(self._lambda.update_event_source_mapping, UUID=source["UUID"], Enabled=True)
            yield

    def variables(self) -> dict[str, dict[str, str]]:
        """By logical id, what each deployed function is told, with secrets that lead out of a container."""
        resources = boto3_client("cloudformation", self.connection).describe_stack_resources(StackName=STACK)
        found: dict[str, dict[str, str]] = {}
        for resource in resources["StackResources"]:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                function = self._lambda.get_function_configuration(FunctionName=resource["PhysicalResourceId"])
                given = function["Environment"]["Variables"]
                found[resource["LogicalResourceId"]] = {
                    name: self._reachable(name, value) for name, value in given.items()
                }
        return found

    def receive(self, queue_url: str, event_name: str, patience_s: float = 30) -> dict[str, Any] | None:
        """Everything that waits in a queue, as Lambda hands it over; None if nothing comes."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            answer = self._sqs.receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"]
            )
            if answer.get("Messages"):
                (example,) = load_event(event_name)["Records"]
                return {"Records": [_record(example, dict(message)) for message in answer["Messages"]]}
        return None

    def send(self, queue_url: str, message: dict[str, Any]) -> None:
        """What a schedule puts on a queue."""
        self._sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(message))

    def delete(self, queue_url: str, event: dict[str, Any]) -> None:
        """What Lambda does with messages that were worked off."""
        for record in event["Records"]:
            self._sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=record["receiptHandle"])

    def depth(self, queue_url: str) -> int:
        answer = self._sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    @cached_property
    def _lambda(self) -> Any:  # boto3's types are installed for the services the product uses
        return boto3_client("lambda", self.connection)

    @cached_property
    def _sqs(self) -> SQSClient:
        client: SQSClient = boto3_client("sqs", self.connection)
        return client

    @cached_property
    def _secrets(self) -> SecretsManagerClient:
        client: SecretsManagerClient = boto3_client("secretsmanager", self.connection)
        return client

    def _reachable(self, name: str, value: str) -> str:
        if name.endswith("_SECRET_ARN"):
            return self._reachable_secret(value)
        return self._seen_from_a_container(value) if name == "STREAM_ENDPOINT" else value

    def _reachable_secret(self, arn: str) -> str:
        """ARN of a copy of a secret with the addresses that a container reaches."""
        if arn not in self._copies:
            original = self._secrets.get_secret_value(SecretId=arn)
            content = json.loads(original["SecretString"])
            if "url" in content:
                content["url"] = self._seen_from_a_container(content["url"])
            else:
                content |= {"host": self.bridge, "port": self._forward(int(content["port"]))}
            name = f"{original['Name']}-for-containers-{os.getpid()}"
            copy = self._secrets.create_secret(Name=name, SecretString=json.dumps(content))["ARN"]
            self._open.callback(self._secrets.delete_secret, SecretId=copy, ForceDeleteWithoutRecovery=True)
            self._copies[arn] = copy
        return self._copies[arn]

    def _seen_from_a_container(self, url: str) -> str:
        parts = urlsplit(url)
        account = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return urlunsplit(parts._replace(netloc=f"{account}{self.bridge}:{self._forward(parts.port or 80)}"))

    def _forward(self, port: int) -> int:
        if port not in self._ports:
            self._ports[port] = self._open.enter_context(Forwarder(self.bridge, port))
        return self._ports[port].port


def boto3_client(service: Any, connection: Connection) -> Any:
    """A client of the emulator, whatever account the environment names."""
    return session_of(connection).client(service, endpoint_url=connection.emulator_url)


def _record(example: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """The example record with what really came."""
    return {
        **example,
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "md5OfBody": message["MD5OfBody"],
        "attributes": message["Attributes"],
    }
