"""Pulumi's resource monitor as the compiler plays it: it answers with tokens and keeps what is registered.

Together with :mod:`cloudformation.recorder`, :mod:`cloudformation.interception`, :mod:`cloudformation.wire` and what
:mod:`cloudformation.shortcuts` puts in the SDK's place the only module that touches Pulumi's internal runtime;
``tests/cloudformation/test_recorder.py`` and ``test_shortcuts.py`` are the contract tests for the pinned SDK.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi._types import resource_pulumi_to_py_names
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from . import options, providers
from .configuration import combined
from .errors import CompileError, Position, ProgramError
from .graph import (
    Attribute,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Path,
    Program,
    Pseudo,
    Resource,
    Secret,
    StackOutput,
    Value,
)
from .interception import call_site
from .invokes import answer
from .lazy_outputs import DerivedOutput
from .positions import Positions
from .program import Parameter
from .project import Project
from .registration import Registration, of_request
from .tokens import PATTERN, PLAIN, Spelling, Token
from .types import registry
from .values import from_python
from .wire import Wire

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


class _Every(frozenset[str]):
    """All optional settings, known or not."""

    def __contains__(self, _name: object) -> bool:
        return True


EVERY = _Every()


class Monitor(mocks.MockMonitor):
    """Pulumi's resource monitor, answering with tokens and keeping the raw registrations."""

    def __init__(self, project: Project, without: Collection[str] = (), spelling: Spelling = PLAIN) -> None:
        super().__init__(_NoMocks())
        self.project = project
        self._without = without
        self.wire = Wire(spelling)
        self.positions = Positions(project)
        self.failure: Exception | None = None
        self._parameters: dict[str, Parameter] = {}
        self._recorded: dict[str, Resource] = {}
        self._providers: dict[str, str] = {}
        self._outputs: dict[str, Value] = {}
        self._descriptions: dict[str, str] = {}
        self._lock = threading.Lock()
        self._declared_outputs: dict[str, tuple[str, ...]] = {}
        self._summaries: dict[str, str] = {}

    # What components may ask for; see program.Recording.

    def parameter(self, parameter: Parameter) -> Token | None:
        self._parameters.setdefault(parameter.name, parameter)
        if parameter.optional and parameter.name in self._without:
            return None
        title = f"the setting {parameter.config_key}"
        return self.wire.token(f"parameter {parameter.name}", ParameterValue(parameter.name), title, parameter.optional)

    def configured(self, parameter: Parameter) -> Token | None:
        """The same for a setting that the program reads by itself, maybe more than once."""
        known = self._parameters.get(parameter.name)
        wanted = self._parameters[parameter.name] = combined(known, parameter) if known else parameter
        if wanted.secret and wanted.default is not None:
            raise ProgramError(
                f"the setting {wanted.config_key} is a secret, but has a default, which would stand in the template in "
                "clear. Require it instead (config.require_secret)."
            )
        return self.parameter(parameter)

    def stack_name(self) -> Token:
        return self.wire.token("stack name", Pseudo("AWS::StackName"), "the stack's name")

    def organization(self) -> Token:
        unknown = Attribute("pulumi.get_organization()", ("organization",))
        return self.wire.token("organization", unknown, "the organization")

    def cidr_blocks(self, block: str, count: int, host_bits: int) -> list[Token]:
        blocks = Function("Fn::Cidr", (self.wire.value(block), Literal(count), Literal(host_bits)))
        return [
            self.wire.token(f"cidr {block} {host_bits} {index}", _select(index, blocks), f"block {index} of a network")
            for index in range(count)
        ]

    def part(self, text: str, separator: str, index: int) -> Token:
        whole = self.wire.value(text)
        split = Function("Fn::Split", (Literal(separator), whole))
        meaning = f"part {index + 1} of a text between {separator!r}"
        return self.wire.token(f"part {whole} {separator} {index}", _select(index, split), meaning)

    def derived(self, output: pulumi.Output[Any], function: Callable[[Any], Any]) -> pulumi.Output[Any]:
        """``output.apply(function)``, for a function that gives the same whenever it is called."""
        return DerivedOutput(
            output, lambda value: function(self.wire.guarded(value)), functools.partial(output.apply, function)
        )

    def describe_output(self, name: str, description: str) -> None:
        self._descriptions[name] = description

    # The monitor's protocol.

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        try:
            registration = of_request(request, self.positions.trace(request))
            with registration.origin.reading():
                inputs = self.wire.read_fields(request.object.fields)
            registered = self.register(registration, inputs)
        except Exception as error:
            self.note(error)
            raise
        return resource_pb2.RegisterResourceResponse(
            urn=registered.urn, id=registered.id, object=self.wire.write_struct(registered.outputs())
        )

    def note(self, failure: Exception) -> None:
        """What went wrong first is what the recording fails with; others may follow from it."""
        self.failure = self.failure or failure

    def register(self, registration: Registration, inputs: Mapping[str, Value]) -> Registered:
        """Keep a registration.

        Raises:
            ProgramError: it is nothing that a template can have.
        """
        origin = registration.origin
        urn = self._urn(registration)
        if origin.type == STACK_TYPE:
            return Registered(urn, "", dict)
        self._check_registration(registration)
        resource = Resource(
            urn=urn,
            type=origin.type,
            name=origin.name,
            parent=registration.parent if STACK_TYPE not in registration.parent.split("::")[2:3] else None,
            inputs=inputs,
            dependencies=tuple(sorted(set(registration.dependencies))),
            custom=origin.custom,
            ignore_changes=tuple(sorted(registration.ignore_changes)),
            retain_on_delete=registration.retained,
            options=registration.options,
            trace=origin.trace,
            summary=self._summaries.get(origin.type, ""),
        )
        with self._lock:
            twin = self._recorded.setdefault(urn, resource)
            self._providers[urn] = registration.provider.rpartition("::")[0]
        if twin is not resource:
            message = f"{resource.title} is registered twice, here and at {twin.position}. Rename one of them."
            raise ProgramError(message, origin.position)
        identity = self.wire.write(Attribute(urn, ("id",))) if origin.custom else ""
        return Registered(urn, identity, functools.partial(self._state, resource, registration))

    def _check_registration(self, registration: Registration) -> None:
        """Object to what is wrong with a registration whatever its inputs are."""
        origin = registration.origin
        if PATTERN.search(origin.name):
            name = PATTERN.sub("...", origin.name)
            raise ProgramError(
                f"{origin.type} {name!r}: the name is made from a value that only the deployment knows, but "
                "Pulumi and the template know a resource by its name. Put the value into an input such as `name` or "
                "`bucket`.",
                origin.position,
            )
        if registration.remote:
            raise ProgramError(
                f"{origin.title} is a component of another package, which the Pulumi engine would run. "
                "Write the component in Python, in this program.",
                origin.position,
            )
        for option in options.OPTIONS:
            if option.fate is options.Fate.REFUSED and option.name in registration.options:
                raise _refusal(origin.title, option, origin.position)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if "::pulumi:pulumi:Stack::" in request.urn:
            self._outputs = self.wire.read_fields(request.outputs.fields)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        response = resource_pb2.ResourceInvokeResponse()
        try:
            result = answer(request.tok, self.wire.read_fields(request.args.fields), self.project.region)
        except ProgramError as error:
            raise ProgramError(str(error), call_site.get()) from error
        getattr(response, "return").CopyFrom(self.wire.write_struct(result))
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        reference = request.type == "pulumi:pulumi:StackReference"
        what = "reads the outputs of another stack" if reference else "is looked up with .get()"
        trace = self.positions.trace(request)
        raise ProgramError(
            f"{request.type} {request.name!r} {what}, which a template cannot do. "
            "Make what you need of it a setting (pulumi.Config) instead.",
            trace[0] if trace else None,
        )

    def RegisterStackTransform(self, _request: Any) -> Any:  # noqa: N802
        raise ProgramError(
            "stack transforms change resources unseen and cannot be compiled. Set the inputs where a resource is made, "
            "or register a transformation (pulumi.runtime.register_stack_transformation), which runs in the program."
        )

    RegisterStackInvokeTransform = RegisterStackTransform

    def Call(self, request: Any) -> Any:  # noqa: N802
        raise ProgramError(
            f"{request.tok} is a method that a provider runs, which a template cannot do. Make its answer a setting.",
            call_site.get(),
        )

    def ExistsResource(self, request: Any) -> Any:  # noqa: N802
        raise ProgramError(
            f"{request.type}: whether a resource exists is not known before the deployment. Make the answer a setting."
        )

    def program(self) -> Program:
        """Everything recorded, in the order in which the program reads.

        Raises:
            CompileError: a provider leads elsewhere than a template can.
        """
        ordered = sorted(self._recorded.values(), key=_program_order)
        resources = {item.urn: item for item in ordered if item.custom and not item.type.startswith(PROVIDER_PREFIX)}
        components = {item.urn: item for item in ordered if not item.custom}
        outputs = tuple(
            StackOutput(name, value, self._descriptions.get(name, "")) for name, value in self._outputs.items()
        )
        return Program(
            description=self.project.description,
            region=self.project.region,
            resources=self._as_provided(resources),
            components=components,
            parameters=self._ordered_parameters(),
            outputs=tuple(sorted(outputs, key=lambda output: output.name)),
        )

    def _as_provided(self, resources: Mapping[str, Resource]) -> dict[str, Resource]:
        settings = {name: from_python(value) for name, value in self.project.provider.items()}
        default = providers.Provider("the default AWS provider (Pulumi.yaml)", settings)
        explicit = {
            urn: providers.Provider(item.title, item.inputs, item)
            for urn, item in self._recorded.items()
            if item.type == providers.AWS
        }
        problems = [problem for item in (default, *explicit.values()) for problem in item.problems(self.project.region)]
        made, more = providers.apply(
            resources,
            lambda resource: explicit.get(self._providers[resource.urn], default),
            lambda resource: "tagsAll" in self._declared_outputs.get(resource.type, ()),
        )
        if problems or more:
            raise CompileError(problems + more)
        return made

    def _ordered_parameters(self) -> tuple[Parameter, ...]:
        return tuple(self._parameters.values())

    def _urn(self, registration: Registration) -> str:
        parent_type = registration.parent.split("::")[2] if registration.parent else STACK_TYPE
        origin = registration.origin
        qualified = origin.type if parent_type == STACK_TYPE else f"{parent_type}${origin.type}"
        return f"urn:pulumi:stack::{self.project.name}::{qualified}::{origin.name}"

    def _state(self, resource: Resource, registration: Registration) -> dict[str, Value]:
        """What the program sees as the outputs: its own inputs, and a token for each thing that only AWS knows."""
        # Files do not come back: their wire form is no value of ours.
        state = {name: value for name, value in resource.inputs.items() if name not in registration.files}
        if not resource.custom:
            return state
        known = registry.attribute_paths(resource.type)
        for path in known:
            _insert(state, path, Attribute(resource.urn, path))
        for name in self._declared_outputs.get(resource.type, ()):
            state.setdefault(name, Attribute(resource.urn, (name,)))
        for name in registration.secret_outputs:
            state[name] = Secret(state[name]) if name in state else Secret(Attribute(resource.urn, (name,)))
        return state

    def note_class(self, arguments: pulumi.ResourceTransformationArgs) -> None:
        """Remember what the resource's class says and the wire does not: its outputs, and what a component is for."""
        option = options.refused(vars(arguments.opts))
        if option:
            raise _refusal(f"{arguments.type_} {arguments.name!r}", option)
        kind = type(arguments.resource)
        if isinstance(arguments.resource, pulumi.ComponentResource):
            self._summaries[arguments.type_] = (kind.__dict__.get("__doc__") or "").strip().partition("\n")[0]
        elif arguments.type_ not in self._declared_outputs:
            self._declared_outputs[arguments.type_] = tuple(resource_pulumi_to_py_names(kind))


@dataclass(frozen=True)
class Registered:
    """The answer to a registration."""

    urn: str
    id: str
    """A token; empty for a component."""
    outputs: Callable[[], dict[str, Value]]
    """By their names on the wire."""


class _NoMocks(mocks.Mocks):
    """Never called: the monitor answers by itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError(args.typ)


def _refusal(title: str, option: options.Option, position: Position | None = None) -> ProgramError:
    message = f"{title}: the option `{option.name}` has no counterpart in a template. {option.reason}"
    return ProgramError(message, position)


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
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.findall(r"\d+|\D+", name))
