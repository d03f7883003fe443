"""The Docker engine, and an image like Lambda's own Python one, made from Debian because no registry is asked."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = "bookworm"  # its Python is 3.11, as is Lambda's runtime python3.11
REPOSITORY = "wissen/lambda-python"
_LABEL = "wissen.sam-local.run"
_LOCK = Path(__file__).with_name("requirements.txt")
_BOOTSTRAP = """#!/bin/sh
# The order of AWS: the function's code, its layers, what the runtime has.
export PYTHONPATH=/var/task:/opt/python:/var/runtime
exec /usr/bin/python3 -m awslambdaric "$_HANDLER"
"""
_UNNEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
_CHANGES = (
    "WORKDIR /var/task",
    "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
    'ENTRYPOINT ["/var/runtime/bootstrap"]',
)


class Unavailable(Exception):
    """This machine lacks something; the message says what, and how to get it."""


def require() -> None:
    """Raises Unavailable unless a Docker engine answers."""
    if shutil.which("docker") is None:
        raise Unavailable("there is no docker command: apt-get install docker.io debootstrap")
    if _docker("info", check=False).returncode:
        raise Unavailable("no Docker engine answers: start it (dockerd &, or systemctl start docker)")


def bridge_address() -> str:
    """The address of this machine that containers reach. Raises Unavailable."""
    configuration = json.loads(_docker("network", "inspect", "bridge").stdout)[0]["IPAM"]["Config"]
    if not configuration:
        raise Unavailable("Docker's network 'bridge' has no addresses")
    # Docker gives itself the network's first address, and says so only once a container has run.
    subnet = ipaddress.ip_network(configuration[0]["Subnet"])
    return str(configuration[0].get("Gateway") or next(subnet.hosts()))


def base_image() -> str:
    """Name of the image; made first if there is none of these contents (about a minute). Raises Unavailable."""
    recipe = "\n".join([SUITE, _BOOTSTRAP, *_UNNEEDED, *_CHANGES, _LOCK.read_text()])
    image = f"{REPOSITORY}:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if _docker("image", "inspect", image, check=False).returncode:
        _make(image)
    return image


def derived_image(image: str, variables: dict[str, str]) -> str:
    """`image` with environment variables, because SAM passes only those that the template names. Its name."""
    name = f"{REPOSITORY}:run-{os.getpid()}"
    lines = [f"FROM {image}", f"LABEL {_LABEL}={os.getpid()}"]
    lines += [f'ENV {key}="{value}"' for key, value in variables.items()]
    _docker("build", "--tag", name, "-", stdin="\n".join(lines).encode())
    return name


def remove_images_of_this_run() -> None:
    """The derived image, and what SAM made of it for the functions: they inherit its label."""
    left: set[str] = set()
    while (found := _images_of_this_run()) and found != left:  # one that others are made of goes after them
        left = found
        for image in found:
            _docker("image", "rm", "--force", image, check=False)


def _images_of_this_run() -> set[str]:
    listed = _docker("image", "ls", "--all", "--quiet", "--filter", f"label={_LABEL}={os.getpid()}")
    return set(listed.stdout.decode().split())


def _make(image: str) -> None:
    if shutil.which("debootstrap") is None:
        raise Unavailable("there is no debootstrap: apt-get install docker.io debootstrap")
    if os.geteuid() != 0:
        raise Unavailable("debootstrap needs root for making the base image once: sudo make sam-local")
    with tempfile.TemporaryDirectory(prefix="wissen-base-image-") as folder:
        root = Path(folder) / "root"
        _run(["debootstrap", "--variant=minbase", "--include=python3,ca-certificates", SUITE, str(root)])
        _add_runtime(root / "var" / "runtime")
        (root / "var" / "task").mkdir()
        for unneeded in _UNNEEDED:
            shutil.rmtree(root / unneeded, ignore_errors=True)
        archive = Path(folder) / "root.tar"
        _run(["tar", "--create", "--file", str(archive), "--directory", str(root), "."])
        _docker("import", *(part for change in _CHANGES for part in ("--change", change)), str(archive), image)


def _add_runtime(runtime: Path) -> None:
    """Lambda's runtime interface client and boto3, compiled as AWS ships them."""
    runtime.mkdir()
    uv = Path(sys.executable).with_name("uv")
    options = ["--quiet", "--require-hashes", "--only-binary=:all:", "--python-version", "3.11"]
    _run([str(uv), "pip", "install", *options, "--target", str(runtime), "--requirement", str(_LOCK)])
    mode = ["--invalidation-mode", "unchecked-hash", "-s", str(runtime), "-p", "/var/runtime"]
    _run([sys.executable, "-m", "compileall", "-q", "-j", "0", *mode, str(runtime)])
    bootstrap = runtime / "bootstrap"
    bootstrap.write_text(_BOOTSTRAP)
    bootstrap.chmod(0o755)


def _docker(*words: str, stdin: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
    # The classic builder needs no plug-in.
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    done = subprocess.run(["docker", *words], check=False, capture_output=True, input=stdin, env=environment)
    if check and done.returncode:
        raise Unavailable(f"docker {words[0]} failed: {done.stderr.decode().strip()[-2000:]}")
    return done


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} failed: {done.stdout.decode(errors='replace').strip()[-2000:]}")
