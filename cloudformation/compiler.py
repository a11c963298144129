"""Compiles a recorded program: expand, place (fold, rename, type), refer, depend, order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .conditions import declared, joint_name
from .cycles import explain
from .dependencies import Dependencies, find_cycle
from .errors import CompileError, Problem
from .expansion import expand
from .graph import Function, MapValue, Program, Resource, Value, describe
from .logical_ids import collisions, logical_id
from .mapping import Mapper
from .placement import ConflictError, Disposition, Placement, build
from .providers import another_region, same_region
from .references import Resolver
from .schema import Schema, load
from .stack_outputs import template_outputs
from .template import Template, TemplateResource
from .types.custom import HANDLERS
from .types.model import Explicit, Folded, ResourceType
from .types.registry import types
from .values import NO_VALUE, from_python

DELETE, RETAIN = "Delete", "Retain"


@dataclass(frozen=True)
class Compilation:
    """A template, and where everything in it came from."""

    recorded: Program
    """What the program said."""
    program: Program
    """After expansion: what the template's resources were made from."""
    template: Template
    placements: tuple[Placement, ...]
    logical_ids: Mapping[str, str]
    """By URN of every resource that has a place of its own in the template."""
    owners: Mapping[str, str]
    """By URN, the URN of the resource in whose properties it stands: its own unless it was folded."""

    @property
    def judged(self) -> Program:
        return judged(self.recorded, self.program)


def judged(recorded: Program, expanded: Program) -> Program:
    """What the policies judge: what the program said, and the handlers that the template brings along."""
    handlers = {urn: item for urn, item in expanded.resources.items() if urn.startswith(HANDLERS)}
    return replace(recorded, resources={**recorded.resources, **handlers})


def compile_program(recorded: Program) -> Compilation:
    """Compile a program.

    Raises:
        CompileError: with every problem found.
    """
    return compile_expanded(recorded, expand(recorded))


def compile_expanded(recorded: Program, program: Program) -> Compilation:
    """The same for a program that is expanded already.

    Raises:
        CompileError: with every problem found.
    """
    run = _Compilation(program)
    run.check_types()
    run.place()
    run.stop_at_problems()
    template = run.template()
    run.stop_at_problems()
    return Compilation(recorded, program, template, tuple(run.placements), run.ids, run.owners)


