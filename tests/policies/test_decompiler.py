"""Templates are read back, so that the same rules judge them; what cannot be read back is said and never passes."""

from __future__ import annotations

import datetime
import json
import textwrap
from pathlib import Path

import pytest

from cloudformation.decompile.decompiler import Decompilation, decompile
from cloudformation.graph import Attribute, Concat, Function, ListValue, Literal, MapValue, ParameterValue, Pseudo
from cloudformation.judgement import Judgement, judge
from cloudformation.template_reader import parse_template, read_template
from cloudformation.types.inline_rules import NO_EGRESS
from cloudformation.values import UNREADABLE
from policies.model import Violation
from policies.waivers import load

ROOT = Path(__file__).parents[2]
TODAY = datetime.date(2026, 12, 1)


def read(text: str) -> Decompilation:
    return decompile(parse_template(textwrap.dedent(text)), "eu-west-1")


def only(decompilation: Decompilation, noun: str) -> dict[str, object]:
    """The inputs of the one resource of a type."""
    [found] = [item for item in decompilation.program.resources.values() if item.type.endswith(f":{noun}")]
    return dict(found.inputs)


def said(judgement: Judgement, rule: str) -> list[str]:
    """What one rule finds, as ``logical id: message``."""
    return [
        f"{item.violation.resource.name if item.violation.resource else ''}: {item.violation.message}{item.without}"
        for item in judgement.violations
        if item.violation.rule.id == rule
    ]


@pytest.fixture(scope="module")
def platform() -> Decompilation:
    return decompile(read_template(ROOT / "TapStack.yml"), "eu-west-1")


def test_own_template_is_judged_like_its_program(platform: Decompilation) -> None:
    """Of the platform's own template nothing is found but what is waived for the program."""
    judgement = judge(platform.program, load(), today=TODAY)
    assert [str(item) for item in judgement.violations] == []
    assert judgement.waiver_problems == ()
    assert {item.why for item in judgement.undecided} == {
        "CloudFormation names a parameter group itself; the property is read-only",
        "auto scaling sets it; CloudFormation would set it back at every update",
    }


def test_nothing_of_the_own_template_is_lost_unsaid(platform: Decompilation) -> None:
    """All that is not read back of it is the code of functions."""
    assert {item.what for item in platform.unread} == {"Code.ZipFile is written in a form that cannot be read back"}


def test_position_is_a_line_of_the_template() -> None:
    """A finding names the line, and the resource by its logical id."""
    decompilation = read("""\
        Resources:
          Stream:
            Type: AWS::Kinesis::Stream
            Properties: {ShardCount: 1}
        """)
    [finding] = [
        item for item in judge(decompilation.program).violations if item.violation.rule.id == "stream-outlasts-outage"
    ]
    assert str(finding).startswith("template:2: aws:kinesis/stream:Stream 'Stream': ")


def test_values() -> None:
    """References and functions become what a program would have recorded."""
    decompilation = read("""\
        Parameters:
          Name: {Type: String, AllowedPattern: '[a-z]{3}'}
          Days: {Type: Number, MinValue: 30, MaxValue: 90}
        Mappings:
          Sizes: {small: {Count: 7}}
        Resources:
          Key: {Type: AWS::KMS::Key}
          Log:
            Type: AWS::Logs::LogGroup
            Properties:
              LogGroupName: !Sub ['${Kind}-${Name}-${AWS::Region}-${!x}', {Kind: log}]
              RetentionInDays: !Ref Days
              KmsKeyId: !GetAtt Key.Arn
          Other:
            Type: AWS::Logs::LogGroup
            Properties:
              LogGroupName: !Join [-, [a, !Ref Log, c]]
              RetentionInDays: !FindInMap [Sizes, small, Count]
              KmsKeyId: !ImportValue key
        """)
    log, other = (item for item in decompilation.program.resources.values() if item.name != "Key")
    assert log.inputs["name"] == Concat(
        (Literal("log-"), ParameterValue("Name"), Literal("-"), Pseudo("AWS::Region"), Literal("-${x}"))
    )
    assert log.inputs["retentionInDays"] == ParameterValue("Days")
    assert log.inputs["kmsKeyId"] == Attribute("urn:pulumi:stack::template::aws:kms/key:Key::Key", ("arn",))
    assert other.inputs["name"] == Concat((Literal("a-"), Attribute(log.urn, ("id",)), Literal("-c")))
    assert other.inputs["retentionInDays"] == Literal(7)
    assert other.inputs["kmsKeyId"] == Function("Fn::ImportValue", (Literal("key"),))
    judgement = judge(decompilation.program)
    assert said(judgement, "log-retention") == [
        "Log: setting Days of retentionInDays may be 30, below 365",
        "Other: retentionInDays is 7, below 365",
    ]


