"""The quick import of the SDK gives what the plain one gives, and gives way where something is not as expected."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cloudformation import sdk_import

from .test_parallel import child_of

SERVICE = """\
# generated
import builtins as _builtins
from .. import _utilities
import typing
from ._enums import *
from .big_thing import *
from .get_thing import *
from .odd import *
from ._inputs import *
from . import outputs
"""
MODULES = {
    "__init__": "",
    "_utilities": "",
    "svc/__init__": SERVICE,
    "svc/_enums": "__all__ = ['Colour']\nclass Colour: ...\n",
    "svc/_inputs": "__all__ = ['BigThingPartArgs']\nclass BigThingPartArgs: ...\n",
    "svc/outputs": "",
    "svc/big_thing": '''\
"""A docstring."""
__all__ = ["BigThingArgs", "BigThing"]
class BigThingArgs: ...
class BigThing:
    size: "Unheard[of]"
    def grow(self, by: NotThere[int]) -> None: ...
''',
    "svc/get_thing": "__all__ = ['get_thing', 'get_thing_output']\ndef get_thing(): ...\ndef get_thing_output(): ...\n",
    "svc/odd": "__all__ = ['NamedOtherwise']\nclass NamedOtherwise: ...\nhidden = 1\n",
}
# A module that can only be imported if nobody evaluates its annotation.
UNEVALUATED = "svc/big_thing"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small SDK, with the quick import installed for it."""
    folder = tmp_path / "fake_sdk"
    (folder / "svc").mkdir(parents=True)
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sdk_import, "SDK", "fake_sdk")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    sdk_import.install()
    yield folder
    sdk_import.remove()
    forget()


def forget() -> None:
    """As if nothing of it had been imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "fake_sdk"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def service() -> ModuleType:
    return importlib.import_module("fake_sdk.svc")


def imported() -> set[str]:
    return {name.rpartition(".")[2] for name in sys.modules if name.startswith("fake_sdk.svc.")}


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("BigThing", {"big_thing"}),
        ("BigThingArgs", {"big_thing"}),
        ("get_thing", {"get_thing"}),
        ("get_thing_output", {"get_thing"}),
        ("BigThingPartArgs", {"_enums", "_inputs"}),
        ("Colour", {"_enums"}),
        ("outputs", {"outputs"}),
    ],
)
def test_only_the_module_of_a_name_is_imported(name: str, modules: set[str]) -> None:
    """It is found by the SDK's way to name modules."""
    assert getattr(service(), name).__name__.rpartition(".")[2] == name
    assert imported() == modules


@pytest.mark.usefixtures("package")
def test_name_in_a_module_of_another_name_is_found() -> None:
    """By importing everything, as the plain import does."""
    assert service().NamedOtherwise.__module__ == "fake_sdk.svc.odd"
    assert {"big_thing", "get_thing", "_inputs"} <= imported()


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("name", ["Nothing", "hidden", "__path_to_nothing__"])
def test_unknown_name_is_an_attribute_error(name: str) -> None:
    """A module's own names that it does not offer stay its own."""
    with pytest.raises(AttributeError, match=name):
        getattr(service(), name)


@pytest.mark.usefixtures("package")
def test_everything_is_there_for_a_star_import() -> None:
    """Names that nobody asked for one by one."""
    names: dict[str, object] = {}
    exec("from fake_sdk.svc import *", names)
    assert {"BigThing", "BigThingArgs", "Colour", "get_thing", "NamedOtherwise", "BigThingPartArgs"} <= names.keys()


def test_package_of_another_form_is_imported_as_it_is(package: Path) -> None:
    """Whatever else it does, it does."""
    (package / "svc/__init__.py").write_text(f"{SERVICE}EXTRA = 1 + 1\n", encoding="utf-8")
    assert service().EXTRA == 2
    assert "odd" in imported()


@pytest.mark.usefixtures("package")
def test_annotations_are_not_evaluated_and_docstrings_left_out() -> None:
    """The plain import falls over the same module."""
    thing = service().BigThing
    assert thing.grow.__annotations__ == {"by": "NotThere[int]", "return": "None"}
    assert sys.modules[thing.__module__].__doc__ is None
    sdk_import.remove()
    forget()
    with pytest.raises(NameError, match="NotThere"):
        importlib.import_module("fake_sdk.svc.big_thing")


def test_bytecode_is_used_again_until_the_source_changes(package: Path) -> None:
    """By time and size, as Python's own."""
    source = package / f"{UNEVALUATED}.py"
    kept = Path(importlib.util.cache_from_source(str(source), optimization=sdk_import.TAG))
    assert service().BigThing
    first = kept.stat().st_mtime_ns
    forget()
    assert service().BigThing
    assert kept.stat().st_mtime_ns == first
    forget()
    source.write_text(source.read_text(encoding="utf-8") + "class New: ...\n", encoding="utf-8")
    service()
    assert importlib.import_module("fake_sdk.svc.big_thing").New


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_damaged_bytecode_is_made_again(package: Path, damage: bytes | None) -> None:
    """Cut short (None), empty, or something else altogether."""
    source = package / f"{UNEVALUATED}.py"
    kept = Path(importlib.util.cache_from_source(str(source), optimization=sdk_import.TAG))
    assert service().BigThing
    whole = kept.read_bytes()
    kept.write_bytes(whole[:40] if damage is None else damage)
    forget()
    assert service().BigThing
    assert kept.read_bytes() == whole


def test_where_no_bytecode_can_be_kept_the_import_is_plain(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling at each start would be slower than that."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with pytest.raises(NameError):
        _ = service().BigThing
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(os, "access", lambda *_: False)
    forget()
    with pytest.raises(NameError):
        _ = service().BigThing
    assert not list(package.rglob(f"*{sdk_import.TAG}*"))


def test_installed_sdk_gives_every_service_lazily() -> None:
    """Each of its packages has the form that is expected, and one class of a service is one module."""
    done = child_of("""
        import pathlib, sys
        from cloudformation import sdk_import
        sdk_import.install()
        import pulumi_aws
        folder = pathlib.Path(pulumi_aws.__file__).parent
        packages = [file for file in folder.glob("*/__init__.py") if file.parent.name != "config"]
        odd = [
            file.parent.name
            for file in packages
            if not all(sdk_import._PACKAGE.fullmatch(line) for line in file.read_text().splitlines())
        ]
        print(len(packages) > 200, odd)
        pulumi_aws.kms.Key
        print(sorted(name for name in sys.modules if name.startswith("pulumi_aws.kms.")))
        """)
    lines = done.stdout.splitlines()
    assert (lines[0], done.stderr) == ("True []", "")
    assert lines[1] == "['pulumi_aws.kms.key']"


def test_platforms_template_is_the_same() -> None:
    """The command imports quickly, the tests plainly: the committed template is what both make."""
    done = child_of("""
        import sys
        from cloudformation.__main__ import main
        sys.exit(main(["synth", "--check"]))
        """)
    assert (done.stdout, done.returncode) == ("TapStack.yml is up to date\n", 0)


def test_what_a_program_seldom_uses_waits_until_it_does() -> None:
    """And is then what the plain import gives."""
    done = child_of("""
        import sys
        from cloudformation import sdk_import
        sdk_import.install()
        import pulumi
        print("pulumi.automation._stack" in sys.modules, "dill._dill" in sys.modules)
        dynamic = pulumi.dynamic
        print(pulumi.automation.Stack.__name__, dynamic.ResourceProvider.__name__, dynamic.dynamic.dill.loads(b"N."))
        """)
    assert (done.stdout.splitlines(), done.stderr) == (["False False", "Stack ResourceProvider None"], "")
