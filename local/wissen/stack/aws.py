"""AWS clients of the stack on this machine, for parts that look at what was deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from wissen.stack import emulator
from wissen.stack.connection import Connection


def client_of(service: str, reached: Connection) -> Any:
    """A client of the emulator, with its own credentials and never those of the person at the keyboard."""
    session = boto3.session.Session(
        aws_access_key_id=emulator.CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=emulator.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=reached.region,
    )
    creator: Callable[..., Any] = session.client
    return creator(service, endpoint_url=reached.emulator_url, config=Config(proxies={}))
