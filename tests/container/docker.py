"""The Docker engine, through its command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any


class Unavailable(Exception):
    """This machine lacks something; the message says what, and how to get it."""


def require() -> None:
    """Raises Unavailable unless a Docker engine answers."""
    if shutil.which("docker") is None:
        raise Unavailable("there is no docker command: apt-get install docker.io debootstrap")
    if run("info", check=False).returncode:
        raise Unavailable("no Docker engine answers: start it (dockerd &, or systemctl start docker)")


def has_image(name: str) -> bool:
    return run("image", "inspect", name, check=False).returncode == 0


def inspect(name: str) -> dict[str, Any]:
    """What Docker knows of an image or a container. Raises Unavailable."""
    found: dict[str, Any] = json.loads(run("inspect", name).stdout)[0]
    return found


def run(*words: str, check: bool = True, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One docker command; `variables` are for `--env NAME`, which keeps values off the command line.

    Raises Unavailable when it fails, unless `check` is false.
    """
    # The classic builder needs no plug-in.
    environment = {**os.environ, "DOCKER_BUILDKIT": "0", **(variables or {})}
    done = subprocess.run(["docker", *words], check=False, capture_output=True, text=True, env=environment)
    if check and done.returncode:
        raise Unavailable(f"docker {words[0]} failed: {(done.stdout + done.stderr).strip()[-3000:]}")
    return done
