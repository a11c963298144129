"""What is said about the rules: ids, titles, requirements, controls, documentation."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from policies import docs, resource_types
from policies.controls import CONTROLS
from policies.model import Group, Rule
from policies.naming import NAMES, TAGGABLE
from policies.not_visible import ABSENCES
from policies.registry import RULES, THEMES
from policies.waivers import load

FOLDER = Path(docs.__file__).parent
IDS = Path(__file__).with_name("rule_ids.txt")


def test_rule_list_is_pinned() -> None:
    """Rules neither vanish nor change their name unseen: waivers and policy config go by the ids."""
    assert [rule.id for rule in RULES] == IDS.read_text(encoding="utf-8").split()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_metadata(rule: Rule) -> None:
    """Every rule says what has to be true and what to do, each in one line, and where that is explained."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.id)
    for sentence in (rule.title, rule.remedy):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert len(rule.title) <= 120
    assert rule.url.startswith("https://")
    assert (rule.check is None) is bool(rule.stack_check)
    assert bool(rule.types) is (rule.check is not None)
    for parameter in rule.parameters:
        assert parameter.minimum <= parameter.default <= (parameter.maximum or parameter.default)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.requirements], ids=lambda rule: rule.id)
def test_requirement_numbers(rule: Rule) -> None:
    """Requirements are numbers of PCI DSS v4.0.1, and every control that is named is one of the list."""
    assert all(re.fullmatch(r"([1-9]|1[0-2])(\.\d{1,2}){1,3}", number) for number in rule.requirements)
    assert rule.controls
    assert set(rule.controls) <= set(CONTROLS)


def test_rules_for_pci_dss_have_requirements() -> None:
    """A rule that is there for PCI DSS names the requirement."""
    assert not [rule.id for rule in RULES if rule.group is Group.PCI_DSS and not rule.requirements]


def test_every_control_is_answered() -> None:
    """Each control has a rule or an entry that says where it is handled instead, and none has both."""
    judged = {number for rule in RULES for number in rule.controls}
    absent = {item.control for item in ABSENCES}
    assert judged | absent == set(CONTROLS) == set(range(1, 161))
    assert not judged & absent
    assert all(len(item.instead.split()) > 5 and item.requirements for item in ABSENCES)


def test_documentation_is_current() -> None:
    """docs/rules.md is what the metadata says."""
    assert docs.FILE.read_text(encoding="utf-8") == docs.text(load())


def test_themes_hold_every_rule_once() -> None:
    """Ids are unique over all themes."""
    ids = [rule.id for rules in THEMES.values() for rule in rules]
    assert len(ids) == len(set(ids)) == len(RULES)


def test_modules_hide_no_standard_library() -> None:
    """Pulumi puts the pack's folder on the path; no module of it may hide one of Python's."""
    own = {path.stem for path in FOLDER.glob("*.py")}
    assert not own & set(sys.stdlib_module_names)


def _types() -> list[str]:
    values = [value for name, value in vars(resource_types).items() if name.isupper() and name != "LIBRARY"]
    return [item for value in values for item in (value if isinstance(value, tuple) else (value,))]


def test_types_and_inputs_exist_in_the_sdk() -> None:
    """Type tokens, names and tags are those of the installed provider."""
    import pulumi_aws  # noqa: PLC0415
    from pulumi._types import input_type_py_to_pulumi_names  # noqa: PLC0415

    missing = []
    for token in {*_types(), *NAMES, *TAGGABLE}:
        module, _, name = token.removeprefix("aws:").partition("/")
        package = getattr(pulumi_aws, {"lambda": "lambda_"}.get(module, module))
        arguments = getattr(package, f"{name.partition(':')[2]}Args", None)
        if arguments is None:
            missing.append(token)
            continue
        inputs = set(input_type_py_to_pulumi_names(arguments).values())
        assert NAMES.get(token, "") in {"", *inputs}, token
        if token in TAGGABLE:
            assert "tags" in inputs, token
    assert not missing
