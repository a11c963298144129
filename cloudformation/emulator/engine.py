"""Creates, updates, rolls back and deletes the resources of a stack, in the order that CloudFormation uses.

moto's own stacks are not used: they have no roll-back and no resource events, update a resource only when a parameter
that it names by ``Ref`` changed, and leave most kinds of resource behind on deletion.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .attributes import invented
from .changes import changes
from .errors import ResourceError, TemplateError
from .intrinsics import NO_VALUE, Scope, resolve, text, uses
from .order import creation_order, dependencies
from .parameters import pseudo_parameters
from .resources import Handler, Record
from .schemas import resource_schema
from .stacks import Output, Plan, Progress, Stack, StackResource

LOGGER = logging.getLogger(__name__)


class Engine:
    """Carries out plans.

    ``handler`` gives what stands behind a resource type, ``exports`` what the stacks other than the given one export;
    ``seconds_per_resource`` slows every creation and change down, as a real service would.
    """

    def __init__(
        self,
        handler: Callable[[str], Handler],
        exports: Callable[[Stack], Mapping[str, str]],
        seconds_per_resource: float = 0.0,
    ) -> None:
        self._handler = handler
        self._exports = exports
        self._seconds = seconds_per_resource

    def create(self, stack: Stack, plan: Plan) -> None:
        """Create all resources of a new stack; on failure delete them again."""
        self._begin(stack, plan, "CREATE_IN_PROGRESS")
        scope = self._scope(stack, plan)
        progress = Progress()
        try:
            self._apply(stack, plan, scope, progress)
            stack.outputs = self._outputs(stack, plan, scope)
        except (ResourceError, TemplateError) as error:
            stack.set_status("ROLLBACK_IN_PROGRESS", _blame(stack, error, "create"))
            failures = self._delete_all(stack, reversed(list(stack.resources.values())))
            stack.set_status("ROLLBACK_FAILED" if failures else "ROLLBACK_COMPLETE", failures)
        else:
            stack.set_status("CREATE_COMPLETE")

    def update(self, stack: Stack, plan: Plan) -> None:
        """Bring a stack to a new plan: create, change, replace, then delete what is no longer needed.

        On failure everything is brought back to the old plan.
        """
        old_plan, old_resources = stack.plan, dict(stack.resources)
        self._begin(stack, plan, "UPDATE_IN_PROGRESS")
        scope = self._scope(stack, plan)
        progress = Progress()
        try:
            wanted = self._apply(stack, plan, scope, progress)
            outputs = self._outputs(stack, plan, scope)
        except (ResourceError, TemplateError) as error:
            stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", _blame(stack, error, "update"))
            self._roll_back(stack, progress)
            stack.plan, stack.resources = old_plan, old_resources
            return
        stack.outputs = outputs
        stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        removed = [resource for name, resource in old_resources.items() if name not in wanted]
        replaced = [old for old, _ in progress.replaced]
        # What could not be cleaned up does not fail an update, in AWS neither; it stays in the history.
        self._delete_all(stack, _reverse_order([*removed, *replaced], old_resources))
        stack.resources = {name: resource for name, resource in stack.resources.items() if name in wanted}
        for existing, declared in progress.kept:
            existing.needs, existing.policies = declared.needs, declared.policies
        stack.set_status("UPDATE_COMPLETE")

    def continue_rollback(self, stack: Stack) -> None:
        """Try once more what could not be brought back."""
        stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._roll_back(stack, stack.unfinished or Progress())

    def _roll_back(self, stack: Stack, progress: Progress) -> None:
        rest = self._undo(stack, progress)
        names = [
            resource.record.logical_id for resource in (*rest.created, *(resource for resource, _ in rest.updated))
        ]
        stack.unfinished = rest if names else None
        reason = f"The following resource(s) failed to update: [{', '.join(names)}]." if names else ""
        stack.set_status("UPDATE_ROLLBACK_FAILED" if names else "UPDATE_ROLLBACK_COMPLETE", reason)

    def delete(self, stack: Stack) -> None:
        """Delete all resources of a stack; it stays in ``DELETE_FAILED`` when one of them refuses."""
        stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        failures = self._delete_all(stack, _reverse_order(stack.resources.values(), stack.resources))
        if failures:
            stack.set_status("DELETE_FAILED", f"The following resource(s) failed to delete: [{failures}].")
        else:
            stack.set_status("DELETE_COMPLETE")

    def changes(self, stack: Stack, plan: Plan) -> list[dict[str, Any]]:
        """What carrying out a plan would do, for a change set.

        Raises:
            TemplateError: a condition of the plan cannot be worked out.
        """
        return changes(stack, plan, self._scope(stack, plan))

    def described(self, stack: Stack) -> list[dict[str, Any]]:
        """Each resource as it was asked for: its properties without functions, and what others may refer to of it."""
        scope = self._scope(stack, stack.plan)
        wanted: dict[str, set[str]] = {}
        for name, attribute in uses([*stack.plan.template.resources.values(), stack.plan.template.section("Outputs")]):
            wanted.setdefault(name, set()).add(attribute)
        return [
            {
                "LogicalResourceId": name,
                "ResourceType": resource.record.type_name,
                "PhysicalResourceId": resource.record.physical_id,
                "Properties": resource.record.properties,
                "Attributes": {
                    attribute or "Ref": scope.attribute(name, attribute) if attribute else scope.reference(name)
                    for attribute in sorted(wanted.get(name, ()))
                },
            }
            for name, resource in stack.resources.items()
        ]

    def _begin(self, stack: Stack, plan: Plan, status: str) -> None:
        stack.plan, stack.gone = plan, []
        stack.set_status(status, "User Initiated")

    def _scope(self, stack: Stack, plan: Plan) -> Scope:
        def reference(name: str) -> Any:
            return self._live(stack, name).physical_id

        def attribute(name: str, attribute: str) -> Any:
            record = self._live(stack, name)
            if not record.schema.has_attribute(attribute):
                raise TemplateError(f"Template error: resource {name} does not support attribute type {attribute}")
            with _faults_reported():
                return self._handler(record.type_name).attribute(record, attribute)

        return Scope(
            values={**pseudo_parameters(stack.name, stack.id), **plan.parameters},
            mappings=plan.template.section("Mappings"),
            conditions=plan.template.section("Conditions"),
            imports=self._exports(stack),
            reference=reference,
            attribute=attribute,
        )

    @staticmethod
    def _live(stack: Stack, name: str) -> Record:
        if name not in stack.resources:
            raise TemplateError(f"Unresolved resource dependencies [{name}]: its condition does not hold")
        return stack.resources[name].record

    def _apply(self, stack: Stack, plan: Plan, scope: Scope, progress: Progress) -> set[str]:
        """Create or change every resource of the plan; return the logical ids that the plan has."""
        edges = dependencies(plan.template)
        wanted = set()
        for name in creation_order(edges):
            declaration = plan.template.resources[name]
            if "Condition" in declaration and not scope.condition(declaration["Condition"]):
                continue
            wanted.add(name)
            record = _record(stack, name, declaration["Type"], resolve(declaration.get("Properties", {}), scope))
            policies = {
                key: declaration[key] for key in ("DeletionPolicy", "UpdateReplacePolicy") if key in declaration
            }
            resource = StackResource(record, edges[name], policies)
            existing = stack.resources.get(name)
            if existing is None:
                self._create(stack, resource)
                progress.created.append(resource)
            else:
                self._change(stack, existing, resource, progress)
        return wanted

    def _create(self, stack: Stack, resource: StackResource) -> None:
        record = resource.record
        stack.resources[record.logical_id] = resource
        stack.set_resource_status(resource, "CREATE_IN_PROGRESS")
        time.sleep(self._seconds)
        try:
            record.schema.check(record.properties)
            with _faults_reported():
                self._handler(record.type_name).create(record)
        except ResourceError as error:
            record.physical_id = ""
            stack.set_resource_status(resource, "CREATE_FAILED", str(error))
            raise
        stack.set_resource_status(resource, "CREATE_COMPLETE")

    def _change(self, stack: Stack, existing: StackResource, wanted: StackResource, progress: Progress) -> None:
        old, new = existing.record, wanted.record
        fixed = old.schema.replaces(old.properties, new.properties)
        if not fixed:
            progress.kept.append((existing, wanted))
        if old.properties == new.properties:
            return
        if fixed:
            reason = f"Requested update requires the creation of a new physical resource ({', '.join(fixed)})"
            stack.set_resource_status(existing, "UPDATE_IN_PROGRESS", reason)
            self._create(stack, wanted)
            progress.replaced.append((existing, wanted))
            return
        stack.set_resource_status(existing, "UPDATE_IN_PROGRESS")
        time.sleep(self._seconds)
        before = dict(old.properties)
        try:
            new.schema.check(new.properties)
            with _faults_reported():
                self._handler(old.type_name).update(old, new.properties)
        except ResourceError as error:
            stack.set_resource_status(existing, "UPDATE_FAILED", str(error))
            raise
        progress.updated.append((existing, before))
        stack.set_resource_status(existing, "UPDATE_COMPLETE")

    def _undo(self, stack: Stack, progress: Progress) -> Progress:
        """Bring back what an update changed; return what could not be brought back."""
        rest = Progress()
        for resource, before in reversed(progress.updated):
            stack.set_resource_status(resource, "UPDATE_IN_PROGRESS")
            try:
                with _faults_reported():
                    self._handler(resource.record.type_name).update(resource.record, before)
            except ResourceError as error:
                rest.updated.append((resource, before))
                stack.set_resource_status(resource, "UPDATE_FAILED", str(error))
            else:
                stack.set_resource_status(resource, "UPDATE_COMPLETE")
        new = [*progress.created, *(resource for _, resource in progress.replaced)]
        self._delete_all(stack, _reverse_order(new, stack.resources))
        rest.created += [resource for resource in new if resource.status == "DELETE_FAILED"]
        return rest

    def _delete_all(self, stack: Stack, resources: Iterable[StackResource]) -> str:
        """Delete resources, those last that others need; return the logical ids of those that refused.

        What a resource needs that refused stays as well.
        """
        failures: list[str] = []
        needed: set[str] = set()
        for resource in resources:
            record = resource.record
            if record.logical_id in needed:
                needed |= {*resource.needs}
                continue
            current = stack.resources.get(record.logical_id) is resource
            policy = resource.policies.get("DeletionPolicy" if current else "UpdateReplacePolicy", "Delete")
            if policy == "Retain":
                stack.set_resource_status(resource, "DELETE_SKIPPED")
            elif record.physical_id:
                stack.set_resource_status(resource, "DELETE_IN_PROGRESS")
                try:
                    with _faults_reported():
                        self._handler(record.type_name).delete(record)
                except ResourceError as error:
                    failures.append(record.logical_id)
                    needed |= {*resource.needs}
                    stack.set_resource_status(resource, "DELETE_FAILED", str(error))
                    continue
                stack.set_resource_status(resource, "DELETE_COMPLETE")
            if current:
                del stack.resources[record.logical_id]
                stack.gone.append(resource)
        return ", ".join(failures)

    def _outputs(self, stack: Stack, plan: Plan, scope: Scope) -> tuple[Output, ...]:
        outputs = []
        for key, declaration in plan.template.section("Outputs").items():
            if "Condition" in declaration and not scope.condition(declaration["Condition"]):
                continue
            value = resolve(declaration["Value"], scope)
            if value is NO_VALUE:
                raise TemplateError(f"Template format error: Output {key} has no value")
            export = resolve(declaration.get("Export", {}).get("Name", ""), scope)
            if export and export in self._exports(stack):
                raise TemplateError(f"Export with name {export} is already exported by another stack")
            outputs.append(Output(key, text(value), declaration.get("Description", ""), text(export)))
        return tuple(outputs)


def _record(stack: Stack, name: str, type_name: str, properties: Mapping[str, Any]) -> Record:
    schema = resource_schema(type_name)
    record = Record(stack.name, name, schema, schema.typed(properties), name="")
    given = record.properties.get(schema.name_property or "")
    record.name = str(given or f"{stack.name}-{name}-{invented('alnum', 12, record.seed)}")
    return record


@contextmanager
def _faults_reported() -> Iterator[None]:
    """Make a fault of the emulator or of moto the reason of a stack event: the stack must end in a known state."""
    try:
        yield
    except (ResourceError, TemplateError):
        raise
    except Exception as error:
        LOGGER.exception("fault in the emulator")
        raise ResourceError(f"Fault in the emulator (see its log): {type(error).__name__}: {error}") from error


def _blame(stack: Stack, error: Exception, verb: str) -> str:
    if isinstance(error, TemplateError):
        return str(error)
    failed = [name for name, resource in stack.resources.items() if resource.status.endswith("_FAILED")]
    return f"The following resource(s) failed to {verb}: [{', '.join(failed)}]. Rollback requested by user."


def _reverse_order(resources: Iterable[StackResource], everything: Mapping[str, StackResource]) -> list[StackResource]:
    """The resources, each before those that it needs."""
    edges = {
        name: tuple(needed for needed in resource.needs if needed in everything)
        for name, resource in everything.items()
    }
    position = {name: index for index, name in enumerate(creation_order(edges))}
    return sorted(resources, key=lambda resource: -position.get(resource.record.logical_id, len(position)))
