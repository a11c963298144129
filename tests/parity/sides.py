"""Both sides, deployed with the same settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from cloudformation import emulator
from cloudformation.synth import synthesize
from tests.engine import values
from tests.engine.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
STACK = "parity"

# All numbers differ from each other and from what stands in the program, so that none can pass for another.
SETTINGS: Mapping[str, Any] = {
    "environmentSuffix": "parity",
    "vpcCidr": "10.32.0.0/16",
    "logRetentionDays": 731,
    "auditRetentionDays": 913,
    "databaseMinCapacity": 5,
    "databaseMaxCapacity": 23,
    "cacheNodeType": "cache.r7g.xlarge",
    "cacheShards": 4,
    "certificateArn": emulator.CERTIFICATE_ARN,
    "serviceHostName": "service.internal.example.com",
    "apiImage": "registry.example.com/tap-api:2.3.4",
    "consumerImage": "registry.example.com/tap-consumer:5.6.7",
    "apiMinTasks": 7,
    "apiMaxTasks": 41,
    "apiRequestsPerTask": 6007,
    "stageMinTasks": 9,
    "stageMaxTasks": 37,
    "stageRecordsPerTask": 12007,
    "apiRateLimit": 1009,
    "apiBurstLimit": 2011,
    "apiDailyQuota": 10000019,
    "wafRateLimit": 10037,
}
OPTIONAL: Mapping[str, Any] = {
    "alarmEmail": "alarms@example.com",
    "apiDomain": "api.example.com",
}


@dataclass(frozen=True)
class Asked:
    """One resource, as one side asks for it."""

    name: str
    """Pulumi's name or the template's logical id."""
    type: str
    properties: Mapping[str, Any]
    answers: Mapping[str, Any]
    """What others may refer to: Pulumi's outputs (with ``id``), the template's attributes (with ``Ref``)."""


@dataclass(frozen=True)
class Sides:
    """What both sides ask for, and the stack's outputs on each."""

    program: tuple[Asked, ...]
    template: tuple[Asked, ...]
    program_outputs: Mapping[str, Any]
    template_outputs: Mapping[str, str]
    endpoint: str
    """The emulated account that the template stands in."""
    physical_ids: Mapping[str, str]
    """By logical id."""


class Deployed:
    """Both sides, which can be brought to other settings."""

    def __init__(self, engine: Engine, state: emulator.State, template: str) -> None:
        self._engine = engine
        self._endpoint = state.endpoint
        self._cloudformation = client(state.endpoint, "cloudformation")
        client(state.endpoint, "s3").put_object(Bucket=emulator.TEMPLATE_BUCKET, Key=STACK, Body=template.encode())
        self._exists = False

    def bring_to(self, settings: Mapping[str, Any]) -> Sides:
        """Create or update both sides."""
        self._engine.config = {"aws:region": emulator.REGION, **settings}
        result = self._engine.up()
        program = tuple(
            Asked(item.name, item.type, _plain(item.inputs), {**_plain(item.outputs), "id": item.id})
            for item in self._engine.state
            if item.custom and not item.is_provider
        )
        self._deploy(settings)
        found = emulator.stack_resources(self._endpoint, STACK)
        template = tuple(
            Asked(item["LogicalResourceId"], item["ResourceType"], item["Properties"], item["Attributes"])
            for item in found
        )
        stack = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return Sides(
            program,
            template,
            result.outputs,
            {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]},
            self._endpoint,
            {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found},
        )

    def _deploy(self, settings: Mapping[str, Any]) -> None:
        given = [{"ParameterKey": parameter(key), "ParameterValue": str(value)} for key, value in settings.items()]
        operation = "update_stack" if self._exists else "create_stack"
        getattr(self._cloudformation, operation)(
            StackName=STACK,
            TemplateURL=f"{self._endpoint}/{emulator.TEMPLATE_BUCKET}/{STACK}",
            Parameters=given,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        self._exists = True
        stack = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack["StackStatusReason"]


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _with_texts(value) for name, value in values.plain(properties).items()}


def _with_texts(value: Any) -> Any:
    """Archives and assets as what is in them."""
    if values.signature(value) == values.ASSET:
        return value["text"]
    if values.signature(value) == values.ARCHIVE:
        return _with_texts(value["assets"])
    if isinstance(value, Mapping):
        return {name: _with_texts(item) for name, item in value.items()}
    return [_with_texts(item) for item in value] if isinstance(value, list) else value


def parameter(key: str) -> str:
    """The template's name for a setting."""
    return key[0].upper() + key[1:]


def client(endpoint: str, service: str) -> Any:
    """A boto3 client of the emulated account."""
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name=emulator.REGION, endpoint_url=endpoint, **credentials)


@contextmanager
def deployed() -> Iterator[Deployed]:
    """An engine and an emulator for both sides, gone in the end."""
    with ExitStack() as resources:
        state = resources.enter_context(emulator.emulator())
        engine = resources.enter_context(Engine(ROOT, stack=STACK))
        yield Deployed(engine, state, synthesize(ROOT).text)
