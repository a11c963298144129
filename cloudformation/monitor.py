"""Pulumi's resource monitor as the compiler plays it: it answers with tokens and keeps what is registered.

Together with :mod:`cloudformation.recorder` the only module that touches Pulumi's internal runtime (the mock monitor,
the configuration store, the wire format of secrets); ``tests/cloudformation/test_recorder.py`` is the contract test
for the pinned SDK.
"""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi._types import resource_types
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from .errors import Position, ProgramError
from .graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Path,
    Program,
    Resource,
    Secret,
    StackOutput,
    Value,
    as_text,
    describe,
    parse_text,
)
from .invokes import answer
from .program import Parameter
from .project import Project
from .tokens import Token
from .types import registry

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
_PACKAGE = FilePath(__file__).resolve().parent


class ConfigStore(dict[str, Any]):
    """Pulumi's configuration store while recording: every key of the project is a template parameter."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__()
        self._monitor = monitor

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str)

    def __getitem__(self, key: str) -> Any:
        namespace, _, name = key.partition(":")
        project = self._monitor.project
        if namespace == "aws" and name == "region":
            return project.region
        if namespace != project.name:
            return None
        return self._monitor.parameter(_declared(name, project.config.get(name, {})))


def _declared(key: str, declaration: Mapping[str, Any]) -> Parameter:
    default = declaration.get("default")
    return Parameter(
        name=key[0].upper() + key[1:],
        description=declaration.get("description", ""),
        type="Number" if declaration.get("type") in ("integer", "number") else "String",
        default=str(default).lower() if isinstance(default, bool) else default,
    )


class Monitor(mocks.MockMonitor):
    """Pulumi's resource monitor, answering with tokens and keeping the raw registrations."""

    def __init__(self, project: Project, without: str | None) -> None:
        super().__init__(_NoMocks())
        self.project = project
        self._without = without
        self.failure: Exception | None = None
        self._meanings: dict[str, Value] = {}
        self._tokens: dict[str, Token] = {}
        self._parameters: dict[str, Parameter] = {}
        self._recorded: dict[str, Resource] = {}
        self._outputs: dict[str, Value] = {}
        self._descriptions: dict[str, str] = {}
        self._lock = threading.Lock()
        self._relative: dict[str, str | None] = {}
        self._declared_outputs: dict[str, tuple[str, ...]] = {}
        self._summaries: dict[str, str] = {}

    # What components may ask for; see program.Recording.

    def parameter(self, parameter: Parameter) -> Token | None:
        self._parameters.setdefault(parameter.name, parameter)
        if parameter.name == self._without:
            return None
        return self.token(f"parameter {parameter.name}", ParameterValue(parameter.name), f"setting {parameter.name}")

    def cidr_blocks(self, block: str, count: int, host_bits: int) -> list[Token]:
        blocks = Function("Fn::Cidr", (self.value(block), Literal(count), Literal(host_bits)))
        return [
            self.token(f"cidr {block} {host_bits} {index}", _select(index, blocks), f"block {index} of a network")
            for index in range(count)
        ]

    def describe_output(self, name: str, description: str) -> None:
        self._descriptions[name] = description

    # Tokens and values.

    def token(self, key: str, value: Value, meaning: str) -> Token:
        token = Token(key, meaning)
        with self._lock:
            self._meanings[str(token)] = value
            self._tokens[str(token)] = token
        return token

    def value(self, text: str) -> Value:
        return parse_text(text, self._meanings.__getitem__)

    def tokenizing(self, deserialize: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap Pulumi's deserializer so that a token reaches the program as one, with its guards."""

        def wrapped(value: Any, *args: Any, **kwargs: Any) -> Any:
            result = deserialize(value, *args, **kwargs)
            return self._tokens.get(result, result) if type(result) is str else result

        return wrapped

    # The monitor's protocol.

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        try:
            return self._register(request)
        except Exception as error:
            self.failure = self.failure or error
            raise

    def _register(self, request: Any) -> Any:
        urn = self._urn(request)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        trace = tuple(filter(None, map(self._position, request.stackTrace.frames)))
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent if "pulumi:pulumi:Stack" not in request.parent.split("::")[2:3] else None,
            inputs={name: self._from_wire(value) for name, value in sorted(request.object.fields.items())},
            dependencies=tuple(sorted(set(request.dependencies))),
            custom=request.custom,
            ignore_changes=tuple(sorted(request.ignoreChanges)),
            retain_on_delete=request.retainOnDelete or request.protect,
            trace=trace,
            summary=self._summaries.get(request.type, ""),
        )
        with self._lock:
            twin = self._recorded.setdefault(urn, resource)
        if twin is not resource:
            raise ProgramError(
                f"{resource.title} is registered twice, here and at {twin.position}. Rename one of them."
            )
        if request.importId:
            raise ProgramError(f"{resource.title} is imported, which a template cannot do. Remove `import_`.")
        state = self._state(resource, request.object) if request.custom else {}
        identity = self._to_wire(Attribute(urn, ("id",))) if request.custom else ""
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=self._to_struct(state))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if "::pulumi:pulumi:Stack::" in request.urn:
            self._outputs = {name: self._from_wire(value) for name, value in request.outputs.fields.items()}
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        arguments = {name: self._from_wire(value) for name, value in request.args.fields.items()}
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(self._to_struct(answer(request.tok, arguments)))
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        self.failure = ProgramError(
            f"{request.type} {request.name!r} is looked up with .get(), which a template cannot do. "
            "Make its attributes settings (pulumi.Config) instead."
        )
        raise self.failure

    def RegisterStackTransform(self, _request: Any) -> Any:  # noqa: N802
        raise ProgramError("Stack transforms change resources unseen and cannot be compiled. Set the inputs directly.")

    RegisterStackInvokeTransform = RegisterStackTransform

    def program(self) -> Program:
        """Everything recorded, in the order in which the program reads."""
        ordered = sorted(self._recorded.values(), key=_program_order)
        resources = {item.urn: item for item in ordered if item.custom and not item.type.startswith(PROVIDER_PREFIX)}
        components = {item.urn: item for item in ordered if not item.custom}
        outputs = tuple(
            StackOutput(name, value, self._descriptions.get(name, "")) for name, value in self._outputs.items()
        )
        return Program(
            description=self.project.description,
            region=self.project.region,
            resources=resources,
            components=components,
            parameters=self._ordered_parameters(),
            outputs=tuple(sorted(outputs, key=lambda output: output.name)),
        )

    def _ordered_parameters(self) -> tuple[Parameter, ...]:
        return tuple(self._parameters.values())

    def relative(self, position: Position) -> Position | None:
        """The position with a path inside the project; None when it lies elsewhere (a library, this package)."""
        if position.file not in self._relative:
            path = FilePath(position.file)
            inside = path.is_relative_to(self.project.directory) and not path.is_relative_to(_PACKAGE)
            library = "site-packages" in path.parts
            self._relative[position.file] = (
                str(path.relative_to(self.project.directory)) if inside and not library else None
            )
        file = self._relative[position.file]
        return Position(file, position.line) if file else None

    def _position(self, frame: Any) -> Position | None:
        path = urllib.parse.unquote(urllib.parse.urlparse(frame.pc.uri).path)
        return self.relative(Position(path, frame.pc.line)) if path else None

    def _urn(self, request: Any) -> str:
        parent_type = request.parent.split("::")[2] if request.parent else STACK_TYPE
        qualified = request.type if parent_type == STACK_TYPE else f"{parent_type}${request.type}"
        return f"urn:pulumi:stack::{self.project.name}::{qualified}::{request.name}"

    def _state(self, resource: Resource, wire: struct_pb2.Struct) -> dict[str, Value]:
        """What the program sees as the outputs: its own inputs, and a token for each thing that only AWS knows."""
        # Files do not come back: their wire form is no value of ours.
        state = {name: value for name, value in resource.inputs.items() if not _is_asset(wire.fields[name])}
        known = registry.attribute_paths(resource.type)
        for path in known:
            _insert(state, path, Attribute(resource.urn, path))
        for name in self._declared_outputs.get(resource.type, ()):
            state.setdefault(name, Attribute(resource.urn, (name,)))
        return state

    def note_class(self, arguments: pulumi.ResourceTransformationArgs) -> None:
        """Remember what the resource's class says and the wire does not: its outputs, and what a component is for."""
        kind = type(arguments.resource)
        if isinstance(arguments.resource, pulumi.ComponentResource):
            self._summaries[arguments.type_] = (kind.__dict__.get("__doc__") or "").strip().partition("\n")[0]
        elif arguments.type_ not in self._declared_outputs:
            self._declared_outputs[arguments.type_] = tuple(resource_types(kind))

    # Wire format.

    def _from_wire(self, value: struct_pb2.Value) -> Value:
        match value.WhichOneof("kind"):
            case "string_value":
                return self.value(value.string_value)
            case "number_value":
                number = value.number_value
                return Literal(int(number) if number.is_integer() else number)
            case "bool_value":
                return Literal(value.bool_value)
            case "list_value":
                return ListValue(tuple(map(self._from_wire, value.list_value.values)))
            case "struct_value":
                return self._from_struct(value.struct_value)
            case _:
                return Literal(None)

    def _from_struct(self, struct: struct_pb2.Struct) -> Value:
        fields = {key: self._from_wire(struct.fields[key]) for key in sorted(struct.fields)}
        match fields.pop(rpc._special_sig_key, None):
            case Literal(rpc._special_secret_sig):
                return Secret(fields["value"])
            case Literal(rpc._special_resource_sig):
                return self.value(struct.fields["id"].string_value)
            case _:
                # Assets and archives keep their fields, which is all that a type's mapping needs.
                return MapValue(fields)

    def _to_wire(self, value: Value) -> Any:
        match value:
            case Literal(plain):
                return plain
            case Secret(inner):
                return {rpc._special_sig_key: rpc._special_secret_sig, "value": self._to_wire(inner)}
            case ListValue(items):
                return [self._to_wire(item) for item in items]
            case MapValue(fields):
                return {key: self._to_wire(item) for key, item in fields.items()}
            case Concat(pieces):
                return "".join(
                    as_text(piece) if isinstance(piece, Literal) else self._to_wire(piece) for piece in pieces
                )
            case Attribute(urn, path):
                title = f"output {describe(path)} of {urn.rpartition('::')[2]!r}"
                return str(self.token(f"attribute {urn} {path}", value, title))
            case _:
                return str(self.token(f"value {value}", value, f"value {value}"))

    def _to_struct(self, values: Mapping[str, Value]) -> struct_pb2.Struct:
        struct = struct_pb2.Struct()
        struct.update({name: self._to_wire(value) for name, value in values.items()})
        return struct