def test_resource_inside_another() -> None:
    """What Pulumi has beside a resource is beside it again."""
    decompilation = read("""\
        Resources:
          Bucket:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                - ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}
              VersioningConfiguration: {Status: Enabled}
              LifecycleConfiguration:
                Rules:
                - {Id: a, Status: Enabled, ExpirationInDays: 9, Prefix: x/}
        """)
    bucket = Attribute("urn:pulumi:stack::template::aws:s3/bucket:Bucket::Bucket", ("id",))
    assert only(decompilation, "BucketVersioning") == {
        "bucket": bucket,
        "versioningConfiguration": MapValue({"status": Literal("Enabled")}),
    }
    [rule] = only(decompilation, "BucketLifecycleConfiguration")["rules"].items  # type: ignore[attr-defined]
    assert rule.items["expiration"] == MapValue({"days": Literal(9)})
    judgement = judge(decompilation.program)
    assert said(judgement, "bucket-versioned") == []
    assert said(judgement, "bucket-encrypted") == ["Bucket: sseAlgorithm is AES256, not aws:kms"]


@pytest.mark.parametrize(
    ("properties", "egress"),
    [
        ("{}", "0.0.0.0/0"),
        ("{SecurityGroupEgress: []}", "0.0.0.0/0"),
        ("{SecurityGroupEgress: !Ref AWS::NoValue}", "0.0.0.0/0"),
        ("{SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}]}", "10.0.0.0/8"),
    ],
)
def test_security_group_without_egress_lets_everything_out(properties: str, egress: str) -> None:
    """CloudFormation opens a group that says nothing of what may leave it; Pulumi's provider does not."""
    decompilation = read(f"Resources: {{Group: {{Type: AWS::EC2::SecurityGroup, Properties: {properties}}}}}")
    assert egress in repr(only(decompilation, "SecurityGroup")["egress"])


@pytest.mark.parametrize(("policy", "retained"), [("Retain", True), ("RetainExceptOnCreate", True), ("Delete", False)])
def test_deletion_policy(policy: str, retained: bool) -> None:
    """What a deletion leaves behind is found."""
    decompilation = read(f"Resources: {{Log: {{Type: AWS::Logs::LogGroup, DeletionPolicy: {policy}}}}}")
    assert bool(said(judge(decompilation.program), "nothing-retained")) is retained


@pytest.mark.parametrize(
    "text",
    [
        """\
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
              - PolicyName: all
                PolicyDocument: {Statement: {Effect: Allow, Action: '*', Resource: '*'}}
        """,
        """\
        Resources:
          Role: {Type: AWS::IAM::Role}
          Policy:
            Type: AWS::IAM::Policy
            Properties:
              PolicyName: all
              PolicyDocument: {Statement: [{Effect: Allow, Action: ['*'], Resource: ['*']}]}
              Roles: [!Ref Role]
        """,
        """\
        Resources:
          Role: {Type: AWS::IAM::Role}
          Policy:
            Type: AWS::IAM::RolePolicy
            Properties:
              PolicyName: all
              PolicyDocument: {Statement: [{Effect: Allow, Action: ['*'], Resource: ['*']}]}
              RoleName: !Ref Role
        """,
    ],
)
def test_policies_wherever_they_stand(text: str) -> None:
    """A policy is judged inside its role, beside it, and in the type that Pulumi does not have."""
    assert said(judge(read(text).program), "iam-no-full-rights")


CONDITIONAL = """\
    Conditions:
      Encrypted: !Equals [!Ref AWS::Region, eu-west-1]
    Resources:
      Key: {Type: AWS::KMS::Key}
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          VersioningConfiguration: {Status: Enabled}
          BucketEncryption:
            Fn::If:
            - Encrypted
            - ServerSideEncryptionConfiguration:
              - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: !Ref Key}
                BucketKeyEnabled: true
            - !Ref AWS::NoValue
      Stream:
        Type: AWS::Kinesis::Stream
        Condition: Encrypted
        Properties:
          StreamEncryption: !If [Encrypted, {EncryptionType: KMS, KeyId: !Ref Key}, {EncryptionType: KMS, KeyId: alias/aws/kinesis}]
    """  # noqa: E501


def test_both_sides_of_a_condition_are_judged() -> None:
    """What only one side of a condition breaks is found, and the side is named."""
    judgement = judge(read(CONDITIONAL).program)
    [finding] = [item for item in judgement.violations if item.violation.rule.id == "bucket-encrypted"]
    assert "(when the condition Encrypted does not hold)" in str(finding)
    assert said(judgement, "bucket-versioned") == []
    assert said(judgement, "stream-encrypted") == []


