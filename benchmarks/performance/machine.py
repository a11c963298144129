"""What the figures were measured on and with: hardware and versions, and nothing that tells whose machine it is."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

import pyperf  # type: ignore[import-untyped]

from .cdk.tools import CLI, LIBRARY, NODE

PACKAGES = ("pulumi", "pulumi-aws", "pulumi-policy", "grpcio", "protobuf", "pyperf")


def description(*, with_cdk: bool) -> Iterator[str]:
    """One line for each fact."""
    known = pyperf.Run([1.0], metadata={"name": "machine"}).get_metadata()
    cores = known.get("cpu_count", "an unknown number of")
    yield f"Processor: {known.get('cpu_model_name', platform.machine())}, {cores} cores"
    yield f"System: {platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield "Packages: " + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    if with_cdk:
        yield f"Node.js {NODE}, aws-cdk {CLI}, aws-cdk-lib {LIBRARY}"
