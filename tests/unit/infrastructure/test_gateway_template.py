"""infrastructure/gateway.yaml keeps its rules, and each rule notices when it is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.template_rules.template import ROOT, Template
from tests.unit.infrastructure import gateway_rules as rules

TEMPLATE = Template.read(ROOT / "infrastructure" / "gateway.yaml")
Document = dict[str, Any]
Step = str | int
Mutation = Callable[[Document], None]


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(rule: rules.Rule) -> None:
    assert list(rule(TEMPLATE)) == []


def _holder(document: Document, path: tuple[Step, ...]) -> Any:
    """What holds the last step. A path begins at a resource's properties, or with "Parameters"."""
    holder: Any = document
    if path[0] != "Parameters":
        holder, path = document["Resources"][path[0]]["Properties"], path[1:]
    for step in path[:-1]:
        holder = holder[step]
    return holder


def _set(value: Any, *path: Step) -> Mutation:
    def mutate(document: Document) -> None:
        _holder(document, path)[path[-1]] = value

    return mutate


def _unset(*path: Step) -> Mutation:
    def mutate(document: Document) -> None:
        del _holder(document, path)[path[-1]]

    return mutate


def _append(value: Any, *path: Step) -> Mutation:
    def mutate(document: Document) -> None:
        _holder(document, path)[path[-1]].append(value)

    return mutate


def _add_resource(name: str, kind: str, properties: Document) -> Mutation:
    def mutate(document: Document) -> None:
        document["Resources"][name] = {"Type": kind, "Properties": properties}

    return mutate


def _remove_resource(name: str) -> Mutation:
    def mutate(document: Document) -> None:
        del document["Resources"][name]

    return mutate


CONTAINER = ("TaskDefinition", "ContainerDefinitions", 0)
NETWORK = ("Service", "NetworkConfiguration", "AwsvpcConfiguration")
DEPLOYMENT = ("Service", "DeploymentConfiguration")
EXECUTION = ("ExecutionRole", "Policies", 0, "PolicyDocument", "Statement")
READ_SECRETS, PULL_IMAGE = 3, 1
METRICS_PORT = 4
CALL_PATHS = ("CallRule", "Conditions", 1, "PathPatternConfig", "Values")
QUEUE_WAIT = ("QueueWaitScaling", "TargetTrackingScalingPolicyConfiguration")
SPECIFICATION = (*QUEUE_WAIT, "CustomizedMetricSpecification")
ANYONE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}

