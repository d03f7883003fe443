"""Builds one layer for `sam build`: the package and what it requires, made small and quick to import.

Called by the layer's Makefile (BuildMethod makefile) instead of SAM's own builder, because a layer is unpacked
and imported at every cold start, and that builder

* ships what Lambda's Python runtime has anyway (botocore alone is 2,000 files) and, in a layer that is only
  ever attached beside another, what the other one brings: both are left out here, the latter only when the two
  locks pin the same version;
* ships sources without bytecode, to be compiled at every cold start: here a dependency is bytecode only, which is
  as many files and imports in half the time, and our package is both, so that tracebacks show its lines;
* copies requirements.in and requirements.txt along.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import re
import shutil
import subprocess
import sys
from pathlib import Path

LAYERS = Path(__file__).resolve().parent
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html: boto3 and what it requires are in the runtime.
IN_THE_RUNTIME = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;\\]+)")


class LayerError(Exception):
    """A layer cannot be built from what its folder holds."""


def read_lock(path: Path) -> dict[str, tuple[str, str]]:
    """Name to (version, the requirement with its hashes) of a requirements.txt. Raises LayerError."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lock: dict[str, tuple[str, str]] = {}
    for line in filter(None, (line.split(" #")[0].strip() for line in text.splitlines())):
        pin = _PIN.match(line)
        if pin is None or "--hash=" not in line:
            raise LayerError(f"{path}: {line!r} is not an exact pin with a hash; compile the file again")
        lock[pin["name"].lower().replace("_", "-")] = (pin["version"], line)
    return lock


def requirements(layer: str, beside: str | None, layers: Path = LAYERS) -> list[str]:
    """The packages that `layer` must carry itself. Raises LayerError if its lock and that of `beside` disagree."""
    lock = read_lock(layers / layer / "requirements.txt")
    other = read_lock(layers / beside / "requirements.txt") if beside else {}
    for name in lock.keys() & other.keys():
        if lock[name][0] != other[name][0]:
            raise LayerError(
                f"{name} is {lock[name][0]} in {layer} but {other[name][0]} in {beside}; compile both locks again"
            )
    return [line for name, (_, line) in sorted(lock.items()) if name not in other and name not in IN_THE_RUNTIME]


def install(lines: list[str], target: Path, python: str) -> None:
    """Install exactly these, checked by hash, as wheels for Lambda's Linux on x86_64. Raises LayerError."""
    if not lines:
        return
    lock = target / "requirements.lock"
    lock.write_text("\n".join(lines) + "\n", encoding="utf-8")
    uv = LAYERS.parent / ".venv" / "bin" / "uv"
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version", python]
    options += ["--target", str(target), "--requirement", str(lock)]
    if uv.is_file():
        command = [str(uv), "pip", "install", "--quiet", "--python-platform", "x86_64-manylinux_2_28"]
    else:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--implementation", "cp"]
        for tag in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
            command += ["--platform", f"{tag}_x86_64"]
    # Layers are copied and zipped: a link into a cache outside would not survive that.
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"} | {"UV_LINK_MODE": "copy"}
    if subprocess.run([*command, *options], check=False, env=environment).returncode:  # noqa: S603 - our own words
        raise LayerError("the requirements could not be installed, see above")
    lock.unlink()


def shrink(target: Path, python: str) -> None:
    """Drop what nothing imports, and replace sources by bytecode when this interpreter makes the right kind."""
    for leftover in (target / "bin", target / ".lock", *target.glob("*-stubs")):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)
    sources = (path for kind in ("*.pyi", "*.c", "*.pyx", "*.pxd", "*.pxi") for path in target.rglob(kind))
    for unused in [*sources, *target.glob("*.dist-info/RECORD"), *target.rglob("*.pyc")]:
        unused.unlink()
    if python != THIS_PYTHON:
        return  # bytecode fits one minor version only
    for source in target.rglob("*.py"):
        try:
            py_compile.compile(
                str(source),
                cfile=str(source.with_suffix(".pyc")),
                dfile=source.relative_to(target).as_posix(),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError:
            continue  # a file for another Python version, never imported here
        source.unlink()


def add_package(layer: str, target: Path, python: str, layers: Path = LAYERS) -> None:
    """Copy our own package, sources and bytecode. Raises LayerError if there is none."""
    package = layers / layer / layer
    if not package.is_dir():
        raise LayerError(f"{package} does not exist; a layer's package is named as its folder")
    shutil.copytree(package, target / layer, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    if python == THIS_PYTHON:
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(target / layer, stripdir=str(target), quiet=1, invalidation_mode=mode)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layer", help="name of the folder below layers/, and of the package in it")
    parser.add_argument("artifacts", type=Path, help="the folder that SAM zips")
    parser.add_argument("--beside", help="a layer always attached together with this one")
    parser.add_argument("--python", default="3.11", help="the functions' Python version")
    options = parser.parse_args()
    target = options.artifacts / "python"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    try:
        install(requirements(options.layer, options.beside), target, options.python)
        shrink(target, options.python)
        add_package(options.layer, target, options.python)
    except LayerError as error:
        sys.stderr.write(f"layer {options.layer}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
