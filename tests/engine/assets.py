"""Hashes of assets and archives, which the engine adds so that a changed file is a changed input."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import values


class AssetError(Exception):
    """A file of an asset or archive cannot be read."""


def with_hashes(value: Any, directory: Path) -> Any:
    """Add a ``hash`` to every asset and archive in ``value``; relative paths start at ``directory``.

    Raises:
        AssetError: a file is missing.
    """
    if values.signature(value) in (values.ASSET, values.ARCHIVE):
        return {**value, "hash": _digest(value, directory)}
    if isinstance(value, Mapping):
        return {name: with_hashes(item, directory) for name, item in value.items()}
    return [with_hashes(item, directory) for item in value] if isinstance(value, list) else value


def _digest(value: Mapping[str, Any], directory: Path) -> str:
    digest = hashlib.sha256()
    if "text" in value:
        digest.update(value["text"].encode())
    elif "uri" in value:
        # What is behind the address is not fetched: an address that stays the same counts as the same content.
        digest.update(value["uri"].encode())
    elif "assets" in value:
        for name, part in sorted(value["assets"].items()):
            digest.update(f"{name}\0{_digest(part, directory)}\0".encode())
    else:
        _add_path(digest, directory / value["path"])
    return digest.hexdigest()


def _add_path(digest: Any, path: Path) -> None:
    if not path.exists():
        raise AssetError(f"the asset {path} does not exist. Make it, or correct the path (relative to the program).")
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    for file in files:
        digest.update(f"{file.relative_to(path) if path.is_dir() else ''}\0".encode())
        digest.update(file.read_bytes())