BROKEN: list[tuple[rules.Rule, Mutation, str]] = [
    (
        rules.there_are_always_two_tasks,
        _set(1, "Parameters", "FewestTasks", "MinValue"),
        "the MinValue of the fewest tasks is 1",
    ),
    (rules.there_are_always_two_tasks, _set(1, "ScalableTarget", "MinCapacity"), "the Default of the fewest tasks is"),
    (rules.there_are_always_two_tasks, _set(2, "Service", "DesiredCount"), "DesiredCount would undo"),
    (rules.there_are_always_two_tasks, _set(["subnet-1"], *NETWORK, "Subnets"), "the service is not spread"),
    (rules.nothing_is_public, _set("ENABLED", *NETWORK, "AssignPublicIp"), "the tasks have public addresses"),
    (rules.nothing_is_public, _unset("LoadBalancer", "Scheme"), "the load balancer faces the internet"),
    (
        rules.only_the_functions_reach_it,
        _append(ANYONE, "LoadBalancerSecurityGroup", "SecurityGroupIngress"),
        "LoadBalancerSecurityGroup lets in 0.0.0.0/0",
    ),
    (
        rules.only_the_functions_reach_it,
        _set(65535, "TaskSecurityGroup", "SecurityGroupIngress", 0, "ToPort"),
        "TaskSecurityGroup lets in LoadBalancerSecurityGroup on 4000 to 65535",
    ),
    (
        rules.only_the_functions_reach_it,
        _add_resource("Extra", "AWS::EC2::SecurityGroupIngress", ANYONE),
        "Extra opens a security group",
    ),
    (
        rules.only_the_functions_reach_it,
        _set(["sg-1"], *NETWORK, "SecurityGroups"),
        "the tasks are in another security group",
    ),
    (
        rules.only_the_functions_reach_it,
        _set([{"Ref": "FunctionsSecurityGroup"}], "LoadBalancer", "SecurityGroups"),
        "the load balancer is in another security group",
    ),
    (
        rules.figures_are_for_the_collector_alone,
        _set({"Name": "METRICS_PORT", "Value": "9464"}, *CONTAINER, "Environment", METRICS_PORT),
        "figures are served although nobody may read them",
    ),
    (
        rules.figures_are_for_the_collector_alone,
        _set(65535, "ScraperToTasks", "ToPort"),
        "the collector reaches ports 9464 to 65535",
    ),
    (
        rules.figures_are_for_the_collector_alone,
        _set("0.0.0.0/0", "ScraperToTasks", "CidrIp"),
        "others than the collector reach the figures",
    ),
    (
        rules.figures_are_for_the_collector_alone,
        _set(9464, "TargetGroup", "Port"),
        "the load balancer forwards to the figures",
    ),
    (
        rules.tasks_call_no_one_they_need_not,
        _unset("TaskSecurityGroup", "SecurityGroupEgress"),
        "the tasks may call ports (None, None)",
    ),
    (
        rules.tasks_call_no_one_they_need_not,
        _set("0.0.0.0/0", "TaskSecurityGroup", "SecurityGroupEgress", 2, "CidrIp"),
        "the tasks may call port 5432 anywhere",
    ),
    (
        rules.secrets_are_references,
        _append({"Name": "OPENAI_API_KEY", "Value": "k"}, *CONTAINER, "Environment"),
        "OPENAI_API_KEY is a plain variable",
    ),
    (
        rules.secrets_are_references,
        _set("postgresql://user:password@db/wissen", *CONTAINER, "Environment", 0, "Value"),
        "GATEWAY_DATABASE_URL names a user",
    ),
    (
        rules.secrets_are_references,
        _set("arn:aws:ssm:x:1:parameter/key", *CONTAINER, "Secrets", 0, "ValueFrom"),
        "LITELLM_MASTER_KEY does not come from a secret",
    ),
    (
        rules.secrets_are_references,
        _append({"Ref": "AlarmTopicArn"}, *EXECUTION, READ_SECRETS, "Resource"),
        "the execution role may read",
    ),
    (rules.secrets_are_references, _set([], *CONTAINER, "Secrets"), "a key or password is missing"),
    (
        rules.roles_allow_what_is_needed,
        _set("*", *EXECUTION, READ_SECRETS, "Resource"),
        "ExecutionRole: ReadSecrets names no resource",
    ),
    (
        rules.roles_allow_what_is_needed,
        _set("ecr:*", *EXECUTION, PULL_IMAGE, "Action"),
        "ExecutionRole: PullImage allows ecr:*",
    ),
    (
        rules.roles_allow_what_is_needed,
        _set(["arn:aws:iam::aws:policy/PowerUserAccess"], "TaskRole", "ManagedPolicyArns"),
        "TaskRole has a managed policy",
    ),
    (
        rules.roles_allow_what_is_needed,
        _set({"Ref": "ExecutionRole"}, "TaskDefinition", "TaskRoleArn"),
        "the container has permissions in AWS",
    ),
    (
        rules.unknown_paths_do_not_exist,
        _set([{"Type": "forward", "TargetGroupArn": {"Ref": "TargetGroup"}}], "Listener", "DefaultActions"),
        "the listener's default is not a fixed 404",
    ),
    (rules.unknown_paths_do_not_exist, _append("/key/*", *CALL_PATHS), "POST /key/* is forwarded"),
    (
        rules.unknown_paths_do_not_exist,
        _set(["/v1/chat/completions"], *CALL_PATHS),
        "POST /v1/embeddings is not forwarded",
    ),
    (
        rules.unknown_paths_do_not_exist,
        _set([f"/v1/{n}" for n in range(5)], *CALL_PATHS),
        "CallRule has more values",
    ),
    (
        rules.everything_is_encrypted_up_to_the_balancer,
        _set("HTTP", "Listener", "Protocol"),
        "Listener listens without TLS",
    ),
    (
        rules.everything_is_encrypted_up_to_the_balancer,
        _set("ELBSecurityPolicy-2016-08", "Listener", "SslPolicy"),
        "Listener accepts TLS older than 1.2",
    ),
    (
        rules.everything_is_encrypted_up_to_the_balancer,
        _unset("Listener", "Certificates"),
        "Listener has no certificate",
    ),
    (
        rules.logs_are_forgotten_in_time,
        _unset("LogGroup", "RetentionInDays"),
        "LogGroup keeps its logs for ever",
    ),
    (
        rules.logs_are_forgotten_in_time,
        _set("elsewhere", *CONTAINER, "LogConfiguration", "Options", "awslogs-group"),
        "the container logs to a group",
    ),
    *(
        (rules.what_matters_raises_an_alarm, _remove_resource(alarm), f"no alarm watches {metric}")
        for alarm, metric in (
            ("ErrorsAlarm", "HTTPCode_Target_5XX_Count"),
            ("UnhealthyAlarm", "UnHealthyHostCount"),
            ("LatencyAlarm", "TargetResponseTime"),
            ("CpuAlarm", "CPUUtilization"),
            ("RunningTasksAlarm", "RunningTaskCount"),
            ("QueueWaitAlarm", "AdmissionQueueWait"),
        )
    ),
    (rules.what_matters_raises_an_alarm, _unset("CpuAlarm", "AlarmActions"), "CpuAlarm tells nobody"),
    (
        rules.what_matters_raises_an_alarm,
        _set("p50", "LatencyAlarm", "ExtendedStatistic"),
        "the latency alarm does not watch",
    ),
    (
        rules.what_matters_raises_an_alarm,
        _set("notBreaching", "RunningTasksAlarm", "TreatMissingData"),
        "RunningTasksAlarm is silent when nothing runs",
    ),
    (rules.it_scales_both_ways, _remove_resource("CpuScaling"), "nothing scales on ECSServiceAverageCPUUtilization"),
    (rules.it_scales_both_ways, _remove_resource("QueueWaitScaling"), "nothing scales on AdmissionQueueWait"),
    (
        rules.it_scales_both_ways,
        _set(True, *QUEUE_WAIT, "DisableScaleIn"),
        "QueueWaitScaling never takes a task away",
    ),
    (
        rules.it_scales_both_ways,
        _set(0, *QUEUE_WAIT, "ScaleInCooldown"),
        "QueueWaitScaling takes tasks away faster",
    ),
    (rules.it_scales_both_ways, _set(2, "Parameters", "MostTasks", "Default"), "there is no room to scale"),
    (
        rules.the_metric_is_the_one_the_proxy_writes,
        _set("QueueWait", *SPECIFICATION, "MetricName"),
        "the proxy writes no QueueWait",
    ),
    (
        rules.the_metric_is_the_one_the_proxy_writes,
        _set("Other", *SPECIFICATION, "Namespace"),
        "the proxy does not write to Other",
    ),
    (
        rules.the_metric_is_the_one_the_proxy_writes,
        _set("Seconds", *SPECIFICATION, "Unit"),
        "AdmissionQueueWait has another unit",
    ),
    (
        rules.the_metric_is_the_one_the_proxy_writes,
        _set([], "QueueWaitAlarm", "Dimensions"),
        "AdmissionQueueWait is looked for under another service",
    ),
    (
        rules.leaving_tasks_finish_their_calls,
        _set("60", "LoadBalancer", "LoadBalancerAttributes", 0, "Value"),
        "the load balancer gives up after 60 s",
    ),
    (
        rules.leaving_tasks_finish_their_calls,
        _set("30", "TargetGroup", "TargetGroupAttributes", 0, "Value"),
        "a leaving task is cut off after 30 s",
    ),
    (rules.leaving_tasks_finish_their_calls, _set(5, *CONTAINER, "StopTimeout"), "a task is killed after 5 s"),
    (rules.leaving_tasks_finish_their_calls, _set(300, *CONTAINER, "StopTimeout"), "a task is killed after 300 s"),
    (
        rules.the_container_is_confined,
        _unset(*CONTAINER, "ReadonlyRootFilesystem"),
        "the container can write to its file system",
    ),
    (rules.the_container_is_confined, _set("0:0", *CONTAINER, "User"), "the container runs as root"),
    (
        rules.the_container_is_confined,
        _unset(*CONTAINER, "LinuxParameters", "Capabilities"),
        "the container keeps capabilities",
    ),
    (
        rules.the_container_is_confined,
        _append({"SourceVolume": "scratch", "ContainerPath": "/opt"}, *CONTAINER, "MountPoints"),
        "the container has another place to write",
    ),
    (rules.the_container_is_confined, _set(True, *CONTAINER, "Privileged"), "the container is privileged"),
    (
        rules.a_failed_deployment_is_taken_back,
        _set(False, *DEPLOYMENT, "DeploymentCircuitBreaker", "Rollback"),
        "a deployment that does not start is tried for ever",
    ),
    (
        rules.a_failed_deployment_is_taken_back,
        _set(50, *DEPLOYMENT, "MinimumHealthyPercent"),
        "a deployment takes running tasks away",
    ),
    (
        rules.health_is_asked_where_it_is_answered,
        _set("/health", "TargetGroup", "HealthCheckPath"),
        "the load balancer does not ask /health/liveliness",
    ),
    (
        rules.health_is_asked_where_it_is_answered,
        _unset(*CONTAINER, "HealthCheck"),
        "ECS does not run the image's health check",
    ),
    (
        rules.health_is_asked_where_it_is_answered,
        _unset("Service", "HealthCheckGracePeriodSeconds"),
        "a task that is still starting is replaced",
    ),
]


@pytest.mark.parametrize(("rule", "mutate", "fault"), BROKEN, ids=[fault for _, _, fault in BROKEN])
def test_a_broken_template_is_noticed(rule: rules.Rule, mutate: Mutation, fault: str) -> None:
    broken = Template(copy.deepcopy(TEMPLATE.document))
    mutate(broken.document)
    found = list(rule(broken))
    assert any(sentence.startswith(fault) for sentence in found), found


def test_every_rule_is_broken_by_some_mutation() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(rules.ALL)


def test_the_rules_about_time_read_the_code() -> None:
    assert rules.longest_deadline_s() >= 60
    assert rules.closing_s() >= 1
