"""The services that the program calls: resource monitor and engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from . import values
from .deployment import Deployment, DeploymentStoppedError, Stack
from .processes import FAILED, GONE, HOST, serve
from .results import EngineError

# With these the SDK sends secrets and references marked; aliases come as plain URNs, and what other features would
# carry (transforms, hooks, deleted_with ...) is refused by the SDK with a message of its own.
FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
)
SEVERITIES = {engine_pb2.INFO: "info", engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}
# Enough that log messages get through while every worker of the program waits for a registration.
THREADS = 128


class ResourceMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Answers a program's registrations from a deployment."""

    def __init__(self, deployment: Deployment, stack: Stack, *, preview: bool) -> None:
        self._deployment = deployment
        self._stack = stack
        self._preview = preview

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return resource_pb2.DeploymentInfo(
            project=self._stack.project,
            stack=self._stack.name,
            organization=self._stack.organization,
            config=self._stack.config,
            configSecretKeys=sorted(self._stack.secret_keys),
            dryRun=self._preview,
            supportedFeatures=FEATURES,
        )

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        try:
            resource = self._deployment.register(request)
        except DeploymentStoppedError:
            _gone(context)
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=resource.id, object=values.encode(resource.outputs)
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802
        try:
            self._deployment.register_outputs(request.urn, values.decode(request.outputs))
        except DeploymentStoppedError:
            _gone(context)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        try:
            resource = self._deployment.read(request)
        except DeploymentStoppedError:
            _gone(context)
        return resource_pb2.ReadResourceResponse(
            urn=resource.urn, id=resource.id, properties=values.encode(resource.outputs)
        )

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        try:
            result, failures = self._deployment.invoke(
                request.tok, values.decode(request.args), request.provider, request.version
            )
        except DeploymentStoppedError:
            _gone(context)
        except EngineError as error:
            context.abort(FAILED, str(error))
        answer = resource_pb2.ResourceInvokeResponse()
        getattr(answer, "return").CopyFrom(values.encode(result))
        for failure in failures:
            answer.failures.add(property=failure.property, reason=failure.reason)
        return answer

    def SignalAndWaitForShutdown(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes a program's log."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._root = ""

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        if request.severity in SEVERITIES:
            self._deployment.log(SEVERITIES[request.severity], request.message, request.urn)  # type: ignore[arg-type]
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return engine_pb2.RequirePulumiVersionResponse()


def _gone(context: Any) -> NoReturn:
    # The code that the SDK takes for an engine that has shut down: the program then ends without blaming itself.
    context.abort(GONE, "the deployment has failed")
    raise AssertionError("abort always raises")


@contextmanager
def serving(deployment: Deployment, stack: Stack, *, preview: bool) -> Iterator[str]:
    """Serve both services on a free port of loopback; yields the address."""
    server, port = serve(
        THREADS,
        lambda server: resource_pb2_grpc.add_ResourceMonitorServicer_to_server(
            ResourceMonitor(deployment, stack, preview=preview), server
        ),
        lambda server: engine_pb2_grpc.add_EngineServicer_to_server(Engine(deployment), server),
    )
    try:
        yield f"{HOST}:{port}"
    finally:
        deployment.stop()
        server.stop(grace=0).wait()
