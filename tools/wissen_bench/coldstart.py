"""Part `coldstart`: how long a new worker takes to reach its handler's first line."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen.stack.processes import clean_environment
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part

if TYPE_CHECKING:
    from wissen.stack.connection import Connection

NAME = "coldstart"
ROUNDS = 5
_PATIENCE_S = 60
_DOWNLOAD_PATIENCE_S = 60

#: What a new worker does: the layers and the code on the path, then the handler's module. Prints when it was done
#: on the clock that all processes of the machine share, and the processor time it took, in seconds.
_IMPORT = """
import sys, time
sys.path[:0] = {path!r}
import {module}
assert callable({module}.{function})
print(time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time())
"""


@dataclass(frozen=True)
class _Function:
    """A function as it was deployed and unpacked."""

    stage: str
    module: str
    entry: str
    path: tuple[str, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class _Start:
    wall_ms: float
    processor_ms: float


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    stack = context.stack
    with _unpacked(stack) as functions, progress.step(NAME, f"starting {len(functions)} functions {ROUNDS} times"):
        starts: dict[str, list[_Start]] = {function.stage: [] for function in functions}
        for number in range(ROUNDS + 1):
            for function in functions:
                start = _start(function)
                if number:  # the first round brings the files into memory
                    starts[function.stage].append(start)
    walls = {stage: quantiles.median([start.wall_ms for start in measured]) for stage, measured in starts.items()}
    for stage, wall in sorted(walls.items(), key=lambda item: -item[1]):
        processor = quantiles.median([start.processor_ms for start in starts[stage]])
        context.say(f"coldstart: {stage:<10} {wall:5.0f} ms, of which {processor:.0f} ms on a processor")
    return {"worst_p50_ms": max(walls.values())}


def _start(function: _Function) -> _Start:
    """From asking the system for a process to the handler being there to be called."""
    code = _IMPORT.format(path=list(function.path), module=function.module, function=function.entry)
    environment = clean_environment(**function.variables, LAMBDA_TASK_ROOT=function.path[-1])
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=function.path[-1],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise BenchFailed(NAME, f"{function.module} cannot be imported: {done.stderr.strip()[-500:]}")
    ready, processor = map(float, done.stdout.split())
    return _Start((ready - began) * 1000, processor * 1000)


@contextmanager
def _unpacked(stack: Connection) -> Iterator[Sequence[_Function]]:
    """Every deployed function, its code and layers unpacked as the emulator and Lambda do."""
    from wissen.stack.aws import client_of  # noqa: PLC0415 - boto3

    client = client_of("lambda", stack)
    with tempfile.TemporaryDirectory(prefix="wissen-coldstart-") as folder:
        layers: dict[str, str] = {}
        yield [
            _unpack(client, configured["FunctionName"], Path(folder), layers)
            for configured in client.list_functions()["Functions"]
        ]


def _unpack(client: Any, name: str, folder: Path, layers: dict[str, str]) -> _Function:
    deployed = client.get_function(FunctionName=name)
    configuration = deployed["Configuration"]
    code = folder / name
    _download(deployed["Code"]["Location"], code)
    for layer in configuration.get("Layers", []):
        if layer["Arn"] not in layers:
            target = folder / f"layer-{len(layers)}"
            _download(client.get_layer_version_by_arn(Arn=layer["Arn"])["Content"]["Location"], target)
            layers[layer["Arn"]] = str(target / "python")
    module, entry = configuration["Handler"].rsplit(".", 1)
    # The later of two layers is found first; the function's own code comes last.
    used = [layers[layer["Arn"]] for layer in reversed(configuration.get("Layers", []))]
    return _Function(
        stage=module.split(".")[0],
        module=module,
        entry=entry,
        path=(*used, str(code)),
        variables=configuration.get("Environment", {}).get("Variables", {}),
    )


def _download(url: str, target: Path) -> None:
    import httpx  # noqa: PLC0415

    try:
        reply = httpx.get(url, timeout=_DOWNLOAD_PATIENCE_S, trust_env=False).raise_for_status()
        with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
            archive.extractall(target)
    except (httpx.HTTPError, zipfile.BadZipFile, OSError) as error:
        raise BenchFailed(NAME, f"a deployed archive cannot be read ({type(error).__name__}: {error})") from error


PART = Part(
    name=NAME,
    figures=(Figure("worst_p50_ms", "a new worker to its handler's first line, the slowest function", at_most=500),),
    run=_run,
)
