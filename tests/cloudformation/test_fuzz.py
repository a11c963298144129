"""Generated programs, settings and values: a right template or a clear error, and never anything else.

What a template means is worked out by :func:`support.evaluate`, which is written from CloudFormation's reference and
knows nothing of the compiler. ``FUZZ_EXAMPLES=20000`` makes the long run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from cloudformation.compiler import Compilation, compile_program
from cloudformation.errors import CloudFormationError, SettingError
from cloudformation.graph import Concat, Function, ListValue, Literal, MapValue, Program, Value, as_text, concat
from cloudformation.program import Parameter, cidr_blocks
from cloudformation.source import Sources
from cloudformation.template import Template, TemplateResource
from cloudformation.values import get_att, ref
from cloudformation.yaml_writer import write

from .conftest import EXAMPLES
from .support import FOLDER, compiled, evaluate, load, record, text_of

# Shares of all examples; together they are one.
SHARES = (0.45, 0.05, 0.1, 0.2, 0.1, 0.1)
PROGRAMS, CHOICES, DAMAGES, VALUES, PARAMETERS, BLOCKS = (round(EXAMPLES * share) for share in SHARES)

# Texts.

WORDS = [
    "", "a", "yes", "no", "null", "~", "true", "0x1F", "1e3", "012", "089", "12:30", "=", "<<", "- a", "a: b", "#",
    "{}", "}", "&a", "*a", "!Ref A", "%", "@", "`", "|", ">", "'", '"', "\\", "\\u0000", " ", "\n", "\n\n", "a\n",
    " a\n  b\n", "\t", "\r", "\x85", "\u2028", "\ufeff", "\x00", "\ue000", "\ue0000\ue001", "ü", "漢", "🙂", "${a}",
    "${", "$", "${!a}", "$${AWS::Region}", ">>", "{{resolve:x}}", '{"a": 1}', "[1]", "1_0", "x" * 300,
]  # fmt: skip
LIKE_TOKENS = ["<<Tok:", "<<Tok:0123456789abcdef>>", "((Nym=", "<<tok:0123456789abcdef>>"]
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.one_of(
    st.sampled_from(WORDS),
    st.text(CHARACTERS, max_size=12),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=4).map("".join),
    st.sampled_from([*WORDS, *LIKE_TOKENS]),
)
NAMES = st.one_of(*[st.from_regex(r"[a-z][a-z0-9-]{3,12}", fullmatch=True)] * 3, TEXTS.filter(bool))
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False, width=64))

# Values of a program: text with references in it, and JSON around that.


@dataclasses.dataclass(frozen=True)
class Part:
    """A literal, a setting, or an output of an earlier resource."""

    kind: str
    text: str = ""
    index: int = 0
    output: str = ""


LITERALS = TEXTS.map(lambda text: Part("literal", text))
REFERENCES = st.one_of(
    st.sampled_from(["suffix", "name-of-it"]).map(lambda key: Part("setting", key)),
    st.sampled_from(["account", "region", "partition"]).map(lambda name: Part("pseudo", name)),
    st.builds(Part, st.just("output"), index=st.integers(0, 9), output=st.sampled_from(["id", "arn"])),
)
EXPRESSIONS = st.lists(st.one_of(LITERALS, REFERENCES), min_size=1, max_size=4)
DOCUMENTS = st.recursive(
    st.one_of(EXPRESSIONS, st.integers(-(10**9), 10**9), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: ("list", items)),
        st.dictionaries(TEXTS, inner, max_size=3).map(lambda items: ("map", items)),
    ),
    max_leaves=6,
)


@dataclasses.dataclass(frozen=True)
class Made:
    """One resource of a generated program."""

    kind: str
    name: str
    text: list[Part]
    tags: dict[str, list[Part]]
    document: Any
    number: float
    parent: bool


KINDS = ("bucket", "topic", "role", "group", "function", "alarm", "log", "vpc", "policy")
RESOURCES = st.lists(
    st.builds(
        Made,
        kind=st.sampled_from(KINDS),
        name=NAMES,
        text=EXPRESSIONS,
        tags=st.dictionaries(TEXTS, EXPRESSIONS, max_size=2),
        document=st.dictionaries(TEXTS, DOCUMENTS, max_size=2),
        number=NUMBERS,
        parent=st.booleans(),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda made: (made.kind, made.name),
)

SETTINGS = {"suffix": "Suffix", "name-of-it": "NameOfIt"}
PSEUDOS = {"account": "AWS::AccountId", "region": "AWS::Region", "partition": "AWS::Partition"}
ARN_ATTRIBUTES = {"bucket": "Arn", "topic": None, "role": "Arn"}


class Building:
    """Runs a generated program, and works out what its values are when it is deployed."""

    def __init__(self, resources: list[Made]) -> None:
        self.resources = resources
        self.outputs: list[tuple[Made, Any]] = []

    def __call__(self) -> None:
        self.outputs = []
        component = pulumi.ComponentResource("test:fuzz:Component", "component")
        for made in self.resources:
            opts = pulumi.ResourceOptions(parent=component if made.parent else None)
            resource = getattr(self, f"_{made.kind}")(made, opts)
            if made.kind in ARN_ATTRIBUTES:
                self.outputs.append((made, resource))
        pulumi.export("last", self.text(self.resources[-1].text))

    def part(self, part: Part) -> Any:
        """A part as the program has it."""
        if part.kind == "literal" or (part.kind == "output" and not self.outputs):
            return part.text
        if part.kind == "setting":
            return pulumi.Config().require(part.text)
        if part.kind == "output":
            return getattr(self.outputs[part.index % len(self.outputs)][1], part.output)
        known: dict[str, Callable[[], str]] = {
            "account": lambda: aws.get_caller_identity().account_id,
            "region": lambda: aws.get_region().region,
            "partition": lambda: aws.get_partition().partition,
        }
        return known[part.text]()

    def text(self, parts: list[Part]) -> Any:
        """A text as the program makes it."""
        found = [self.part(part) for part in parts]
        return (
            pulumi.Output.concat(*found) if any(isinstance(item, pulumi.Output) for item in found) else "".join(found)
        )

    def json(self, node: Any) -> Any:
        """A document as the program makes it."""
        if isinstance(node, tuple):
            kind, content = node
            return [self.json(item) for item in content] if kind == "list" else self.json(content)
        if isinstance(node, dict):
            return {key: self.json(item) for key, item in node.items()}
        return self.text(node) if isinstance(node, list) else node

    def _tags(self, made: Made) -> dict[str, Any]:
        return {key: self.text(value) for key, value in made.tags.items()}

    def _document(self, made: Made) -> pulumi.Output[str]:
        return pulumi.Output.json_dumps({"Version": "2012-10-17", **self.json(made.document)})

    def _bucket(self, made: Made, opts: Any) -> Any:
        return aws.s3.Bucket(made.name, tags=self._tags(made), opts=opts)

    def _topic(self, made: Made, opts: Any) -> Any:
        return aws.sns.Topic(made.name, display_name=self.text(made.text), tags=self._tags(made), opts=opts)

    def _role(self, made: Made, opts: Any) -> Any:
        document = self._document(made)
        return aws.iam.Role(made.name, assume_role_policy=document, description=self.text(made.text), opts=opts)

    def _group(self, made: Made, opts: Any) -> Any:
        return aws.ec2.SecurityGroup(made.name, vpc_id="vpc-1", description=self.text(made.text), opts=opts)

    def _function(self, made: Made, opts: Any) -> Any:
        variables = {key: self.text(value) for key, value in made.tags.items()}
        code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("pass")})
        return aws.lambda_.Function(
            made.name,
            role=self.text(made.text),
            code=code,
            handler="index.handler",
            runtime="python3.13",
            environment={"variables": variables} if variables else None,
            opts=opts,
        )

    def _alarm(self, made: Made, opts: Any) -> Any:
        return aws.cloudwatch.MetricAlarm(
            made.name,
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            threshold=made.number,
            dimensions=self._tags(made),
            alarm_description=self.text(made.text),
            opts=opts,
        )

    def _log(self, made: Made, opts: Any) -> Any:
        return aws.cloudwatch.LogGroup(made.name, name=self.text(made.text), tags=self._tags(made), opts=opts)

    def _vpc(self, made: Made, opts: Any) -> Any:
        return aws.ec2.Vpc(made.name, cidr_block=self.text(made.text), tags=self._tags(made), opts=opts)

    def _policy(self, made: Made, opts: Any) -> Any:
        return aws.s3.BucketPolicy(made.name, bucket=self.text(made.text), policy=self._document(made), opts=opts)


class World:
    """What the deployment makes of every name in the template, and what the program's values are then."""

    def __init__(self, building: Building, compilation: Compilation) -> None:
        ids = {item.title: item.logical_id for item in compilation.template.resources}
        self.ids = {id(made): ids[self._title(made)] for made in building.resources}
        self.referable = [made for made in building.resources if made.kind in ARN_ATTRIBUTES]
        self.known = {name: f"<{name}>" for name in (*SETTINGS.values(), *PSEUDOS.values())}
        for made in self.referable:
            identifier = self.ids[id(made)]
            self.known |= {identifier: f"<{identifier}>", f"{identifier}.Arn": f"<{identifier}.Arn>"}

    def _title(self, made: Made) -> str:
        types = {
            "bucket": "aws:s3/bucket:Bucket", "topic": "aws:sns/topic:Topic", "role": "aws:iam/role:Role",
            "group": "aws:ec2/securityGroup:SecurityGroup", "function": "aws:lambda/function:Function",
            "alarm": "aws:cloudwatch/metricAlarm:MetricAlarm", "log": "aws:cloudwatch/logGroup:LogGroup",
            "vpc": "aws:ec2/vpc:Vpc", "policy": "aws:s3/bucketPolicy:BucketPolicy",
        }  # fmt: skip
        return f"{types[made.kind]} {made.name!r}"

    def text(self, parts: list[Part], before: int) -> str:
        """A text of the resource at a place, when deployed: it sees the resources before it."""
        return "".join(self._part(part, before) for part in parts)

    def _part(self, part: Part, before: int) -> str:
        earlier = self.referable[:before]
        if part.kind == "literal" or (part.kind == "output" and not earlier):
            return part.text
        if part.kind == "setting":
            return self.known[SETTINGS[part.text]]
        if part.kind == "pseudo":
            return self.known[PSEUDOS[part.text]]
        made = earlier[part.index % len(earlier)]
        attribute = ARN_ATTRIBUTES[made.kind] if part.output == "arn" else None
        return self.known[f"{self.ids[id(made)]}.{attribute}" if attribute else self.ids[id(made)]]

    def json(self, node: Any, before: int) -> Any:
        """A document of the resource at a place, when deployed."""
        if isinstance(node, tuple):
            kind, content = node
            return [self.json(item, before) for item in content] if kind == "list" else self.json(content, before)
        if isinstance(node, dict):
            return {key: self.json(item, before) for key, item in node.items()}
        return self.text(node, before) if isinstance(node, list) else node


