"""Serve the provider: prints the port as its first line, as the engine expects of a plugin."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2_grpc

from ..processes import serve
from .home import Home
from .service import Provider


def main() -> None:
    provider = Provider(Home.from_environment())
    # One thread: requests come one at a time, and the provider keeps no locks.
    server, port = serve(1, lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server))
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
