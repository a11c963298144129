"""What the OpenAPI document may say, and what becomes of it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator
from openapi_spec_validator import validate

from components.api_definition import DOCUMENT, ApiDocumentError, define, read_definition

CARD_NUMBER = "4111111111111111"


@pytest.fixture
def document() -> dict[str, Any]:
    """A copy of the repository's document, free to be broken."""
    return copy.deepcopy(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    """An independent validator accepts the document."""
    validate(document)


def test_the_document_knows_nothing_of_aws_extensions() -> None:
    """The document describes the API alone; what AWS needs is added by the component."""
    assert "x-amazon" not in DOCUMENT.read_text(encoding="utf-8")


def test_the_operations_are_the_agreed_ones() -> None:
    """Clients find the operations of the design under /v1."""
    definition = read_definition()
    assert {(o.method, f"/{definition.version}{o.path}") for o in definition.operations} == {
        ("POST", "/v1/transactions"),
        ("GET", "/v1/transactions/{transactionId}"),
        ("POST", "/v1/sessions"),
        ("DELETE", "/v1/sessions"),
        ("GET", "/v1/health"),
    }


def test_only_the_health_check_is_open() -> None:
    """Every other operation needs a signature and counts against a client key."""
    for operation in read_definition().operations:
        assert (operation.signed, operation.key_required) == (
            (False, False) if operation.path == "/health" else (True,) * 2
        )


def test_a_transaction_needs_an_idempotency_key() -> None:
    """Without the header a repeated request could charge a card twice."""
    (create,) = (o for o in read_definition().operations if o.operation_id == "createTransaction")
    assert ("Idempotency-Key", True) in {(p.name, p.required) for p in create.parameters if p.location == "header"}


def _transaction(**changes: Any) -> dict[str, Any]:
    valid = {
        "cardToken": "tok_" + "a" * 24,
        "amount": {"minorUnits": 1250, "currency": "EUR"},
        "merchantReference": "order-17",
    }
    return {**valid, **changes}


def _accepts(body: object) -> bool:
    return bool(Draft4Validator(json.loads(read_definition().models["TransactionRequest"])).is_valid(body))


def test_a_model_accepts_what_the_document_describes() -> None:
    """The converted schema still accepts a normal transaction."""
    assert _accepts(_transaction())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_transaction(cardNumber=CARD_NUMBER), id="card number beside the token"),
        pytest.param(_transaction(cardToken=CARD_NUMBER), id="card number instead of the token"),
        pytest.param(_transaction(merchantReference=CARD_NUMBER), id="card number as reference"),
        pytest.param(_transaction(merchantReference=f"a{CARD_NUMBER}b"), id="card number inside the reference"),
        pytest.param(_transaction(amount={"minorUnits": 0, "currency": "EUR"}), id="no amount"),
        pytest.param(
            _transaction(amount={"minorUnits": 1, "currency": "EUR", "note": "x"}), id="more inside the amount"
        ),
        pytest.param({"cardToken": "tok_" + "a" * 24}, id="half of it"),
    ],
)
def test_a_model_refuses_card_data_and_what_it_does_not_know(body: dict[str, Any]) -> None:
    """API Gateway refuses these bodies before the service sees them."""
    assert not _accepts(body)


def test_a_model_needs_no_other_document() -> None:
    """References are resolved, because API Gateway's models cannot refer to a document's components."""
    assert all("$ref" not in schema for schema in read_definition().models.values())


def test_the_fingerprint_ignores_layout_and_order(document: dict[str, Any]) -> None:
    """The same document in another order is the same API."""
    reordered = {key: document[key] for key in reversed(list(document))}
    assert define(reordered).fingerprint() == define(document).fingerprint()


def test_the_fingerprint_follows_the_document(document: dict[str, Any]) -> None:
    """A changed limit is a changed API."""
    before = define(document).fingerprint()
    document["components"]["schemas"]["Amount"]["properties"]["minorUnits"]["maximum"] = 5
    assert define(document).fingerprint() != before


def _open_object(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["Amount"]["additionalProperties"]


def _nameless_operation(document: dict[str, Any]) -> None:
    del document["paths"]["/health"]["get"]["operationId"]


def _same_name_twice(document: dict[str, Any]) -> None:
    document["paths"]["/health"]["get"]["operationId"] = "endSession"


def _undeclared_path_parameter(document: dict[str, Any]) -> None:
    del document["paths"]["/transactions/{transactionId}"]["get"]["parameters"][0]


def _optional_body(document: dict[str, Any]) -> None:
    document["paths"]["/sessions"]["post"]["requestBody"]["required"] = False


def _second_content_type(document: dict[str, Any]) -> None:
    document["paths"]["/sessions"]["post"]["requestBody"]["content"]["text/plain"] = {"schema": {"type": "string"}}


def _either_of_two_schemes(document: dict[str, Any]) -> None:
    document["security"].append({"clientKey": []})


def _unknown_scheme(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"]["requestSignature"] = {"type": "http", "scheme": "basic"}


def _keyword_not_enforced(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["SessionRequest"]["properties"]["clientReference"] = {
        "oneOf": [{"type": "string"}]
    }


def _reference_into_nothing(document: dict[str, Any]) -> None:
    document["paths"]["/sessions"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] = (
        "#/components/schemas/Missing"
    )


def _circle(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Amount"]["properties"]["more"] = {"$ref": "#/components/schemas/Amount"}


def _cookie(document: dict[str, Any]) -> None:
    document["components"]["parameters"]["SessionToken"]["in"] = "cookie"


def _two_servers(document: dict[str, Any]) -> None:
    document["servers"].append({"url": "/v2"})


@pytest.mark.parametrize(
    ("break_it", "names"),
    [
        (_open_object, "components.schemas.Amount"),
        (_nameless_operation, "GET /health"),
        (_same_name_twice, "endSession"),
        (_undeclared_path_parameter, "GET /transactions/{transactionId}"),
        (_optional_body, "POST /sessions"),
        (_second_content_type, "POST /sessions"),
        (_either_of_two_schemes, "alternatives"),
        (_unknown_scheme, "requestSignature"),
        (_keyword_not_enforced, "oneOf"),
        (_reference_into_nothing, "#/components/schemas/Missing"),
        (_circle, "nests without end"),
        (_cookie, "cookie"),
        (_two_servers, "/v2"),
    ],
)
def test_what_could_not_be_enforced_is_refused(
    document: dict[str, Any], break_it: Callable[[dict[str, Any]], None], names: str
) -> None:
    """A document that promises more than API Gateway would keep is an error that names the place."""
    break_it(document)
    with pytest.raises(ApiDocumentError, match=re.escape(names)):
        define(document)
