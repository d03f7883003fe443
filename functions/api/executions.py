"""Starting the query state machine: the port, and Step Functions behind it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import UpstreamUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


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

        execution = {
            "version": 1,
            "query_id": str(query_id),
            "org_id": str(access.org_id),
            "user_id": str(access.user_id),
            "scopes": list(access.scopes),
            "trace": trace,
        }
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine_arn, name=str(query_id), input=json.dumps(execution)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise UpstreamUnavailable("Step Functions did not start the question; ask again") from error
        except BotoCoreError as error:
            raise UpstreamUnavailable("Step Functions cannot be reached; ask again") from error
