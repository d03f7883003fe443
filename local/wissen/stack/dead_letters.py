"""Messages that the stages gave up: read from the dead-letter queues, and sent again to the queues they came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wissen.stack.errors import UnknownDeadLetter, UnknownQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

#: Seconds that a message is hidden from other operators while it is read.
_READING_S = 60
_AT_ONCE = 10
_OUTPUT = re.compile(r"(\w+)DeadLetterQueueUrl")
_DOCUMENT_IN_KEY = re.compile(r"^uploads/[^/]+/[^/]+/([0-9a-f-]{36})/")


@dataclass(frozen=True)
class Queue:
    """A stage's queue and the one for what it gave up; `name` as in the template, without the stack's."""

    name: str
    url: str
    dead_letter_url: str


@dataclass(frozen=True)
class DeadLetter:
    """One message that was given up.

    `error` is null for one that SQS itself moved, because its worker died at every delivery; `subject` is the id of
    its document or question, null for what cannot be read; `sent_at` is when it was given up, or for what SQS moved
    when it was first sent.
    """

    id: str
    queue: str
    kind: str | None
    subject: str | None
    error: str | None
    detail: str | None
    stage: str | None
    trace: str | None
    sent_at: datetime
    body: str


def queues_of(outputs: Mapping[str, str]) -> list[Queue]:
    """The queues of a deployed stack, by the outputs of its template."""
    return [
        Queue(_dashed(found[1]), outputs[f"{found[1]}QueueUrl"], url)
        for name, url in outputs.items()
        if (found := _OUTPUT.fullmatch(name))
    ]


class DeadLetters:
    """The dead-letter queues of one stack."""

    def __init__(self, sqs: SQSClient, queues: Iterable[Queue]) -> None:
        self._sqs = sqs
        self._queues = {queue.name: queue for queue in queues}

    def counted(self) -> dict[str, int]:
        """The number of messages in each queue's dead-letter queue; SQS counts approximately."""
        return {name: self._depth(queue.dead_letter_url) for name, queue in self._queues.items()}

    def listed(self, queue: str | None = None) -> list[DeadLetter]:
        """All that was given up, or what one queue gave up, oldest first. Raises UnknownQueue."""
        found = []
        for chosen in self._chosen(queue):
            received = list(self._received(chosen))
            found += [_read(chosen, message) for message in received]
            self._put_back(chosen, received)
        return sorted(found, key=lambda letter: letter.sent_at)

    def get(self, identifier: str) -> DeadLetter:
        """The one with this id. Raises UnknownDeadLetter."""
        for letter in self.listed():
            if letter.id == identifier:
                return letter
        raise UnknownDeadLetter(identifier)

    def redrive(self, queue: str | None = None, identifiers: Iterable[str] = ()) -> list[DeadLetter]:
        """Send messages to their own queues again: those named, or all; what was sent.

        A message is sent before it is deleted here. If that is interrupted, it is worked on twice, which does no harm.
        Raises UnknownQueue; and UnknownDeadLetter, after the others have been sent.
        """
        wanted = set(identifiers)
        sent: list[DeadLetter] = []
        for chosen in self._chosen(queue):
            left = []
            for message in self._received(chosen):
                letter = _read(chosen, message)
                if wanted and letter.id not in wanted:
                    left.append(message)
                    continue
                self._sqs.send_message(QueueUrl=chosen.url, MessageBody=letter.body)
                self._sqs.delete_message(QueueUrl=chosen.dead_letter_url, ReceiptHandle=message["ReceiptHandle"])
                sent.append(letter)
            self._put_back(chosen, left)
        for missing in sorted(wanted - {letter.id for letter in sent}):
            raise UnknownDeadLetter(missing)
        return sent

    def _chosen(self, name: str | None) -> list[Queue]:
        if name is None:
            return list(self._queues.values())
        if name not in self._queues:
            raise UnknownQueue(name, list(self._queues))
        return [self._queues[name]]

    def _depth(self, url: str) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def _received(self, queue: Queue) -> Iterator[MessageTypeDef]:
        """Everything in a dead-letter queue, hidden from others for a while."""
        seen: set[str] = set()
        while True:
            batch = self._sqs.receive_message(
                QueueUrl=queue.dead_letter_url,
                MaxNumberOfMessages=_AT_ONCE,
                VisibilityTimeout=_READING_S,
                WaitTimeSeconds=1 if self._depth(queue.dead_letter_url) > len(seen) else 0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            fresh = [message for message in batch if message["MessageId"] not in seen]
            if not fresh:
                return
            seen.update(message["MessageId"] for message in fresh)
            yield from fresh

    def _put_back(self, queue: Queue, messages: list[MessageTypeDef]) -> None:
        for start in range(0, len(messages), _AT_ONCE):
            self._sqs.change_message_visibility_batch(
                QueueUrl=queue.dead_letter_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                    for number, message in enumerate(messages[start : start + _AT_ONCE])
                ],
            )


def shown_body(letter: DeadLetter) -> Any:
    """A message's body to look at: without the token that answers the state machine; as text if it is no JSON."""
    try:
        body = json.loads(letter.body)
    except ValueError:
        return letter.body
    return {**body, "task_token": "(left out)"} if isinstance(body, dict) and "task_token" in body else body


def _read(queue: Queue, message: MessageTypeDef) -> DeadLetter:
    kind, subject = _about(message["Body"])
    told = {name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()}
    return DeadLetter(
        id=message["MessageId"],
        queue=queue.name,
        kind=kind,
        subject=subject,
        error=told.get("ErrorName"),
        detail=told.get("ErrorDetail"),
        stage=told.get("Stage"),
        trace=told.get("Trace") or subject,
        sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
        body=message["Body"],
    )


def _about(body: str) -> tuple[str | None, str | None]:
    """The kind of a message and the id it is about, as far as it can be read."""
    try:
        message = json.loads(body)
        if "Records" in message:
            found = _DOCUMENT_IN_KEY.match(message["Records"][0]["s3"]["object"]["key"])
            return "document_uploaded", found[1] if found else None
        return message.get("kind"), message.get("document_id") or message.get("query_id")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None, None


def _dashed(name: str) -> str:
    """``batch-extract`` for ``BatchExtract``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
