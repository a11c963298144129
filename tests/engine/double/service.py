"""The provider protocol, served from the schema, the tables and the home."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, NoReturn

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from .. import values
from ..processes import FAILED
from . import checking, identifiers, outputs
from .home import Cloud, CloudOperation, Event, Fault, Home
from .invokes import INVOKES
from .schema import (
    Field,
    ListOf,
    MapOf,
    ResourceSchema,
    Structure,
    Type,
    UnknownTypeError,
    fields_of,
    provider_inputs,
    schema_of,
)

HANG = 3600.0


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process. Requests are served one at a time, so it keeps no locks."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._cloud: Cloud = home.cloud()
        self._default_tags: dict[str, Any] = {}

    # The plugin and its configuration.

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=version("pulumi_aws"))

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        news = values.decode(request.news)
        answer = provider_pb2.CheckResponse(inputs=request.news)
        for name in sorted(set(news) - set(provider_inputs()) - {"version", "pluginDownloadURL"}):
            if not name.startswith("__"):
                answer.failures.add(property=name, reason="the AWS provider has no such setting.")
        if not news.get("region"):
            answer.failures.add(
                property="region", reason="a region is needed: `pulumi config set aws:region eu-west-1`."
            )
        return answer

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        olds, news = values.decode(request.old_inputs), values.decode(request.news)
        changed = sorted(name for name in olds.keys() | news.keys() if olds.get(name) != news.get(name))
        return _difference(changed, [name for name in changed if name == "region"], delete_first=False)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        # The settings of a provider cross the wire as text; those that are no text, as JSON.
        text = values.decode(request.args).get("defaultTags")
        self._default_tags = json.loads(text).get("tags", {}) if isinstance(text, str) else {}
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()

    # Resources.

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        news = values.decode(request.news)
        try:
            schema = schema_of(_type_of(request.urn))
        except UnknownTypeError as error:
            failure = provider_pb2.CheckFailure(reason=f"{error}.")
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        if self._default_tags and "tags" in schema.inputs and news.get("tags") != values.UNKNOWN:
            news["tags"] = {**self._default_tags, **(news.get("tags") or {})}
        failures = [
            provider_pb2.CheckFailure(property=fault.path, reason=fault.reason)
            for fault in checking.check(schema, news)
        ]
        return provider_pb2.CheckResponse(inputs=values.encode(_with_defaults(schema, news)), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        token = _type_of(request.urn)
        olds, news = _given(request.old_inputs), _given(request.news)
        changed = sorted(name for name in olds.keys() | news.keys() if not _same(olds.get(name), news.get(name)))
        replaced = [name for name in changed if name in identifiers.form_of(token).fixed]
        # What is found by its name cannot stand beside its replacement.
        identity = identifiers.identify(token, request.urn, news, self._generation(request.urn))
        same_place = identity.id == request.id and "revision" not in values.decode(request.olds)
        return _difference(changed, replaced, delete_first=bool(replaced) and same_place)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        schema, inputs = schema_of(_type_of(request.urn)), _given(request.properties)
        if request.preview:
            planned = outputs.planned_outputs(schema, inputs)
            return provider_pb2.CreateResponse(properties=values.encode(planned))
        fault = self._fault("create", request.urn, context)
        identity = identifiers.identify(schema.token, request.urn, inputs, self._generation(request.urn))
        made = outputs.outputs_of(schema, inputs, identity)
        event = Event("create", request.urn, schema.token, identity.id, inputs, made)
        if event.key in self._cloud.alive:
            _refuse(context, f"{schema.token} {identity.id!r} exists already")
        self._record(event, fault)
        return provider_pb2.CreateResponse(id=identity.id, properties=values.encode(made))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        schema, inputs = schema_of(_type_of(request.urn)), _given(request.news)
        olds = values.decode(request.olds)
        # Inputs that are no longer given are gone; what the provider had computed stays as it was.
        gone = {*_given(request.old_inputs), "tagsAll"}
        kept = {name: item for name, item in olds.items() if name not in gone}
        made = outputs.outputs_of(schema, {**kept, **inputs}, self._identity(schema, request, inputs))
        if request.preview:
            return provider_pb2.UpdateResponse(properties=values.encode(made))
        fault = self._fault("update", request.urn, context)
        event = Event("update", request.urn, schema.token, request.id, inputs, made)
        self._must_exist(event, context)
        self._record(event, fault)
        return provider_pb2.UpdateResponse(properties=values.encode(made))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        schema = schema_of(_type_of(request.urn))
        self._cloud.refresh()
        for event in self._cloud.alive.values():
            if (event.type, event.id) == (schema.token, request.id):
                return provider_pb2.ReadResponse(id=event.id, properties=values.encode(event.outputs))
        # Something that other people made: its id is all that is known of it, so the rest is made up.
        identity = identifiers.identify(schema.token, request.urn, {}, 0)
        made = outputs.outputs_of(schema, _given(request.properties), identity)
        return provider_pb2.ReadResponse(id=request.id, properties=values.encode(made))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        fault = self._fault("delete", request.urn, context)
        event = Event("delete", request.urn, _type_of(request.urn), request.id, {}, values.decode(request.properties))
        self._must_exist(event, context)
        self._record(event, fault)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        function = INVOKES.get(request.tok)
        if function is None:
            _refuse(context, f"the provider double does not answer {request.tok}; it answers {', '.join(INVOKES)}")
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(values.encode(function(values.decode(request.args))))
        return answer

    # How.

    def _generation(self, urn: str) -> int:
        self._cloud.refresh()
        return self._cloud.creations[urn]

    def _identity(self, schema: ResourceSchema, request: Any, inputs: Mapping[str, Any]) -> identifiers.Identity:
        return identifiers.identify(schema.token, request.urn, inputs, max(0, self._generation(request.urn) - 1))

    def _must_exist(self, event: Event, context: Any) -> None:
        if self._home.environment and event.key not in self._cloud.alive:
            _refuse(context, f"{event.type} {event.id!r} does not exist")

    def _fault(self, operation: CloudOperation, urn: str, context: Any) -> Fault | None:
        self._cloud.refresh()
        fault = self._home.take(operation, urn.rpartition("::")[2])
        if fault is None:
            return None
        if fault.kind == "refuse":
            _refuse(context, f"injected fault: {operation} of {fault.name} was refused")
        if fault.kind == "hang":
            time.sleep(HANG)
        if fault.kind == "crash":
            os._exit(137)
        return fault

    def _record(self, event: Event, fault: Fault | None) -> None:
        self._cloud.record(event)
        if fault is not None and fault.kind == "crash after":
            os._exit(137)


def _type_of(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _refuse(context: Any, message: str) -> NoReturn:
    context.abort(FAILED, message)
    raise AssertionError("abort always raises")


def _difference(changed: list[str], replaced: list[str], *, delete_first: bool) -> Any:
    changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    detailed = {
        name: provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.UPDATE_REPLACE if name in replaced else provider_pb2.PropertyDiff.UPDATE,
            inputDiff=True,
        )
        for name in changed
    }
    return provider_pb2.DiffResponse(
        changes=changes,
        diffs=changed,
        replaces=replaced,
        deleteBeforeReplace=delete_first,
        detailedDiff=detailed,
        hasDetailedDiff=bool(changed),
    )


def _given(struct: Any) -> dict[str, Any]:
    """A message's properties without what only Check added."""
    return {name: _without_defaults(item) for name, item in values.decode(struct).items() if name != DEFAULTS}


