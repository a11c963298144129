"""Resources that a real back end of moto stands behind, reached through the services' public API.

A resource type is data: the calls that make, change and remove it, and which property goes into which parameter.
Parameter names and types come from botocore's own service models, so a value takes the form that the API wants
(a policy document becomes text, a list of tags a map, a number a string) without being told.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3  # type: ignore[import-untyped, unused-ignore]
import jmespath  # type: ignore[import-untyped, unused-ignore]
from botocore.config import Config  # type: ignore[import-untyped, unused-ignore]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped, unused-ignore]

from . import attributes
from .account import CREDENTIALS, REGION
from .errors import ResourceError
from .resources import Record

LOGGER = logging.getLogger(__name__)

Source = Callable[[Record], Any]
"""Where a parameter's value comes from."""


@dataclass(frozen=True)
class Given:
    """The value of a property."""

    name: str

    def __call__(self, record: Record) -> Any:
        return record.properties.get(self.name)


def ref(record: Record) -> Any:
    """What ``Ref`` returns."""
    return record.physical_id


def named(record: Record) -> Any:
    """The physical name."""
    return record.name


def unique(record: Record) -> Any:
    """A text that no other resource has, for idempotency tokens."""
    return record.seed


def answered(path: str) -> Source:
    """A part of what the back end answered when it made the resource (JMESPath)."""
    return lambda record: jmespath.search(path, record.answer)


def listed(source: Source) -> Source:
    """The value as the only item of a list."""
    return lambda record: [source(record)]


def wrapped(name: str, key: str = "Value") -> Source:
    """A property inside a structure of one member; nothing when the property is not given."""

    def source(record: Record) -> Any:
        value = record.properties.get(name)
        return None if value is None else {key: value}

    return source


def constant(value: Any) -> Source:
    """The same value always."""
    return lambda _: value


def formatted(template: str) -> Source:
    """A text of the form that AWS gives it (see :func:`.attributes.fill`)."""
    return lambda record: attributes.fill(template, record, "Arn")


def chosen(*names: str) -> Source:
    """Several properties as one map, where the API wants attributes."""
    return lambda record: {name: record.properties[name] for name in names if name in record.properties}


def tag_specification(resource_type: str, name: str = "Tags") -> Source:
    """The tags, in the form that EC2 wants them when it makes something."""

    def source(record: Record) -> Any:
        tags = record.properties.get(name)
        return [{"ResourceType": resource_type, "Tags": tags}] if tags else None

    return source


class Services:
    """The emulator's services, reached as any client reaches them."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of a service."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation with parameters in whatever form the template had them.

        Raises:
            ResourceError: the client or the back end refused the call.
        """
        client = self.client(service)
        shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
        given = {key: value for key, value in parameters.items() if value is not None}
        try:
            answer: dict[str, Any] = getattr(client, operation)(**shaped(given, shape) if shape else {})
        except ClientError as error:
            detail = error.response["Error"]
            reason = f"{detail.get('Message')} (Service: {service}, Operation: {operation}, Code: {detail.get('Code')})"
            raise ResourceError(reason) from error
        except BotoCoreError as error:
            raise ResourceError(f"{error} (Service: {service}, Operation: {operation})") from error
        return answer


Function = Callable[[Services, Record, Mapping[str, Any]], None]
"""Brings one aspect of a resource up to date; the mapping holds the properties as they were (empty at creation)."""


@dataclass(frozen=True)
class Call:
    """One call of the service's API."""

    operation: str
    parameters: Mapping[str, Source] = field(default_factory=dict)
    same: tuple[str, ...] = ()
    """Properties that the API knows by the same name (whatever the case of its first letter)."""

    def arguments(self, record: Record) -> dict[str, Any]:
        """The parameters' values for one resource."""
        return {name: record.properties.get(name) for name in self.same} | {
            name: source(record) for name, source in self.parameters.items()
        }


@dataclass(frozen=True)
class Setting:
    """What can be changed later: a call or function, and the properties that it takes care of."""

    properties: tuple[str, ...]
    apply: Call | Function
    at_creation: bool = True
    """Whether the creating call leaves this to be set afterwards."""
    without: Call | None = None
    """The call instead of ``apply`` once none of the properties is given any more."""


@dataclass(frozen=True)
class ApiType:
    """How one resource type is made, changed and removed."""

    service: str
    create: Call
    ref: Source
    delete: tuple[Call | Function, ...]
    """The steps that remove it, in order."""
    settings: tuple[Setting, ...] = ()
    attributes: Mapping[str, Source] = field(default_factory=dict)
    lookups: Mapping[str, Callable[[Services, Record], Any]] = field(default_factory=dict)
    """Attributes that the back end has to be asked for."""
    unkept: tuple[str, ...] = ()
    """Properties that the back end does not keep, or cannot change after creation."""


