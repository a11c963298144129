"""The engine's side of the provider protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from . import values
from .processes import Child, Connection
from .results import EngineError
from .state import Resource
from .values import Properties

PACKAGE_ROOT = Path(__file__).parents[(__package__ or "").count(".") + 1]
DOUBLES = {"aws": f"{__package__}.double"}
"""The module that serves as provider of each package. There is one, and it is a double, not the AWS provider."""


@dataclass(frozen=True)
class CheckFailure:
    """Why the provider refuses an input; ``property`` is empty when it is about the resource as a whole."""

    property: str
    reason: str

    def __str__(self) -> str:
        return f"{self.property}: {self.reason}" if self.property else self.reason


@dataclass(frozen=True)
class Difference:
    """The provider's answer to what differs between old and new inputs."""

    changed: tuple[str, ...]
    replacing: tuple[str, ...]
    delete_first: bool


class ProviderClient:
    """One configured provider process. Takes and gives property values; secrets and references do not reach it."""

    def __init__(self, child: Child, timeout: float, engine_directory: Path) -> None:
        self._connection = Connection(child, provider_pb2_grpc.ResourceProviderStub, timeout)
        directory = str(engine_directory)
        handshake = provider_pb2.ProviderHandshakeRequest(root_directory=directory, program_directory=directory)
        self._connection.call("Handshake", handshake)

    @property
    def alive(self) -> bool:
        return self._connection.child.alive

    def check_config(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[CheckFailure]]:
        return self._check("CheckConfig", urn, olds, news)

    def check(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[CheckFailure]]:
        """Validate inputs and fill in what the provider adds."""
        return self._check("Check", urn, olds, news)

    def _check(
        self, method: str, urn: str, olds: Properties, news: Properties
    ) -> tuple[Properties, list[CheckFailure]]:
        request = provider_pb2.CheckRequest(urn=urn, olds=_sent(olds), news=_sent(news), **_named(urn))
        answer = self._connection.call(method, request)
        return values.decode(answer.inputs), [CheckFailure(item.property, item.reason) for item in answer.failures]

    def configure(self, urn: str, inputs: Properties) -> None:
        variables = {f"aws:config:{name}": str(item) for name, item in values.revealed(inputs).items()}
        request = provider_pb2.ConfigureRequest(args=_sent(inputs), variables=variables, **_named(urn))
        self._connection.call("Configure", request)

    def diff_config(self, old: Resource, news: Properties) -> Difference:
        return self._diff("DiffConfig", old, news)

    def diff(self, old: Resource, news: Properties, ignored: Sequence[str]) -> Difference:
        return self._diff("Diff", old, news, ignored)

    def _diff(self, method: str, old: Resource, news: Properties, ignored: Sequence[str] = ()) -> Difference:
        request = provider_pb2.DiffRequest(
            id=old.id,
            olds=_sent(old.outputs),
            old_inputs=_sent(old.inputs),
            news=_sent(news),
            ignoreChanges=ignored,
            urn=old.urn,
            **_named(old.urn),
        )
        answer = self._connection.call(method, request)
        if answer.changes == provider_pb2.DiffResponse.DIFF_NONE:
            return Difference((), (), delete_first=False)
        return Difference(tuple(answer.diffs), tuple(answer.replaces), answer.deleteBeforeReplace)

    def create(self, urn: str, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Create the resource; its id and outputs. In a preview the id is empty and outputs may be unknown."""
        request = provider_pb2.CreateRequest(urn=urn, properties=_sent(inputs), preview=preview, **_named(urn))
        answer = self._connection.call("Create", request)
        return answer.id, values.decode(answer.properties)

    def update(self, old: Resource, news: Properties, ignored: Sequence[str], *, preview: bool) -> Properties:
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=old.urn,
            olds=_sent(old.outputs),
            old_inputs=_sent(old.inputs),
            news=_sent(news),
            ignoreChanges=ignored,
            preview=preview,
            **_named(old.urn),
        )
        return values.decode(self._connection.call("Update", request).properties)

    def read(self, urn: str, resource_id: str, properties: Properties) -> tuple[str, Properties]:
        """Look an existing resource up; an empty id means that there is none."""
        request = provider_pb2.ReadRequest(id=resource_id, urn=urn, properties=_sent(properties), **_named(urn))
        answer = self._connection.call("Read", request)
        return answer.id, values.decode(answer.properties)

    def delete(self, old: Resource) -> None:
        request = provider_pb2.DeleteRequest(
            id=old.id, urn=old.urn, properties=_sent(old.outputs), old_inputs=_sent(old.inputs), **_named(old.urn)
        )
        self._connection.call("Delete", request)

    def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:
        request = provider_pb2.InvokeRequest(tok=token, args=_sent(arguments), preview=preview)
        answer = self._connection.call("Invoke", request)
        failures = [CheckFailure(item.property, item.reason) for item in answer.failures]
        return values.decode(getattr(answer, "return")), failures

    def close(self) -> None:
        self._connection.close()


class Providers:
    """The provider processes of a stack, one for each provider resource, kept from one operation to the next."""

    def __init__(self, spawn: Callable[[str], Child], timeout: float, directory: Path) -> None:
        """``spawn`` starts the process for a package's provider."""
        self._spawn = spawn
        self._timeout = timeout
        self._directory = directory
        self._clients: dict[str, ProviderClient] = {}
        self._configured: dict[str, Properties] = {}
        self._spares: dict[str, Child] = {}
        self._lock = threading.Lock()

    def warm_up(self, package: str) -> None:
        """Start a process ahead of need, so that it loads while the program does."""
        with self._lock:
            if not self._clients and package not in self._spares:
                self._spares[package] = self._spawn(package)

    def client(self, provider: Resource) -> ProviderClient:
        """The process for this provider resource, started if it is not running; not necessarily configured."""
        package = provider.type.rpartition(":")[2]
        if package not in DOUBLES:
            raise EngineError(
                f"there is no provider double for the package {package!r}, only for {', '.join(DOUBLES)}. "
                "Leave that provider's resources out, or add a double for it."
            )
        with self._lock:
            client = self._clients.get(provider.urn)
            if client is None or not client.alive:
                if client is not None:
                    client.close()
                    self._configured.pop(provider.urn, None)
                child = self._spares.pop(package, None) or self._spawn(package)
                client = self._clients[provider.urn] = ProviderClient(child, self._timeout, self._directory)
            return client

    def configured(self, provider: Resource) -> ProviderClient:
        """The process for this provider resource, configured with the resource's inputs."""
        client = self.client(provider)
        if self._configured.get(provider.urn) != provider.inputs:
            client.configure(provider.urn, provider.inputs)
            self._configured[provider.urn] = provider.inputs
        return client

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        for child in self._spares.values():
            child.stop()
        self._clients.clear()
        self._configured.clear()
        self._spares.clear()


def _sent(properties: Mapping[str, Any]) -> Any:
    return values.encode(values.revealed(properties))


def _named(urn: str) -> dict[str, Any]:
    qualified, _, name = urn.partition("::")[2].partition("::")[2].rpartition("::")
    return {"name": name, "type": qualified.rpartition("$")[2]}
