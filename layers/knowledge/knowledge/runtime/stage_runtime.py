"""The stage runtime: everything a worker on the bus does beside its own work, once for all stages.

A stage is a function ``work(message, services, delivery) -> result``. The runtime reads the batch, validates
each message, measures queueing and work, logs and counts without content, answers the task token, and decides
what a failure means:

    failure                       question (task token)              document
    StageError                    SendTaskFailure(name); the state   retryable: again soon, then a dead letter;
                                  machine retries or ends            permanent: a dead letter at once
    unexpected exception          again soon, then SendTaskFailure   again soon, then a dead letter
                                  and a dead letter
    unreadable message            again soon, then a dead letter     again soon, then a dead letter

"Again soon" is a partial batch failure with a short visibility timeout. A dead letter is a message that is moved to
the dead-letter queue with the error's name, after ``MAX_RECEIVES`` deliveries; should the worker die before it can do
so, the queue's own redrive policy moves it. A worker that dies has given nothing back: a question is asked again by
the state machine, whose tasks end early, and a document's messages are held by leases that end with the worker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from knowledge.bus import Bus
from knowledge.environment import WARM_EVENT
from knowledge.errors import PermanentError, StageError
from knowledge.messages import DocumentMessage, Message, QueryMessage
from knowledge.runtime.delivery import Delivery
from knowledge.runtime.lease import Lease
from knowledge.runtime.settings import StageSettings
from knowledge.streaming import Events, NoEvents
from knowledge.tracebacks import safe_traceback

M = TypeVar("M", bound=Message)
S = TypeVar("S")

#: What is unavailable needs time to come back: the second try comes after 10 to 20 s, the last 20 to 40 s later.
OUTAGE_SECONDS = 10


class StageRuntime(Generic[M, S]):
    """A Lambda handler made of one work function.

    Args:
        stage: the stage's name.
        parse: a record's body to its messages; raises InvalidInput.
        build: makes the services ``work`` needs, once per worker, on its first message.
        work: does the work; what it returns is the state machine's task output.
        bus: sends and answers.
        on_give_up: called when a document's message is given up, so that the document's owner learns why.
        warm: does in advance what the first message would wait for.
        events: where a question's listeners hear that this stage is done with it; by default nobody hears.
    """

    def __init__(  # noqa: PLR0913  one for each part a stage is made of, all by name
        self,
        *,
        stage: str,
        settings: StageSettings,
        parse: Callable[[str], Sequence[M]],
        build: Callable[[], S],
        work: Callable[[M, S, Delivery], Mapping[str, Any] | None],
        bus: Bus,
        on_give_up: Callable[[M, S, StageError], None] | None = None,
        warm: Callable[[S], None] | None = None,
        events: Events | None = None,
    ) -> None:
        self._stage = stage
        self._settings = settings
        self.parse = parse
        self._build = build
        self._work = work
        self._bus = bus
        self._on_give_up = on_give_up
        self._warm = warm
        self._events = events or NoEvents()
        self._services: S | None = None
        self._lease = Lease(bus, settings.queue_url, ())
        self._processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        self._logger = Logger(service=stage, level=settings.log_level)
        self._metrics = Metrics(namespace="Wissen", service=stage)
        self._tracer = Tracer(service=stage)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """The Lambda entry point: an SQS batch in, the failed items out."""
        if event == WARM_EVENT:
            services = self._ready()
            self._bus.prepare()
            self._events.prepare()
            if self._warm is not None:
                self._warm(services)
            return WARM_EVENT
        handles = [record["receiptHandle"] for record in event.get("Records", [])]
        self._lease = Lease(self._bus, self._settings.queue_url, handles)
        try:
            response = process_partial_response(
                event=event, record_handler=self._process, processor=self._processor, context=context
            )
        finally:
            self._lease.end()
        self._metrics.flush_metrics()
        return dict(response)

    def _ready(self) -> S:
        if self._services is None:
            self._services = self._build()
        return self._services

    def _process(self, record: SQSRecord) -> None:
        delivery = Delivery.of(record)
        try:
            messages = self.parse(record.body)
        except StageError as error:
            self._log("unreadable", record.message_id, delivery, error)
            self._again_or_dead_letter(record, delivery, error, trace="")
            return
        if any(isinstance(message, DocumentMessage) for message in messages):
            self._lease.hold()
        for message in messages:
            self._process_message(record, message, delivery)

    def _process_message(self, record: SQSRecord, message: M, delivery: Delivery) -> None:
        try:
            with self._tracer.provider.in_subsegment(name=f"## {self._stage}"):
                self._tracer.put_annotation("trace", message.trace)
                result = self._work(message, self._ready(), delivery) or {}
                worked_ms = delivery.worked_ms
                if isinstance(message, QueryMessage):
                    self._bus.succeed(message.task_token, result)
        except StageError as error:
            self._log("failed", message.subject, delivery, error, message)
            self._settle(record, message, delivery, error)
        except Exception as error:  # noqa: BLE001  an unforeseen defect must end in a queue a person can read
            self._count(delivery, failed=True)
            self._logger.error(
                "unexpected",
                subject=message.subject,
                trace=message.trace,
                error=type(error).__name__,
                stack=safe_traceback(error),
            )
            self._settle_unexpected(record, message, delivery, error)
        else:
            self._log("done", message.subject, delivery, None, message)
            if isinstance(message, QueryMessage):  # after the next stage was let go: nobody waits for an event
                self._events.stage_done(message, self._stage, delivery.queued_ms, worked_ms, result)

    def _settle(self, record: SQSRecord, message: M, delivery: Delivery, error: StageError) -> None:
        if isinstance(message, QueryMessage):
            self._bus.fail(message.task_token, error.name, str(error))
        elif isinstance(error, PermanentError) or delivery.last:
            self._give_up(record, message, delivery, error, error.name)
        else:
            self._again(record, delivery, OUTAGE_SECONDS)
            raise error

    def _settle_unexpected(self, record: SQSRecord, message: M, delivery: Delivery, error: Exception) -> None:
        if not delivery.last:
            self._again(record, delivery)
            raise error
        name = type(error).__name__
        if isinstance(message, QueryMessage):
            self._bus.fail(message.task_token, name, "an unexpected defect; its trace is in the stage's log")
        told = StageError("an unexpected defect; an operator can redrive it")
        self._give_up(record, message, delivery, told, name)

    def _give_up(self, record: SQSRecord, message: M, delivery: Delivery, error: StageError, name: str) -> None:
        """Make a message a dead letter once its owner knows why.

        On the last delivery it becomes one also if the owner cannot be reached: SQS would move it all the same, but
        without its reason.
        """
        try:
            if self._on_give_up is not None:
                self._on_give_up(message, self._ready(), error)
        except StageError as unreachable:
            if not delivery.last:
                raise
            self._log("untold", message.subject, delivery, unreachable, message)
        self._dead_letter(record, name, str(error), message.trace)

    def _again_or_dead_letter(self, record: SQSRecord, delivery: Delivery, error: StageError, trace: str) -> None:
        if delivery.last:
            self._dead_letter(record, error.name, str(error), trace)
            return
        self._again(record, delivery)
        raise error

    def _again(self, record: SQSRecord, delivery: Delivery, least: int = 1) -> None:
        """Exponential backoff with jitter, in whole seconds as SQS wants them."""
        self._lease.release(record.receipt_handle)
        longest = least * 2**delivery.receives
        seconds = random.randint(longest // 2, longest)  # noqa: S311  not a secret
        self._bus.retry_later(self._settings.queue_url, record.receipt_handle, seconds)

    def _dead_letter(self, record: SQSRecord, name: str, detail: str, trace: str) -> None:
        self._bus.dead_letter(
            self._settings.dead_letter_queue_url,
            record.body,
            {"ErrorName": name, "ErrorDetail": detail[:1000], "Stage": self._stage, "Trace": trace},
        )

    def _log(
        self, outcome: str, subject: str, delivery: Delivery, error: StageError | None, message: M | None = None
    ) -> None:
        self._logger.info(
            outcome,
            kind=message.kind if message else None,
            subject=subject,
            org_id=str(message.org_id) if message else None,
            trace=message.trace if message else None,
            queued_ms=round(delivery.queued_ms, 1),
            worked_ms=round(delivery.worked_ms, 1),
            receives=delivery.receives,
            error=error.name if error else None,
            detail=str(error) if error else None,
        )
        self._count(delivery, failed=error is not None)

    def _count(self, delivery: Delivery, *, failed: bool) -> None:
        self._metrics.add_metric("QueuedTime", MetricUnit.Milliseconds, delivery.queued_ms)
        self._metrics.add_metric("WorkedTime", MetricUnit.Milliseconds, delivery.worked_ms)
        self._metrics.add_metric("Failures", MetricUnit.Count, 1 if failed else 0)
