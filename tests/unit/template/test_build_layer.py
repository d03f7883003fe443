"""What goes into a layer, and what its Makefile is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from layers import build_layer
from layers.build_layer import THIS_PYTHON, LayerError
from tests.template_rules.template import ROOT, Template

LAYERS = ("grammar", "knowledge", "llmclient", "documents")
HASH = "--hash=sha256:" + "0" * 64


def _lock(folder: Path, layer: str, *pins: str) -> None:
    (folder / layer).mkdir()
    lines = [f"{pin} \\\n    {HASH}" for pin in pins]
    (folder / layer / "requirements.txt").write_text("\n".join(lines) + "\n")


def test_what_the_runtime_has_stays_out(tmp_path: Path) -> None:
    _lock(tmp_path, "knowledge", "botocore==1.2.3", "psycopg[binary]==3.1", "urllib3==2.0")
    assert build_layer.requirements("knowledge", None, tmp_path) == [f"psycopg[binary]==3.1      {HASH}"]


def test_what_the_layer_beside_it_brings_stays_out(tmp_path: Path) -> None:
    _lock(tmp_path, "knowledge", "pydantic==2.0")
    _lock(tmp_path, "llmclient", "openai==3.0", "pydantic==2.0")
    (line,) = build_layer.requirements("llmclient", "knowledge", tmp_path)
    assert line.startswith("openai==3.0")


def test_two_versions_of_one_package_are_refused(tmp_path: Path) -> None:
    _lock(tmp_path, "knowledge", "pydantic==2.0")
    _lock(tmp_path, "llmclient", "pydantic==2.1")
    with pytest.raises(LayerError, match=r"pydantic is 2\.1 in llmclient but 2\.0 in knowledge"):
        build_layer.requirements("llmclient", "knowledge", tmp_path)


@pytest.mark.parametrize("pin", ["pydantic>=2.0", "pydantic==2.0"])
def test_a_loose_or_unhashed_pin_is_refused(tmp_path: Path, pin: str) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "requirements.txt").write_text(f"{pin}\n")
    with pytest.raises(LayerError, match="not an exact pin with a hash"):
        build_layer.requirements("knowledge", None, tmp_path)


def test_a_layer_without_its_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    with pytest.raises(LayerError, match="does not exist"):
        build_layer.add_package("knowledge", tmp_path / "out", "3.11", tmp_path)


def test_dependencies_become_bytecode_and_our_package_stays_readable(tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "dependency").mkdir(parents=True)
    (target / "dependency" / "__init__.py").write_text("ANSWER = 42\n")
    for name in ("typed.pyi", "compiled.c", "compiled.pyx"):
        (target / "dependency" / name).write_text("ANSWER: int\n")
    (tmp_path / "knowledge" / "knowledge").mkdir(parents=True)
    (tmp_path / "knowledge" / "knowledge" / "__init__.py").write_text("ours = True\n")
    build_layer.shrink(target, THIS_PYTHON)
    build_layer.add_package("knowledge", target, THIS_PYTHON, tmp_path)
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert "dependency/__init__.pyc" in files
    assert "dependency/__init__.py" not in files
    assert not {"dependency/typed.pyi", "dependency/compiled.c", "dependency/compiled.pyx"} & files
    assert "knowledge/__init__.py" in files
    assert any(re.fullmatch(r"knowledge/__pycache__/__init__\..*\.pyc", name) for name in files)


def test_bytecode_of_another_python_is_not_made(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "module.py").write_text("ANSWER = 42\n")
    build_layer.shrink(target, "2.7")
    assert [path.name for path in target.iterdir()] == ["module.py"]


@pytest.mark.parametrize("layer", LAYERS)
def test_our_layers_lock_and_makefile_are_usable(layer: str) -> None:
    makefile = (ROOT / "layers" / layer / "Makefile").read_text()
    beside = re.search(r"^OPTIONS := --beside (\w+)$", makefile, re.MULTILINE)
    assert re.search(rf"^LAYER := {layer}$", makefile, re.MULTILINE)
    names = {line.split("==")[0] for line in build_layer.requirements(layer, beside[1] if beside else None)}
    assert names
    assert not names & build_layer.IN_THE_RUNTIME


def test_a_layer_that_leans_on_another_is_never_attached_without_it() -> None:
    template = Template.read()
    shared = {layer["Ref"] for layer in template.document["Globals"]["Function"]["Layers"]}
    assert shared == {"GrammarLayer", "KnowledgeLayer"}