def _expected(made: Made, before: int, world: World) -> dict[str, Any]:
    """Properties that a resource must have, when deployed."""
    text = world.text(made.text, before)
    pairs = {key: world.text(value, before) for key, value in made.tags.items()}
    tags: dict[str, Any] = {"Tags": pairs} if pairs else {}
    document = {"Version": "2012-10-17", **world.json(made.document, before)}
    match made.kind:
        case "bucket":
            return tags
        case "topic":
            return {"DisplayName": text, **tags}
        case "role":
            return {"AssumeRolePolicyDocument": document, "Description": text}
        case "group":
            return {"GroupDescription": text, "VpcId": "vpc-1"}
        case "function":
            return {"Role": text, **({"Environment": {"Variables": pairs}} if pairs else {})}
        case "alarm":
            dimensions = {"Dimensions": pairs} if pairs else {}
            return {"AlarmDescription": text, "Threshold": made.number, **dimensions}
        case "log":
            return {"LogGroupName": text, **tags}
        case "vpc":
            return {"CidrBlock": text, **tags}
        case _:
            return {"Bucket": text, "PolicyDocument": document}


def _plain(name: str, value: Any) -> Any:
    """A property in the form in which it is expected: pairs as a map, documents as objects."""
    if name in ("Tags", "Dimensions"):
        key = "Key" if name == "Tags" else "Name"
        return {item[key]: item["Value"] for item in value}
    return json.loads(value) if name.endswith("PolicyDocument") and isinstance(value, str) else value