@dataclass
class _Compilation:
    program: Program
    problems: list[Problem] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """URN of the resource in whose properties each one stands."""
    changed_elsewhere: dict[str, set[str]] = field(default_factory=dict)

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
        reserved = {parameter.name: f"the setting {parameter.config_key}" for parameter in self.program.parameters}
        self.problems += collisions(((self.ids[urn], self.program.resources[urn]) for urn in self.ids), reserved)
        for urn, resource in self.program.resources.items():
            entry = known.get(resource.type)
            if isinstance(entry, Folded):
                self._find_owner(urn, resource, entry)

    def _find_owner(self, urn: str, resource: Resource, entry: Folded) -> None:
        found = find_parent(resource, entry, self.program.resources)
        where = entry.parent if isinstance(entry.parent, str) else ""
        if found not in self.ids:
            self.object_to(
                resource,
                "is part of another resource in CloudFormation, but that one is not in this program.",
                "Pass an output of the resource itself.",
                where,
            )
            return
        owner = self.program.resources[found]
        if owner.type != entry.into:
            message = f"is part of a {entry.into} in CloudFormation, but this is {owner.title}."
            self.object_to(resource, message, "Pass an output of such a resource.", where)
        elif set(resource.conditions) - set(owner.conditions):
            self.object_to(
                resource,
                f"is part of {owner.title} in CloudFormation, but made only when an optional setting says so "
                f"({joint_name(resource.conditions)}), and the other always.",
                "Make it always, and let its inputs depend on the setting.",
            )
        elif resource.retain_on_delete and not owner.retain_on_delete:
            message = f"cannot be kept without {owner.title}, which it is part of."
            self.object_to(resource, message, "Give both the same retain_on_delete and protect.")
        else:
            self.owners[urn] = found

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
        mapper.map(schema.root, (), self._ignored(resource))
        self._take(mapper)

    def _ignored(self, resource: Resource) -> dict[str, str]:
        """Inputs of any type that a template has no use for, with the reason."""
        region = resource.inputs.get("region")
        if region is None:
            return {}
        if not same_region(region, self.program.region):
            self.object_to(resource, *another_region(region, self.program.region), where="region")
        return {"region": "the stack's own Region"}

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
        ignored = self._ignored(resource)
        if isinstance(entry.parent, str):
            ignored[entry.parent] = f"names the {parent.noun} that it is part of"
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
            self.problems.append(explain(cycle, self.program, self.placements, self.owners))
            self.stop_at_problems()
        self.changed_elsewhere = self._changed_elsewhere()
        resources = tuple(
            self._resource(urn, properties[urn], dependencies, resolver)
            for urn in self.program.resources
            if urn in self.ids
        )
        outputs, problems = template_outputs(self.program, resolver)
        self.problems += (*resolver.problems, *problems)
        return Template(
            self.program.description,
            self.program.region,
            self.program.parameters,
            declared(self.program),
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
            self._check_required(resource, properties[urn], placements)
        return properties

    def _add_explicit(self, resource: Resource, placements: list[Placement]) -> None:
        entry = types()[resource.type]
        assert isinstance(entry, ResourceType)
        given = {placement.target[0] for placement in placements if placement.target}
        made = {entry.autoname: Explicit(resource.name, "Pulumi makes a name up")} if entry.autoname else {}
        for name, explicit in (*entry.explicit.items(), *made.items()):
            if name in given:
                self._check_always_given(resource, name, placements)
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

    def _check_always_given(self, resource: Resource, name: str, placements: list[Placement]) -> None:
        """Object to a property that an optional setting may leave out, although the template must have it."""
        for placement in placements:
            if placement.target == (name,) and _may_be_left_out(placement.value):
                self.object_to(
                    resource,
                    f"the property {name} must always be there, but is left out when an optional setting is not given.",
                    "Give the input another value then.",
                    describe(placement.source),
                )

    def _check_required(self, resource: Resource, properties: MapValue, placements: list[Placement]) -> None:
        entry = types()[resource.type]
        assert isinstance(entry, ResourceType)
        for name in self._schema(entry).required:
            self._check_always_given(resource, name, placements)
            if name not in properties.items:
                message = f"{entry.cloudformation} needs the property {name}, and no input gives it."
                self.object_to(resource, message, "Set the input that becomes it.")

    def _resource(
        self, urn: str, properties: MapValue, dependencies: Dependencies, resolver: Resolver
    ) -> TemplateResource:
        resource = self.program.resources[urn]
        entry = types()[resource.type]
        assert isinstance(entry, ResourceType)
        resolved = resolver.resolve(properties, resource, (), frozenset(resource.conditions))
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
            condition=joint_name(resource.conditions),
            deletion_policy=policy,
            metadata=_metadata(resolved, self.changed_elsewhere.get(urn, set())),
        )

    def _changed_elsewhere(self) -> dict[str, set[str]]:
        """By URN, the properties that others change while the stack lives, as ``ignore_changes`` says."""
        ignored = {
            urn: {re.split(r"[.\[]", name)[0] for name in resource.ignore_changes}
            for urn, resource in self.program.resources.items()
            if resource.ignore_changes
        }
        changed: dict[str, set[str]] = {}
        for item in self.placements:
            if item.target and item.source and item.source[0] in ignored.get(item.source_urn, ()):
                changed.setdefault(item.owner_urn, set()).add(str(item.target[0]))
        return changed

    def _layer(self, resource: Resource) -> str | None:
        """URN of the component right below the outermost one, or of the outermost where there is no other."""
        chain: list[str] = []
        parent = resource.parent
        while parent is not None and parent in self.program.components:
            chain.append(parent)
            parent = self.program.components[parent].parent
        return chain[-2] if len(chain) > 1 else chain[0] if chain else None


def _may_be_left_out(value: Value) -> bool:
    return value == NO_VALUE or (
        isinstance(value, Function) and value.name == "Fn::If" and any(map(_may_be_left_out, value.arguments[1:]))
    )


def _metadata(properties: MapValue, changed: set[str]) -> MapValue:
    """A warning for whoever edits the template: these properties are not what the stack has."""
    names = [name for name in properties.items if name in changed]
    return MapValue({"ChangedOutsideCloudFormation": from_python(names)} if names else {})


def find_parent(resource: Resource, entry: Folded, resources: Mapping[str, Resource]) -> str:
    """URN of the resource that ``resource`` is folded into, or an empty string when it is not in the program."""
    if not isinstance(entry.parent, str):
        return entry.parent(resource, resources) or ""
    named = getattr(resource.inputs.get(entry.parent), "urn", "")
    parent = resources.get(named)
    nested = types().get(parent.type) if parent else None
    return find_parent(parent, nested, resources) if parent and isinstance(nested, Folded) else named
