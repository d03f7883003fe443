"""The AWS emulator (ministack), started stock, on loopback, with its state in the private folder.

Handlers run under the interpreter that runs the emulator and inherit its environment, hence a clean one.
"""

from __future__ import annotations

import shutil
import sys

from wissen.http_probe import status_of
from wissen.ports import LOOPBACK
from wissen.processes import Program, clean_environment
from wissen.state import StackState, Workspace

NAME = "emulator"

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The emulator takes any; these are its documented defaults and open nothing elsewhere."""

_CONCURRENT_HANDLERS = 32
"""One process of 40 to 60 MB each. Enough for every queue's limit and a dozen callers at once."""

_KEEP_WARM_S = 3600


def url(state: StackState) -> str:
    return f"http://{LOOPBACK}:{state.ports[NAME]}"


def program(workspace: Workspace, state: StackState, services: str = "") -> Program:
    """`services` says where the other components are: handlers remember that, so a change is a new start."""
    folder, temporary = workspace.data(NAME), workspace.temporary(NAME)
    for needed in (folder / "state", folder / "s3"):
        needed.mkdir(parents=True, exist_ok=True)
    return Program(
        name=NAME,
        command=[sys.executable, "-m", "ministack"],
        environment=clean_environment(
            **CREDENTIALS,
            # A socket that is not there: it would remove every emulator's containers at its start and end.
            DOCKER_HOST=f"unix://{folder}/no-docker.sock",
            HOME=str(folder),  # handlers must not read the AWS profiles of the person at the keyboard
            AWS_DEFAULT_REGION=state.region,
            AWS_EC2_METADATA_DISABLED="true",
            MINISTACK_REGION=state.region,
            GATEWAY_PORT=str(state.ports[NAME]),
            BIND_HOST=LOOPBACK,
            IOT_MTLS_ENABLED="0",  # would listen on 0.0.0.0:8883 whatever BIND_HOST says
            PERSIST_STATE="1",
            STATE_DIR=str(folder / "state"),
            S3_PERSIST="1",
            S3_DATA_DIR=str(folder / "s3"),
            LAMBDA_ACCOUNT_CONCURRENCY=str(_CONCURRENT_HANDLERS),
            LAMBDA_WARM_TTL_SECONDS=str(_KEEP_WARM_S),
            TMPDIR=str(temporary),
        ),
        directory=folder,
        url=url(state),
        answers=lambda: status_of(f"{url(state)}/_ministack/health") == 200,
        configuration=services,
        start_patience_s=60,
        stop_patience_s=60,  # it writes its state when asked to end; killed before that, it loses it
        clean=lambda: shutil.rmtree(temporary, ignore_errors=True),
    )
