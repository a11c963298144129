"""Log groups: encryption, retention, names and masking."""

from __future__ import annotations

import json

from components.layer import Context, Layer
from components.log_groups import log_group
from tests.components.conftest import Record


class Example(Layer):
    """A layer with one log group."""

    def __init__(self, context: Context, **options: object) -> None:
        super().__init__(context)
        log_group(self, "api", key_arn="arn:key", retention_days=400, **options)  # type: ignore[arg-type]


def test_group_is_encrypted_kept_and_named_with_the_suffix(record: Record) -> None:
    """A log group carries key, retention and a name that ends in the suffix, under the layer that asked for it."""
    _, group = record(Example)

    assert group.type == "aws:cloudwatch/logGroup:LogGroup"
    assert group.parent == "test-log-groups"
    assert group.inputs["name"] == "log-api-test"
    assert group.inputs["kmsKeyId"] == "arn:key"
    assert group.inputs["retentionInDays"] == 400


def test_a_dictated_name_replaces_the_usual_one(record: Record) -> None:
    """A service that dictates its log group's name gets that name; the Pulumi name stays by the rule."""
    _, group = record(lambda context: Example(context, fixed_name=f"/aws/lambda/lambda-x-{context.suffix}"))

    assert group.inputs["name"] == "/aws/lambda/lambda-x-test"
    assert group.name == "log-api"


def test_masking_audits_and_hides_the_same_card_data(record: Record) -> None:
    """The masking policy has one audit and one masking statement over the same identifiers, card numbers included."""
    recorded = record(lambda context: Example(context, mask_card_data=True))

    policies = [r for r in recorded if r.type.endswith(":LogDataProtectionPolicy")]
    audit, mask = json.loads(policies[0].inputs["policyDocument"])["Statement"]
    assert "Audit" in audit["Operation"]
    assert "Deidentify" in mask["Operation"]
    assert audit["DataIdentifier"] == mask["DataIdentifier"]
    assert "arn:aws:dataprotection::aws:data-identifier/CreditCardNumber" in mask["DataIdentifier"]
    assert "log-api" in policies[0].depends_on


def test_no_masking_unless_asked_for(record: Record) -> None:
    """Groups that hold no application text carry no masking policy."""
    assert not [r for r in record(Example) if "DataProtection" in r.type]
