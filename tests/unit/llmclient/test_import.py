"""What importing the client costs: a stage that answers by pattern must not pay for the SDK."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).parents[3] / "layers" / "llmclient"


def modules_after(statement: str) -> set[str]:
    program = f"import sys; sys.path.insert(0, {str(LAYER)!r}); {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_imports_neither_the_sdk_nor_its_http_library() -> None:
    heavy = {"openai", "httpx2", "pydantic", "knowledge", "documents"}
    assert not modules_after("import llmclient") & heavy


def test_making_a_client_imports_nothing_heavy_either() -> None:
    made = modules_after("import llmclient; llmclient.Client(base_url='http://x', api_key='y')")
    assert not made & {"openai", "httpx2", "pydantic"}


def test_preloading_imports_the_sdk_in_the_background() -> None:
    waited = (
        "import llmclient, threading; llmclient.Client(base_url='http://x', api_key='y').preload(); "
        "[t.join() for t in threading.enumerate() if t.name == 'llmclient-preload']"
    )
    assert "openai" in modules_after(waited)
