"""`types`: the list of what can be compiled, and the two pages that are written from it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from cloudformation.schema import stateful_types
from cloudformation.type_catalog import CatalogType, services
from cloudformation.type_docs import defaults_page, types_page
from cloudformation.type_list import add_types_command, select
from cloudformation.types.model import Drop, Expanded, Folded, ResourceType
from cloudformation.types.registry import expansions, types

DOCS = Path(__file__).resolve().parents[2] / "docs"


def listed() -> dict[str, CatalogType]:
    """Every type of the list, by Pulumi token."""
    return {item.pulumi: item for service in services() for item in service.types}


def run(*arguments: str) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser()
    add_types_command(parser.add_subparsers())
    options = parser.parse_args(["types", *arguments])
    status: int = options.run(options)
    return status


@pytest.mark.parametrize(("page", "option"), [("types.md", "--markdown"), ("defaults.md", "--defaults")])
def test_the_pages_are_up_to_date(page: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A change of the types without writing the pages anew is found here."""
    assert run(option) == 0
    written = (DOCS / page).read_text(encoding="utf-8")
    assert written == capsys.readouterr().out, f"run `python -m cloudformation types {option} > docs/{page}`"


def test_every_type_is_listed() -> None:
    """Whatever the compiler takes, the list has, and nothing else; custom resources are no types of Pulumi's."""
    known = {name for name, entry in types().items() if not (isinstance(entry, ResourceType) and entry.schema)}
    assert set(listed()) == known | set(expansions())


def test_what_a_type_becomes_is_told() -> None:
    """Its own type, a part of another, or others."""
    found = listed()
    assert found["aws:sqs/queue:Queue"].becomes == "AWS::SQS::Queue"
    assert found["aws:s3/bucketLogging:BucketLogging"].becomes == "part of AWS::S3::Bucket (LoggingConfiguration)"
    assert found["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"].becomes == "other resources"


def test_every_folded_type_names_what_it_is_part_of() -> None:
    """The type that it is folded into exists and is not folded itself."""
    for entry in types().values():
        if isinstance(entry, Folded):
            assert isinstance(types().get(entry.into), ResourceType), entry.pulumi


def test_every_exception_has_a_reason() -> None:
    """An input that is left out, and a type that is folded or expanded, say why."""
    for item in listed().values():
        for found in item.differences:
            if found.becomes.startswith(("left out", "refused")):
                assert found.reason, (item.pulumi, found.input)
    assert all(entry.reason for entry in types().values() if isinstance(entry, Folded))
    assert all(entry.reason for entry in expansions().values())


def test_the_defaults_page_has_every_difference() -> None:
    """Each explicit property, each choice that compiles one way only, each type with data, each expansion."""
    page = defaults_page(services())
    for name, entry in types().items():
        if isinstance(entry, ResourceType):
            for key, explicit in entry.explicit.items():
                assert f"| `{entry.cloudformation}` | `{key}` | {explicit.reason} |" in page
            assert not entry.stateful or f"| `{name}` | `{entry.cloudformation}` |" in page
        for key, rule in entry.properties.items():
            if isinstance(rule, Drop) and rule.only is not None:
                assert f"| `{name}` | `{key}` |" in page, (name, key)
    for expanded in expansions().values():
        assert isinstance(expanded, Expanded)
        assert f"| `{expanded.pulumi}` | {expanded.reason} |" in page


def test_the_types_page_has_every_exception() -> None:
    """Each input with a rule stands in the table of its service, with the reason that the rule gives."""
    page = types_page(services())
    for item in listed().values():
        for found in item.differences:
            assert f"| `{item.noun}` | `{found.input}` |" in page


def test_types_with_data_are_those_that_the_review_guards() -> None:
    """What carries a DeletionPolicy here is what `diff` calls dangerous to lose."""
    stateful = {
        entry.cloudformation for entry in types().values() if isinstance(entry, ResourceType) and entry.stateful
    }
    assert stateful <= stateful_types()


@pytest.mark.parametrize("name", ["aws:s3/bucket:Bucket", "bucket", "*s3::*", "AWS::S3::Bucket"])
def test_a_type_is_found_by_any_of_its_names(name: str) -> None:
    """Either token, the last word of one, or a pattern; upper and lower case do not matter."""
    assert "aws:s3/bucket:Bucket" in [item.pulumi for item in select(services(), [name])]


def test_one_type_is_told_with_its_exceptions(capsys: pytest.CaptureFixture[str]) -> None:
    """Renames, what is left out and when, what is written out, and the outputs that may be used."""
    assert run("aws:kms/key:Key") == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "aws:kms/key:Key -> AWS::KMS::Key" in output
    assert "deletionWindowInDays: PendingWindowInDays" in output
    assert "PendingWindowInDays is written out when no input gives it" in output
    assert "outputs that may be used: id, keyId, arn" in output


def test_an_unknown_type_gets_a_hint() -> None:
    """A slip of the pen is answered with what was meant."""
    with pytest.raises(Exception, match=r"called 'Buckets'\. Did you mean Bucket"):
        select(services(), ["Buckets"])


def test_the_list_counts_what_it_lists(capsys: pytest.CaptureFixture[str]) -> None:
    """One line per type, and the number of them at the end."""
    assert run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"{sum(line.startswith('  aws:') for line in lines)} types of ")