def _check(building: Building, compilation: Compilation) -> None:
    template = load(text_of(compilation))
    world = World(building, compilation)
    before = 0
    for made in building.resources:
        written = template["Resources"][world.ids[id(made)]]["Properties"] if _expected(made, before, world) else {}
        for name, expected in _expected(made, before, world).items():
            assert _plain(name, evaluate(written[name], world.known)) == expected, (made, name)
        before += made.kind in ARN_ATTRIBUTES
    last = template["Outputs"]["Last"]["Value"]
    assert evaluate(last, world.known) == world.text(building.resources[-1].text, before)


@settings(max_examples=PROGRAMS)
@given(RESOURCES)
def test_programs(resources: list[Made]) -> None:
    """The template, when deployed, says exactly what the program says; or the program is refused."""
    building = Building(resources)
    try:
        compilation = compile_program(record(building))
        text_of(compilation)
    except CloudFormationError as error:
        event(f"refused: {_kind_of(error)}")
        return
    event("compiled")
    _check(building, compilation)


def _kind_of(error: CloudFormationError) -> str:
    known = ("logical id", "registered twice", "another run", "piece of", "secret", "does not fit", "JSON", "the name")
    return next((words for words in known if words in str(error)), type(error).__name__ + str(error)[:60])


# Decisions on optional settings.

