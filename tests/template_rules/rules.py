"""One rule each: a template in, a sentence per fault out. `ALL` is what the tests run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.template_rules.template import (
    ALARM,
    BUCKET,
    FUNCTION,
    LOG_GROUP,
    MANAGED_POLICY,
    QUEUE,
    ROLE,
    STATE_MACHINE,
    Properties,
    Template,
    referred,
)

Rule = Callable[[Template], Iterator[str]]

MAX_RECEIVE_COUNT = 3
FOURTEEN_DAYS = 1_209_600
VISIBILITY_FACTOR = 6
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: six times the function's timeout."""
LEAST_CONCURRENCY = 2
"""The least MaximumConcurrency that Lambda accepts."""

STAR_ALLOWED = {
    ("BaselinePolicy", "Trace"): "X-Ray has no resource types",
    ("QueryRole", "Trace"): "X-Ray has no resource types",
    ("ClassifyRole", "ReadScans"): "Textract has no resource types",
    ("QueryRole", "DeliverLog"): "log deliveries have no resource types",
    ("NetworkPolicy", "AttachToNetwork"): "Lambda refuses a role that may do this for some interfaces only",
}
"""Statements that may name every resource, and why AWS leaves no choice."""


def functions_have_log_groups(template: Template) -> Iterator[str]:
    """Each function and state machine logs to a group of its own, which forgets after a while."""
    groups: dict[str, str] = {}
    for function, properties in template.of_type(FUNCTION).items():
        groups[function] = referred(properties.get("LoggingConfig", {}).get("LogGroup"))
    for machine, properties in template.of_type(STATE_MACHINE).items():
        destinations = properties.get("Logging", {}).get("Destinations", [{}])
        groups[machine] = referred(destinations[0].get("CloudWatchLogsLogGroup", {}).get("LogGroupArn"))
    known = template.of_type(LOG_GROUP)
    for owner, group in groups.items():
        if group not in known:
            yield f"{owner} has no log group of this template"
        elif "RetentionInDays" not in known[group]:
            yield f"{group} keeps its logs for ever"
        elif list(groups.values()).count(group) > 1:
            yield f"{group} is shared by more than {owner}"


def queues_have_dead_letter_queues(template: Template) -> Iterator[str]:
    """A message ends in a queue of its own after three tries, and stays there for 14 days."""
    targets: list[str] = []
    for queue in template.work_queues():
        target = template.dead_letter_queue(queue)
        if target is None:
            yield f"{queue} has no dead-letter queue"
            continue
        targets.append(target)
        receives = template.properties(queue)["RedrivePolicy"]["maxReceiveCount"]
        if receives != MAX_RECEIVE_COUNT:
            yield f"{queue} gives up after {receives} tries, not {MAX_RECEIVE_COUNT}"
        if template.properties(target).get("MessageRetentionPeriod") != FOURTEEN_DAYS:
            yield f"{target} does not keep messages for 14 days"
    yield from (f"{target} serves two queues" for target in set(targets) if targets.count(target) > 1)


def queues_are_encrypted(template: Template) -> Iterator[str]:
    for queue, properties in template.of_type(QUEUE).items():
        if properties.get("SqsManagedSseEnabled") is not True:
            yield f"{queue} is not encrypted"


def queues_outlast_their_function(template: Template) -> Iterator[str]:
    """A message stays invisible for at least six times its function's timeout."""
    for function, (queue, _) in template.queue_sources().items():
        timeout = template.properties(function)["Timeout"]
        visibility = template.properties(queue).get("VisibilityTimeout", 30)
        if visibility < VISIBILITY_FACTOR * timeout:
            yield f"{queue} shows a message again after {visibility} s, while {function} may run for {timeout} s"


def queues_have_alarms(template: Template) -> Iterator[str]:
    """On depth and age, and on the depth of the dead-letter queue from its first message on."""
    watched: dict[tuple[str, str], Properties] = {}
    for alarm, properties in template.of_type(ALARM).items():
        if properties["MetricName"] == "NumberOfMessagesSent":
            yield f"{alarm} watches NumberOfMessagesSent, which stays silent when SQS moves a message"
        for dimension in properties["Dimensions"]:
            watched[referred(dimension["Value"]), properties["MetricName"]] = properties
    for queue in template.work_queues():
        for metric in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"):
            if (queue, metric) not in watched:
                yield f"no alarm watches {metric} of {queue}"
        dead = template.dead_letter_queue(queue)
        alarm_on_dead = watched.get((dead or "", "ApproximateNumberOfMessagesVisible"))
        if alarm_on_dead is None or alarm_on_dead["Threshold"] != 0:
            yield f"no alarm tells of the first message in the dead-letter queue of {queue}"


