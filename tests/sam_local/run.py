"""Calls every function in a container that has only its own code and layers, on a stack of its own.

Proves that no layer misses a requirement: the emulator's workers see every package of the environment it runs in,
these containers see what Lambda would. Needs a Docker engine and debootstrap; says so where they are missing.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from tests.sam_local import engine
from tests.sam_local.aws import Account
from tests.sam_local.functions import MOST_UNZIPPED_MB, Functions, InvocationFailed, build_into
from tests.sam_local.journey import Journey

from wissen.base.progress import Lines
from wissen.stack import lifecycle
from wissen.stack.accounts import keys
from wissen.stack.connection import Connection, owner_dsn
from wissen.stack.errors import StackError

WARM_UP = {"warm": True}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # runs what ends the stack
    try:
        engine.require()
        return _run()
    except engine.Unavailable as error:
        _say(f"sam-local cannot run here: {error}")
    except (InvocationFailed, StackError) as error:
        _say(f"sam-local failed: {error}")
    return 1


def _run() -> int:
    with Lines().step("base image", "made from Debian, once"):
        base = engine.base_image()
    with tempfile.TemporaryDirectory(prefix="wissen-sam-local-") as folder, _stack(Path(folder)) as member:
        with Lines().step("sam build", "running"):
            build = build_into(Path(folder) / "build", member.region)
        account = Account(member, engine.bridge_address())
        with account.with_workers_still():
            return _report(*_travel(account, base, build, Path(folder)))


@contextmanager
def _stack(folder: Path) -> Iterator[Connection]:
    """A stack that nobody else uses, and a key of an organisation that has no document yet.

    WISSEN_TEST_STATE_DIR names a folder to keep the stack in, as for the tests.
    """
    os.environ["WISSEN_ALLOWED_HOSTS"] = engine.bridge_address()  # containers reach the stack by this name
    kept = os.environ.get("WISSEN_TEST_STATE_DIR")
    state = Path(kept) if kept else folder / "state"
    try:
        connection = lifecycle.up(state, Lines()).connection
        key = keys.create(owner_dsn(state), organisation=f"sam-local {uuid4()}", user="sam-local@example.org")
        yield replace(connection, api_key=key.key)
    finally:
        if not kept:
            lifecycle.down(state, Lines(), purge=True)


def _travel(
    account: Account, base: str, build: Path, folder: Path
) -> tuple[Functions, dict[str, float], dict[str, float]]:
    """The functions, their cold starts and their first real calls in milliseconds."""
    image = engine.derived_image(base, {"AWS_ENDPOINT_URL": account.endpoint})
    try:
        functions = Functions(build, image, folder, account.connection)
        functions.give(account.variables())
        cold = {function: functions.invoke(function, WARM_UP).duration_ms for function in functions.names}
        journey = Journey(functions, account, _say)
        journey.travel()
        return functions, cold, journey.calls
    finally:
        engine.remove_images_of_this_run()


def _report(functions: Functions, cold: dict[str, float], calls: dict[str, float]) -> int:
    """A table of times and sizes. 1 when a function was not called or is too big."""
    _say(f"\n{'function':<12} {'cold start, ms':>15} {'first call, ms':>15} {'unzipped, MB':>13}")
    code = 0
    for function in functions.names:
        call, size_mb = calls.get(function), functions.size_mb(function)
        shown = "never" if call is None else f"{call:.0f}"
        _say(f"{functions.stage(function):<12} {cold[function]:>15.0f} {shown:>15} {size_mb:>13.1f}")
        if call is None or size_mb > MOST_UNZIPPED_MB:
            code = 1
    _say("A cold start imports everything and connects; a first call does that and its work, in a fresh container.")
    _say(f"{'passed' if code == 0 else 'FAILED'}: at most {MOST_UNZIPPED_MB} MB of code and layers are allowed")
    return code


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    began = time.monotonic()
    outcome = main()
    _say(f"{time.monotonic() - began:.0f} s")
    sys.exit(outcome)