GUARDS: dict[str, Callable[[Any, Any], bool]] = {
    "a": lambda a, _b: a is not None,
    "b": lambda _a, b: bool(b),
    "no a": lambda a, _b: not a,
    "no b": lambda _a, b: b is None,
    "both": lambda a, b: bool(a and b),
    "either": lambda a, b: bool(a or b),
    "only a": lambda a, b: bool(a and not b),
    "none": lambda a, b: not a and not b,
    "not both": lambda a, b: not (a and b),
    "as many": lambda a, b: bool(a) == bool(b),
    "always": lambda _a, _b: True,
}
# Those that conditions can say come more often than the others.
GUARD_NAMES = st.sampled_from([*["a", "b", "no a", "no b", "both", "always"] * 4, *GUARDS])
EFFECTS = ("resource", "tag", "input", "output", "text", "list")


class Deciding:
    """A program that does things when its guards say so."""

    def __init__(self, things: list[tuple[str, str]]) -> None:
        self.things = things

    def __call__(self) -> None:
        a, b = pulumi.Config().get("a"), pulumi.Config().get("b")
        tags: dict[str, Any] = {"always": "x"}
        inputs: dict[str, Any] = {}
        actions = ["arn:always"]
        for index, (guard, effect) in enumerate(self.things):
            if not GUARDS[guard](a, b):
                continue
            match effect:
                case "resource":
                    aws.s3.Bucket(f"made-{index}", tags={"a": a or "none"})
                case "tag":
                    tags[f"tag-{index}"] = b or "none"
                case "input":
                    inputs["display_name"] = a or f"none-{index}"
                case "output":
                    pulumi.export(f"made-{index}", a or b or "none")
                case "text":
                    inputs["signature_version"] = f"{index}-{a or ''}"
                case _:
                    actions.append(f"arn:{index}-{b or 'none'}")
        topic = aws.sns.Topic("topic", tags=tags, **inputs)
        aws.cloudwatch.MetricAlarm(
            "alarm",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            alarm_actions=[topic.arn, *actions],
        )


