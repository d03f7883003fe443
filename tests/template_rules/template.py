"""Reads template.yaml: short intrinsics (`!Ref x`) become their long form (`{"Ref": "x"}`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
Properties = dict[str, Any]

FUNCTION = "AWS::Serverless::Function"
QUEUE = "AWS::SQS::Queue"
ALARM = "AWS::CloudWatch::Alarm"
LOG_GROUP = "AWS::Logs::LogGroup"
ROLE = "AWS::IAM::Role"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
STATE_MACHINE = "AWS::Serverless::StateMachine"
BUCKET = "AWS::S3::Bucket"


class _Loader(yaml.SafeLoader):
    """Safe YAML and CloudFormation's tags."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {name: value}


_Loader.add_multi_constructor("!", _intrinsic)


class Template:
    """A parsed template, with what the rules ask of it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def read(cls, path: Path = ROOT / "template.yaml") -> Template:
        return cls(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader))

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Logical id to properties of every resource of one type."""
        resources = self.document["Resources"].items()
        return {name: resource.get("Properties", {}) for name, resource in resources if resource["Type"] == kind}

    def properties(self, name: str) -> Properties:
        properties: Properties = self.document["Resources"][name]["Properties"]
        return properties

    def environment(self, function: str) -> dict[str, Any]:
        """The function's variables with the global ones below them."""
        shared = self.document["Globals"]["Function"]["Environment"]["Variables"]
        own = self.properties(function).get("Environment", {}).get("Variables", {})
        return {**shared, **own}

    def layers(self, function: str) -> list[str]:
        """Logical ids; SAM appends a function's own to the global ones."""
        shared = self.document["Globals"]["Function"].get("Layers", [])
        return [layer["Ref"] for layer in [*shared, *self.properties(function).get("Layers", [])]]

    def stage(self, function: str) -> str:
        """The package a function's handler is in."""
        return str(self.properties(function)["Handler"]).split(".", maxsplit=1)[0]

    def queue_sources(self) -> dict[str, tuple[str, Properties]]:
        """Function to (its queue, its event source)."""
        found: dict[str, tuple[str, Properties]] = {}
        for function, properties in self.of_type(FUNCTION).items():
            for event in properties.get("Events", {}).values():
                if event["Type"] == "SQS":
                    source = event["Properties"]
                    found[function] = (referred(source["Queue"]), source)
        return found

    def dead_letter_queue(self, queue: str) -> str | None:
        policy = self.properties(queue).get("RedrivePolicy")
        return referred(policy["deadLetterTargetArn"]) if policy else None

    def work_queues(self) -> list[str]:
        """Every queue but the dead-letter queues."""
        targets = {self.dead_letter_queue(queue) for queue in self.of_type(QUEUE)}
        return [queue for queue in self.of_type(QUEUE) if queue not in targets]

    def mapped(self, value: Any) -> list[Any]:
        """What a value can be: itself, or each row's entry of a mapping chosen by a parameter."""
        if isinstance(value, dict) and "Fn::FindInMap" in value:
            table, _, column = value["Fn::FindInMap"]
            return [row[column] for row in self.document["Mappings"][table].values()]
        return [value]


def referred(value: Any) -> str:
    """The logical id in a Ref or GetAtt; an empty string for anything else."""
    if isinstance(value, dict):
        if "Ref" in value:
            return str(value["Ref"])
        if "Fn::GetAtt" in value:
            return str(value["Fn::GetAtt"][0])
    return ""
