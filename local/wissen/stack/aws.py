"""AWS clients of the stack on this machine, for parts that look at what was deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from wissen.stack.connection import Connection


def session_of(reached: Connection) -> boto3.session.Session:
    """A session with the emulator's own key and never one of the person at the keyboard."""
    return boto3.session.Session(
        aws_access_key_id=reached.aws_credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=reached.aws_credentials["AWS_SECRET_ACCESS_KEY"],
        region_name=reached.region,
    )


def client_of(service: str, reached: Connection) -> Any:
    """A client of the emulator."""
    creator: Callable[..., Any] = session_of(reached).client
    return creator(service, endpoint_url=reached.emulator_url, config=Config(proxies={}))