def tags(
    identifier: Mapping[str, Source],
    *,
    service: str,
    operations: tuple[str, str] = ("tag_resource", "untag_resource"),
    name: str = "Tags",
    at_creation: bool = False,
) -> Setting:
    """The setting for tags: new ones are put, and missing ones taken away."""

    def apply(services: Services, record: Record, old: Mapping[str, Any]) -> None:
        wanted = record.properties.get(name, [])
        gone = [tag["Key"] for tag in old.get(name, []) if tag["Key"] not in {new["Key"] for new in wanted}]
        target = {parameter: source(record) for parameter, source in identifier.items()}
        if gone:
            services.call(service, operations[1], target | {"TagKeys": gone})
        if wanted:
            services.call(service, operations[0], target | {"Tags": wanted})

    return Setting((name,), apply, at_creation=at_creation)


class ApiHandler:
    """The types of a table, each through its service."""

    def __init__(self, services: Services, types: Mapping[str, ApiType]) -> None:
        self.services = services
        self.types = types
        self._live: dict[str, Record] = {}

    def find(self, type_name: str, attribute: str, value: str) -> Record | None:
        """The living resource of a type that has the given value for an attribute."""
        live = (record for record in self._live.values() if record.type_name == type_name)
        return next((record for record in live if self.attribute(record, attribute) == value), None)

    def create(self, record: Record) -> None:
        kind = self.types[record.type_name]
        record.answer = self._run(kind, kind.create, record, {}) or {}
        record.physical_id = str(kind.ref(record))
        try:
            for setting in kind.settings:
                if setting.at_creation and any(name in record.properties for name in setting.properties):
                    self._run(kind, setting.apply, record, {})
        except ResourceError:
            # Half made is not made: nothing may stay that the stack does not know of.
            self._discard(record)
            raise
        self._live[record.seed] = record

    def update(self, record: Record, properties: Mapping[str, Any]) -> None:
        kind = self.types[record.type_name]
        old, record.properties = record.properties, dict(properties)
        try:
            for setting in kind.settings:
                if any(old.get(name) != properties.get(name) for name in setting.properties):
                    given = any(name in properties for name in setting.properties)
                    self._run(kind, setting.apply if given or not setting.without else setting.without, record, old)
        except ResourceError:
            record.properties = old
            raise

    def delete(self, record: Record) -> None:
        kind = self.types[record.type_name]
        for step in kind.delete:
            self._run(kind, step, record, record.properties)
        self._live.pop(record.seed, None)

    def _discard(self, record: Record) -> None:
        kind = self.types[record.type_name]
        for step in kind.delete:
            try:
                self._run(kind, step, record, record.properties)
            except ResourceError as error:
                # What was not made yet cannot be removed; the reason that counts is why it was not made.
                LOGGER.info("while discarding %s: %s", record, error)

    def attribute(self, record: Record, name: str) -> Any:
        kind = self.types[record.type_name]
        if name in kind.lookups:
            return kind.lookups[name](self.services, record)
        source = kind.attributes.get(name)
        value = source(record) if source else None
        return attributes.attribute(record, name) if value is None else value

    def _run(self, kind: ApiType, step: Call | Function, record: Record, old: Mapping[str, Any]) -> Any:
        if isinstance(step, Call):
            return self.services.call(kind.service, step.operation, step.arguments(record))
        return step(self.services, record, old)


def shaped(value: Any, shape: Any) -> Any:
    """Give ``value`` the form of a botocore shape."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return _structure(value, shape)
    if shape.type_name == "list" and isinstance(value, list):
        return [shaped(item, shape.member) for item in value]
    if shape.type_name == "map":
        if isinstance(value, list):
            value = {item["Key"]: item["Value"] for item in value}
        return {key: shaped(item, shape.value) for key, item in value.items()}
    return _scalar(value, shape.type_name)


def _structure(value: dict[str, Any], shape: Any) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    result = {}
    for key, item in value.items():
        # CloudFormation's tags have a Key and a Value; some services call theirs TagKey and TagValue.
        name = members.get(key.lower()) or members.get(f"tag{key}".lower())
        # An unknown name is passed on as it is, so that botocore refuses it by name.
        result[name or key] = shaped(item, shape.members[name]) if name else item
    return result


def _scalar(value: Any, kind: str) -> Any:
    if kind == "string" and not isinstance(value, str):
        return json.dumps(value) if isinstance(value, (dict, list, bool)) else str(value)
    if kind in {"integer", "long"} and isinstance(value, (str, float)):
        return int(value)
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value
