"""The stacks of the emulated account, and which operation each state of a stack allows."""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote, urlparse

from ..schema import SchemaError
from .engine import Engine
from .errors import TemplateError
from .order import creation_order, dependencies
from .parameters import check_rules, parameter_values, pseudo_parameters
from .schemas import resource_schema
from .stacks import ChangeSet, Plan, Stack, arn
from .template import MAX_INLINE_BYTES, Template, parse

LOGGER = logging.getLogger(__name__)

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
}


class RefusalError(Exception):
    """A request that CloudFormation refuses; ``code`` is the API's error code."""

    def __init__(self, message: str, code: str = "ValidationError") -> None:
        super().__init__(message)
        self.code = code


class ControlPlane:
    """All stacks, by id. One operation runs on a stack at a time; different stacks do not wait for each other."""

    def __init__(self, engine: Engine, read_object: Callable[[str, str], str]) -> None:
        self._engine = engine
        self._read_object = read_object
        self._stacks: dict[str, Stack] = {}
        self._lock = threading.RLock()

    def all(self) -> list[Stack]:
        """Every stack, the deleted ones too."""
        return list(self._stacks.values())

    def living(self) -> list[Stack]:
        """Every stack that has not been deleted."""
        return [stack for stack in self.all() if stack.status != "DELETE_COMPLETE"]

    def find(self, name: str, *, deleted: bool = False) -> Stack:
        """The stack of that name or id; a deleted one only by its id.

        Raises:
            RefusalError: there is none.
        """
        if deleted and name in self._stacks:
            return self._stacks[name]
        for stack in self.living():
            if name in {stack.name, stack.id}:
                return stack
        raise RefusalError(f"Stack with id {name} does not exist")

    def exports_to(self, stack: Stack) -> dict[str, str]:
        """What the other stacks export."""
        return {
            output.export: output.value
            for other in self.living()
            if other is not stack
            for output in other.outputs
            if output.export
        }

    def inline(self, text: str) -> str:
        """A template sent within the request.

        Raises:
            RefusalError: it is larger than a request may be.
        """
        size = len(text.encode())
        if size > MAX_INLINE_BYTES:
            raise RefusalError(
                f"1 validation error detected: Value at 'templateBody' ({size} bytes) failed to satisfy constraint: "
                f"Member must have length less than or equal to {MAX_INLINE_BYTES}"
            )
        return text

    def template_from(self, url: str) -> str:
        """A template from a bucket, by a path-style or virtual-hosted URL.

        Raises:
            RefusalError: there is no such object.
        """
        parts = urlparse(url)
        path = unquote(parts.path.lstrip("/"))
        virtual_host = re.match(r"(.+)\.s3[.-]", parts.netloc)
        bucket, _, key = (virtual_host[1], "", path) if virtual_host else path.partition("/")
        try:
            return self._read_object(bucket, key)
        except KeyError as error:
            raise RefusalError(f"S3 error: The specified key does not exist: {bucket}/{key}") from error

    def parsed(self, text: str) -> Template:
        """Read a template and check all that can be checked without parameters.

        Raises:
            RefusalError: the template is not valid.
        """
        try:
            template = parse(text)
            creation_order(dependencies(template))
        except TemplateError as error:
            raise RefusalError(str(error)) from error
        unknown = sorted({r["Type"] for r in template.resources.values() if not _known(r["Type"])})
        if unknown:
            raise RefusalError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
        return template

    def plan(
        self, text: str, parameters: Mapping[str, str], tags: Mapping[str, str], capabilities: Sequence[str]
    ) -> Plan:
        """Check a template with its parameters, rules and the capabilities that the caller acknowledged.

        Raises:
            RefusalError: with CloudFormation's reason.
        """
        template = self.parsed(text)
        missing = [needed for needed in template.capabilities if needed not in capabilities]
        if missing and not (missing == ["CAPABILITY_IAM"] and "CAPABILITY_NAMED_IAM" in capabilities):
            raise RefusalError(f"Requires capabilities : [{', '.join(missing)}]", "InsufficientCapabilitiesException")
        try:
            values = parameter_values(template, parameters)
            check_rules(template, {**pseudo_parameters("", ""), **values})
        except TemplateError as error:
            raise RefusalError(str(error)) from error
        return Plan(template, values, tags)

    def stack_for_creation(self, name: str) -> Stack:
        """The stack that a change set of kind CREATE belongs to: a new one, or one that has only change sets yet.

        Raises:
            RefusalError: there is a stack of that name.
        """
        with self._lock:
            existing = [stack for stack in self.living() if stack.name == name]
            if existing and existing[0].status == "REVIEW_IN_PROGRESS":
                return existing[0]
            if existing:
                raise RefusalError(f"Stack [{name}] already exists", "AlreadyExistsException")
            return Stack(name=name, id=arn("stack", name))

    def add_change_set(self, stack: Stack, name: str, kind: str, plan: Plan, description: str) -> ChangeSet:
        """Note a change set; one without changes is noted as failed, as AWS does.

        Raises:
            RefusalError: the stack's state does not allow it.
        """
        if kind == "UPDATE":
            _refuse_state(stack)
            _refuse_retyping(stack, plan.template)
        try:
            changes = self._engine.changes(stack, plan)
        except TemplateError as error:
            raise RefusalError(str(error)) from error
        change_set = ChangeSet(name, kind, plan, description, changes, arn("changeSet", name))
        if kind == "UPDATE" and _same(stack.plan, plan):
            change_set.status, change_set.execution_status, change_set.reason = "FAILED", "UNAVAILABLE", NO_CHANGES
        with self._lock:
            if stack.id not in self._stacks:
                self._stacks[stack.id] = stack
                stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
            stack.change_sets[name] = change_set
        return change_set

    def find_change_set(self, name: str, stack_name: str | None) -> tuple[Stack, ChangeSet]:
        """A change set by its id, or by its name and its stack's.

        Raises:
            RefusalError: there is none.
        """
        for stack in self.living():
            for change_set in stack.change_sets.values():
                if name == change_set.id or (name == change_set.name and stack_name in {stack.name, stack.id}):
                    return stack, change_set
        raise RefusalError(f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")

    def execute(self, stack: Stack, change_set: ChangeSet, token: str = "") -> Callable[[], None]:
        """Claim the stack for a change set; the returned function carries it out.

        ``token`` is the caller's, to tell the events of this operation by.

        Raises:
            RefusalError: the change set or the stack is in a state that does not allow it.
        """
        if change_set.execution_status != "AVAILABLE":
            raise RefusalError(
                f"ChangeSet [{change_set.id}] cannot be executed in its current execution status of "
                f"[{change_set.execution_status}]",
                "InvalidChangeSetStatus",
            )
        operation = self.start(stack, change_set.kind, change_set.plan, token)
        change_set.execution_status = "EXECUTE_COMPLETE"
        # Executing one change set makes the others void.
        stack.change_sets = {change_set.name: change_set}
        return operation

    def start(self, stack: Stack, kind: str, plan: Plan, token: str = "") -> Callable[[], None]:
        """Claim the stack for an operation; the returned function carries it out.

        Raises:
            RefusalError: the stack is in a state that does not allow it.
        """
        with self._lock:
            if kind == "UPDATE":
                _refuse_state(stack)
                stack.updated = datetime.now(UTC)
            self._stacks[stack.id] = stack
            stack.status = f"{kind}_IN_PROGRESS"
            stack.token = token or _token(kind)
        work = self._engine.update if kind == "UPDATE" else self._engine.create
        return lambda: _to_the_end(stack, kind, lambda: work(stack, plan))

    def continue_rollback(self, name: str, token: str = "") -> Callable[[], None]:
        """Claim a stack whose roll-back failed; the returned function tries the rest of it once more.

        Raises:
            RefusalError: there is no such stack, or it is in another state.
        """
        stack = self.find(name)
        with self._lock:
            if stack.status != "UPDATE_ROLLBACK_FAILED":
                raise RefusalError(f"Stack:{stack.id} is in {stack.status} state and can not continue rollback.")
            stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
            stack.token = token or _token("UPDATE")
        return lambda: _to_the_end(stack, "UPDATE", lambda: self._engine.continue_rollback(stack))

    def refuse_unchanged(self, stack: Stack, plan: Plan) -> None:
        """Refuse an update that changes nothing."""
        if _same(stack.plan, plan):
            raise RefusalError("No updates are to be performed.")

    def delete(self, name: str, token: str = "") -> Callable[[], None] | None:
        """Claim a stack for deletion; None when there is no such stack, which AWS accepts.

        Raises:
            RefusalError: another operation is running on it.
        """
        try:
            stack = self.find(name)
        except RefusalError:
            return None
        with self._lock:
            if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                raise RefusalError(f"Stack:{stack.id} is in {stack.status} state and can not be deleted.")
            stack.status = "DELETE_IN_PROGRESS"
            stack.token = token or _token("DELETE")
        return lambda: _to_the_end(stack, "DELETE", lambda: self._delete(stack))

    def _delete(self, stack: Stack) -> None:
        self._engine.delete(stack)
        if stack.status == "DELETE_COMPLETE":
            stack.deleted, stack.outputs = datetime.now(UTC), ()


def _token(kind: str) -> str:
    return f"Console-{kind.title()}Stack-{uuid.uuid4()}"


def _to_the_end(stack: Stack, kind: str, work: Callable[[], None]) -> None:
    """Carry out an operation; whatever happens, the stack does not stay in progress."""
    try:
        work()
    except Exception as error:
        LOGGER.exception("fault in the emulator")
        failed = {"CREATE": "ROLLBACK_FAILED", "UPDATE": "UPDATE_ROLLBACK_FAILED", "DELETE": "DELETE_FAILED"}[kind]
        stack.set_status(failed, f"Fault in the emulator (see its log): {type(error).__name__}: {error}")


def _known(type_name: str) -> bool:
    try:
        resource_schema(type_name)
    except SchemaError:
        return False
    return True


def _refuse_state(stack: Stack) -> None:
    if stack.status not in UPDATABLE:
        raise RefusalError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _refuse_retyping(stack: Stack, template: Template) -> None:
    retyped = [
        name
        for name, resource in stack.resources.items()
        if name in template.resources and template.resources[name]["Type"] != resource.record.type_name
    ]
    if retyped:
        raise RefusalError(
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(retyped)}]"
        )


def _same(old: Plan, new: Plan) -> bool:
    return (old.template.body, old.parameters, old.tags) == (new.template.body, new.parameters, new.tags)
