"""One emulator for all tests of a worker process; the client itself is tested in ``tests/deployment``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cloudformation import emulator
from cloudformation.aws_cli import executable

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Outcome:
    """How a deployment ended."""

    ok: bool
    said: str = ""
    """The refusal, or the client's output."""


@dataclass(frozen=True)
class Cloud:
    """The emulated account."""

    state: emulator.State

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the AWS CLI."""
        environment = emulator.environment(self.state.endpoint)
        command = [executable(), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """Call a service and return its answer."""
        return getattr(self.client(service), operation)(**parameters)

    @cache  # noqa: B019 - lives as long as the test session
    def client(self, service: str) -> Any:
        """A boto3 client of a service."""
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, region_name=emulator.REGION, endpoint_url=self.state.endpoint, **credentials)

    def deploy(self, stack: str, template: str | dict[str, Any], **parameters: str) -> Outcome:
        """Do what ``aws cloudformation deploy`` does, without its half a second.

        The template is the name of a file beside this one, or a template.
        """
        text = (TEMPLATES / template).read_text() if isinstance(template, str) else json.dumps(template)
        names = {"StackName": stack, "ChangeSetName": "deploy"}
        exists = stack in {item["StackName"] for item in self.ask("cloudformation", "describe_stacks")["Stacks"]}
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        try:
            self.ask(
                "cloudformation",
                "create_change_set",
                TemplateBody=text,
                ChangeSetType="UPDATE" if exists else "CREATE",
                Parameters=given,
                Capabilities=["CAPABILITY_NAMED_IAM"],
                **names,
            )
            self.ask("cloudformation", "execute_change_set", **names)
        except ClientError as error:
            return Outcome(ok=False, said=str(error))
        status = self.stack(stack)["StackStatus"]
        return Outcome(status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), status)

    def deploy_by_client(self, stack: str, template: str, *arguments: str) -> Outcome:
        """Run ``aws cloudformation deploy`` with the template in a file beside this one."""
        command = ["cloudformation", "deploy", "--template-file", str(TEMPLATES / template), "--stack-name", stack]
        capabilities = ["--capabilities", "CAPABILITY_NAMED_IAM"] if "--capabilities" not in arguments else []
        done = self.run(*command, "--no-fail-on-empty-changeset", *capabilities, *arguments)
        return Outcome(done.returncode == 0, done.stdout + done.stderr)

    def stack(self, name: str) -> dict[str, Any]:
        """What CloudFormation says of a stack; its outputs as a dict."""
        found: dict[str, Any] = self.ask("cloudformation", "describe_stacks", StackName=name)["Stacks"][0]
        return {**found, "Outputs": {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}}

    def resources(self, name: str) -> dict[str, str]:
        """A stack's resources: logical id to physical id."""
        answer = self.ask("cloudformation", "list_stack_resources", StackName=name)
        return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in answer["StackResourceSummaries"]}

    def events(self, name: str) -> list[tuple[str, str, str]]:
        """A stack's history, oldest first: logical id, status, reason."""
        events = self.ask("cloudformation", "describe_stack_events", StackName=name)["StackEvents"]
        return [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", "")) for e in events[::-1]]

    def delete(self, name: str) -> None:
        """Delete a stack and wait until it is gone."""
        self.ask("cloudformation", "delete_stack", StackName=name)
        self.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=name)

    def leftovers(self) -> list[str]:
        """What exists beyond what stood in the account at first."""
        return emulator.leftovers(self.state.endpoint)


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """A running emulator."""
    with emulator.emulator() as state:
        yield Cloud(state)