NOTHING = "<nothing at all>"
DEPLOYED = {"A": "<a>", "B": "<b>", "Topic": "<topic>", "AWS::NoValue": NOTHING, "AWS::StackName": "<stack>"}


def _deployed(template: dict[str, Any], held: dict[str, bool]) -> dict[str, Any]:
    """What is there when the template is deployed, where the named conditions hold."""

    def there(item: dict[str, Any]) -> bool:
        return "Condition" not in item or _holds({"Condition": item["Condition"]})

    def _holds(node: Any) -> bool:
        match node:
            case {"Condition": name}:
                return held[name] if name in held else _holds(template["Conditions"][name])
            case {"Fn::And": members}:
                return all(map(_holds, members))
            case _:
                raise AssertionError(node)

    resources = {name: item.get("Properties") for name, item in template["Resources"].items() if there(item)}
    outputs = {name: item["Value"] for name, item in template.get("Outputs", {}).items() if there(item)}
    found: dict[str, Any] = _stripped(evaluate({"r": resources, "o": outputs}, DEPLOYED, held))
    return found


def _stripped(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _stripped(item) for key, item in node.items() if item != NOTHING}
    return [_stripped(item) for item in node if item != NOTHING] if isinstance(node, list) else node


@settings(max_examples=CHOICES)
@given(st.lists(st.tuples(GUARD_NAMES, st.sampled_from(EFFECTS)), min_size=1, max_size=4))
def test_decisions(things: list[tuple[str, str]]) -> None:
    """With any settings given, the template makes what the program makes with them; or the program is refused."""
    build = Deciding(things)
    try:
        template = load(text_of(compiled(build)))
    except CloudFormationError:
        event("refused")
        return
    event("compiled")
    for a, b in itertools.product((True, False), repeat=2):
        missing = [name for name, given_ in (("A", a), ("B", b)) if not given_]
        alone = load(text_of(compile_program(record(build, without=missing))))
        held = {"HasA": a, "HasB": b, "LacksA": not a, "LacksB": not b}
        assert _deployed(template, held) == _deployed(alone, held), missing


# Damage.

OPERATIONS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "swapcase": str.swapcase,
    "strip": str.strip,
    "head": lambda text: text[:7],
    "tail": lambda text: text[7:],
    "last": lambda text: text[-4:],
    "reverse": lambda text: text[::-1],
    "length": lambda text: str(len(text)),
    "hyphens": lambda text: text.replace("-", "_"),
    "dots": lambda text: text.replace(".", "-"),
    "slashes": lambda text: text.replace("/", ""),
    "split": lambda text: text.split("-")[-1],
    "first": lambda text: text.split(".")[0],
    "alphanumeric": lambda text: re.sub("[^a-zA-Z0-9]", "", text),
    "repr": repr,
    "whole": lambda text: text,
    "json": lambda text: json.dumps({"a": text}),
    "round": lambda text: json.loads(json.dumps([text]))[0],
    "twice": lambda text: text + text,
}


