"""Sources of the Lambda functions. Each is deployed alone, as ``index.py``, so it imports nothing of this project."""

from __future__ import annotations

from importlib import resources

import pulumi

HANDLER = "index.handler"
RUNTIME = "python3.13"
ARCHITECTURES = ["arm64"]


def code(module: str) -> pulumi.AssetArchive:
    """The deployment package of ``components/functions/{module}.py``.

    Raises:
        FileNotFoundError: there is no such source.
    """
    source = resources.files(__name__).joinpath(f"{module}.py").read_text(encoding="utf-8")
    return pulumi.AssetArchive({"index.py": pulumi.StringAsset(source)})
