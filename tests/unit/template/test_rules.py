"""template.yaml keeps our rules, and each rule notices when it is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.template_rules import rules
from tests.template_rules.template import Template

TEMPLATE = Template.read()
Resources = dict[str, Any]


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(rule: rules.Rule) -> None:
    assert list(rule(TEMPLATE)) == []


def _unset(resource: str, *path: str) -> Callable[[Resources], None]:
    """Remove one property."""

    def mutate(resources: Resources) -> None:
        holder = resources[resource]
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]

    return mutate


def _set(value: Any, resource: str, *path: str) -> Callable[[Resources], None]:
    """Give one property another value."""

    def mutate(resources: Resources) -> None:
        holder = resources[resource]
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = value

    return mutate


def _remove(resource: str) -> Callable[[Resources], None]:
    def mutate(resources: Resources) -> None:
        del resources[resource]

    return mutate


def _statement(role: str, sid: str, key: str, value: Any) -> Callable[[Resources], None]:
    """Change one statement of a role."""

    def mutate(resources: Resources) -> None:
        properties = resources[role]["Properties"]
        policies = properties.get("Policies") or [properties]
        (found,) = [
            statement
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Sid"] == sid
        ]
        found[key] = value

    return mutate


SOURCE = ("IntentFunction", "Properties", "Events", "Queue", "Properties")
CLOSED = ("DocumentsBucket", "Properties", "PublicAccessBlockConfiguration", "RestrictPublicBuckets")
DENY_REST = ("DocumentsBucketPolicy", "Properties", "PolicyDocument", "Statement")

BROKEN: list[tuple[rules.Rule, Callable[[Resources], None], str]] = [
    (
        rules.functions_have_log_groups,
        _unset("GardenFunction", "Properties", "LoggingConfig"),
        "GardenFunction has no log group",
    ),
    (
        rules.functions_have_log_groups,
        _unset("ApiLogGroup", "Properties", "RetentionInDays"),
        "ApiLogGroup keeps its logs for ever",
    ),
    (
        rules.functions_have_log_groups,
        _set({"Ref": "ApiLogGroup"}, "IntentFunction", "Properties", "LoggingConfig", "LogGroup"),
        "ApiLogGroup is shared",
    ),
    (
        rules.functions_have_log_groups,
        _unset("QueryStateMachine", "Properties", "Logging"),
        "QueryStateMachine has no log group",
    ),
    (
        rules.queues_have_dead_letter_queues,
        _unset("BatchExtractQueue", "Properties", "RedrivePolicy"),
        "BatchExtractQueue has no dead-letter queue",
    ),
    (
        rules.queues_have_dead_letter_queues,
        _set(5, "HighValidateQueue", "Properties", "RedrivePolicy", "maxReceiveCount"),
        "HighValidateQueue gives up after 5 tries",
    ),
    (
        rules.queues_have_dead_letter_queues,
        _set(345600, "HighValidateDeadLetterQueue", "Properties", "MessageRetentionPeriod"),
        "HighValidateDeadLetterQueue does not keep messages for 14 days",
    ),
    (
        rules.queues_have_dead_letter_queues,
        _set(
            {"Fn::GetAtt": ["CriticalIntentDeadLetterQueue", "Arn"]},
            "HighValidateQueue",
            "Properties",
            "RedrivePolicy",
            "deadLetterTargetArn",
        ),
        "CriticalIntentDeadLetterQueue serves two queues",
    ),
    (
        rules.queues_are_encrypted,
        _unset("BatchGardenDeadLetterQueue", "Properties", "SqsManagedSseEnabled"),
        "BatchGardenDeadLetterQueue is not encrypted",
    ),
    (
        rules.queues_outlast_their_function,
        _set(61, "SynthesizeFunction", "Properties", "Timeout"),
        "LowSynthesizeQueue shows a message again after 360 s",
    ),
    (
        rules.queues_have_alarms,
        _remove("MediumRetrieveAgeAlarm"),
        "no alarm watches ApproximateAgeOfOldestMessage of MediumRetrieveQueue",
    ),
    (
        rules.queues_have_alarms,
        _remove("MediumRetrieveDepthAlarm"),
        "no alarm watches ApproximateNumberOfMessagesVisible of MediumRetrieveQueue",
    ),
    (
        rules.queues_have_alarms,
        _set(10, "BatchClassifyDeadLetterAlarm", "Properties", "Threshold"),
        "no alarm tells of the first message in the dead-letter queue of BatchClassifyQueue",
    ),
    (
        rules.queues_have_alarms,
        _set("NumberOfMessagesSent", "BatchClassifyDeadLetterAlarm", "Properties", "MetricName"),
        "BatchClassifyDeadLetterAlarm watches NumberOfMessagesSent",
    ),
    (
        rules.event_sources_are_bounded,
        _unset(*SOURCE, "FunctionResponseTypes"),
        "IntentFunction does not report which message",
    ),
    (rules.event_sources_are_bounded, _unset(*SOURCE, "BatchSize"), "IntentFunction does not say how many"),
    (
        rules.event_sources_are_bounded,
        _unset(*SOURCE, "ScalingConfig"),
        "IntentFunction has no MaximumConcurrency",
    ),
    (
        rules.event_sources_are_bounded,
        _set({"Ref": "Scale"}, *SOURCE, "ScalingConfig", "MaximumConcurrency"),
        "IntentFunction has no MaximumConcurrency",
    ),
    (rules.event_sources_are_bounded, _remove("GardenFunction"), "BatchGardenQueue has 0 consumers"),
    (
        rules.policies_name_what_they_allow,
        _statement("ClassifyRole", "FeedNextStage", "Resource", "*"),
        "ClassifyRole: FeedNextStage names no resource",
    ),
    (
        rules.policies_name_what_they_allow,
        _statement("BaselinePolicy", "ReadDatabaseSecret", "Resource", "*"),
        "BaselinePolicy: ReadDatabaseSecret names no resource",
    ),
    (
        rules.policies_name_what_they_allow,
        _statement("ApiRole", "SignUpload", "Action", ["s3:*"]),
        "ApiRole: SignUpload allows s3:*",
    ),
    (
        rules.functions_have_roles_of_their_own,
        _unset("RetrieveFunction", "Properties", "Role"),
        "RetrieveFunction has no role",
    ),
    (
        rules.functions_have_roles_of_their_own,
        _set({"Fn::GetAtt": ["ApiRole", "Arn"]}, "RetrieveFunction", "Properties", "Role"),
        "ApiRole is shared",
    ),
    (
        rules.functions_have_roles_of_their_own,
        _set([], "RetrieveFunction", "Properties", "Policies"),
        "RetrieveFunction has Policies",
    ),
    (
        rules.functions_have_roles_of_their_own,
        _set(["arn:aws:iam::aws:policy/AmazonS3FullAccess"], "ApiRole", "Properties", "ManagedPolicyArns"),
        "ApiRole has the managed policy arn:aws:iam::aws:policy/AmazonS3FullAccess",
    ),
    (
        rules.workers_may_do_their_work,
        _statement("GardenRole", "ConsumeOwnQueue", "Action", ["sqs:ReceiveMessage", "sqs:DeleteMessage"]),
        "GardenRole may not sqs:ChangeMessageVisibility, sqs:GetQueueAttributes on BatchGardenQueue",
    ),
    (
        rules.workers_may_do_their_work,
        _statement("GardenRole", "GiveUpPoisonMessage", "Action", "sqs:GetQueueUrl"),
        "GardenRole may not move a message of BatchGardenQueue to its dead letters",
    ),
    (
        rules.workers_may_do_their_work,
        _statement("ClassifyRole", "FeedNextStage", "Action", ["sqs:SendMessage", "sqs:ReceiveMessage"]),
        "ClassifyRole may receive from BatchExtractQueue",
    ),
    (rules.buckets_are_private, _set(False, *CLOSED), "DocumentsBucket can be made public"),
    (
        rules.buckets_are_private,
        _unset("DocumentsBucket", "Properties", "BucketEncryption"),
        "DocumentsBucket is not encrypted",
    ),
    (
        rules.buckets_are_private,
        _set("Suspended", "DocumentsBucket", "Properties", "VersioningConfiguration", "Status"),
        "DocumentsBucket loses what is overwritten",
    ),
    (rules.buckets_are_private, _unset("DocumentsBucket", "DeletionPolicy"), "DocumentsBucket goes with the stack"),
    (rules.buckets_are_private, _set([], *DENY_REST), "DocumentsBucket can be read without TLS"),
]


@pytest.mark.parametrize(("rule", "mutate", "fault"), BROKEN, ids=[fault for _, _, fault in BROKEN])
def test_a_broken_template_is_noticed(rule: rules.Rule, mutate: Callable[[Resources], None], fault: str) -> None:
    broken = Template(copy.deepcopy(TEMPLATE.document))
    mutate(broken.document["Resources"])
    found = list(rule(broken))
    assert any(sentence.startswith(fault) for sentence in found), found


def test_every_rule_is_broken_by_some_mutation() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(rules.ALL)