@settings(max_examples=DAMAGES)
@given(
    before=st.text("abc-./", max_size=9),
    actual=st.from_regex(r"[a-z0-9]([a-z0-9./-]{0,8}[a-z0-9])?", fullmatch=True),
    after=st.text("abc-./", max_size=9),
    operation=st.sampled_from(sorted(OPERATIONS)),
)
@example(before="logs-", actual="eu", after="", operation="head")
def test_damage(before: str, actual: str, after: str, operation: str) -> None:
    """Whatever is done to text with a setting in it: the template is right for the setting's value, or none is made."""

    def build() -> None:
        text = f"{before}{pulumi.Config().require('value')}{after}"
        aws.sns.Topic("topic", display_name=OPERATIONS[operation](text))

    expected = OPERATIONS[operation](f"{before}{actual}{after}")
    try:
        template = load(text_of(compiled(build)))
    except CloudFormationError:
        event(f"{operation}: refused")
        return
    event(f"{operation}: compiled")
    found = template["Resources"]["Topic"]["Properties"]["DisplayName"]
    assert evaluate(found, {"Value": actual}) == expected


# Values, written and read back.

SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans()).map(Literal)
FUNCTIONS = st.sampled_from(
    [
        ref("AWS::Region"),
        ref("Part1"),
        get_att("Thing", "Arn"),
        Function("Fn::Select", (Literal(1), Function("Fn::GetAZs", (Literal(""),)))),
        Function("Fn::If", (Literal("HasIt"), Literal("yes"), ref("Part1"))),
    ]
)
JOINED = st.lists(st.one_of(TEXTS.map(Literal), FUNCTIONS), min_size=1, max_size=4).map(concat)
TREES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(SCALARS, FUNCTIONS, JOINED),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: ListValue(tuple(items))),
        st.dictionaries(TEXTS, inner, max_size=3).map(MapValue),
    ),
    max_leaves=8,
)
KNOWN = {"AWS::Region": "<R>", "Part1": "<P>", "Thing.Arn": "<T>"}


def _meaning(value: Value) -> Any:
    match value:
        case MapValue(items):
            return {key: _meaning(item) for key, item in items.items()}
        case ListValue(items):
            return [_meaning(item) for item in items]
        case Concat(parts):
            return "".join(as_text(part) if isinstance(part, Literal) else _meaning(part) for part in parts)
        case Literal(plain):
            return plain
        case Function("Ref", (Literal(name),)):
            return KNOWN[str(name)]
        case Function("Fn::GetAtt"):
            return KNOWN["Thing.Arn"]
        case Function("Fn::If", (_, then, _)):
            return _meaning(then)
        case _:
            return "zone-1"


class _NoTrace(dict[str, Any]):
    def __missing__(self, _urn: str) -> Any:
        return type("Recorded", (), {"trace": ()})


@settings(max_examples=VALUES)
@given(st.dictionaries(TEXTS, TREES, min_size=1, max_size=3), TEXTS, TEXTS)
def test_values(properties: dict[str, Value], description: str, after: str) -> None:
    """Whatever the values, the written YAML is read back as exactly them, and all else stays in its place."""
    resources = tuple(
        TemplateResource(name, "AWS::S3::Bucket", MapValue(content), "urn", "title", None, None)
        for name, content in (("A", properties), ("B", {"After": Literal(after)}))
    )
    template = Template(description, "eu-west-1", (), (), resources, ())
    read = load(write(template, Program("", "eu-west-1", _NoTrace()), Sources(FOLDER)))
    assert read["Description"] == description
    assert set(read["Resources"]) == {"A", "B"}
    found = evaluate(read["Resources"]["A"]["Properties"], KNOWN, {"HasIt": True})
    assert found == _meaning(MapValue(properties))
    assert read["Resources"]["B"]["Properties"] == {"After": after}


# Settings.