def event_sources_are_bounded(template: Template) -> Iterator[str]:
    """Each reports single failures and bounds its workers by a number, whatever the scale."""
    served: list[str] = []
    for function, (queue, source) in template.queue_sources().items():
        served.append(queue)
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{function} does not report which message of a batch failed"
        if "BatchSize" not in source:
            yield f"{function} does not say how many messages it takes at once"
        for most in template.mapped(source.get("ScalingConfig", {}).get("MaximumConcurrency")):
            # A reference to a parameter would reach the emulator as text and stop every event source there.
            if not isinstance(most, int) or most < LEAST_CONCURRENCY:
                yield f"{function} has no MaximumConcurrency that is a number of at least {LEAST_CONCURRENCY}"
    for queue in template.work_queues():
        if served.count(queue) != 1:
            yield f"{queue} has {served.count(queue)} consumers"


def _statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    for role, properties in template.of_type(ROLE).items():
        for policy in properties.get("Policies", []):
            yield from ((role, statement) for statement in policy["PolicyDocument"]["Statement"])
    for policy_name, properties in template.of_type(MANAGED_POLICY).items():
        yield from ((policy_name, statement) for statement in properties["PolicyDocument"]["Statement"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies_name_what_they_allow(template: Template) -> Iterator[str]:
    """No wildcard action, and a wildcard resource only where AWS knows no other."""
    for owner, statement in _statements(template):
        sid = statement.get("Sid", "?")
        yield from (f"{owner}: {sid} allows {action}" for action in _listed(statement["Action"]) if "*" in action)
        if "*" in _listed(statement["Resource"]) and (owner, sid) not in STAR_ALLOWED:
            yield f"{owner}: {sid} names no resource"


def functions_have_roles_of_their_own(template: Template) -> Iterator[str]:
    """Without one, SAM attaches managed policies that reach every queue and log group of the account."""
    roles: list[str] = []
    for function, properties in template.of_type(FUNCTION).items():
        role = referred(properties.get("Role"))
        if role not in template.of_type(ROLE):
            yield f"{function} has no role of this template"
            continue
        if role in roles:
            yield f"{role} is shared by more than one function"
        roles.append(role)
        if "Policies" in properties:
            yield f"{function} has Policies, which SAM ignores beside a Role"
        extra = [arn for arn in template.properties(role).get("ManagedPolicyArns", []) if referred(arn) == ""]
        yield from (f"{role} has the managed policy {arn}" for arn in extra)


def workers_may_do_their_work(template: Template) -> Iterator[str]:
    """A worker may receive from its own queue and no other, and put messages in its own dead-letter queue."""
    needed = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"}
    for function, (queue, _) in template.queue_sources().items():
        role = referred(template.properties(function)["Role"])
        granted: dict[str, set[str]] = {}
        for owner, statement in _statements(template):
            if owner == role:
                for resource in _listed(statement["Resource"]):
                    granted.setdefault(referred(resource), set()).update(_listed(statement["Action"]))
        missing = needed - granted.get(queue, set())
        if missing:
            yield f"{role} may not {', '.join(sorted(missing))} on {queue}"
        if "sqs:SendMessage" not in granted.get(template.dead_letter_queue(queue) or "", set()):
            yield f"{role} may not move a message of {queue} to its dead letters"
        others = [name for name in granted if name != queue and "sqs:ReceiveMessage" in granted[name]]
        yield from (f"{role} may receive from {other}" for other in others)


def buckets_are_private(template: Template) -> Iterator[str]:
    """Encrypted, versioned, closed to the public, reached over TLS only, and kept when the stack goes."""
    policies = template.of_type("AWS::S3::BucketPolicy").values()
    for bucket, properties in template.of_type(BUCKET).items():
        blocks = properties.get("PublicAccessBlockConfiguration", {})
        if [blocks.get(key) for key in _PUBLIC_ACCESS_BLOCKS] != [True] * 4:
            yield f"{bucket} can be made public"
        if "BucketEncryption" not in properties:
            yield f"{bucket} is not encrypted"
        if properties.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield f"{bucket} loses what is overwritten"
        if template.document["Resources"][bucket].get("DeletionPolicy") != "Retain":
            yield f"{bucket} goes with the stack"
        denied = [
            statement["Condition"].get("Bool")
            for policy in policies
            if referred(policy["Bucket"]) == bucket
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
        ]
        if {"aws:SecureTransport": "false"} not in denied:
            yield f"{bucket} can be read without TLS"


_PUBLIC_ACCESS_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

ALL: tuple[Rule, ...] = (
    functions_have_log_groups,
    queues_have_dead_letter_queues,
    queues_are_encrypted,
    queues_outlast_their_function,
    queues_have_alarms,
    event_sources_are_bounded,
    policies_name_what_they_allow,
    functions_have_roles_of_their_own,
    workers_may_do_their_work,
    buckets_are_private,
)
