"""Failures of the stack on this machine. Each message names the part at fault and the next step.

StackError
├── NotACheckout        the command runs outside a checkout of the product
├── StateBusy           another command holds the state folder
├── StateUnreadable     state.json is damaged or of another version
├── StackNotRunning     a command needs the stack, and it is down
├── ComponentFailed     a process did not start, died, or does not answer
├── NoFreePort          none of the candidate ports can be listened on
├── ProgramMissing      an environment that `make install` makes is not there
├── MigrationFailed     a migration could not be applied
├── DeploymentFailed    build or deployment of the application failed
├── UnknownKey          no active API key with that id
├── UnknownModelKey     no active key of the model gateway with that id
├── UnknownAlias        the gateway serves no alias of that name
├── UnknownTeam         the organisation has no such team
├── UnknownMember       the user is not in that team
├── UnknownComponent    no part of the stack has that name
├── UnknownQueue        the stack has no queue of that name
├── UnknownDeadLetter   no given-up message has that id
└── StoreUnreachable    PostgreSQL refused the connection or a statement
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wissen.base.errors import WissenError

_TAIL_LINES = 15
_TAIL_BYTES = 16_384


class StackError(WissenError):
    """Any failure of the embedded stack; `component` and `log` say where, if a component is at fault."""

    component: str | None = None
    log: Path | None = None

    def details(self) -> dict[str, Any]:
        return {"component": self.component, "log": str(self.log) if self.log else None}


class NotACheckout(StackError):
    def __init__(self, looked_at: Path) -> None:
        super().__init__(
            f"{looked_at} holds no template.yaml. The embedded stack is started from a checkout: "
            "clone the repository and run `make install` in it."
        )


class StateBusy(StackError):
    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"Another wissen command ({holder}) is using {folder}. Wait until it ends, or stop it, and try again."
        )


class StateUnreadable(StackError):
    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"{file} cannot be used: {reason}. Restore it, or start afresh with "
            "`wissen down --purge`, which deletes the stack's data."
        )


class StackNotRunning(StackError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The stack is not running: {reason}. Start it with `wissen up`.")


class ComponentFailed(StackError):
    """`reason` completes the sentence "COMPONENT ..."; the end of the log is appended when there is one."""

    def __init__(self, component: str, reason: str, log: Path | None = None) -> None:
        self.component = component
        self.log = log
        super().__init__(f"{component} {reason}.{_log_excerpt(log)}")


class NoFreePort(StackError):
    def __init__(self, host: str) -> None:
        super().__init__(f"No free port was found on {host}. Close programs that listen on many ports.")


class ProgramMissing(StackError):
    def __init__(self, component: str, program: Path) -> None:
        self.component = component
        super().__init__(f"{component} needs {program}, which is not there. Run `make install` first.")


class MigrationFailed(StackError):
    def __init__(self, migration: str, reason: str) -> None:
        self.component = "postgres"
        super().__init__(f"Migration {migration} could not be applied: {reason}")


class DeploymentFailed(StackError):
    def __init__(self, step: str, reason: str, log: Path | None = None) -> None:
        self.component = "application"
        self.log = log
        super().__init__(f"{step} failed: {reason}.{_log_excerpt(log)}")


class UnknownKey(StackError):
    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no active key {key_id!r}. `wissen key list` shows the keys and their ids.")


class UnknownModelKey(StackError):
    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"There is no active key {key_id!r} of the model gateway. `wissen model-key list` shows them and their ids."
        )


class UnknownAlias(StackError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"The model gateway serves no alias {name!r}. A key can be limited to: {', '.join(known)}.")


class UnknownTeam(StackError):
    def __init__(self, team: str, organisation: str) -> None:
        super().__init__(
            f"The organisation {organisation!r} has no team {team!r}. `wissen team list` shows all teams, "
            "`wissen team create` makes one."
        )


class UnknownMember(StackError):
    def __init__(self, user: str, team: str) -> None:
        super().__init__(f"{user} is not in the team {team!r}. `wissen team list` shows who is.")


class UnknownComponent(StackError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no component {name!r}. The stack consists of {', '.join(known)}.")


class UnknownQueue(StackError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no queue {name!r}. The stack has: {', '.join(known)}.")


class UnknownDeadLetter(StackError):
    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"No message {identifier!r} was given up, or it has been sent again. `wissen dlq list` shows the ids."
        )


class StoreUnreachable(StackError):
    def __init__(self, reason: str) -> None:
        self.component = "postgres"
        super().__init__(f"PostgreSQL refused: {reason}. `wissen status` shows whether it runs.")


def last_lines(log: Path, lines: int = _TAIL_LINES) -> list[str]:
    """The end of a log file; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def _log_excerpt(log: Path | None) -> str:
    if log is None:
        return ""
    excerpt = "\n".join(f"  {line}" for line in last_lines(log))
    return f" Log: {log}" + (f", which ends with:\n{excerpt}" if excerpt else " (empty)")
