"""`sam local invoke`: one function, one event, one fresh container."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.template_rules.template import FUNCTION, ROOT, Template

from wissen.stack.connection import Connection

SAM = ROOT / ".venvs" / "sam" / "bin" / "sam"
MOST_UNZIPPED_MB = 150
PATIENCE_S = 300
_REPORT = re.compile(r"REPORT .*?(?:Init Duration: (?P<init>[\d.]+) ms\s+)?Duration: (?P<work>[\d.]+) ms", re.DOTALL)


class InvocationFailed(Exception):
    """A function did not do what it should; the message ends with what it said."""


@dataclass(frozen=True)
class Invocation:
    """`duration_ms` is from the runtime's start to the result; the container's own start is not in it."""

    result: Any
    duration_ms: float


def build_into(folder: Path, region: str) -> Path:
    """`sam build` of this checkout. Raises InvocationFailed."""
    command = [str(SAM), "build", "--template", str(ROOT / "template.yaml"), "--build-dir", str(folder), "--parallel"]
    command += ["--no-cached", "--skip-pull-image"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=_environment(region))
    if done.returncode:
        raise InvocationFailed(f"sam build failed:\n{_end_of(done)}")
    return folder


class Functions:
    """The functions of one build, called in containers of `image`."""

    def __init__(self, build: Path, image: str, folder: Path, connection: Connection) -> None:
        self._template = build / "template.yaml"
        self._parsed = Template.read(self._template)
        self._image = image
        self._folder = folder
        self._connection = connection
        self._variables = folder / "variables.json"

    @property
    def names(self) -> list[str]:
        return sorted(self._parsed.of_type(FUNCTION))

    def stage(self, function: str) -> str:
        return self._parsed.stage(function)

    def give(self, variables: dict[str, dict[str, str]]) -> None:
        """Environment variables by function, in place of those the template would compute."""
        self._variables.write_text(json.dumps(variables))
        self._variables.chmod(0o600)

    def size_mb(self, function: str) -> float:
        """Unzipped code and layers, in MB of 1024 * 1024 bytes, as Lambda counts them."""
        code = self._template.parent / self._parsed.properties(function)["CodeUri"]
        layers = [self._template.parent / self._content_of(layer) for layer in self._parsed.layers(function)]
        files: list[Path] = [file for folder in (code, *layers) for file in folder.rglob("*") if file.is_file()]
        return sum(int(file.stat().st_size) for file in files) / 1024**2

    def invoke(self, function: str, event: dict[str, Any]) -> Invocation:
        """Raises InvocationFailed."""
        path = self._folder / f"{function}.json"
        path.write_text(json.dumps(event))
        path.chmod(0o600)
        command = [str(SAM), "local", "invoke", function, "--template", str(self._template), "--event", str(path)]
        command += ["--env-vars", str(self._variables), "--invoke-image", self._image, "--skip-pull-image"]
        command += ["--layer-cache-basedir", str(self._folder), "--region", self._connection.region]
        # SAM asks which account it is in: the emulator answers at once, and nothing goes to a real one.
        environment = _environment(self._connection.region) | self._connection.aws_credentials
        environment["AWS_ENDPOINT_URL"] = self._connection.emulator_url
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=PATIENCE_S)
        report = _REPORT.search(done.stderr)
        if done.returncode or report is None:
            raise InvocationFailed(f"sam local invoke {function} failed:\n{_end_of(done)}")
        result = _last_json(done.stdout)
        if isinstance(result, dict) and "errorType" in result:
            raise InvocationFailed(
                f"{function} raised {result['errorType']}: {result.get('errorMessage')}\n{_end_of(done)}"
            )
        return Invocation(result, float(report["init"] or 0) + float(report["work"]))

    def _content_of(self, layer: str) -> str:
        return str(self._parsed.properties(layer)["ContentUri"])


def _environment(region: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SAM_"))}
    # No real account's key must ever get into a container.
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": region}
    # The layers' Makefiles want python3.11, and this environment has it.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**inherited, **keys, "SAM_CLI_TELEMETRY": "0", "PATH": path}


def _last_json(output: str) -> Any:
    lines = [line for line in output.splitlines() if line.strip()]
    return json.loads(lines[-1]) if lines else None


def _end_of(done: subprocess.CompletedProcess[str]) -> str:
    return f"{done.stdout[-1500:]}\n{done.stderr[-4000:]}"