@st.composite
def declarations(draw: st.DrawFn) -> tuple[Parameter, Any]:
    """A setting with limits, and a value that may break them."""
    optional = draw(st.booleans())
    value: Any
    if draw(st.booleans()):
        low = draw(st.none() | st.integers(-5, 5))
        high = draw(st.none() | st.integers(-5, 5))
        value = draw(st.integers(-7, 7))
        return Parameter("Size", "", type="Number", min_value=low, max_value=high), value
    lengths = draw(st.none() | st.integers(0, 4)), draw(st.none() | st.integers(0, 4))
    pattern = draw(st.sampled_from(["", "[a-c]*", "a|bc", "a+", r"\d+", "(a|b)c?"]))
    allowed = draw(st.sampled_from([(), ("a", "bc"), ("1",)]))
    value = draw(st.text("abc1", max_size=5))
    # Both ways an empty optional setting is not given.
    value = None if optional and not value else value
    shortest, longest = (None, None) if optional else lengths
    return (
        Parameter(
            "Name",
            "",
            optional=optional,
            pattern=pattern,
            allowed_values=allowed,
            min_length=shortest,
            max_length=longest,
        ),
        value,
    )


def _accepts(declared: dict[str, Any], value: Any) -> bool:
    """Whether CloudFormation takes a parameter's value, by the rules of its user guide."""
    text = str(value)
    return (
        ("AllowedValues" not in declared or text in map(str, declared["AllowedValues"]))
        and ("AllowedPattern" not in declared or bool(re.fullmatch(declared["AllowedPattern"], text)))
        and declared.get("MinLength", 0) <= len(text) <= declared.get("MaxLength", 4096)
        and (
            declared["Type"] != "Number" or declared.get("MinValue", value) <= value <= declared.get("MaxValue", value)
        )
    )


@settings(max_examples=PARAMETERS)
@given(declarations())
def test_settings(declaration: tuple[Parameter, Any]) -> None:
    """Pulumi's way and CloudFormation's take the same values."""
    parameter, value = declaration
    template = Template("", "eu-west-1", (parameter,), (), (), ())
    declared = load(write(template, Program("", "eu-west-1", {}), Sources(FOLDER)))["Parameters"][parameter.name]
    assert (parameter.objection(value) is None) == _accepts(declared, "" if value is None else value)


# Address blocks.


def _blocks(block: str, count: int, bits: int) -> Iterator[str]:
    """What ``Fn::Cidr`` returns."""
    network = ipaddress.ip_network(block)
    first = int(network.network_address)
    for index in range(count):
        yield f"{ipaddress.ip_address(first + index * 2**bits)}/{32 - bits}"


@settings(max_examples=BLOCKS)
@given(
    address=st.integers(0, 2**32 - 1),
    prefix=st.integers(8, 28),
    count=st.integers(1, 12),
    bits=st.integers(0, 16),
    aligned=st.sampled_from([True, True, True, False]),
)
def test_blocks(address: int, prefix: int, count: int, bits: int, aligned: bool) -> None:
    """Cut here or there, they are the same blocks, all inside the network; or the network is refused."""
    start = address >> (32 - prefix) << (32 - prefix) if aligned else address
    block = f"{ipaddress.IPv4Address(start)}/{prefix}"
    with contextlib.suppress(SettingError):
        cut = cidr_blocks(block, count, bits)
        assert cut == list(_blocks(block, count, bits))
        network = ipaddress.IPv4Network(block)
        assert all(ipaddress.IPv4Network(item).subnet_of(network) for item in cut)
        event("cut")


def test_the_shares_are_all_examples() -> None:
    """The number that is promised is the number that runs."""
    assert PROGRAMS + CHOICES + DAMAGES + VALUES + PARAMETERS + BLOCKS == EXAMPLES


def test_a_wrong_template_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle is not the compiler: a writer that takes no care of an open ``${`` is caught."""
    parts = [Part("literal", "a ${"), Part("setting", "suffix")]
    building = Building([Made("topic", "t", parts, {}, {}, 0, False)])
    compilation = compile_program(record(building))
    _check(building, compilation)
    monkeypatch.setattr("cloudformation.yaml_writer._is_clear", lambda _text: True)
    with pytest.raises(AssertionError):
        _check(building, compilation)