class _NoMocks(mocks.Mocks):
    """Never called: the monitor answers by itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError(args.typ)


def _is_asset(value: struct_pb2.Value) -> bool:
    signature = value.struct_value.fields[rpc._special_sig_key].string_value if value.HasField("struct_value") else ""
    return signature in (rpc._special_asset_sig, rpc._special_archive_sig)


def _insert(state: dict[str, Value], path: Path, value: Value) -> None:
    """Put ``value`` at ``path``, making the maps and lists on the way (masterUserSecrets[0].secretArn)."""
    name, *rest = path
    state[str(name)] = _nest(state.get(str(name)), rest, value) if rest else value


def _nest(container: Value | None, path: list[str | int], value: Value) -> Value:
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        items = list(container.items) if isinstance(container, ListValue) else []
        items += [Literal(None)] * (step + 1 - len(items))
        items[step] = _nest(items[step], rest, value)
        return ListValue(tuple(items))
    fields = dict(container.items) if isinstance(container, MapValue) else {}
    fields[step] = _nest(fields.get(step), rest, value)
    return MapValue(fields)


def _select(index: int, values: Value) -> Function:
    return Function("Fn::Select", (Literal(index), values))


def _program_order(resource: Resource) -> tuple[object, ...]:
    """Sorts as the program reads: by the lines that lead to the registration, outermost first, then by name.

    The order in which registrations arrive means nothing: Pulumi sends them from threads.
    """
    lines = tuple((position.file, position.line) for position in reversed(resource.trace))
    return lines, _natural(resource.name), resource.type


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d+|\D+", name))
