"""The provider double by itself, called without a process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from . import values
from .double import checking, identifiers, outputs
from .double.home import Cloud, Home
from .double.schema import ResourceSchema, schema_of
from .double.service import Provider

QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"


def urn_of(token: str, name: str = "it") -> str:
    """A URN of the form that the engine makes."""
    return f"urn:pulumi:dev::test::{token}::{name}"


def refusals(token: str, inputs: dict[str, Any]) -> list[str]:
    """What Check says, as ``path: reason``."""
    request = provider_pb2.CheckRequest(urn=urn_of(token), news=values.encode(inputs))
    answer = Provider(Home(None)).Check(request, None)
    return [f"{failure.property}: {failure.reason}" for failure in answer.failures]


@pytest.mark.parametrize(
    ("token", "inputs", "refusal"),
    [
        (QUEUE, {"nam": "q"}, "nam: there is no such input; did you mean name?"),
        (QUEUE, {"delaySeconds": "5"}, "delaySeconds: a whole number is expected, not '5'."),
        (QUEUE, {"delaySeconds": 0.5}, "delaySeconds: a whole number is expected, not 0.5."),
        (QUEUE, {"delaySeconds": True}, "delaySeconds: a whole number is expected, not True."),
        (QUEUE, {"fifoQueue": "true"}, "fifoQueue: true or false is expected, not 'true'."),
        (QUEUE, {"name": ["q"]}, "name: text is expected, not ['q']."),
        (QUEUE, {"tags": {"a": 1}}, "tags.a: text is expected, not 1.0."),
        (TABLE, {"attributes": {"name": "id"}}, "attributes: a list (each item: an object with name, type)"),
        (TABLE, {"attributes": [{"name": "id"}]}, "attributes[0].type: this input is required: text."),
        (TABLE, {"ttl": {"enable": True}}, "ttl.enable: there is no such input; did you mean enabled?"),
        ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b"}, "policy: this input is required: text or an object"),
        ("aws:lambda/function:Function", {"role": "r", "code": "x.zip"}, "code: an archive is expected, not 'x.zip'."),
        (
            "aws:rds/clusterInstance:ClusterInstance",
            {"clusterIdentifier": "c", "engine": "oracle", "instanceClass": "db.serverless"},
            "engine: one of aurora, aurora-mysql, aurora-postgresql",
        ),
        ("aws:sqs/lake:Lake", {}, ": pulumi_aws has no resource type 'aws:sqs/lake:Lake'."),
    ],
)
def test_bad_inputs_are_refused_by_name(token: str, inputs: dict[str, Any], refusal: str) -> None:
    """Each refusal says which input, at which depth, and what belongs there."""
    assert [said for said in refusals(token, inputs) if said.startswith(refusal)], refusals(token, inputs)


def test_good_inputs_are_accepted() -> None:
    """What the SDK allows passes: whole numbers as floats, unknowns anywhere, archives, either member of a union."""
    archive = {values.SIGNATURE: values.ARCHIVE, "assets": {}}
    assert not refusals(QUEUE, {"name": "q", "delaySeconds": 5.0, "fifoQueue": values.UNKNOWN, "tags": {"a": "b"}})
    assert not refusals(TABLE, {"name": "t", "attributes": [{"name": "id", "type": values.UNKNOWN}]})
    assert not refusals("aws:lambda/function:Function", {"role": "r", "code": archive})
    assert not refusals("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b", "policy": "{}"})
    assert not refusals("aws:apigateway/deployment:Deployment", {"restApi": "abc"})


def test_every_wrong_input_is_named_at_once() -> None:
    """A resource with several faults gets all of them in one answer."""
    said = refusals(QUEUE, {"nam": "q", "delaySeconds": "5", "tags": {"a": 1}})
    assert sorted(line.partition(":")[0] for line in said) == ["delaySeconds", "nam", "tags.a"]


@pytest.fixture(scope="module")
def listed() -> list[ResourceSchema]:
    """The schema of every type that has an entry in the table of forms."""
    return [schema_of(token) for token in identifiers.FORMS]


def test_table_agrees_with_the_sdk(listed: list[ResourceSchema]) -> None:
    """Every input that the table of forms names exists in the installed SDK."""
    made = {"arn", "id", "hash", "uuid", "revision", "region", "account"}
    for schema in listed:
        form = identifiers.FORMS[schema.token]
        asked = {name.partition("_name")[0] for name in re.findall(r"\{(\w+)\}", form.id + form.arn)} - made
        if not form.arn and "{arn}" in form.id:
            asked.add("arn")
        assert (asked | form.fixed) <= set(schema.inputs), schema.token


def test_made_up_outputs_have_the_declared_types(listed: list[ResourceSchema]) -> None:
    """What the double answers to Create fits the SDK's output types, and nothing that is always there is missing."""
    for schema in listed:
        identity = identifiers.identify(schema.token, urn_of(schema.token), {}, 0)
        made = outputs.outputs_of(schema, {}, identity)
        faults = checking.check(ResourceSchema(schema.token, schema.outputs, {}), made)
        assert not faults, (schema.token, faults)


