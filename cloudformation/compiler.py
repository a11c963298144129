"""Compiles a recorded program: expand, place (fold, rename, type), refer, depend, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .conditions import condition_name
from .dependencies import Dependencies, find_cycle
from .errors import CompileError, Problem
from .expansion import expand
from .graph import Function, Literal, MapValue, Program, Resource, Value
from .logical_ids import collisions, logical_id
from .mapping import Mapper
from .placement import ConflictError, Disposition, Placement, build
from .references import Resolver
from .schema import Schema, load
from .template import Template, TemplateOutput, TemplateResource
from .types.model import Explicit, Folded, ResourceType
from .types.registry import types
from .values import from_python

DELETE, RETAIN = "Delete", "Retain"


@dataclass(frozen=True)
class Compilation:
    """A template, and where everything in it came from."""

    program: Program
    """After expansion: what the template's resources were made from."""
    template: Template
    placements: tuple[Placement, ...]
    logical_ids: Mapping[str, str]
    """By URN of every resource that has a place of its own in the template."""


def compile_program(recorded: Program) -> Compilation:
    """Compile a program.

    Raises:
        CompileError: with every problem found.
    """
    program = expand(recorded)
    run = _Compilation(program)
    run.check_types()
    run.place()
    run.stop_at_problems()
    template = run.template()
    run.stop_at_problems()
    return Compilation(program, template, tuple(run.placements), run.ids)


@dataclass
class _Compilation:
    program: Program
    problems: list[Problem] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """URN of the resource in whose properties each one stands."""

    def stop_at_problems(self) -> None:
        if self.problems:
            raise CompileError(self.problems)

    def object_to(self, resource: Resource, message: str, remedy: str, where: str = "") -> None:
        self.problems.append(Problem(resource.title, where, message, remedy, resource.position))

    def check_types(self) -> None:
        """Find each resource's logical id, or the resource that it is part of."""
        known = types()
        for urn, resource in self.program.resources.items():
            entry = known.get(resource.type)
            if isinstance(entry, ResourceType):
                self.ids[urn] = logical_id(resource, entry)
                self.owners[urn] = urn
            elif entry is None:
                self.object_to(
                    resource,
                    "this type cannot be compiled.",
                    "`python -m cloudformation types` lists those that can; add it to cloudformation/types/.",
                )
        self.problems += collisions((self.ids[urn], self.program.resources[urn]) for urn in self.ids)
        for urn, resource in self.program.resources.items():
            entry = known.get(resource.type)
            if isinstance(entry, Folded):
                self._find_owner(urn, resource, entry)

    def _find_owner(self, urn: str, resource: Resource, entry: Folded) -> None:
        owner = find_parent(resource, entry, self.program.resources)
        if owner in self.ids:
            self.owners[urn] = owner
        else:
            where = entry.parent if isinstance(entry.parent, str) else ""
            self.object_to(
                resource,
                "is part of another resource in CloudFormation, but that one is not in this program.",
                "Pass an output of the resource itself.",
                where,
            )

    def place(self) -> None:
        """Say for every input where it goes."""
        counters: dict[tuple[str, str], int] = {}
        for urn, resource in self.program.resources.items():
            entry = types().get(resource.type)
            if isinstance(entry, ResourceType):
                self._place_own(resource, entry)
            elif isinstance(entry, Folded) and urn in self.owners:
                self._place_folded(resource, entry, counters)

    def _schema(self, entry: ResourceType) -> Schema:
        return entry.schema or load(entry.cloudformation, self.program.region)

    def _place_own(self, resource: Resource, entry: ResourceType) -> None:
        schema = self._schema(entry)
        mapper = Mapper(resource, schema, entry.properties, resource.urn)
        mapper.map(schema.root, (), {})
        self._take(mapper)

    def _place_folded(self, resource: Resource, entry: Folded, counters: dict[tuple[str, str], int]) -> None:
        owner = self.program.resources[self.owners[resource.urn]]
        parent = types()[owner.type]
        assert isinstance(parent, ResourceType)
        schema = self._schema(parent)
        node = schema.at(entry.under)
        base: tuple[str | int, ...] = tuple(entry.under.split(".")) if entry.under else ()
        if entry.append:
            index = counters[owner.urn, entry.under] = counters.get((owner.urn, entry.under), -1) + 1
            base, node = (*base, index), schema.item(node)
        mapper = Mapper(resource, schema, entry.properties, owner.urn, Disposition.FOLDED)
        ignored = {entry.parent: f"names the {parent.noun} that it is part of"} if isinstance(entry.parent, str) else {}
        if entry.element:
            mapper.map_element(entry.element, node, base, ignored)
        else:
            mapper.map(node, base, ignored)
        self._take(mapper)

    def _take(self, mapper: Mapper) -> None:
        self.placements += mapper.placements
        self.problems += mapper.problems

    def template(self) -> Template:
        """Put the template together from the placements."""
        resolver = Resolver(self.program, self.ids, self.owners)
        properties = self._properties()
        dependencies = Dependencies(self.program, self.owners, properties)
        cycle = find_cycle(dependencies.edges)
        if cycle:
            self._report_cycle(cycle)
            self.stop_at_problems()
        conditions = _conditions(self.program)
        resources = tuple(
            self._resource(urn, properties[urn], dependencies, resolver)
            for urn in self.program.resources
            if urn in self.ids
        )
        outputs = tuple(
            TemplateOutput(
                output.name[0].upper() + output.name[1:],
                resolver.resolve(output.value, None, f"output {output.name}"),
                output.description,
                _joined(output.conditions),
            )
            for output in self.program.outputs
        )
        self.problems += resolver.problems
        joint = {item.conditions for item in self.program.resources.values()}
        joint |= {item.conditions for item in self.program.outputs}
        for names in sorted(joint):
            if len(names) > 1:
                conditions.append(
                    (_joined(names) or "", Function("Fn::And", tuple(_condition(name) for name in names)))
                )
        return Template(
            self.program.description,
            self.program.region,
            self.program.parameters,
            tuple(conditions),
            resources,
            outputs,
        )

    def _properties(self) -> dict[str, MapValue]:
        by_owner: dict[str, list[Placement]] = {urn: [] for urn in self.ids}
        for placement in self.placements:
            by_owner[placement.owner_urn].append(placement)
        properties = {}
        for urn, placements in by_owner.items():
            resource = self.program.resources[urn]
            self._add_explicit(resource, placements)
            try:
                built = build(placements)
            except ConflictError as error:
                self.object_to(resource, f"{error} by this resource and what is folded into it.", "Set it once.")
                built = MapValue({})
            properties[urn] = MapValue(dict(sorted(built.items.items())))
            self._check_required(resource, properties[urn])
        return properties

    def _add_explicit(self, resource: Resource, placements: list[Placement]) -> None:
        entry = types()[resource.type]
        assert isinstance(entry, ResourceType)
        given = {placement.target[0] for placement in placements if placement.target}
        made = {entry.autoname: Explicit(resource.name, "Pulumi makes a name up")} if entry.autoname else {}
        for name, explicit in (*entry.explicit.items(), *made.items()):
            if name in given:
                continue
            added = Placement(
                resource.urn,
                (),
                resource.urn,
                (name,),
                from_python(explicit.value),
                Disposition.EXPLICIT,
                explicit.reason,
            )
            placements.append(added)
            self.placements.append(added)

    def _check_required(self, resource: Resource, properties: MapValue) -> None:
        entry = types()[resource.type]
        assert isinstance(entry, ResourceType)
        for name in self._schema(entry).required:
            if name not in properties.items:
                message = f"{entry.cloudformation} needs the property {name}, and no input gives it."
                self.object_to(resource, message, "Set the input that becomes it.")

    def _report_cycle(self, cycle: list[str]) -> None:
        first = self.program.resources[cycle[0]]
        names = " -> ".join(self.program.resources[urn].title for urn in [*cycle, cycle[0]])
        self.object_to(
            first,
            f"the template would have a circular dependency: {names}.",
            "Move one of these references into a resource of its own (a security-group rule, a policy).",
        )

    def _resource(
        self, urn: str, properties: MapValue, dependencies: Dependencies, resolver: Resolver
    ) -> TemplateResource:
        resource = self.program.resources[urn]
        entry = types()[resource.type]
        assert isinstance(entry, ResourceType)
        resolved = resolver.resolve(properties, resource, "")
        assert isinstance(resolved, MapValue)
        policy = RETAIN if resource.retain_on_delete else DELETE if entry.stateful else None
        return TemplateResource(
            logical_id=self.ids[urn],
            type=entry.cloudformation,
            properties=resolved,
            urn=urn,
            title=resource.title,
            layer=self._layer(resource),
            position=resource.position,
            depends_on=tuple(sorted(self.ids[item] for item in dependencies.explicit(urn))),
            condition=_joined(resource.conditions),
            deletion_policy=policy,
            metadata=_metadata(resource, resolved),
        )

    def _layer(self, resource: Resource) -> str | None:
        """URN of the component right below the outermost one, or of the outermost where there is no other."""
        chain: list[str] = []
        parent = resource.parent
        while parent is not None and parent in self.program.components:
            chain.append(parent)
            parent = self.program.components[parent].parent
        return chain[-2] if len(chain) > 1 else chain[0] if chain else None