DEFAULTS = "__defaults"


def _with_defaults(schema: ResourceSchema, news: Mapping[str, Any]) -> dict[str, Any]:
    """Add the list of names that Check filled in (none), to the inputs and each object in them, as the bridge does."""
    return {DEFAULTS: [], **_marked_fields(schema.inputs, news)}


def _marked_fields(fields: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _marked(fields[name].type, item) if name in fields else item for name, item in given.items()}


def _marked(kind: Type, value: Any) -> Any:
    if isinstance(kind, ListOf) and isinstance(value, list):
        return [_marked(kind.item, item) for item in value]
    if isinstance(kind, MapOf) and isinstance(value, dict):
        return {name: _marked(kind.item, item) for name, item in value.items()}
    if isinstance(kind, Structure) and isinstance(value, dict):
        return {DEFAULTS: [], **_marked_fields(fields_of(kind.python), value)}
    return value


def _without_defaults(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_defaults(item) for name, item in value.items() if name != DEFAULTS}
    return [_without_defaults(item) for item in value] if isinstance(value, list) else value


def _same(old: Any, new: Any) -> bool:
    """Whether two inputs mean the same; text that is JSON is compared as what it says."""
    if isinstance(old, str) and isinstance(new, str) and old[:1] in ("{", "[") and new[:1] in ("{", "["):
        try:
            return bool(json.loads(old) == json.loads(new))
        except ValueError:
            return old == new
    if values.signature(old) in (values.ASSET, values.ARCHIVE) and values.signature(old) == values.signature(new):
        return bool(old.get("hash") == new.get("hash"))
    return bool(old == new)
