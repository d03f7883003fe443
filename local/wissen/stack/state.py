"""The private folder of one stack: chosen ports, generated secrets, running processes, last deployment.

A stack is its folder (`.wissen/` in the checkout, or WISSEN_STATE_DIR), so two folders are two stacks.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from wissen.stack.errors import NotACheckout, StateBusy, StateUnreadable

STATE_DIR_VARIABLE = "WISSEN_STATE_DIR"
_FORMAT = 1
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_LOCK_PATIENCE_S = 180.0
_LOCK_POLL_S = 0.1


@dataclass(frozen=True)
class ProcessRecord:
    """A process we started. `started` (seconds since the epoch) distinguishes it from a later one with its pid."""

    pid: int
    started: float
    fingerprint: str


@dataclass(frozen=True)
class Deployment:
    """The last deployment: a digest of everything that went in, and the stack's outputs."""

    digest: str
    outputs: dict[str, str]


@dataclass
class StackState:
    """The content of state.json."""

    region: str = "eu-central-1"
    ports: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    processes: dict[str, ProcessRecord] = field(default_factory=dict)
    deployment: Deployment | None = None
    api_key: str | None = None
    scratch: str | None = None  # folder of files that do not outlive the emulator
    profile: str = "offline"  # the models behind the aliases: see `profiles`
    allowed_origins: list[str] = field(default_factory=list)  # of the web clients that browsers may run
    providers: dict[str, str] = field(default_factory=dict)  # its keys and settings, with the profile cloud
    version: int = _FORMAT

    @classmethod
    def parse(cls, text: str) -> StackState:
        """Raises ValueError, TypeError or KeyError for anything but a state of this version."""
        content: dict[str, Any] = json.loads(text)
        if content["version"] != _FORMAT:
            raise ValueError(f"format {content['version']}, this version reads {_FORMAT}")
        processes = {name: ProcessRecord(**record) for name, record in content.pop("processes").items()}
        deployed = content.pop("deployment")
        return cls(**content, processes=processes, deployment=Deployment(**deployed) if deployed else None)

    def ensure_secret(self, name: str, prefix: str = "") -> None:
        """Generate the secret unless it exists. Letters, digits, `-` and `_` only: safe in any syntax."""
        self.secrets.setdefault(name, prefix + secrets.token_urlsafe(32))


class StateFile:
    """state.json while the lock is held. Threads change it through `change` only."""

    def __init__(self, file: Path, state: StackState) -> None:
        self._file = file
        self._state = state
        self._guard = threading.Lock()

    @property
    def state(self) -> StackState:
        return self._state

    def change(self, edit: Callable[[StackState], None]) -> None:
        """Apply `edit` and write the file as a whole, or not at all."""
        with self._guard:
            edit(self._state)
            write_private(self._file, json.dumps(asdict(self._state), indent=2, sort_keys=True))


@dataclass(frozen=True)
class Workspace:
    """The folders of one stack: `root` is the checkout, `folder` the private state folder."""

    root: Path
    folder: Path

    @classmethod
    def locate(cls, state_dir: Path | None = None) -> Workspace:
        """The workspace of this checkout; `state_dir` or WISSEN_STATE_DIR overrides the folder.

        Raises NotACheckout when the package was not installed from a checkout (`pip install -e .`).
        """
        root = Path(__file__).resolve().parents[3]
        if not (root / "pyproject.toml").is_file():
            raise NotACheckout(root)
        chosen = state_dir or os.environ.get(STATE_DIR_VARIABLE) or root / ".wissen"
        return cls(root=root, folder=Path(chosen).expanduser().resolve())

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        return self.folder / name

    def temporary(self, name: str) -> Path:
        return self.folder / "tmp" / name

    def read(self) -> StackState | None:
        """The state as last written; None when there is no stack. Raises StateUnreadable."""
        try:
            return StackState.parse(self.state_file.read_text())
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise StateUnreadable(self.state_file, str(error)) from error

    @contextmanager
    def locked(self, patience_s: float = _LOCK_PATIENCE_S, *, discard_unreadable: bool = False) -> Iterator[StateFile]:
        """Make the folder private and hold its lock; with `discard_unreadable`, begin with a new state
        where the file is damaged. Raises StateBusy, StateUnreadable.
        """
        with _exclusive(self.folder / "lock", patience_s):
            (self.folder / "logs").mkdir(exist_ok=True)
            yield self._open(discard_unreadable)

    def _open(self, discard_unreadable: bool) -> StateFile:
        try:
            state = self.read()
        except StateUnreadable:
            if not discard_unreadable:
                raise
            state = None
        return StateFile(self.state_file, state or StackState())

    def delete_temporary(self) -> None:
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def delete(self) -> None:
        """Remove the folder with everything in it. The caller has stopped what ran from it."""
        doomed = self.folder.with_name(f"{self.folder.name}.deleted-{os.getpid()}")
        self.folder.rename(doomed)  # at once, so that a command that waits begins with a new folder
        shutil.rmtree(doomed)


def write_private(file: Path, text: str) -> None:
    """Write a file only its owner may read, so that a reader sees the old or the new text, never half."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    draft.replace(file)


@contextmanager
def _exclusive(file: Path, patience_s: float) -> Iterator[None]:
    deadline = time.monotonic() + patience_s
    while True:
        with _open_in_private_folder(file) as handle:
            _acquire(handle.fileno(), file, deadline)
            if not _is_still(file, handle.fileno()):
                continue  # its last holder deleted the folder
            handle.truncate(0)
            handle.write(f"process {os.getpid()}")
            handle.flush()
            yield  # closing the file releases the lock, also when the process is killed
            return


def _open_in_private_folder(file: Path) -> TextIO:
    while True:
        try:
            file.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            file.parent.chmod(_PRIVATE_FOLDER)
            return open(os.open(file, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE), "r+")
        except FileNotFoundError:
            continue  # another command deleted the folder just now
        except FileExistsError:
            if file.parent.exists() and not file.parent.is_dir():
                raise
            continue  # it was there when it should be made, and gone when mkdir looked what it was


def _acquire(descriptor: int, file: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                holder = file.read_text().strip() or "unknown"
                raise StateBusy(file.parent, holder) from error
        time.sleep(_LOCK_POLL_S)


def _is_still(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False
