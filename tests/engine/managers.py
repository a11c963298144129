"""Who carries out what the engine decides: nobody for components, the engine itself for providers, else a provider."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Protocol

from .provider_client import CheckFailure, Difference, ProviderClient, Providers
from .state import Resource
from .values import Properties


class Manager(Protocol):
    """The life of one resource."""

    def check(self, resource: Resource, old: Resource | None) -> tuple[Properties, list[CheckFailure]]: ...
    def diff(self, old: Resource, new: Resource, ignored: Sequence[str]) -> Difference: ...
    def create(self, resource: Resource, *, preview: bool) -> tuple[str, Properties]: ...
    def update(self, old: Resource, new: Resource, ignored: Sequence[str], *, preview: bool) -> Properties: ...
    def delete(self, old: Resource) -> None: ...


class ComponentManager:
    """Components and the stack: they are only a place in the tree."""

    def check(self, resource: Resource, old: Resource | None) -> tuple[Properties, list[CheckFailure]]:  # noqa: ARG002
        return resource.inputs, []

    def diff(self, old: Resource, new: Resource, ignored: Sequence[str]) -> Difference:  # noqa: ARG002
        names = sorted(set(old.inputs) | set(new.inputs))
        changed = tuple(name for name in names if old.inputs.get(name) != new.inputs.get(name))
        return Difference(changed, (), delete_first=False)

    def create(self, resource: Resource, *, preview: bool) -> tuple[str, Properties]:  # noqa: ARG002
        return "", {}

    def update(self, old: Resource, new: Resource, ignored: Sequence[str], *, preview: bool) -> Properties:  # noqa: ARG002
        return old.outputs

    def delete(self, old: Resource) -> None:
        pass


class ProviderManager:
    """Provider resources: creating one means configuring a provider process."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def check(self, resource: Resource, old: Resource | None) -> tuple[Properties, list[CheckFailure]]:
        client = self._providers.client(resource)
        return client.check_config(resource.urn, old.inputs if old else {}, resource.inputs)

    def diff(self, old: Resource, new: Resource, ignored: Sequence[str]) -> Difference:  # noqa: ARG002
        return self._providers.client(old).diff_config(old, new.inputs)

    def create(self, resource: Resource, *, preview: bool) -> tuple[str, Properties]:
        self._providers.configured(resource)
        return "" if preview else str(uuid.uuid4()), dict(resource.inputs)

    def update(self, old: Resource, new: Resource, ignored: Sequence[str], *, preview: bool) -> Properties:  # noqa: ARG002
        self._providers.configured(new)
        return dict(new.inputs)

    def delete(self, old: Resource) -> None:
        pass


class CustomManager:
    """Everything else: the resource's provider."""

    def __init__(self, client: ProviderClient) -> None:
        self._client = client

    def check(self, resource: Resource, old: Resource | None) -> tuple[Properties, list[CheckFailure]]:
        return self._client.check(resource.urn, old.inputs if old else {}, resource.inputs)

    def diff(self, old: Resource, new: Resource, ignored: Sequence[str]) -> Difference:
        return self._client.diff(old, new.inputs, ignored)

    def create(self, resource: Resource, *, preview: bool) -> tuple[str, Properties]:
        return self._client.create(resource.urn, resource.inputs, preview=preview)

    def update(self, old: Resource, new: Resource, ignored: Sequence[str], *, preview: bool) -> Properties:
        return self._client.update(old, new.inputs, ignored, preview=preview)

    def delete(self, old: Resource) -> None:
        self._client.delete(old)
