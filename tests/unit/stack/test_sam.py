from __future__ import annotations

from pathlib import Path

import pytest

from wissen.stack import emulator
from wissen.stack.errors import ProgramMissing
from wissen.stack.sam import Sam
from wissen.stack.state import StackState, Workspace


@pytest.fixture
def sam(tmp_path: Path) -> Sam:
    state = StackState(ports={"emulator": 24566})
    emulator.ensure_key(state)
    return Sam(Workspace(root=tmp_path, folder=tmp_path / "state"), state)


def test_sam_can_reach_nothing_but_the_emulator(sam: Sam) -> None:
    callers = {
        "PATH": "/usr/bin",
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_CLOUDFORMATION": "https://cloudformation.eu-central-1.amazonaws.com",
        "SAM_CLI_TELEMETRY": "1",
    }
    given = sam.environment(callers)

    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:24566"
    assert given["AWS_ACCESS_KEY_ID"].startswith("WISSEN")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_CLOUDFORMATION"} & set(given)
    assert not Path(given["AWS_CONFIG_FILE"]).exists()
    assert not Path(given["AWS_SHARED_CREDENTIALS_FILE"]).exists()
    assert given["SAM_CLI_TELEMETRY"] == "0"


def test_the_way_to_package_indexes_stays_and_the_emulator_is_never_proxied(sam: Sam) -> None:
    callers = {"PATH": "/usr/bin", "HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "intern", "SSL_CERT_FILE": "/ca.pem"}
    given = sam.environment(callers)

    assert given["HTTPS_PROXY"] == "http://proxy:3128"
    assert given["SSL_CERT_FILE"] == "/ca.pem"
    assert given["NO_PROXY"] == given["no_proxy"] == "intern,127.0.0.1,localhost"


def test_a_missing_environment_says_what_to_run(sam: Sam) -> None:
    with pytest.raises(ProgramMissing, match=r"\.venvs/sam/bin/sam.*make install"):
        sam.run("build", [])
