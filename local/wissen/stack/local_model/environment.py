"""`.venvs/model`, the environment of the small language model's server: made when the profile is first chosen."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from wissen.stack import digests
from wissen.stack.errors import StackError, last_lines
from wissen.stack.state import Workspace


class ModelEnvironmentFailed(StackError):
    def __init__(self, step: str, log: Path) -> None:
        self.component = "model"
        self.log = log
        said = "\n".join(f"  {line}" for line in last_lines(log, 5))
        super().__init__(
            f"The model's environment could not be made: {step} failed. Log: {log}, which ends with:\n{said}\n"
            "Check that pip reaches its package index, then run `wissen up --profile local` again."
        )


def python(workspace: Workspace) -> Path:
    """Its interpreter."""
    return _folder(workspace) / "bin" / "python"


def lock_file(workspace: Workspace) -> Path:
    return workspace.root / "requirements" / "local-model.txt"


def is_current(workspace: Workspace) -> bool:
    """True if it holds exactly what the lock says."""
    mark = _mark(workspace)
    return mark.is_file() and mark.read_text() == _digest(workspace)


def ensure(workspace: Workspace) -> None:
    """Make it unless it is current; the mark is written last, so half an environment is never taken for one.

    Raises ModelEnvironmentFailed.
    """
    if is_current(workspace):
        return
    log = workspace.log("model-environment")
    _mark(workspace).unlink(missing_ok=True)
    venv.create(_folder(workspace), clear=True, with_pip=False, symlinks=True)
    options = ["--disable-pip-version-check", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    into = ["--python", str(python(workspace))]
    _run("pip install", ["-m", "pip", *into, "install", *options, "-r", str(lock_file(workspace))], log)
    _mark(workspace).write_text(_digest(workspace))


def _run(step: str, arguments: list[str], log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, *arguments], check=False, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    if done.returncode != 0:
        raise ModelEnvironmentFailed(step, log)


def _folder(workspace: Workspace) -> Path:
    return workspace.root / ".venvs" / "model"


def _mark(workspace: Workspace) -> Path:
    return _folder(workspace) / ".installed"


def _digest(workspace: Workspace) -> str:
    return digests.of_files([lock_file(workspace)], relative_to=workspace.root)
