"""Policy documents are read in whatever way they are written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.documents import Document, parse, parse_map
from policies.model import CannotKnow, Malformed, Unknown


def one(**statement: Any) -> Document:
    return parse(json.dumps({"Statement": {"Effect": "Allow", **statement}}))


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}},
        {"principal": {"AWS": "*"}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}},
        {"Principal": {"Federated": "*"}},
    ],
)
def test_everybody_in_every_spelling(statement: dict[str, Any]) -> None:
    """A principal that is everybody is found however it is written."""
    assert one(**statement).statements[0].anyone


@pytest.mark.parametrize(
    "statement", [{"Principal": {"AWS": "arn:aws:iam::1:root"}}, {"Principal": {"Service": "*.amazonaws.com"}}, {}]
)
def test_somebody_is_not_everybody(statement: dict[str, Any]) -> None:
    """Accounts and services are not everybody."""
    assert not one(**statement).statements[0].anyone


@pytest.mark.parametrize(
    ("statement", "action", "covered"),
    [
        ({"Action": "kms:*"}, "kms:Decrypt", True),
        ({"Action": ["s3:GetObject", "kms:De*"]}, "kms:Decrypt", True),
        ({"Action": "KMS:decrypt"}, "kms:Decrypt", True),
        ({"Action": "kms:Encryp?"}, "kms:Encrypt", True),
        ({"Action": "kms:Encrypt"}, "kms:Decrypt", False),
        ({"NotAction": "s3:*"}, "kms:Decrypt", True),
        ({"NotAction": ["kms:*"]}, "kms:Decrypt", False),
    ],
)
def test_actions_by_pattern(statement: dict[str, Any], action: str, covered: bool) -> None:
    """Patterns match regardless of case, and NotAction turns them over."""
    assert one(**statement).statements[0].covers(action) is covered


@pytest.mark.parametrize(
    ("condition", "tied"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, True),
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::x"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgID": ["o-1"]}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalAccount": "1"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringLike": {"aws:SourceAccount": "*"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ],
)
def test_conditions_that_tie_to_an_account(condition: dict[str, Any], tied: bool) -> None:
    """Only a condition that fails for strangers ties a statement to an account."""
    assert one(Condition=condition).statements[0].tied is tied


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, True),
        ({"Action": ["s3:GetObject", "s3:PutObject"]}, True),
        ({"Action": "s3:GetObject"}, False),
        ({"Effect": "Allow"}, False),
        ({"Principal": {"AWS": "arn:aws:iam::1:root"}}, False),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}}, False),
        ({"Condition": None}, False),
    ],
)
def test_denial_of_plain_transport(change: dict[str, Any], refused: bool) -> None:
    """Requests without TLS count as denied only when everybody's are, without further conditions."""
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **change,
    }
    document = parse_map({"Statement": [statement]})
    assert document.refuses_plain_transport("s3:GetObject", "s3:PutObject") is refused


@pytest.mark.parametrize(("value", "refused"), [("1.2", True), (1.3, True), ("1.1", False), ("new", False)])
def test_denial_of_old_tls(value: object, refused: bool) -> None:
    """TLS older than 1.2 counts as denied when the limit is 1.2 or higher."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"NumericLessThan": {"s3:TlsVersion": value}},
    }
    assert parse_map({"Statement": statement}).refuses_old_tls("s3:TlsVersion", "s3:GetObject") is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no valid JSON"),
        ("[]", "no map"),
        ('{"Statement": ["x"]}', "a statement is no map"),
        ('{"Statement": {"Action": "*"}}', "Effect"),
    ],
)
def test_what_is_no_document(text: str, message: str) -> None:
    """A text that AWS would refuse breaks the rule that reads it, with what is wrong."""
    with pytest.raises(Malformed, match=message):
        parse(text)


def test_unknown_parts_are_not_passed_over() -> None:
    """A part that is not known yet stops the reading instead of counting as nothing."""
    with pytest.raises(CannotKnow, match="the actions"):
        parse_map({"Statement": [{"Effect": "Allow", "Action": Unknown("the actions")}]})
    with pytest.raises(CannotKnow, match="known only when the stack is deployed"):
        parse("${document.json}")
