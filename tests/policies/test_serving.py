"""The pack's own servicer against the SDK's: other ways to the same answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_policy.policy as sdk
import pytest
from google.protobuf import struct_pb2
from pulumi_policy import EnforcementLevel

from policies import serving
from policies.crossguard import policies
from policies.model import Unknown
from tests.engine import values
from tests.engine.analyzer_client import Pack, configuration, resource_request, stack_request
from tests.policies.compliant import platform
from tests.policies.edits import Edit, both, broken, drop, protect, set_
from tests.policies.records import FOLDER, Record, resources

SHOWN = re.compile(
    "key|vpc|igw|rtb|sg|in-|db|stream|secret|trail|bucket|audit|role-(api|trail)|policy-(api|trail)|topic"
)
"""Names of the resources that are shown: some of each kind, since the SDK takes its time."""
SDK_UNDECIDED = re.compile(r"can't run policy '(.*?)' from policy pack .* during preview: (.*)", re.DOTALL)
UNDECIDED = re.compile(r"can't be judged before the deployment: (.*) \((.*)\)", re.DOTALL)

Said = tuple[list[tuple[Any, ...]], set[tuple[str, str]]]


class Quick(serving.Quick, sdk._PolicyAnalyzerServicer):
    """What :func:`policies.serving.install` makes of the SDK's servicer."""


def answers(kind: Any, stack: Sequence[Record], config: Mapping[str, Any]) -> list[Said]:
    """What a servicer says of each resource, then of the stack."""
    servicer = kind(serving.NAME, "0.0.1", policies(waivers=()), EnforcementLevel.MANDATORY)
    servicer.Configure(configuration(Pack(FOLDER, config), servicer.GetAnalyzerInfo(None, None)), None)
    found = [servicer.Analyze(resource_request(*record), None) for record in stack]
    return [said(answer) for answer in (*found, servicer.AnalyzeStack(stack_request(stack), None))]


def said(answer: Any) -> Said:
    """Violations in their order, and the policies that could not judge, each with the reason."""
    violations, undecided = [], set()
    for item in answer.diagnostics:
        if match := SDK_UNDECIDED.fullmatch(item.message):
            undecided.add((match[1], match[2]))
        elif match := UNDECIDED.fullmatch(item.message):
            undecided |= {(name, match[1]) for name in match[2].split(", ")}
        else:
            where = item.policyName, item.policyPackName, item.policyPackVersion, item.urn
            violations.append((*where, item.message, item.description, item.enforcementLevel, item.severity))
    return violations, undecided


WRONG = both(
    drop("db", "copyTagsToSnapshot"),
    set_("stream", "kmsKeyId", "alias/aws/kinesis"),
    set_("stream", "retentionPeriod", 1000),
    set_("key-data", "policy", "no JSON"),
    set_("vpc", "tags", None),
    protect("db"),
)
ODD = both(
    set_("db", "masterPassword", values.secret("Tr0ub4dor&3")),
    set_("db", "masterUsername", values.secret(values.UNKNOWN)),
    set_("db", "backupRetentionPeriod", 0.5),
    set_("db", "storageEncrypted", values.UNKNOWN),
    set_("vpc", "tags.DataClassification", values.UNKNOWN),
    set_("stream", "shardLevelMetrics", [values.UNKNOWN, None]),
    set_("key-data", "description", {values.SIGNATURE: values.ASSET, "text": "key"}),
)


@pytest.mark.parametrize(
    ("edit", "preview", "config"),
    [
        (both(), True, {}),
        (WRONG, False, {}),
        (WRONG, True, {"all": "advisory"}),
        (
            WRONG,
            False,
            {
                "key-rotation": "disabled",
                "stream-encrypted": "remediate",
                "stream-retention-bounded": {"mostHours": 999, "enforcementLevel": "advisory"},
                "nothing-retained": "disabled",
            },
        ),
        (ODD, False, {}),
        (ODD, True, {"database-copies-tags": "disabled"}),
    ],
)
def test_same_answers_as_the_sdk(edit: Edit, preview: bool, config: dict[str, Any]) -> None:
    """Violations, their order and levels, and what is undecided, are those of the SDK's servicer."""
    shown = [item for item in resources(broken(platform(), edit), preview=preview) if SHOWN.match(item[0].name)]
    expected = answers(sdk._PolicyAnalyzerServicer, shown, config)
    assert any(violations for violations, _ in expected)
    assert any(undecided for _, undecided in expected)
    assert answers(Quick, shown, config) == expected


def test_inputs_are_remembered_with_all_rules_disabled() -> None:
    """The stack is judged by the inputs that were shown before, whatever was disabled then."""
    shown = resources(platform())
    group = next(record for record in shown if record[0].name == "sg-database")
    group[0].outputs["egress"] = [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]
    servicer: Any = Quick(serving.NAME, "0.0.1", policies(waivers=()), EnforcementLevel.MANDATORY)

    def configure(**config: str) -> None:
        pack = Pack(FOLDER, config)
        servicer.Configure(configuration(pack, servicer.GetAnalyzerInfo(None, None)), None)

    def judged() -> set[str]:
        return {item.policyName for item in servicer.AnalyzeStack(stack_request(shown), None).diagnostics}

    assert judged()
    configure(all="disabled")
    assert not servicer.Analyze(resource_request(*group), None).diagnostics
    assert not judged()
    configure()
    assert not judged()


def test_values_from_the_wire() -> None:
    """Whole numbers are ints; what is unknown says where it stands; secrets are read."""
    wire = values.encode(
        {
            "count": 3.0,
            "share": 0.25,
            "on": False,
            "nothing": None,
            "name": "n",
            "list": [1.0, {"a": values.UNKNOWN}],
            "secret": values.secret({"user": "u", "word": values.UNKNOWN}),
        }
    )
    read = serving.decoded(wire)
    unknown = read["list"][1].pop("a"), read["secret"].pop("word")
    assert [(type(item), item.what) for item in unknown] == [
        (Unknown, "list[1].a is known only after the deployment"),
        (Unknown, "secret.word is known only after the deployment"),
    ]
    assert read == {
        "count": 3,
        "share": 0.25,
        "on": False,
        "nothing": None,
        "name": "n",
        "list": [1, {}],
        "secret": {"user": "u"},
    }
    assert type(read["count"]) is int


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_number_is_refused(number: float) -> None:
    """What is no number fails the call, as with the SDK, and passes no limit."""
    wire = struct_pb2.Struct()
    wire.fields["retentionPeriod"].number_value = number
    with pytest.raises(ValueError, match="number_value"):
        serving.decoded(wire)


def test_install_replaces_the_servicer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next pack of the process gets a servicer that is the SDK's and quick."""
    plain = sdk._PolicyAnalyzerServicer
    monkeypatch.setattr(sdk, "_PolicyAnalyzerServicer", plain)
    serving.install()
    assert issubclass(sdk._PolicyAnalyzerServicer, plain)
    assert sdk._PolicyAnalyzerServicer.Analyze is serving.Quick.Analyze


@pytest.mark.parametrize("missing", ["_get_policy_config", "_create_report_violation"])
def test_another_sdk_serves_by_itself(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A servicer that lacks what is needed stays as it is, and somebody is told."""
    plain = sdk._PolicyAnalyzerServicer
    monkeypatch.delattr(plain, missing)
    with pytest.warns(UserWarning, match="takes long"):
        serving.install()
    assert sdk._PolicyAnalyzerServicer is plain