def _metadata(resource: Resource, properties: MapValue) -> MapValue:
    """A warning for whoever edits the template: these properties are changed by others while the stack lives."""
    present = {name.lower(): name for name in properties.items}
    names = [present[name.lower()] for name in resource.ignore_changes if name.lower() in present]
    return MapValue({"ChangedOutsideCloudFormation": from_python(names)} if names else {})


def find_parent(resource: Resource, entry: Folded, resources: Mapping[str, Resource]) -> str:
    """URN of the resource that ``resource`` is folded into, or an empty string when it is not in the program."""
    if not isinstance(entry.parent, str):
        return entry.parent(resource, resources) or ""
    named = getattr(resource.inputs.get(entry.parent), "urn", "")
    parent = resources.get(named)
    nested = types().get(parent.type) if parent else None
    return find_parent(parent, nested, resources) if parent and isinstance(nested, Folded) else named


def _conditions(program: Program) -> list[tuple[str, Value]]:
    optional = [parameter.name for parameter in program.parameters if parameter.optional]
    return [
        (
            condition_name(name),
            Function("Fn::Not", (Function("Fn::Equals", (Function("Ref", (Literal(name),)), Literal(""))),)),
        )
        for name in optional
    ]


def _condition(name: str) -> Value:
    return Function("Condition", (Literal(name),))


def _joined(conditions: tuple[str, ...]) -> str | None:
    """The name of the condition that all of ``conditions`` hold."""
    if not conditions:
        return None
    return "And".join([conditions[0], *(name.removeprefix("Has") for name in conditions[1:])])
