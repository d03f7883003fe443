"""The stages' runtimes as their handlers make them, with the variables that the template sets."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import pytest
from tests.template_rules.template import Template

from knowledge.runtime.stage_runtime import StageRuntime

importlib.import_module("aws_xray_sdk.core")  # makes a UDP socket when first imported, though tracing is off here

_TEMPLATE = Template.read()
_FUNCTIONS = {_TEMPLATE.stage(function): function for function in _TEMPLATE.queue_sources()}
STAGES = sorted(_FUNCTIONS)
_VALUES = {
    "LOG_LEVEL": "INFO",
    "INGESTION_MODEL": "off",
    "QUERY_EXPANSION": "off",
    "RECOGNISER": "none",
    "FOLLOW_UPS": "model",
}


@cache
def runtime_of(stage: str) -> StageRuntime[Any, Any]:
    """Builds no services: they are made with a stage's first message."""
    given = {name: _VALUES.get(name, "360") for name in _TEMPLATE.environment(_FUNCTIONS[stage])}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in given.items():
            environment.setenv(name, value)
        runtime: StageRuntime[Any, Any] = importlib.import_module(f"{stage}.handler").runtime()
    return runtime
