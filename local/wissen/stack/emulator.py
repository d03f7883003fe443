"""The AWS emulator (ministack) behind its guard, on loopback, with its state in the private folder.

Handlers run under the interpreter that runs the emulator and inherit its environment, hence a clean one.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from wissen.stack import digests, names
from wissen.stack.http_probe import fetch
from wissen.stack.isolation import doors
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.isolation.signatures import HEALTH_PATH, KeyPair, signed_headers
from wissen.stack.ports import LOOPBACK
from wissen.stack.processes import Program, clean_environment
from wissen.stack.state import StackState, Workspace

NAME = names.EMULATOR

_KEY_ID, _SECRET = f"{NAME}.access_key_id", f"{NAME}.secret_access_key"

_PROGRAM = Path("local/guarded_emulator/process.py")
_GUARDS = (_PROGRAM.parent, Path("local/wissen/stack/isolation/signatures.py"), Path("proxy/serving"))
"""The code of the guard: a change of it is a new start."""

_CONCURRENT_HANDLERS = 32
"""One process of 40 to 60 MB each. Enough for every queue's limit and a dozen callers at once."""

_KEEP_WARM_S = 3600
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it has a random name and is private
_PLENTY_BYTES = 4 * 1024**3


def url(state: StackState) -> str:
    return f"http://{LOOPBACK}:{state.ports[NAME]}"


def connections_url(state: StackState) -> str:
    """The address of WebSocket APIs, both for their clients and for functions that post to connections."""
    return f"{url(state)}/_aws/execute-api"


def ensure_key(state: StackState) -> None:
    """Make the access key that signs what the emulator takes, unless the stack has one. Random, kept over restarts."""
    state.secrets.setdefault(_KEY_ID, f"WISSEN{secrets.token_hex(7).upper()}")
    state.ensure_secret(_SECRET)


def credentials(state: StackState) -> dict[str, str]:
    """The stack's access key as environment variables. It opens nothing but this emulator."""
    return {"AWS_ACCESS_KEY_ID": state.secrets[_KEY_ID], "AWS_SECRET_ACCESS_KEY": state.secrets[_SECRET]}


def choose_scratch(workspace: Workspace, memory: Path = _SHARED_MEMORY) -> Path:
    """The folder in which handlers are unpacked, some 50 MB and 2,500 files for each process, gone with it.

    In memory where there is plenty, as removing them from a disk can take a minute; else in the private folder.
    """
    if memory.is_dir() and min(shutil.disk_usage(memory).free, psutil.virtual_memory().available) >= _PLENTY_BYTES:
        return memory / f"wissen-{secrets.token_hex(8)}"
    return workspace.temporary(NAME)


def program(workspace: Workspace, state: StackState, services: str = "") -> Program:
    """`services` says where the other components are: handlers remember that, so a change is a new start."""
    guards = digests.of_files([workspace.root / guard for guard in _GUARDS], relative_to=workspace.root)
    folder, scratch = workspace.data(NAME), state.scratch or str(workspace.temporary(NAME))
    return Program(
        name=NAME,
        command=[sys.executable, str(workspace.root / _PROGRAM)],
        environment=clean_environment(**_settings(folder, state), TMPDIR=scratch),
        directory=folder,
        url=url(state),
        door=Door.guard,
        limits=Limits(data_mib=2048),
        answers=lambda: _answers(state),
        configuration=services + guards,
        start_patience_s=60,
        stop_patience_s=60,  # it writes its state when asked to end; killed before that, it loses it
        prepare=lambda: _prepare(folder),
        clean=lambda: shutil.rmtree(scratch, ignore_errors=True),
    )


def _answers(state: StackState) -> bool:
    keys = KeyPair(state.secrets[_KEY_ID], state.secrets[_SECRET])
    host = f"{LOOPBACK}:{state.ports[NAME]}"
    headers = signed_headers(keys, "GET", host, HEALTH_PATH, state.region, datetime.now(UTC))
    reply = fetch(f"{url(state)}{HEALTH_PATH}", headers=headers)
    return reply is not None and reply[0] == 200


def _settings(folder: Path, state: StackState) -> dict[str, str]:
    return (
        credentials(state)
        | doors.environment(state)
        | {
            "AWS_DEFAULT_REGION": state.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "BIND_HOST": LOOPBACK,
            # A socket that is not there: it would remove every emulator's containers at its start and end.
            "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
            "GATEWAY_PORT": str(state.ports[NAME]),
            "HOME": str(folder),  # handlers must not read the AWS profiles of the person at the keyboard
            "IOT_MTLS_ENABLED": "0",  # would listen on 0.0.0.0:8883 whatever BIND_HOST says
            "LAMBDA_ACCOUNT_CONCURRENCY": str(_CONCURRENT_HANDLERS),
            "LAMBDA_WARM_TTL_SECONDS": str(_KEEP_WARM_S),
            "MINISTACK_REGION": state.region,
            "PERSIST_STATE": "1",
            "S3_DATA_DIR": str(folder / "s3"),
            "S3_PERSIST": "1",
            "STATE_DIR": str(folder / "state"),
        }
    )


def _prepare(folder: Path) -> None:
    for needed in (folder / "state", folder / "s3"):
        needed.mkdir(parents=True, exist_ok=True)
