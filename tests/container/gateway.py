"""One running container of the gateway's image, hardened as infrastructure/gateway.yaml runs it."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.container import docker

PORT = 4000
START_PATIENCE_S = 180.0
ANSWER_PATIENCE_S = 60.0
# ECS: ReadonlyRootFilesystem, the image's volume at /tmp, no capabilities.
_HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


class CheckFailed(Exception):
    """The image does not do what it must; the message says what was seen."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Container:
    """`started_s` is from `docker run` to the first answer of the health check, by wall clock."""

    name: str
    port: int
    key: str
    started_s: float

    def get(self, path: str, *, key: str | None = None) -> Answer:
        return _request(self.port, "GET", path, key)

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Answer:
        return _request(self.port, "POST", path, key, json.dumps(body))

    def within(self, *command: str) -> tuple[int, str]:
        """Exit code and output of a command run in the container."""
        done = docker.run("exec", self.name, *command, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()

    def log(self) -> str:
        done = docker.run("logs", self.name)
        return done.stdout + done.stderr


@contextmanager
def running(
    image: str,
    variables: Mapping[str, str],
    *,
    options: Sequence[str] = (),
    command: Sequence[str] = (),
) -> Iterator[Container]:
    """A started container, removed at the end. Raises CheckFailed if its health check never answers."""
    name = f"wissen-gateway-check-{secrets.token_hex(4)}"
    key = secrets.token_hex(24)
    environment = {**variables, "LITELLM_MASTER_KEY": key}
    named = [word for variable in environment for word in ("--env", variable)]
    published = ["--publish", f"127.0.0.1::{PORT}"]
    began = time.monotonic()
    try:
        words = ["--detach", "--name", name, *_HARDENED, *published, *named, *options, image, *command]
        docker.run("run", *words, variables=environment)
        port = int(docker.run("port", name, str(PORT)).stdout.splitlines()[0].rpartition(":")[2])
        _wait_for_life(name, port, began + START_PATIENCE_S)
        yield Container(name, port, key, time.monotonic() - began)
    finally:
        docker.run("rm", "--force", "--volumes", name, check=False)


def _wait_for_life(name: str, port: int, until: float) -> None:
    while time.monotonic() < until:
        try:
            if _request(port, "GET", "/health/liveliness", None).status == http.HTTPStatus.OK:
                return
        except (OSError, http.client.HTTPException):  # Docker's port is open before the proxy's is
            pass
        if not docker.inspect(name)["State"]["Running"]:
            break
        time.sleep(0.25)
    done = docker.run("logs", "--tail", "20", name, check=False)
    raise CheckFailed(f"the container did not come to life; its log ends with:\n{done.stdout}{done.stderr}")


def _request(port: int, method: str, path: str, key: str | None, body: str | None = None) -> Answer:
    headers = {"content-type": "application/json"}
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_PATIENCE_S)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()
