"""CloudFormation's API: what the AWS CLI asks for, answered from the stacks of the emulated account.

moto's server parses the requests and writes the answers; it finds this class in the place of its own
(:func:`serve`, the one thing that is patched in moto).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.cloudformation import urls
from moto.cloudformation.exceptions import CloudFormationError
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from .control_plane import ControlPlane, RefusalError
from .stacks import ChangeSet, Stack, StackResource

ANSWER_WITHIN_SECONDS = 50
"""An operation is answered when it is done, but at the latest now: the AWS CLI hangs up after 60 seconds.

AWS answers at once, and the CLI then looks every 30 seconds whether the stack is done; nobody wants to wait that long
for an emulator.
"""


class StackApi(BaseResponse):
    """One method per API action, named as moto names them."""

    plane: ControlPlane

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    def _asked(self, name: str, default: Any = None) -> Any:
        value = self._get_param(name)
        return default if value is None else value

    def _template(self, stack: Stack | None = None) -> str:
        if self._asked("UsePreviousTemplate") in {True, "true"} and stack:
            return stack.plan.template.text
        url = self._asked("TemplateURL")
        return self.plane.template_from(url) if url else self.plane.inline(self._asked("TemplateBody", ""))

    def _parameters(self, stack: Stack | None) -> dict[str, str]:
        given = {}
        for parameter in self._asked("Parameters", []):
            key = parameter["ParameterKey"]
            if parameter.get("UsePreviousValue") in {True, "true"}:
                previous = stack.plan.parameters.get(key) if stack else None
                if previous is not None:
                    given[key] = ",".join(previous) if isinstance(previous, list) else str(previous)
            else:
                given[key] = parameter.get("ParameterValue", "")
        return given

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._asked("Tags", [])}

    def create_change_set(self) -> ActionResult:
        name, kind = self._asked("StackName"), self._asked("ChangeSetType", "UPDATE")
        with _refusals():
            stack = self.plane.find(name) if kind == "UPDATE" else self.plane.stack_for_creation(name)
            plan = self.plane.plan(
                self._template(stack), self._parameters(stack), self._tags(), self._asked("Capabilities", [])
            )
            change_set = self.plane.add_change_set(
                stack, self._asked("ChangeSetName"), kind, plan, self._asked("Description", "")
            )
        return ActionResult({"Id": change_set.id, "StackId": stack.id})

    def describe_change_set(self) -> ActionResult:
        with _refusals():
            stack, change_set = self.plane.find_change_set(self._asked("ChangeSetName"), self._asked("StackName"))
        return ActionResult(_change_set(stack, change_set))

    def list_change_sets(self) -> ActionResult:
        with _refusals():
            stack = self.plane.find(self._asked("StackName"))
        return ActionResult({"Summaries": [_change_set(stack, item) for item in stack.change_sets.values()]})

    def delete_change_set(self) -> ActionResult:
        with _refusals():
            stack, change_set = self.plane.find_change_set(self._asked("ChangeSetName"), self._asked("StackName"))
        del stack.change_sets[change_set.name]
        return EmptyResult()

    def execute_change_set(self) -> ActionResult:
        with _refusals():
            stack, change_set = self.plane.find_change_set(self._asked("ChangeSetName"), self._asked("StackName"))
            operation = self.plane.execute(stack, change_set, self._asked("ClientRequestToken", ""))
        _run(operation)
        return EmptyResult()

    def create_stack(self) -> ActionResult:
        with _refusals():
            stack = self.plane.stack_for_creation(self._asked("StackName"))
            plan = self.plane.plan(
                self._template(), self._parameters(None), self._tags(), self._asked("Capabilities", [])
            )
            operation = self.plane.start(stack, "CREATE", plan, self._asked("ClientRequestToken", ""))
        _run(operation)
        return ActionResult({"StackId": stack.id})

    def update_stack(self) -> ActionResult:
        with _refusals():
            stack = self.plane.find(self._asked("StackName"))
            plan = self.plane.plan(
                self._template(stack), self._parameters(stack), self._tags(), self._asked("Capabilities", [])
            )
            self.plane.refuse_unchanged(stack, plan)
            operation = self.plane.start(stack, "UPDATE", plan, self._asked("ClientRequestToken", ""))
        _run(operation)
        return ActionResult({"StackId": stack.id})

    def continue_update_rollback(self) -> ActionResult:
        with _refusals():
            operation = self.plane.continue_rollback(self._asked("StackName"), self._asked("ClientRequestToken", ""))
        _run(operation)
        return EmptyResult()

    def delete_stack(self) -> ActionResult:
        with _refusals():
            operation = self.plane.delete(self._asked("StackName"), self._asked("ClientRequestToken", ""))
        if operation:
            _run(operation)
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        name = self._asked("StackName")
        with _refusals():
            stacks = [self.plane.find(name, deleted=True)] if name else self.plane.living()
        return ActionResult({"Stacks": [_stack(stack) for stack in stacks]})

    def list_stacks(self) -> ActionResult:
        wanted = self._asked("StackStatusFilter", [])
        stacks = [stack for stack in self.plane.all() if not wanted or stack.status in wanted]
        return ActionResult({"StackSummaries": [_stack(stack) for stack in stacks]})

    def describe_stack_events(self) -> ActionResult:
        with _refusals():
            stack = self.plane.find(self._asked("StackName"), deleted=True)
        events = [
            {
                "StackId": event.stack_id,
                "EventId": event.event_id,
                "StackName": event.stack_name,
                "LogicalResourceId": event.logical_id,
                "PhysicalResourceId": event.physical_id,
                "ResourceType": event.resource_type,
                "Timestamp": event.time,
                "ResourceStatus": event.status,
                "ResourceStatusReason": event.reason or None,
                "ClientRequestToken": event.token,
            }
            for event in reversed(stack.events)
        ]
        return ActionResult({"StackEvents": events})

    def describe_stack_resources(self) -> ActionResult:
        logical_id = self._asked("LogicalResourceId")
        with _refusals():
            stack = self.plane.find(self._asked("StackName"), deleted=True)
        found = [_resource(stack, r) for r in stack.listed if logical_id in {None, r.record.logical_id}]
        return ActionResult({"StackResources": found})

    def describe_stack_resource(self) -> ActionResult:
        logical_id = self._asked("LogicalResourceId")
        with _refusals():
            stack = self.plane.find(self._asked("StackName"), deleted=True)
            if logical_id not in stack.resources:
                raise RefusalError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": _resource(stack, stack.resources[logical_id])})

    def list_stack_resources(self) -> ActionResult:
        with _refusals():
            stack = self.plane.find(self._asked("StackName"), deleted=True)
        return ActionResult({"StackResourceSummaries": [_resource(stack, r) for r in stack.listed]})

    def list_exports(self) -> ActionResult:
        exports = [
            {"ExportingStackId": stack.id, "Name": output.export, "Value": output.value}
            for stack in self.plane.living()
            for output in stack.outputs
            if output.export
        ]
        return ActionResult({"Exports": exports})

    def get_template(self) -> ActionResult:
        with _refusals():
            stack = self.plane.find(self._asked("StackName"), deleted=True)
        return ActionResult({"TemplateBody": stack.plan.template.text, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        name = self._asked("StackName")
        with _refusals():
            template = self.plane.find(name).plan.template if name else self.plane.parsed(self._template())
        declared = template.section("Parameters")
        return ActionResult(
            {
                "Parameters": [_declaration(key, value) for key, value in declared.items()],
                "Description": template.description,
                "ResourceTypes": sorted({resource["Type"] for resource in template.resources.values()}),
                "Capabilities": list(template.capabilities),
                "Version": "2010-09-09",
            }
        )

    def validate_template(self) -> ActionResult:
        with _refusals():
            template = self.plane.parsed(self._template())
        declared = template.section("Parameters")
        return ActionResult(
            {
                "Parameters": [_declaration(key, value) for key, value in declared.items()],
                "Description": template.description,
                "Capabilities": list(template.capabilities),
            }
        )


def serve(plane: ControlPlane) -> None:
    """Put this API in the place of moto's."""
    StackApi.plane = plane
    urls.url_paths["{0}/$"] = StackApi.dispatch


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a refusal into the error that the API answers."""
    try:
        yield
    except RefusalError as error:
        answer = CloudFormationError(str(error))
        answer.code = error.code
        raise answer from error


def _run(operation: Callable[[], None]) -> None:
    thread = threading.Thread(target=operation, daemon=True)
    thread.start()
    thread.join(timeout=ANSWER_WITHIN_SECONDS)


def _declaration(key: str, value: Mapping[str, Any]) -> dict[str, Any]:
    default = value.get("Default")
    return {
        "ParameterKey": key,
        "DefaultValue": None if default is None else str(default),
        "ParameterType": value.get("Type", "String"),
        "NoEcho": bool(value.get("NoEcho", False)),
        "Description": value.get("Description", ""),
    }


def _named(values: Mapping[str, Any], key: str, value: str) -> list[dict[str, str]]:
    return [
        {key: name, value: ",".join(item) if isinstance(item, list) else str(item)} for name, item in values.items()
    ]


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason or None,
        "Description": stack.plan.template.description or None,
        "TemplateDescription": stack.plan.template.description or None,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "DisableRollback": False,
        "Capabilities": list(stack.plan.template.capabilities),
        "Parameters": _named(stack.plan.parameters, "ParameterKey", "ParameterValue"),
        "Tags": _named(stack.plan.tags, "Key", "Value"),
        "Outputs": [
            {
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description or None,
                "ExportName": output.export or None,
            }
            for output in stack.outputs
        ],
    }


def _resource(stack: Stack, resource: StackResource) -> dict[str, Any]:
    record = resource.record
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "LogicalResourceId": record.logical_id,
        "PhysicalResourceId": record.physical_id,
        "ResourceType": record.type_name,
        "Timestamp": resource.time,
        "LastUpdatedTimestamp": resource.time,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason or None,
        "Metadata": json.dumps(stack.plan.template.resources.get(record.logical_id, {}).get("Metadata", {})),
    }


def _change_set(stack: Stack, change_set: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "Status": change_set.status,
        "StatusReason": change_set.reason or None,
        "ExecutionStatus": change_set.execution_status,
        "CreationTime": change_set.time,
        "Parameters": _named(change_set.plan.parameters, "ParameterKey", "ParameterValue"),
        "Tags": _named(change_set.plan.tags, "Key", "Value"),
        "Capabilities": list(change_set.plan.template.capabilities),
        "Changes": [{"Type": "Resource", "ResourceChange": change} for change in change_set.changes],
    }
