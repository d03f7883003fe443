"""Sending on the message bus and answering the state machine: the port, and AWS behind it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from knowledge.errors import UpstreamUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from knowledge.messages import Message

#: Step Functions' own limits for SendTaskFailure.
_ERROR_LENGTH, _CAUSE_LENGTH = 256, 32_768
#: Tokens that nobody waits for any more; the answer to them is dropped.
_TOKEN_GONE = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


class Bus(ABC):
    """The operations of a stage on the bus."""

    def prepare(self) -> None:  # noqa: B027  nothing to do unless a bus says so
        """Do in advance what the first use would wait for."""

    @abstractmethod
    def send(self, queue_url: str, message: Message) -> None:
        """Put a message on a queue. Raises UpstreamUnavailable."""

    @abstractmethod
    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        """Tell the state machine that a task is done; False when it no longer waits."""

    @abstractmethod
    def fail(self, task_token: str, error_name: str, detail: str) -> bool:
        """Tell the state machine that a task failed; False when it no longer waits."""

    @abstractmethod
    def retry_later(self, queue_url: str, receipt_handle: str, seconds: int) -> None:
        """Make a received message visible again after ``seconds`` instead of the queue's own timeout."""

    @abstractmethod
    def keep(self, queue_url: str, receipt_handles: Sequence[str], seconds: int) -> None:
        """Hide up to ten received messages for ``seconds`` from now; those that are gone are left out.

        Raises UpstreamUnavailable.
        """

    @abstractmethod
    def dead_letter(self, dead_letter_queue_url: str, body: str, attributes: Mapping[str, str]) -> None:
        """Put a message that cannot succeed on the dead-letter queue, where a person can read why and redrive it."""


class AwsBus(Bus):
    """SQS and Step Functions. Clients are made on first use: each costs time at a cold start."""

    @cached_property
    def _sqs(self) -> SQSClient:
        import boto3  # noqa: PLC0415

        return boto3.client("sqs")

    @cached_property
    def _states(self) -> SFNClient:
        import boto3  # noqa: PLC0415

        return boto3.client("stepfunctions")

    def prepare(self) -> None:
        _ = self._states, self._sqs

    def send(self, queue_url: str, message: Message) -> None:
        self._put(queue_url, message.model_dump_json(), {})

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        return self._answer("send_task_success", taskToken=task_token, output=json.dumps(output))

    def fail(self, task_token: str, error_name: str, detail: str) -> bool:
        return self._answer(
            "send_task_failure",
            taskToken=task_token,
            error=error_name[:_ERROR_LENGTH],
            cause=detail[:_CAUSE_LENGTH],
        )

    def retry_later(self, queue_url: str, receipt_handle: str, seconds: int) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._sqs.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError) as error:
            raise UpstreamUnavailable(f"cannot reach the queue {queue_url}") from error

    def keep(self, queue_url: str, receipt_handles: Sequence[str], seconds: int) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._sqs.change_message_visibility_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                    for number, handle in enumerate(receipt_handles)
                ],
            )
        except (BotoCoreError, ClientError) as error:
            raise UpstreamUnavailable(f"cannot reach the queue {queue_url}") from error

    def dead_letter(self, dead_letter_queue_url: str, body: str, attributes: Mapping[str, str]) -> None:
        self._put(dead_letter_queue_url, body, attributes)

    def _put(self, queue_url: str, body: str, attributes: Mapping[str, str]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._sqs.send_message(
                QueueUrl=queue_url,
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
                },
            )
        except (BotoCoreError, ClientError) as error:
            raise UpstreamUnavailable(f"cannot send to the queue {queue_url}") from error

    def _answer(self, operation: str, **parameters: str) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            getattr(self._states, operation)(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in _TOKEN_GONE:
                return False
            raise UpstreamUnavailable("Step Functions refused the task's result") from error
        except BotoCoreError as error:
            raise UpstreamUnavailable("cannot reach Step Functions") from error
        return True