def test_condition_that_is_the_opposite_of_another() -> None:
    """``!Not`` of a condition holds just where that does not, so nothing is judged that cannot be."""
    decompilation = read("""\
        Conditions:
          Production: !Equals [!Ref AWS::AccountId, '1']
          Trial: !Not [!Condition Production]
        Resources:
          Log:
            Type: AWS::Logs::LogGroup
            Properties: {RetentionInDays: !If [Trial, !If [Production, 1, 400], 365]}
        """)
    assert said(judge(decompilation.program), "log-retention") == []
    [log] = decompilation.program.resources.values()
    assert "LacksProduction" in repr(log.inputs["retentionInDays"])


def test_mapping_by_region() -> None:
    """The Region is known, so what a mapping holds for it is."""
    decompilation = read("""\
        Mappings:
          Days: {eu-west-1: {Log: 7}, us-east-1: {Log: 400}}
        Resources:
          Log:
            Type: AWS::Logs::LogGroup
            Properties: {RetentionInDays: !FindInMap [Days, !Ref AWS::Region, Log]}
        """)
    assert only(decompilation, "LogGroup")["retentionInDays"] == Literal(7)


def test_limits_of_a_looked_up_parameter_are_not_those_of_its_value() -> None:
    """A parameter that names where Systems Manager holds the value says nothing of the value."""
    decompilation = read("""\
        Parameters:
          Days: {Type: 'AWS::SSM::Parameter::Value<String>', Default: '400', AllowedValues: ['400']}
        Resources:
          Log: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref Days}}
        """)
    assert said(judge(decompilation.program), "log-retention") != []


def test_type_that_is_not_supported_is_said() -> None:
    """Nobody takes a resource for judged that no rule saw."""
    decompilation = read("Resources: {Topic: {Type: AWS::IoT::Thing}}")
    assert [str(item) for item in decompilation.unread] == ["template:1: Topic: AWS::IoT::Thing is no supported type"]
    assert decompilation.program.resources == {}


def test_property_without_an_input_is_said() -> None:
    """A property that has no input in Pulumi is named."""
    decompilation = read("Resources: {Log: {Type: AWS::Logs::LogGroup, Properties: {Nonsense: 1}}}")
    assert [str(item) for item in decompilation.unread] == ["template:1: Log: Nonsense has no input in Pulumi"]


def test_unreadable_form_is_unknown() -> None:
    """A value of which nothing can be read back is not known, not absent."""
    decompilation = read("""\
        Resources:
          Function: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: 'print()'}}}
          Broken: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !If [x]}}
        """)
    assert UNREADABLE in repr(only(decompilation, "Function")["code"])
    judgement = judge(decompilation.program)
    assert said(judgement, "log-retention") == []
    assert "log-retention" in {item.rule.id for item in judgement.undecided}
    assert "the template: Fn::If is written in a form that CloudFormation would not take" in map(
        str, decompilation.unread
    )


@pytest.mark.parametrize(
    "value", ["text", "5", "[]", "[a]", "[{a: 1}]", "{a: 1}", "null", "!Ref AWS::Region", "!If [a]"]
)
def test_odd_shapes_break_no_rule(value: str) -> None:
    """A value that AWS would not take is found or left undecided; no rule falls over it."""
    names = ("ContainerDefinitions", "Volumes", "Tags", "NetworkMode", "PolicyDocument", "Rules", "KeyPolicy")
    types = (
        "AWS::ECS::TaskDefinition",
        "AWS::IAM::RolePolicy",
        "AWS::WAFv2::WebACL",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
    )
    properties = ", ".join(f"{name}: {value}" for name in names)
    resources = "\n".join(
        f"  R{index}: {{Type: '{type_}', Properties: {{{properties}}}}}" for index, type_ in enumerate(types)
    )
    judgement = judge(read(f"Resources:\n{resources}\n").program)
    assert isinstance(judgement.violations[0].violation, Violation)


def test_inputs_have_the_names_of_the_program(platform: Decompilation) -> None:
    """No property keeps CloudFormation's name, for which no rule would look."""
    assert not [
        (resource.name, name)
        for resource in platform.program.resources.values()
        for name in resource.inputs
        if name[:1].isupper()
    ]


def test_emptied_security_group_lets_nothing_out() -> None:
    """The rule that stands for none is read back as none."""
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupEgress": NO_EGRESS}}
    decompilation = decompile(parse_template(json.dumps({"Resources": {"Group": group}})), "eu-west-1")
    assert only(decompilation, "SecurityGroup")["egress"] == ListValue(())
