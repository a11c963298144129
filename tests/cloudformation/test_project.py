"""Pulumi.yaml in all the forms that Pulumi reads."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from cloudformation.errors import ProgramError
from cloudformation.project import load_project


def _write(folder: Path, text: str, main: str = "__main__.py") -> Path:
    (folder / "Pulumi.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    (folder / main).parent.mkdir(parents=True, exist_ok=True)
    (folder / main).write_text("")
    return folder


def test_the_shortest_project(tmp_path: Path) -> None:
    """A name and a runtime; the description is the name."""
    project = load_project(_write(tmp_path, "name: demo\nruntime: python\n"))
    assert (project.name, project.description, project.region) == ("demo", "demo", "eu-west-1")
    assert project.main == tmp_path / "__main__.py"
    assert project.config == {}


def test_the_runtime_may_have_options(tmp_path: Path) -> None:
    """A map with a name, as ``pulumi new`` writes it."""
    text = "name: demo\nruntime:\n  name: python\n  options:\n    virtualenv: .venv\n"
    assert load_project(_write(tmp_path, text)).name == "demo"


@pytest.mark.parametrize(
    ("main", "file"),
    [("infra", "infra/__main__.py"), ("infra/", "infra/__main__.py"), ("app.py", "app.py"), ("./", "__main__.py")],
)
def test_main_names_a_file_or_a_folder(tmp_path: Path, main: str, file: str) -> None:
    """Relative to the project."""
    project = load_project(_write(tmp_path, f"name: demo\nruntime: python\nmain: {main}\n", file))
    assert project.main.resolve() == (tmp_path / file).resolve()


def test_settings_in_every_form(tmp_path: Path) -> None:
    """Plain values, declarations, values of other namespaces; the project's own namespace may be written out."""
    project = load_project(
        _write(
            tmp_path,
            """\
            name: demo
            runtime: python
            config:
              plain: text
              number: 3
              flag: true
              demo:own: x
              declared:
                type: integer
                default: 5
                description: How many.
              list:
                type: array
                items: {type: string}
                default: [a, b]
              secret-one: {type: string, secret: true}
              given: {value: {a: 1}}
              other:key: y
              aws:region: eu-central-1
              aws:defaultTags: {value: {tags: {a: b}}}
            """,
        )
    )
    assert project.config == {
        "plain": {"default": "text"},
        "number": {"default": 3},
        "flag": {"default": True},
        "own": {"default": "x"},
        "declared": {"type": "integer", "default": 5, "description": "How many."},
        "list": {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]},
        "secret-one": {"type": "string", "secret": True},
        "given": {"value": {"a": 1}, "default": {"a": 1}},
        "other:key": {"default": "y"},
    }
    assert project.provider == {"region": "eu-central-1", "defaultTags": {"tags": {"a": "b"}}}
    assert project.region == "eu-central-1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: demo\nruntime: nodejs\n", "only programs with `runtime: python`"),
        ("name: demo\n", "only programs with `runtime: python`"),
        ("runtime: python\n", "the project has no name"),
        ("name: [a\n", "is no YAML"),
        ("- a\n", "does not describe a project"),
        ("", "does not describe a project"),
        ("name: demo\nruntime: python\nmain: ../elsewhere\n", "is outside the project"),
        ("name: demo\nruntime: python\nmain: missing.py\n", "there is no missing.py"),
        ("name: demo\nruntime: python\nconfig: stacks/\n", "does not declare settings"),
        ("name: demo\nruntime: python\nconfig:\n  aws:defaultTags: {tags: {a: b}}\n", "Write `value:` before"),
    ],
)
def test_a_project_that_cannot_be_read_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """With what is wrong in it."""
    with pytest.raises(ProgramError, match=words):
        load_project(_write(tmp_path, text))


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    """And a project without a program."""
    with pytest.raises(ProgramError, match=r"has no Pulumi\.yaml"):
        load_project(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    with pytest.raises(ProgramError, match=r"there is no __main__\.py"):
        load_project(tmp_path)


def test_what_is_part_of_the_program(tmp_path: Path) -> None:
    """Files below the project, but no libraries in it and not the compiler."""
    project = load_project(_write(tmp_path, "name: demo\nruntime: python\n"))
    assert project.contains(tmp_path / "infra" / "network.py")
    assert not project.contains(tmp_path / ".venv" / "lib" / "site-packages" / "x.py")
    assert not project.contains(tmp_path.parent / "x.py")
