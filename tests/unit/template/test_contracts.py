"""Template and code say the same: layers, variables, routes, queues, outputs."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger
from tests.template_rules.template import FUNCTION, ROOT, Template, referred

from knowledge.bucket import PARSED_PREFIX, UPLOADS_PREFIX
from knowledge.environment import Settings
from knowledge.runtime.delivery import MAX_RECEIVES

TEMPLATE = Template.read()
FUNCTIONS = sorted(TEMPLATE.of_type(FUNCTION))
LAYER_OF_PACKAGE = {
    "grammar": "GrammarLayer",
    "knowledge": "KnowledgeLayer",
    "llmclient": "LlmClientLayer",
    "documents": "DocumentsLayer",
}
READ_BY_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
QUEUES = {
    "intent": "critical-intent",
    "validate": "high-validate",
    "retrieve": "medium-retrieve",
    "synthesize": "low-synthesize",
    "classify": "batch-classify",
    "extract": "batch-extract",
    "garden": "batch-garden",
}
"""DESIGN: the tier in a queue's name, and the one stage that works on it."""


def _imports(stage: str) -> Iterator[str]:
    """Top-level packages that a stage imports, also inside functions."""
    for path in (ROOT / "functions" / stage).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                yield node.module.split(".")[0]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_the_layers_it_imports_and_no_other(function: str) -> None:
    imported = set(_imports(TEMPLATE.stage(function)))
    # The domain is written in the grammar's terms, so that one is never without the other.
    needed = {layer for package, layer in LAYER_OF_PACKAGE.items() if package in imported | {"grammar"}}
    assert set(TEMPLATE.layers(function)) == needed


def test_every_stage_package_is_a_function() -> None:
    packages = {path.parent.name for path in (ROOT / "functions").glob("*/__init__.py")}
    assert {TEMPLATE.stage(function) for function in FUNCTIONS} == packages


def _settings_of(stage: str) -> type[Settings]:
    module = importlib.import_module(f"{stage}.settings")
    (model,) = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Settings) and value.__module__ == module.__name__
    ]
    return model


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_what_its_settings_read(function: str) -> None:
    fields = _settings_of(TEMPLATE.stage(function)).model_fields
    given = set(TEMPLATE.environment(function)) - READ_BY_POWERTOOLS
    required = {name.upper() for name, field in fields.items() if field.is_required()}
    assert required <= given
    assert given <= {name.upper() for name in fields}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_named_after_its_stage(function: str) -> None:
    stage = TEMPLATE.stage(function)
    properties = TEMPLATE.properties(function)
    assert properties["Handler"] == f"{stage}.handler.handle"
    assert properties["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-" + stage}
    assert TEMPLATE.environment(function)["POWERTOOLS_SERVICE_NAME"] == stage
    group = TEMPLATE.properties(referred(properties["LoggingConfig"]["LogGroup"]))
    assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}-{stage}"}


def test_each_tier_feeds_its_stage() -> None:
    found = {
        TEMPLATE.stage(function): TEMPLATE.properties(queue)["QueueName"]["Fn::Sub"]
        for function, (queue, _) in TEMPLATE.queue_sources().items()
    }
    assert found == {stage: "${AWS::StackName}-" + queue for stage, queue in QUEUES.items()}


@pytest.mark.parametrize("function", sorted(TEMPLATE.queue_sources()))
def test_a_worker_is_told_its_own_queue(function: str) -> None:
    queue, _ = TEMPLATE.queue_sources()[function]
    environment = TEMPLATE.environment(function)
    assert referred(environment["QUEUE_URL"]) == queue
    assert referred(environment["DEAD_LETTER_QUEUE_URL"]) == TEMPLATE.dead_letter_queue(queue)


def test_queues_and_runtime_agree_on_the_last_try() -> None:
    receives = {TEMPLATE.properties(queue)["RedrivePolicy"]["maxReceiveCount"] for queue in TEMPLATE.work_queues()}
    assert receives == {MAX_RECEIVES}


def test_the_bucket_announces_uploads_and_nothing_else() -> None:
    (bucket,) = TEMPLATE.of_type("AWS::S3::Bucket").values()
    (announced,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert announced["Event"] == "s3:ObjectCreated:*"
    assert referred(announced["Queue"]) == "BatchClassifyQueue"
    assert announced["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": f"{UPLOADS_PREFIX}/"}]


