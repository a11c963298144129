"""Property values on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from . import assets, values


def test_values_survive_the_wire() -> None:
    """What is encoded comes back, with numbers as floats and empty objects and lists kept."""
    given = {"text": "a", "number": 3, "yes": True, "nothing": None, "list": [1.5, []], "object": {"a": {}}}
    assert values.decode(values.encode(given)) == {**given, "number": 3.0}


def test_plain_values_are_for_readers() -> None:
    """Secrets, references and internal names go; whole numbers are ints; unknowns stay visible."""
    given = {
        "secret": values.secret({"port": 443.0}),
        "reference": {values.SIGNATURE: values.RESOURCE, "urn": "urn:x", "id": "i-1"},
        "pending": {values.SIGNATURE: values.RESOURCE, "urn": "urn:x", "id": ""},
        "component": {values.SIGNATURE: values.RESOURCE, "urn": "urn:x"},
        "__defaults": [],
        "half": 0.5,
    }
    assert values.plain(given) == {
        "secret": {"port": 443},
        "reference": "i-1",
        "pending": values.UNKNOWN,
        "component": "urn:x",
        "half": 0.5,
    }


def test_outputs_are_as_secret_as_their_inputs() -> None:
    """What the provider hands back without marks is marked again where the input was secret, lists as a whole."""
    inputs = {"a": values.secret("x"), "b": {"c": values.secret("y"), "d": "z"}, "e": [values.secret("p"), "q"]}
    marked = values.with_secrets_of(values.revealed(inputs), inputs)
    assert marked["a"] == values.secret("x")
    assert marked["b"] == {"c": values.secret("y"), "d": "z"}
    assert marked["e"] == values.secret(["p", "q"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("count", {"count": 1.0, "tags": {"a": "new", "b": "new"}, "rules": [{"w": 5}, {"w": 6}]}),
        ("tags.a", {"count": 2.0, "tags": {"a": "old", "b": "new"}, "rules": [{"w": 5}, {"w": 6}]}),
        ('tags["b"]', {"count": 2.0, "tags": {"a": "new"}, "rules": [{"w": 5}, {"w": 6}]}),
        ("rules[0].w", {"count": 2.0, "tags": {"a": "new", "b": "new"}, "rules": [{"w": 1}, {"w": 6}]}),
        ("rules[*].w", {"count": 2.0, "tags": {"a": "new", "b": "new"}, "rules": [{"w": 1}, {"w": 2}]}),
        ("gone", {"count": 2.0, "tags": {"a": "new", "b": "new"}, "rules": [{"w": 5}, {"w": 6}], "gone": 1}),
    ],
)
def test_ignored_changes_keep_the_old_value(path: str, expected: dict[str, Any]) -> None:
    """A path of ``ignore_changes`` picks exactly its own part of the old inputs."""
    news = {"count": 2.0, "tags": {"a": "new", "b": "new"}, "rules": [{"w": 5}, {"w": 6}]}
    olds = {"count": 1.0, "tags": {"a": "old"}, "rules": [{"w": 1}, {"w": 2}], "gone": 1}
    assert values.keeping(news, olds, [path]) == expected


def test_a_changed_file_is_a_changed_input(tmp_path: Path) -> None:
    """An asset's hash follows the file's content, also inside an archive and a folder; a missing file is an error."""
    folder = tmp_path / "code"
    folder.mkdir()
    file = folder / "a.txt"
    file.write_text("one")
    part = {values.SIGNATURE: values.ASSET, "path": "code/a.txt"}
    archive = {values.SIGNATURE: values.ARCHIVE, "assets": {"a": part}}
    whole = {values.SIGNATURE: values.ARCHIVE, "path": "code"}
    before = assets.with_hashes({"x": [archive, whole]}, tmp_path)["x"]
    assert before == assets.with_hashes({"x": [archive, whole]}, tmp_path)["x"]
    file.write_text("two")
    after = assets.with_hashes({"x": [archive, whole]}, tmp_path)["x"]
    assert all(old["hash"] != new["hash"] for old, new in zip(before, after, strict=True))
    file.unlink()
    with pytest.raises(assets.AssetError, match=r"a\.txt does not exist"):
        assets.with_hashes(archive, tmp_path)
