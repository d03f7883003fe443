"""Builds the application with the SAM CLI and deploys it, as on AWS, to the emulator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wissen.stack import digests, emulator
from wissen.stack.errors import DeploymentFailed
from wissen.stack.sam import Sam
from wissen.stack.state import Deployment, StackState, Workspace

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

STACK = "wissen"

_SOURCES = ("template.yaml", "infrastructure", "statemachines", "functions", "layers")
_RECIPE = "1"  # raise it when this module builds or deploys in another way
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_SECRET_NAMES = {
    "DatabaseSecretArn": f"{STACK}/database",
    "CacheSecretArn": f"{STACK}/cache",
    "GatewaySecretArn": f"{STACK}/gateway",
}
_USABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
_WARM_AT_ONCE = 3
_WARM_PATIENCE_S = 60


class Application:
    """The application's one stack in this workspace's emulator."""

    def __init__(self, workspace: Workspace, state: StackState) -> None:
        self._workspace = workspace
        self._state = state
        self._sam = Sam(workspace, state)
        self._log = self._sam.log
        self._build = self._sam.folder / "build"

    @property
    def sources(self) -> str:
        """Digest of everything that is built."""
        root = self._workspace.root
        return digests.of_text(_RECIPE, digests.of_files([root / name for name in _SOURCES], relative_to=root))

    def build(self, sources: str) -> bool:
        """Build unless the last build was of these `sources`; needs no emulator. Raises DeploymentFailed."""
        done = self._build / ".digest"
        if done.is_file() and done.read_text() == sources:
            return False
        done.unlink(missing_ok=True)
        options = ["--cached", "--parallel", "--skip-pull-image", "--build-dir", str(self._build)]
        options += [
            "--cache-dir",
            str(self._sam.folder / "cache"),
            "--base-dir",
            str(self._workspace.root),
        ]
        self._sam.run("build", ["--template-file", str(self._workspace.root / "template.yaml"), *options])
        self._compile()
        done.write_text(sources)
        return True

    def write_secrets(self, secrets: Mapping[str, Mapping[str, str | int]]) -> dict[str, str]:
        """Write the services' addresses and passwords to Secrets Manager; template parameter to ARN."""
        client: SecretsManagerClient = self._client("secretsmanager")
        with _translated("writing the secrets"):
            return {
                parameter: _put_secret(client, _SECRET_NAMES[parameter], json.dumps(content, sort_keys=True))
                for parameter, content in secrets.items()
            }

    def deploy(self, sources: str, parameters: Mapping[str, str]) -> tuple[Deployment, bool]:
        """Deploy the build unless exactly that is deployed already; the deployment, and whether it is new.

        Raises DeploymentFailed.
        """
        digest = digests.of_text(sources, json.dumps(parameters, sort_keys=True))
        deployed = self._state.deployment
        outputs = self.outputs()
        if outputs is not None and deployed is not None and deployed.digest == digest:
            return Deployment(digest, outputs), False
        self._deploy(parameters)
        outputs = self.outputs()
        if outputs is None:
            raise DeploymentFailed("sam deploy", f"there is no usable stack {STACK} afterwards", self._log)
        return Deployment(digest, outputs), True

    def outputs(self) -> dict[str, str] | None:
        """The stack's outputs; None if it is not deployed. Removes what a failed creation left."""
        client: CloudFormationClient = self._client("cloudformation")
        with _translated("reading the stack"):
            try:
                stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
            except ClientError as error:
                if error.response["Error"]["Code"] == "ValidationError":  # AWS's way of saying it does not exist
                    return None
                raise
            if stack["StackStatus"] not in _USABLE:
                if stack["StackStatus"].startswith(("ROLLBACK", "CREATE_FAILED", "DELETE_FAILED")):
                    client.delete_stack(StackName=STACK)
                return None
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}

    def warm(self) -> list[str]:
        """Start a worker of every function with an event that does nothing; the functions' names.

        Raises DeploymentFailed when one cannot even be imported.
        """
        with _translated("listing the functions"):
            resources = self._client("cloudformation").describe_stack_resources(StackName=STACK)
        names = [
            str(resource["PhysicalResourceId"])
            for resource in resources["StackResources"]
            if resource["ResourceType"] == "AWS::Lambda::Function"
        ]
        client = self._client("lambda")
        with ThreadPoolExecutor(_WARM_AT_ONCE) as pool:
            list(pool.map(lambda name: _warm(client, name), names))
        return names

    def _deploy(self, parameters: Mapping[str, str]) -> None:
        overrides = [f"{name}={value}" for name, value in sorted(parameters.items())]
        options = ["--stack-name", STACK, "--region", self._state.region, "--resolve-s3"]
        options += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
        options += ["--capabilities", *_CAPABILITIES, "--parameter-overrides", *overrides]
        self._sam.run("deploy", ["--template-file", str(self._build / "template.yaml"), *options])

    def _compile(self) -> None:
        """Put bytecode into what is zipped: a cold start would otherwise compile every module again.

        It is looked up by a hash, not by time: unpacking a zip changes the files' times.
        """
        options = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
        with self._log.open("ab") as output:
            subprocess.run(
                [sys.executable, "-m", "compileall", *options, str(self._build)],
                check=False,  # a dependency may carry files for other Python versions
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _client(self, service: str) -> Any:
        credentials = emulator.credentials(self._state)
        session = boto3.session.Session(
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            region_name=self._state.region,
        )
        settings = Config(read_timeout=_WARM_PATIENCE_S, retries={"total_max_attempts": 2}, proxies={})
        creator: Callable[..., Any] = session.client
        return creator(service, endpoint_url=emulator.url(self._state), config=settings)


class _translated:  # noqa: N801 - reads as a statement where it is used
    """Turns errors of the AWS SDK into DeploymentFailed."""

    def __init__(self, step: str) -> None:
        self._step = step

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BotoCoreError | ClientError):
            raise DeploymentFailed(self._step, str(error)) from error


def _put_secret(client: SecretsManagerClient, name: str, content: str) -> str:
    try:
        known = client.get_secret_value(SecretId=name)
    except client.exceptions.ResourceNotFoundException:
        return client.create_secret(Name=name, SecretString=content)["ARN"]
    if known.get("SecretString") != content:
        client.put_secret_value(SecretId=name, SecretString=content)
    return known["ARN"]


def _warm(client: Any, name: str) -> None:
    with _translated(f"starting {name}"):
        reply = client.invoke(FunctionName=name, Payload=json.dumps({"warm": True}))
    if "FunctionError" in reply:
        error = json.loads(reply["Payload"].read())
        raise DeploymentFailed(f"starting {name}", f"{error.get('errorType')}: {error.get('errorMessage')}")