def test_outputs_agree_between_runs(listed: list[ResourceSchema]) -> None:
    """Two runs make up the same ids and outputs; another resource of the same type gets others."""
    schema = next(item for item in listed if item.token == "aws:ec2/vpc:Vpc")
    urn = urn_of(schema.token)
    first, second = (identifiers.identify(schema.token, urn, {}, 0) for _ in range(2))
    assert outputs.outputs_of(schema, {}, first) == outputs.outputs_of(schema, {}, second)
    other = identifiers.identify(schema.token, urn_of(schema.token, "other"), {}, 0)
    replacement = identifiers.identify(schema.token, urn, {}, 1)
    assert len({first.id, other.id, replacement.id}) == 3


def difference(token: str, olds: dict[str, Any], news: dict[str, Any], resource_id: str = "x") -> Any:
    """The double's answer to Diff."""
    request = provider_pb2.DiffRequest(
        urn=urn_of(token), id=resource_id, old_inputs=values.encode(olds), news=values.encode(news)
    )
    return Provider(Home(None)).Diff(request, None)


def test_changes_in_place_and_replacements() -> None:
    """A queue's timeout changes in place; its name makes a new queue beside the old one."""
    answer = difference(QUEUE, {"name": "a", "delaySeconds": 1}, {"name": "a", "delaySeconds": 2})
    assert (list(answer.diffs), list(answer.replaces)) == (["delaySeconds"], [])
    answer = difference(QUEUE, {"name": "a"}, {"name": "b"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["name"], False)


def test_named_resources_are_deleted_before_they_are_replaced() -> None:
    """A replacement that keeps its physical name cannot be created while the old one exists."""
    answer = difference(TABLE, {"name": "t", "hashKey": "a"}, {"name": "t", "hashKey": "b"}, resource_id="t")
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["hashKey"], True)


def test_equal_json_is_no_change() -> None:
    """A policy whose text is written otherwise but says the same is not changed."""
    answer = difference(QUEUE, {"policy": '{"a": 1, "b": [2]}'}, {"policy": '{"b":[2],"a":1}'})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
    answer = difference(QUEUE, {"policy": '{"a": 1}'}, {"policy": '{"a": 2}'})
    assert list(answer.diffs) == ["policy"]


def test_provider_needs_a_region() -> None:
    """A provider without region, or with a setting that AWS does not have, is refused; its version comes back."""
    given = values.encode({"version": "7.51.1", "zone": "a"})
    answer = Provider(Home(None)).CheckConfig(provider_pb2.CheckRequest(news=given), None)
    assert [failure.property for failure in answer.failures] == ["zone", "region"]
    assert answer.inputs["version"] == "7.51.1"


def test_cloud_is_shared_between_processes(tmp_path: Path) -> None:
    """What one provider process creates, another and the test see at once."""
    home = Home(tmp_path)
    one, other = Provider(home), Provider(home)
    request = provider_pb2.CreateRequest(urn=urn_of(QUEUE), properties=values.encode({"name": "q"}))
    created = one.Create(request, None)
    read = other.Read(provider_pb2.ReadRequest(urn=urn_of(QUEUE), id=created.id), None)
    assert values.decode(read.properties) == values.decode(created.properties)
    [event] = Cloud(tmp_path / "cloud.jsonl").alive.values()
    assert (event.name, event.inputs) == ("it", {"name": "q"})
