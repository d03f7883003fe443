"""What infrastructure/gateway.yaml must be like: one rule each, a template in, a sentence per fault out.

Where a figure depends on the code, the code is read: the callers' deadlines, what serve.py is given to close, the paths
that the proxy serves, the metrics that it writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.template_rules.template import ALARM, LOG_GROUP, ROLE, ROOT, Properties, Template, referred

import health_check
from serving.path_filter import ALLOWED
from telemetry import metrics_log

Rule = Callable[[Template], Iterator[str]]

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
SCRAPER = "ScraperToTasks"

FEWEST_TASKS = 2
FARGATE_MOST_STOP_S = 120
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html (stopTimeout)"""
MOST_CONDITION_VALUES = 5
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
PLAIN_VARIABLES = {
    "GATEWAY_DATABASE_URL",
    "REDIS_SSL",
    "METRICS_NAMESPACE",
    "METRICS_SERVICE",
    "METRICS_PORT",
    "METRICS_HOST",
}
WATCHED = {
    "HTTPCode_Target_5XX_Count",
    "HTTPCode_ELB_5XX_Count",
    "UnHealthyHostCount",
    "TargetResponseTime",
    "CPUUtilization",
    "RunningTaskCount",
    "AdmissionQueueWait",
}


def only(template: Template, kind: str) -> Properties:
    """The properties of the one resource of a type."""
    (found,) = template.of_type(kind).values()
    return found


def container(template: Template) -> Properties:
    (found,) = only(template, TASK)["ContainerDefinitions"]
    properties: Properties = found
    return properties


def attributes(properties: Properties, name: str) -> dict[str, str]:
    return {entry["Key"]: entry["Value"] for entry in properties.get(name, [])}


