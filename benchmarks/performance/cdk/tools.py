"""CDK and the Node.js that it runs with, in a folder of their own."""

from __future__ import annotations

import json
import platform
import subprocess
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIBRARY = "2.275.0"
"""Of aws-cdk-lib, the same for both languages."""
CLI = "2.1148.0"
CONSTRUCTS = "10.8.1"
NODE = "24.9.0"
SHOWN_CHARACTERS = 1000


class ToolsError(Exception):
    """CDK cannot be compared with here; says why."""


@dataclass(frozen=True)
class Tools:
    """The installed tools."""

    folder: Path

    @property
    def node(self) -> Path:
        return self.folder / "node_modules" / _node_package() / "bin" / "node"

    @property
    def cli(self) -> Path:
        return self.folder / "node_modules" / "aws-cdk" / "bin" / "cdk"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def missing(self) -> list[str]:
        """What is not there, or in another version."""
        absent = [f"{name} {version}" for name, version in _npm_packages().items() if self._version(name) != version]
        if not any(self.folder.glob(f"lib/python*/site-packages/aws_cdk_lib-{LIBRARY}.dist-info")):
            absent.append(f"aws-cdk-lib {LIBRARY} for Python")
        return absent

    def _version(self, package: str) -> str:
        try:
            description = json.loads((self.folder / "node_modules" / package / "package.json").read_text("utf-8"))
        except (OSError, ValueError):
            return ""
        # Node.js writes v24.9.0.
        return str(description.get("version", "")).removeprefix("v")


def install(tools: Tools) -> None:
    """Install what is missing.

    Raises:
        ToolsError: npm or a package cannot be had.
    """
    if not tools.missing():
        return
    tools.folder.mkdir(parents=True, exist_ok=True)
    npm = [f"{name}@{version}" for name, version in _npm_packages().items()]
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts")
    _run(["npm", "install", *quiet, "--prefix", str(tools.folder), *npm])
    venv.create(tools.folder, with_pip=True)
    pip = [str(tools.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, f"aws-cdk-lib=={LIBRARY}"])
    # The first run of a new library would write its bytecode.
    _run([str(tools.python), "-m", "compileall", "-q", str(tools.folder / "lib")])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ToolsError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise ToolsError(f"`{' '.join(command[:3])}` failed: {done.stderr.strip()[-SHOWN_CHARACTERS:]}")


def _npm_packages() -> dict[str, str]:
    return {_node_package(): NODE, "aws-cdk": CLI, "aws-cdk-lib": LIBRARY, "constructs": CONSTRUCTS}


def _node_package() -> str:
    system = platform.system().lower()
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x64"
    return f"node-{system}-{machine}"