def test_functions_reach_only_their_part_of_the_bucket() -> None:
    reached = {
        (role, *sorted(_listed(statement["Action"])), resource.get("Fn::Sub", "the bucket itself"))
        for role, properties in TEMPLATE.of_type("AWS::IAM::Role").items()
        for statement in properties["Policies"][0]["PolicyDocument"]["Statement"]
        if any(action.startswith("s3:") for action in _listed(statement["Action"]))
        for resource in _listed(statement["Resource"])
    }
    uploads, parsed = (f"${{DocumentsBucket.Arn}}/{prefix}/*" for prefix in (UPLOADS_PREFIX, PARSED_PREFIX))
    assert reached == {
        ("ApiRole", "s3:PutObject", uploads),
        ("ApiRole", "s3:GetObject", parsed),
        ("ApiRole", "s3:DeleteObject", "s3:DeleteObjectVersion", uploads),
        ("ApiRole", "s3:DeleteObject", "s3:DeleteObjectVersion", parsed),
        ("ApiRole", "s3:ListBucket", "s3:ListBucketVersions", "the bucket itself"),
        ("ClassifyRole", "s3:GetObject", "s3:GetObjectVersion", uploads),
        ("ClassifyRole", "s3:PutObject", parsed),
        ("ExtractRole", "s3:GetObject", parsed),
        # Without it S3 answers 403 for an object that does not exist, and a missing file looks like an outage.
        ("ClassifyRole", "s3:ListBucket", "the bucket itself"),
        ("ExtractRole", "s3:ListBucket", "the bucket itself"),
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_read_the_secrets_it_is_told_of(function: str) -> None:
    role = TEMPLATE.properties(referred(TEMPLATE.properties(function)["Role"]))
    policies = [policy["PolicyDocument"] for policy in role["Policies"]]
    policies += [TEMPLATE.properties(referred(arn))["PolicyDocument"] for arn in role["ManagedPolicyArns"]]
    allowed = {
        referred(resource)
        for policy in policies
        for statement in policy["Statement"]
        if statement["Action"] == "secretsmanager:GetSecretValue"
        for resource in _listed(statement["Resource"])
    }
    told = {referred(value) for name, value in TEMPLATE.environment(function).items() if name.endswith("_SECRET_ARN")}
    assert allowed == told


def _routes() -> dict[tuple[str, str], dict[str, Any]]:
    events = TEMPLATE.properties("ApiFunction")["Events"].values()
    return {
        (event["Properties"]["Path"], event["Properties"]["Method"].upper()): event["Properties"] for event in events
    }


def test_the_api_has_the_routes_the_code_answers() -> None:
    from api.routes import build_app  # noqa: PLC0415 - the resolver takes a second to load
    from api.services import Services  # noqa: PLC0415

    schema = json.loads(build_app(cast(Services, None), Logger(service="api")).get_openapi_json_schema())
    answered = {(path, method.upper()) for path, methods in schema["paths"].items() for method in methods}
    assert {route for route in _routes() if route[1] != "OPTIONS"} == answered


def test_every_path_with_a_key_answers_a_browsers_preflight() -> None:
    routes = _routes()
    keyed = {path for (path, _), properties in routes.items() if "Auth" not in properties}
    open_to_all = {route for route, properties in routes.items() if properties.get("Auth") == {"Authorizer": "NONE"}}
    assert open_to_all == {("/v1/health", "GET"), *((path, "OPTIONS") for path in keyed)}


def test_gateway_answers_are_problem_documents() -> None:
    responses = TEMPLATE.properties("Api")["GatewayResponses"]
    assert {"UNAUTHORIZED", "ACCESS_DENIED", "THROTTLED", "DEFAULT_5XX"} <= responses.keys()
    for name, response in responses.items():
        problem = json.loads(response["ResponseTemplates"]["application/json"])
        assert problem["status"] == response["StatusCode"], name
        assert problem["request_id"] == "$context.requestId"
        assert response["ResponseParameters"]["Headers"]["Content-Type"] == "'application/problem+json'"


def test_the_stream_has_the_routes_its_function_knows() -> None:
    routes = TEMPLATE.of_type("AWS::ApiGatewayV2::Route").values()
    assert {route["RouteKey"] for route in routes} == {"$connect", "$disconnect", "$default", "subscribe"}
    assert {route["Target"]["Fn::Sub"] for route in routes} == {"integrations/${StreamIntegration}"}
    assert TEMPLATE.properties("StreamApi")["RouteSelectionExpression"] == "$request.body.action"
    assert TEMPLATE.properties("StreamIntegration")["IntegrationUri"]["Fn::Sub"].endswith(
        "/functions/${StreamFunction.Arn}/invocations"
    )
    settings = TEMPLATE.properties("StreamStage")["DefaultRouteSettings"]
    assert settings["DataTraceEnabled"] is False, "it would log what users are sent"


def test_only_who_tells_listeners_may_post_to_their_connections() -> None:
    telling = {"intent", "retrieve", "synthesize", "validate", "stream"}
    allowed = {
        role: (_listed(statement["Action"]), statement["Resource"]["Fn::Sub"])
        for role, properties in TEMPLATE.of_type("AWS::IAM::Role").items()
        for statement in properties["Policies"][0]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "TellListeners"
    }
    assert allowed.keys() == {f"{stage.title()}Role" for stage in telling}
    for actions, resource in allowed.values():
        assert actions == ["execute-api:ManageConnections"]
        assert resource.endswith(":${StreamApi}/${ApiStage}/POST/@connections/*")
    told = {TEMPLATE.stage(name) for name in FUNCTIONS if "STREAM_ENDPOINT" in TEMPLATE.environment(name)}
    assert told == telling


def test_outputs_name_the_stack_to_its_clients() -> None:
    queues = ["".join(word.title() for word in queue.split("-")) for queue in QUEUES.values()]
    expected = {"ApiId", "ApiStage", "ApiUrl", "DocumentsBucket", "QueryStateMachineArn", "StreamApiId", "StreamUrl"}
    expected |= {f"{queue}{kind}" for queue in queues for kind in ("QueueUrl", "DeadLetterQueueUrl")}
    outputs = TEMPLATE.document["Outputs"]
    assert {name for name, output in outputs.items() if "Condition" not in output} == expected