def longest_deadline_s() -> float:
    """The longest time that a function waits for one answer of the gateway."""
    found = [
        float(value)
        for name in ("gateway", "model_calls")
        for path in ROOT.glob(f"functions/*/{name}.py")
        for value in re.findall(r"^DEADLINE_S = ([\d.]+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    return max(found)


def closing_s() -> float:
    """Seconds that serve.py gives running requests after SIGTERM."""
    source = (ROOT / "proxy" / "serve.py").read_text(encoding="utf-8")
    (found,) = re.findall(r"timeout_graceful_shutdown=(\d+)", source)
    return float(found)


def there_are_always_two_tasks(template: Template) -> Iterator[str]:
    fewest = template.document["Parameters"].get(referred(only(template, TARGET).get("MinCapacity")), {})
    for key in ("Default", "MinValue"):
        if fewest.get(key, 0) < FEWEST_TASKS:
            yield f"the {key} of the fewest tasks is {fewest.get(key)}"
    if "DesiredCount" in only(template, SERVICE):
        yield "DesiredCount would undo scaling with every deployment"
    for owner, subnets in (
        ("load balancer", only(template, BALANCER)["Subnets"]),
        ("service", _network(template)["Subnets"]),
    ):
        kind = template.document["Parameters"].get(referred(subnets), {}).get("Type")
        if kind != "List<AWS::EC2::Subnet::Id>":
            yield f"the {owner} is not spread over a list of subnets"


def _network(template: Template) -> Properties:
    network: Properties = only(template, SERVICE)["NetworkConfiguration"]["AwsvpcConfiguration"]
    return network


def nothing_is_public(template: Template) -> Iterator[str]:
    if _network(template).get("AssignPublicIp") != "DISABLED":
        yield "the tasks have public addresses"
    if only(template, BALANCER).get("Scheme") != "internal":
        yield "the load balancer faces the internet"


def only_the_functions_reach_it(template: Template) -> Iterator[str]:
    """Functions to load balancer, load balancer to tasks, and nobody else to either."""
    allowed = {
        "LoadBalancerSecurityGroup": ("FunctionsSecurityGroup", 443),
        "TaskSecurityGroup": ("LoadBalancerSecurityGroup", 4000),
    }
    for group, properties in template.of_type(SECURITY_GROUP).items():
        for entry in properties.get("SecurityGroupIngress", []):
            source = (referred(entry.get("SourceSecurityGroupId")), entry["FromPort"])
            if source != allowed.get(group) or entry["ToPort"] != entry["FromPort"]:
                yield f"{group} lets in {source[0] or entry.get('CidrIp')} on {entry['FromPort']} to {entry['ToPort']}"
    for name in template.of_type("AWS::EC2::SecurityGroupIngress"):
        if name != SCRAPER or template.document["Resources"][name].get("Condition") != "HasScraper":
            yield f"{name} opens a security group"
    if [referred(group) for group in _network(template)["SecurityGroups"]] != ["TaskSecurityGroup"]:
        yield "the tasks are in another security group"
    if [referred(group) for group in only(template, BALANCER)["SecurityGroups"]] != ["LoadBalancerSecurityGroup"]:
        yield "the load balancer is in another security group"


def figures_are_for_the_collector_alone(template: Template) -> Iterator[str]:
    """The port of the figures is open to one security group, no balancer forwards to it, and only it is listened on."""
    variables = {
        entry["Fn::If"][1]["Name"]: (entry["Fn::If"][0], entry["Fn::If"][1]["Value"])
        for entry in container(template)["Environment"]
        if "Fn::If" in entry
    }
    condition, port = variables.get("METRICS_PORT", ("", ""))
    if condition != "HasScraper":
        yield "figures are served although nobody may read them"
    opened = template.properties(SCRAPER)
    if {str(opened.get("FromPort")), str(opened.get("ToPort"))} != {port}:
        yield f"the collector reaches ports {opened.get('FromPort')} to {opened.get('ToPort')}, figures are at {port}"
    if referred(opened.get("SourceSecurityGroupId")) != "ScraperSecurityGroupId" or "CidrIp" in opened:
        yield "others than the collector reach the figures"
    balanced = {str(group.get("Port")) for group in template.of_type(TARGET_GROUP).values()}
    balanced |= {str(entry["ContainerPort"]) for entry in only(template, SERVICE)["LoadBalancers"]}
    if port in balanced:
        yield "the load balancer forwards to the figures"


def tasks_call_no_one_they_need_not(template: Template) -> Iterator[str]:
    """TLS to anywhere; Valkey and PostgreSQL where the data is."""
    for entry in template.properties("TaskSecurityGroup").get("SecurityGroupEgress", [{}]):
        ports = (entry.get("FromPort"), entry.get("ToPort"))
        if ports not in {(443, 443), (6379, 6379), (5432, 5432)}:
            yield f"the tasks may call ports {ports}"
        elif ports != (443, 443) and referred(entry.get("CidrIp")) != "DataCidr":
            yield f"the tasks may call port {ports[0]} anywhere"


def secrets_are_references(template: Template) -> Iterator[str]:
    """Nothing secret is in a plain variable or a parameter; the execution role may read what is named, and no more."""
    for entry in map(_unconditional, container(template).get("Environment", [])):
        if entry["Name"] not in PLAIN_VARIABLES:
            yield f"{entry['Name']} is a plain variable"
        elif "@" in str(entry["Value"]):
            yield f"{entry['Name']} names a user"
    named: set[str] = set()
    for entry in map(_unconditional, container(template).get("Secrets", [])):
        parameter = re.sub(r"^\$\{(\w+)\}.*$", r"\1", _text(entry["ValueFrom"]))
        named.add(parameter)
        if not parameter.endswith("SecretArn") or parameter not in template.document["Parameters"]:
            yield f"{entry['Name']} does not come from a secret named by a parameter"
    readable = {
        referred(_unconditional(resource))
        for statement in _statements(template, "ExecutionRole")
        if "secretsmanager:GetSecretValue" in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }
    if readable != named:
        yield f"the execution role may read {sorted(readable)}, the container needs {sorted(named)}"
    if not {"LITELLM_MASTER_KEY", "VALKEY_PASSWORD", "PGPASSWORD"} <= {
        _unconditional(entry)["Name"] for entry in container(template)["Secrets"]
    }:
        yield "a key or password is missing"


def _unconditional(value: Any) -> Any:
    return value["Fn::If"][1] if isinstance(value, dict) and "Fn::If" in value else value


def _text(value: Any) -> str:
    return str(value["Fn::Sub"]) if "Fn::Sub" in value else referred(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(template: Template, role: str) -> list[dict[str, Any]]:
    policies = template.properties(role).get("Policies", [])
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def roles_allow_what_is_needed(template: Template) -> Iterator[str]:
    """The container may do nothing in AWS; the platform may do four things on named resources."""
    for role, properties in template.of_type(ROLE).items():
        if properties.get("ManagedPolicyArns"):
            yield f"{role} has a managed policy"
        for statement in _statements(template, role):
            sid = statement.get("Sid", "?")
            yield from (f"{role}: {sid} allows {action}" for action in _listed(statement["Action"]) if "*" in action)
            if "*" in _listed(statement["Resource"]) and statement["Action"] != "ecr:GetAuthorizationToken":
                yield f"{role}: {sid} names no resource"
    if _statements(template, referred(only(template, TASK).get("TaskRoleArn"))):
        yield "the container has permissions in AWS"


def unknown_paths_do_not_exist(template: Template) -> Iterator[str]:
    """The listener answers 404 by itself, and forwards only what the proxy's own filter lets through."""
    (default,) = only(template, LISTENER)["DefaultActions"]
    if default["Type"] != "fixed-response" or default["FixedResponseConfig"]["StatusCode"] != "404":
        yield "the listener's default is not a fixed 404"
    forwarded: set[tuple[str, str]] = set()
    for name, properties in template.of_type(LISTENER_RULE).items():
        values = {condition["Field"]: _condition_values(condition) for condition in properties["Conditions"]}
        if sum(map(len, values.values())) > MOST_CONDITION_VALUES:
            yield f"{name} has more values than a rule may have"
        forwarded |= {(m, path) for m in values.get("http-request-method", ["*"]) for path in values["path-pattern"]}
    yield from (f"{' '.join(call)} is forwarded" for call in sorted(forwarded - ALLOWED))
    missing = {call for call in ALLOWED if call[1].startswith(("/v1/", "/health/"))} - forwarded
    yield from (f"{' '.join(call)} is not forwarded" for call in sorted(missing))


def _condition_values(condition: dict[str, Any]) -> list[str]:
    (config,) = [value for key, value in condition.items() if key.endswith("Config")]
    values: list[str] = config["Values"]
    return values


def everything_is_encrypted_up_to_the_balancer(template: Template) -> Iterator[str]:
    for name, properties in template.of_type(LISTENER).items():
        if properties.get("Protocol") != "HTTPS" or properties.get("Port") != 443:
            yield f"{name} listens without TLS"
        if not str(properties.get("SslPolicy", "")).startswith("ELBSecurityPolicy-TLS13-1-2"):
            yield f"{name} accepts TLS older than 1.2"
        if not properties.get("Certificates"):
            yield f"{name} has no certificate"


def logs_are_forgotten_in_time(template: Template) -> Iterator[str]:
    for name, properties in template.of_type(LOG_GROUP).items():
        if "RetentionInDays" not in properties:
            yield f"{name} keeps its logs for ever"
    options = container(template)["LogConfiguration"]["Options"]
    if referred(options.get("awslogs-group")) not in template.of_type(LOG_GROUP):
        yield "the container logs to a group that is not in this template"


def what_matters_raises_an_alarm(template: Template) -> Iterator[str]:
    watched: set[str] = set()
    for name, alarm in template.of_type(ALARM).items():
        metrics = [
            alarm,
            *(query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query),
        ]
        watched |= {metric["MetricName"] for metric in metrics if "MetricName" in metric}
        if referred(_listed(_unconditional(alarm.get("AlarmActions", "")))[0]) != "AlarmTopicArn":
            yield f"{name} tells nobody"
    yield from (f"no alarm watches {metric}" for metric in sorted(WATCHED - watched))
    latency = [alarm for alarm in template.of_type(ALARM).values() if alarm.get("MetricName") == "TargetResponseTime"]
    if any(alarm.get("ExtendedStatistic") != "p95" for alarm in latency):
        yield "the latency alarm does not watch the 95th percentile"
    for name, alarm in template.of_type(ALARM).items():
        if alarm.get("MetricName") == "RunningTaskCount" and alarm.get("TreatMissingData") != "breaching":
            yield f"{name} is silent when nothing runs"


def it_scales_both_ways(template: Template) -> Iterator[str]:
    """Out and in, on CPU and on the wait in the admission queue."""
    metrics: set[str] = set()
    for name, properties in template.of_type(POLICY).items():
        tracking = properties.get("TargetTrackingScalingPolicyConfiguration", {})
        metrics.add(tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", ""))
        metrics.add(tracking.get("CustomizedMetricSpecification", {}).get("MetricName", ""))
        if tracking.get("DisableScaleIn"):
            yield f"{name} never takes a task away"
        if tracking.get("ScaleInCooldown", 0) < tracking.get("ScaleOutCooldown", 0):
            yield f"{name} takes tasks away faster than it adds them"
    needed = {"ECSServiceAverageCPUUtilization", "AdmissionQueueWait"}
    yield from (f"nothing scales on {metric}" for metric in sorted(needed - metrics))
    most = template.document["Parameters"].get(referred(only(template, TARGET)["MaxCapacity"]), {})
    if most.get("Default", 0) <= FEWEST_TASKS:
        yield "there is no room to scale"


def the_metric_is_the_one_the_proxy_writes(template: Template) -> Iterator[str]:
    plain = {entry["Name"]: entry["Value"] for entry in map(_unconditional, container(template)["Environment"])}
    policies = template.of_type(POLICY).values()
    users = [
        policy["TargetTrackingScalingPolicyConfiguration"].get("CustomizedMetricSpecification") for policy in policies
    ]
    users += [alarm for alarm in template.of_type(ALARM).values() if alarm.get("Namespace") == "Wissen"]
    for user in filter(None, users):
        if user["MetricName"] not in metrics_log.UNITS:
            yield f"the proxy writes no {user['MetricName']}"
        if user["Namespace"] != plain.get("METRICS_NAMESPACE"):
            yield f"the proxy does not write to {user['Namespace']}"
        if user["Dimensions"] != [{"Name": "service", "Value": plain.get("METRICS_SERVICE")}]:
            yield f"{user['MetricName']} is looked for under another service"
        if "Unit" in user and user["Unit"] != metrics_log.UNITS.get(user["MetricName"]):
            yield f"{user['MetricName']} has another unit"


def leaving_tasks_finish_their_calls(template: Template) -> Iterator[str]:
    """Idle timeout and deregistration delay outlast the longest deadline; the stop outlasts serve.py's closing."""
    longest = longest_deadline_s()
    idle = float(attributes(only(template, BALANCER), "LoadBalancerAttributes").get("idle_timeout.timeout_seconds", 60))
    if idle <= longest:
        yield f"the load balancer gives up after {idle:.0f} s, a caller waits for {longest:.0f} s"
    group = attributes(only(template, TARGET_GROUP), "TargetGroupAttributes")
    drain = float(group.get("deregistration_delay.timeout_seconds", 300))
    if drain <= longest:
        yield f"a leaving task is cut off after {drain:.0f} s, a caller waits for {longest:.0f} s"
    stop = container(template).get("StopTimeout", 30)
    if not closing_s() < stop <= FARGATE_MOST_STOP_S:
        yield f"a task is killed after {stop} s, serve.py closes within {closing_s():.0f} s"


def the_container_is_confined(template: Template) -> Iterator[str]:
    properties = container(template)
    if properties.get("ReadonlyRootFilesystem") is not True:
        yield "the container can write to its file system"
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(properties.get("User", ""))):
        yield "the container runs as root"
    linux = properties.get("LinuxParameters", {})
    if linux.get("Capabilities", {}).get("Drop") != ["ALL"]:
        yield "the container keeps capabilities"
    if [mount["ContainerPath"] for mount in properties.get("MountPoints", [])] != ["/tmp"]:
        yield "the container has another place to write than /tmp"
    if properties.get("Privileged"):
        yield "the container is privileged"


def a_failed_deployment_is_taken_back(template: Template) -> Iterator[str]:
    deployment = only(template, SERVICE).get("DeploymentConfiguration", {})
    if deployment.get("DeploymentCircuitBreaker") != {"Enable": True, "Rollback": True}:
        yield "a deployment that does not start is tried for ever"
    if deployment.get("MinimumHealthyPercent", 0) < 100:
        yield "a deployment takes running tasks away before new ones stand"


def health_is_asked_where_it_is_answered(template: Template) -> Iterator[str]:
    if only(template, TARGET_GROUP).get("HealthCheckPath") != health_check.PATH:
        yield f"the load balancer does not ask {health_check.PATH}"
    if container(template).get("HealthCheck", {}).get("Command") != ["CMD", "python", "/opt/wissen/health_check.py"]:
        yield "ECS does not run the image's health check"
    if only(template, SERVICE).get("HealthCheckGracePeriodSeconds", 0) < 60:
        yield "a task that is still starting is replaced"


ALL: tuple[Rule, ...] = (
    there_are_always_two_tasks,
    nothing_is_public,
    only_the_functions_reach_it,
    figures_are_for_the_collector_alone,
    tasks_call_no_one_they_need_not,
    secrets_are_references,
    roles_allow_what_is_needed,
    unknown_paths_do_not_exist,
    everything_is_encrypted_up_to_the_balancer,
    logs_are_forgotten_in_time,
    what_matters_raises_an_alarm,
    it_scales_both_ways,
    the_metric_is_the_one_the_proxy_writes,
    leaving_tasks_finish_their_calls,
    the_container_is_confined,
    a_failed_deployment_is_taken_back,
    health_is_asked_where_it_is_answered,
)
