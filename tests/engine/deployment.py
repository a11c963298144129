"""One operation on a stack: turns what the program registers into steps, and the steps into state.

The order per resource is the engine's own: provider Check, policy packs (remediation, then analysis, of every kind of
resource), provider Diff, then Create, Update or nothing. When the program has ended, what it no longer registers is
deleted, dependents first, and the packs' stack policies see the outputs of the whole.

Registrations are worked on one at a time. The program sends one only when everything it depends on is answered, so
creation waits for dependencies by itself.

Where this engine differs from `pulumi`: a preview goes on after a resource was refused, and so reports every such
resource instead of the first; replacing a resource does not by itself replace what depends on it before that is
registered again; and what is listed in :data:`goal.UNSUPPORTED` is refused.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import assets, values
from .analyzer_client import AnalyzerClient, Options
from .goal import Goal, urn_of
from .managers import ComponentManager, CustomManager, Manager, ProviderManager
from .provider_client import Difference, ProviderClient, Providers
from .results import Diagnostic, EngineError, PolicyError, ResourceError, Step, StepKind, Violation
from .state import (
    PROVIDER_PREFIX,
    STACK_TYPE,
    PendingOperation,
    Resource,
    StateFile,
    deletion_order,
)
from .values import Properties


class DeploymentStoppedError(Exception):
    """The deployment has failed; the program is told that the engine is gone."""


class ProviderError(ResourceError):
    """A default provider cannot be had; the resource that asked for it is not to blame."""


@dataclass(frozen=True)
class Stack:
    """Which stack of which project, with its configuration (full keys, such as ``aws:region``)."""

    project: str
    name: str
    organization: str
    config: Mapping[str, str]
    secret_keys: frozenset[str]


@dataclass(frozen=True)
class _Plan:
    """One resource on its way: checked, judged, and now to be made so."""

    resource: Resource
    old: Resource | None
    manager: Manager
    goal: Goal

    def sealed(self, outputs: Properties) -> Properties:
        """The outputs with everything marked that came from a secret input or that the program calls secret."""
        marked = values.with_secrets_of(outputs, self.resource.inputs)
        secret = self.goal.options.additional_secret_outputs
        return {name: values.secret(item) if name in secret else item for name, item in marked.items()}


class Deployment:
    """Everything that one preview, up or destroy has to remember. Safe to call from several threads."""

    def __init__(
        self,
        stack: Stack,
        state: StateFile,
        providers: Providers,
        packs: Sequence[AnalyzerClient] = (),
        *,
        directory: Path,
        preview: bool = False,
    ) -> None:
        self._stack = stack
        self._state = state
        self._providers = providers
        self._packs = packs
        self._directory = directory
        self._preview = preview
        self._lock = threading.RLock()
        self._done: dict[str, Resource] = {}
        self._options: dict[str, Options] = {}
        self._olds = {item.urn: item for item in state.resources if not item.condemned}
        self._condemned = [item for item in state.resources if item.condemned]
        self._pending = list(state.pending)
        self._stopped = False
        self.steps: list[Step] = []
        self.diagnostics: list[Diagnostic] = []
        self.violations: list[Violation] = []
        self.problems: list[EngineError] = []
        self.outputs: Properties = {}
        self.policy_seconds = 0.0
        for item in self._pending:
            said = f"the engine was stopped while {item.operation} this; look whether it exists"
            self.log("warning", said, item.urn)

    # What the program calls.

    def register(self, request: Any) -> Resource:
        """Bring one resource about.

        Raises:
            DeploymentStoppedError: this or an earlier resource failed.
        """
        with self._lock:
            return self._guarded(request, lambda: self._register(Goal.of(request)))

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Note a component's outputs, or the stack's own."""
        with self._lock:
            self._go_on()
            self._done[urn] = dataclasses.replace(self._done[urn], outputs=outputs)
            if self._done[urn].type == STACK_TYPE:
                self.outputs = outputs
            self._save()

    def read(self, request: Any) -> Resource:
        """Look up a resource that something else manages."""
        with self._lock:
            return self._guarded(request, lambda: self._read(request))

    def invoke(self, token: str, arguments: Properties, provider: str, version: str) -> tuple[Properties, list[Any]]:
        """Call one of the provider's functions; its result, or what it refuses."""
        with self._lock:
            self._go_on()
            package = token.partition(":")[0]
            client, _ = self._client(provider, package, version)
        return client.invoke(token, arguments, preview=self._preview)

    # What the engine calls.

    def finish(self) -> None:
        """The program has ended well: delete what it no longer has, and let the packs see the whole.

        Problems are added to ``problems``.
        """
        with self._lock:
            try:
                self._delete_all([*self._condemned, *self._olds.values()])
                everything = [
                    (item, self._options.get(item.urn, Options()), self._provider_of(item))
                    for item in self._done.values()
                ]
                for pack in self._packs:
                    with self._policies_timed():
                        violations = pack.analyze_stack(everything)
                    self._object(violations)
            except EngineError as error:
                self.problems.append(error)
            self._save()

    def destroy(self) -> None:
        """Delete everything. Problems are added to ``problems``."""
        with self._lock:
            try:
                self._delete_all([*self._condemned, *self._olds.values()])
            except EngineError as error:
                self.problems.append(error)
            self._save()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let registrations wait meanwhile."""
        with self._lock:
            yield

    def stop(self) -> None:
        """Take no more registrations."""
        with self._lock:
            self._stopped = True

    def log(self, severity: Literal["info", "warning", "error"], message: str, urn: str = "") -> None:
        """Note a message of the program or of the engine."""
        self.diagnostics.append(Diagnostic(severity, message, urn))

    @property
    def stopped(self) -> bool:
        return self._stopped

    # Registration.

    def _guarded(self, request: Any, work: Callable[[], Resource]) -> Resource:
        self._go_on()
        try:
            return work()
        except (PolicyError, ProviderError) as error:
            problem: EngineError = error
        except (EngineError, assets.AssetError) as error:
            problem = ResourceError(f"{request.type} {request.name!r}{_position(request)}: {error}")
        self.problems.append(problem)
        if not self._preview or isinstance(problem, PolicyError):
            self._stopped = True
            raise DeploymentStoppedError from problem
        # In a preview the program goes on after a refusal: whatever it wanted to know of this resource is unknown.
        urn = urn_of(self._stack.name, self._stack.project, request)
        return self._done.setdefault(urn, Resource(urn, request.type, custom=True, inputs={}))

    def _go_on(self) -> None:
        if self._stopped:
            raise DeploymentStoppedError

    def _register(self, goal: Goal) -> Resource:
        urn = urn_of(self._stack.name, self._stack.project, goal)
        if urn in self._done:
            raise ResourceError(f"duplicate URN {urn}: give one of the two another name.")
        old = self._old(urn, goal)
        inputs = assets.with_hashes(goal.inputs, self._directory)
        if old:
            inputs = values.keeping(inputs, old.inputs, goal.options.ignore_changes)
        manager, provider = self._manager(goal)
        resource = Resource(
            urn=urn,
            type=goal.type,
            custom=goal.custom,
            inputs=inputs,
            parent=goal.parent,
            provider=f"{provider.urn}::{provider.id or values.UNKNOWN}" if provider else "",
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            protect=goal.options.protect,
            retain_on_delete=goal.retain_on_delete,
        )
        resource = self._checked(resource, old, manager)
        resource = self._judged(resource, old, manager, goal.options, provider)
        self._options[urn] = goal.options
        return self._step(_Plan(resource, old, manager, goal))

    def _old(self, urn: str, goal: Goal) -> Resource | None:
        for name in (urn, *goal.options.aliases):
            old = self._olds.get(name)
            if old is not None and not old.external:
                return old if name == urn else dataclasses.replace(old, urn=urn)
        return None

    def _manager(self, goal: Goal) -> tuple[Manager, Resource | None]:
        if goal.is_provider:
            return ProviderManager(self._providers), None
        if not goal.custom:
            return ComponentManager(), None
        client, provider = self._client(goal.provider, goal.type.partition(":")[0], goal.version)
        return CustomManager(client), provider

    def _checked(self, resource: Resource, old: Resource | None, manager: Manager) -> Resource:
        inputs, failures = manager.check(resource, old)
        if failures:
            refusals = "\n".join(f"  {failure}" for failure in failures)
            raise ResourceError(f"refused by the provider:\n{refusals}")
        return dataclasses.replace(resource, inputs=values.with_secrets_of(inputs, resource.inputs))

    def _judged(
        self, resource: Resource, old: Resource | None, manager: Manager, options: Options, provider: Resource | None
    ) -> Resource:
        for pack in self._packs:
            with self._policies_timed():
                inputs = pack.remediate(resource, options, provider)
            if inputs != resource.inputs:
                resource = self._checked(dataclasses.replace(resource, inputs=inputs), old, manager)
        for pack in self._packs:
            with self._policies_timed():
                violations = pack.analyze(resource, options, provider)
            self._object(violations)
        return resource

    @contextmanager
    def _policies_timed(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.policy_seconds += time.monotonic() - started

    def _object(self, violations: Sequence[Violation]) -> None:
        self.violations.extend(violations)
        mandatory = [item for item in violations if item.level == "mandatory"]
        # A preview collects the objections and fails at its end; see `Engine`.
        if mandatory and not self._preview:
            raise PolicyError("\n".join(map(str, mandatory)))

    # Steps.

    def _step(self, plan: _Plan) -> Resource:
        resource, old = plan.resource, plan.old
        if old is None:
            return self._create(plan, "create")
        difference = self._difference(plan, old)
        if not difference.changed:
            resource = dataclasses.replace(resource, id=old.id, outputs=old.outputs)
            self._accept(resource)
            self._note("same", resource, old)
            return resource
        if not difference.replacing:
            return self._update(plan, old, difference)
        if old.protect:
            names = ", ".join(difference.replacing)
            raise ResourceError(f"protected, so not replaced, which a change of {names} needs.")
        wanted = plan.goal.options.delete_before_replace
        if difference.delete_first if wanted is None else wanted:
            self._delete(old, "delete-replaced")
            return self._create(plan, "replace", difference)
        return self._create(plan, "replace", difference, condemned=old)

    def _difference(self, plan: _Plan, old: Resource) -> Difference:
        if old.provider != plan.resource.provider:
            # Another provider, or its provider was itself replaced: another account or region.
            return Difference(("provider",), ("provider",), delete_first=False)
        found = plan.manager.diff(old, plan.resource, plan.goal.options.ignore_changes)
        asked = {path.partition(".")[0].partition("[")[0] for path in plan.goal.replace_on_changes}
        replacing = tuple(name for name in found.changed if name in found.replacing or name in asked or "*" in asked)
        return dataclasses.replace(found, replacing=replacing)

    def _create(
        self, plan: _Plan, op: StepKind, difference: Difference | None = None, *, condemned: Resource | None = None
    ) -> Resource:
        with self._mutation("creating", plan.resource.urn):
            resource_id, outputs = plan.manager.create(plan.resource, preview=self._preview)
            resource = dataclasses.replace(plan.resource, id=resource_id, outputs=plan.sealed(outputs))
            if condemned is not None:
                self._condemned.append(dataclasses.replace(condemned, condemned=True))
            self._accept(resource)
        self._note(op, resource, plan.old, difference)
        return resource

    def _update(self, plan: _Plan, old: Resource, difference: Difference) -> Resource:
        with self._mutation("updating", plan.resource.urn):
            ignored = plan.goal.options.ignore_changes
            outputs = plan.manager.update(old, plan.resource, ignored, preview=self._preview)
            resource = dataclasses.replace(plan.resource, id=old.id, outputs=plan.sealed(outputs))
            self._accept(resource)
        self._note("update", resource, old, difference)
        return resource

    def _delete_all(self, doomed: Sequence[Resource]) -> None:
        protected = [item.urn for item in doomed if item.protect]
        if protected:
            raise ResourceError(f"protected, so not deleted: {', '.join(protected)}. Take the protection off first.")
        for item in deletion_order(doomed):
            self._delete(item, "delete-replaced" if item.condemned else "delete")

    def _delete(self, old: Resource, op: StepKind) -> None:
        with self._mutation("deleting", old.urn):
            if old.custom and not (self._preview or old.external or old.retain_on_delete or old.is_provider):
                provider = self._provider_of(old)
                if provider is None:
                    raise ResourceError(
                        f"{old.urn} cannot be deleted: its provider {old.provider} is not in the state."
                    )
                self._providers.configured(provider).delete(old)
            if old.condemned:
                self._condemned.remove(old)
            else:
                self._olds.pop(old.urn, None)
        if not old.external:
            self._note(op, old, old)

    def _read(self, request: Any) -> Resource:
        urn = urn_of(self._stack.name, self._stack.project, request)
        if urn in self._done:
            raise ResourceError(f"duplicate URN {urn}: give one of the two another name.")
        client, provider = self._client(request.provider, request.type.partition(":")[0], request.version)
        wanted = values.decode(request.properties)
        if values.has_unknown(request.id):
            resource_id, outputs = "", wanted
        else:
            resource_id, outputs = client.read(urn, request.id, wanted)
            if not resource_id:
                raise ResourceError(f"there is nothing with the id {request.id!r}.")
        resource = Resource(
            urn=urn,
            type=request.type,
            custom=True,
            inputs=wanted,
            outputs=outputs,
            id=resource_id,
            parent=request.parent,
            provider=f"{provider.urn}::{provider.id or values.UNKNOWN}",
            dependencies=tuple(sorted(request.dependencies)),
            external=True,
        )
        old = self._olds.get(urn)
        if old and not old.external:
            self._condemned.append(dataclasses.replace(old, condemned=True))
        self._accept(resource)
        self._note("read", resource, old)
        return resource

    # Providers.

    def _client(self, reference: str, package: str, version: str) -> tuple[ProviderClient, Resource]:
        provider = self._find(reference) if reference else self._default_provider(package, version)
        if provider is None:
            raise ResourceError(f"the provider {reference} is not registered.")
        return self._providers.configured(provider), provider

    def _default_provider(self, package: str, version: str) -> Resource:
        name = f"default_{version.replace('.', '_')}" if version else "default"
        config = {
            key.partition(":")[2]: values.secret(text) if key in self._stack.secret_keys else text
            for key, text in self._stack.config.items()
            if key.startswith(f"{package}:")
        }
        goal = Goal(
            type=PROVIDER_PREFIX + package,
            name=name,
            custom=True,
            parent="",
            provider="",
            version=version,
            inputs={**config, **({"version": version} if version else {})},
            dependencies=(),
            property_dependencies={},
            options=Options(),
            retain_on_delete=False,
            replace_on_changes=(),
        )
        urn = urn_of(self._stack.name, self._stack.project, goal)
        try:
            return self._done.get(urn) or self._register(goal)
        except PolicyError:
            raise
        except EngineError as error:
            raise ProviderError(f"the default provider of {package!r}: {error}") from error

    def _provider_of(self, resource: Resource) -> Resource | None:
        return self._find(resource.provider)

    def _find(self, reference: str) -> Resource | None:
        """The provider resource of a ``URN::id``: the very one, or (in a preview, without an id) that of the URN."""
        urn, _, provider_id = reference.rpartition("::")
        found = [item for item in (self._done.get(urn), self._olds.get(urn)) if item]
        found += [item for item in self._condemned if item.urn == urn]
        return next((item for item in found if item.id == provider_id), found[0] if found else None)

    # State and report.

    @contextmanager
    def _mutation(self, operation: str, urn: str) -> Iterator[None]:
        if self._preview:
            yield
            return
        self._pending = [item for item in self._pending if item.urn != urn]
        self._pending.append(PendingOperation(operation, urn))
        self._save()
        try:
            yield
        finally:
            # A refusal, or a provider that went away, ends the operation too; only the engine's own end leaves it.
            self._pending = [item for item in self._pending if item.urn != urn]
            self._save()

    def _accept(self, resource: Resource) -> None:
        self._done[resource.urn] = resource
        for urn in (resource.urn, *self._options.get(resource.urn, Options()).aliases):
            self._olds.pop(urn, None)

    def _save(self) -> None:
        if not self._preview:
            self._state.write([*self._done.values(), *self._condemned, *self._olds.values()], self._pending)

    def _note(
        self, op: StepKind, resource: Resource, old: Resource | None, difference: Difference | None = None
    ) -> None:
        self.steps.append(
            Step(
                op=op,
                urn=resource.urn,
                type=resource.type,
                custom=resource.custom,
                id=resource.id,
                parent=resource.parent,
                provider=resource.provider,
                inputs=values.plain(resource.inputs),
                outputs=values.plain(resource.outputs),
                old_inputs=values.plain(old.inputs) if old else {},
                changed=difference.changed if difference else (),
                replacing=difference.replacing if difference else (),
                dependencies=resource.dependencies,
                secrets=tuple(name for name, item in resource.inputs.items() if values.has_secret(item)),
            )
        )


def _position(request: Any) -> str:
    source = request.sourcePosition
    return f" ({source.uri.removeprefix('file://')}:{source.line})" if source.uri else ""
