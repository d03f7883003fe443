"""Starting the query state machine: the port, and Step Functions behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from knowledge.access import Access, Scope
from knowledge.errors import UpstreamUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class ExecutionInput(BaseModel):
    """The input of one execution of the query state machine.

    The machine copies fields of it into the stages' messages by their names (statemachines/query.asl.json). A field
    may be added; one that the machine reads may not be renamed while executions are under way.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    query_id: UUID
    org_id: UUID
    user_id: UUID
    scopes: tuple[Scope, ...]
    trace: str


class Executions(ABC):
    @abstractmethod
    def start(self, access: Access, query_id: UUID, trace: str) -> None:
        """Let the stages work on a question; starting it twice is starting it once. Raises UpstreamUnavailable."""


class StepFunctions(Executions):
    def __init__(self, state_machine_arn: str) -> None:
        self._state_machine_arn = state_machine_arn

    @cached_property
    def _client(self) -> SFNClient:
        import boto3  # noqa: PLC0415

        return boto3.client("stepfunctions")

    def start(self, access: Access, query_id: UUID, trace: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        execution = ExecutionInput(query_id=query_id, trace=trace, **access.model_dump())
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine_arn, name=str(query_id), input=execution.model_dump_json()
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise UpstreamUnavailable("Step Functions did not start the question; ask again") from error
        except BotoCoreError as error:
            raise UpstreamUnavailable("Step Functions cannot be reached; ask again") from error
