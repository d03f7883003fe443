"""The SAM CLI in its own environment (`.venvs/sam`), unable to reach anything but the emulator."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from wissen.stack import emulator
from wissen.stack.errors import DeploymentFailed, ProgramMissing
from wissen.stack.ports import LOOPBACK
from wissen.stack.state import StackState, Workspace

_LOCAL = (LOOPBACK, "localhost")


class Sam:
    """Runs SAM for one stack. What it keeps is in `folder`, what it prints in `log`."""

    def __init__(self, workspace: Workspace, state: StackState) -> None:
        self.folder = workspace.folder / "sam"
        self.log = workspace.log("deploy")
        self._program = workspace.root / ".venvs" / "sam" / "bin" / "sam"
        self._temporary = workspace.temporary("sam")
        self._state = state

    def run(self, command: str, options: Sequence[str]) -> None:
        """Raises DeploymentFailed with the end of the log, ProgramMissing."""
        if not self._program.exists():
            raise ProgramMissing("application", self._program)
        for needed in (self.folder, self._temporary, self.log.parent):
            needed.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            result = subprocess.run(
                [str(self._program), command, *options],
                check=False,
                cwd=self.folder,  # SAM keeps downloaded dependencies in the folder it is called from
                env=self.environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if result.returncode:
            raise DeploymentFailed(f"sam {command}", f"exit code {result.returncode}", self.log)

    def environment(self, callers: Mapping[str, str]) -> dict[str, str]:
        """The caller's environment (network, pip) without anything that leads to a real AWS account."""
        inherited = {
            name: value
            for name, value in callers.items()
            if not name.startswith(("AWS_", "SAM_", "PYTHON")) and name != "VIRTUAL_ENV"
        }
        proxied = callers.get("no_proxy") or callers.get("NO_PROXY")
        direct = ",".join([*([proxied] if proxied else []), *_LOCAL])
        nowhere = str(self._temporary / "none")
        return inherited | {
            **emulator.credentials(self._state),
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_DEFAULT_REGION": self._state.region,
            "AWS_ENDPOINT_URL": emulator.url(self._state),
            "NO_PROXY": direct,
            "no_proxy": direct,
            # SAM builds with the first python3.11 on the path, and that one needs pip.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), callers["PATH"]]),
            "SAM_CLI_POLL_DELAY": "0.5",
            "SAM_CLI_TELEMETRY": "0",
            "TMPDIR": str(self._temporary),
            "__SAM_CLI_APP_DIR": str(self.folder / "settings"),
        }
