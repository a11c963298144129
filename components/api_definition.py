"""The API as its OpenAPI document defines it, in the form that API Gateway's resources need.

Nothing here registers a resource. What the document says that API Gateway could not enforce is an error, so that the
document never promises more than the API keeps.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DOCUMENT = Path(__file__).parent / "openapi" / "transactions.yaml"

METHODS = ("get", "put", "post", "delete", "patch", "head")
# API Gateway's words for the places a parameter may stand in.
LOCATIONS = {"header": "header", "path": "path", "query": "querystring"}
SIGNATURE_SCHEME = "aws4-hmac-sha256"
KEY_HEADER = "x-api-key"

# Keywords of OpenAPI 3.0 schemas that mean the same in JSON schema draft 4, which is what API Gateway validates with.
ENFORCED_KEYWORDS = frozenset(
    ("type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "items")
) | {"properties", "required", "additionalProperties"}
IGNORED_KEYWORDS = frozenset(("title", "description", "example", "format"))
MAX_NESTING = 20


class ApiDocumentError(ValueError):
    """The OpenAPI document says something that the API could not keep. The message names place and remedy."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(f"OpenAPI document, {place}: {problem} {remedy}")


@dataclass(frozen=True)
class Parameter:
    """One header, path or query parameter of an operation."""

    location: str
    """``header``, ``path`` or ``query``."""
    name: str
    required: bool

    @property
    def key(self) -> str:
        """API Gateway's name for it: ``method.request.header.Idempotency-Key``."""
        return f"method.request.{LOCATIONS[self.location]}.{self.name}"


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    operation_id: str
    path: str
    """Without the version: ``/transactions/{transactionId}``."""
    method: str
    """In capitals: ``POST``."""
    signed: bool
    """Needs a request signature (SigV4) of an IAM principal that may invoke it."""
    key_required: bool
    """Counts against the usage plan of the client key sent with it."""
    parameters: tuple[Parameter, ...]
    model: str | None
    """Name of the schema that the body has to keep to; None when there is no body."""


@dataclass(frozen=True)
class ApiDefinition:
    """Everything about the API that the document decides."""

    title: str
    version: str
    """First part of every path, ``v1``; the stage is named so too."""
    operations: tuple[Operation, ...]
    models: Mapping[str, str]
    """JSON schema (draft 4, self-contained, canonical text) per name, of the request bodies."""
    source: str
    """The whole document as canonical JSON: layout and comments of the file make no difference to it."""

    def fingerprint(self, **other: object) -> str:
        """SHA-256 over the document and ``other`` constants that shape the deployed API. Changes exactly with them."""
        return hashlib.sha256(canonical({"document": self.source, **other}).encode()).hexdigest()


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read_definition(path: Path = DOCUMENT) -> ApiDefinition:
    """Read the OpenAPI document in the file at ``path``.

    Raises:
        ApiDocumentError: the document asks for something that API Gateway would not enforce.
    """
    return define(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def define(document: Mapping[str, Any]) -> ApiDefinition:
    """Turn a parsed OpenAPI 3.0 document into a definition.

    Raises:
        ApiDocumentError: see :func:`read_definition`.
    """
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        _check_closed(schema, f"components.schemas.{name}")
    operations = tuple(_operations(document))
    identifiers = [operation.operation_id for operation in operations]
    for identifier in identifiers:
        if identifiers.count(identifier) > 1:
            raise ApiDocumentError("paths", f"operationId {identifier!r} stands twice.", "Give each operation its own.")
    names = sorted({operation.model for operation in operations if operation.model})
    return ApiDefinition(
        title=document["info"]["title"],
        version=_version(document),
        operations=operations,
        models={name: canonical(_model(document, name)) for name in names},
        source=canonical(document),
    )


def _version(document: Mapping[str, Any]) -> str:
    servers = [server.get("url", "") for server in document.get("servers", ())]
    if len(servers) != 1 or not re.fullmatch(r"/v[0-9]+", servers[0]):
        raise ApiDocumentError("servers", f"the URLs are {servers}.", "Name one server, and it the version: /v1.")
    return str(servers[0][1:])


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", [])
                yield _operation(document, path, method, item[method], shared)


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any], shared: list[Any]
) -> Operation:
    place = f"{method.upper()} {path}"
    if not re.fullmatch(r"[a-z][A-Za-z0-9]*", operation.get("operationId", "")):
        raise ApiDocumentError(place, "it has no operationId of letters and digits.", "Add one, such as getThing.")
    signed, key_required = _security(document, operation, place)
    return Operation(
        operation_id=operation["operationId"],
        path=path,
        method=method.upper(),
        signed=signed,
        key_required=key_required,
        parameters=_parameters(document, path, [*shared, *operation.get("parameters", [])], place),
        model=_body_model(document, operation, place),
    )


def _security(document: Mapping[str, Any], operation: Mapping[str, Any], place: str) -> tuple[bool, bool]:
    """Whether a signature and whether a client key is needed."""
    alternatives = operation.get("security", document.get("security", []))
    if not alternatives:
        return False, False
    if len(alternatives) > 1:
        raise ApiDocumentError(place, "its security has alternatives.", "API Gateway knows none: name one set.")
    schemes = document.get("components", {}).get("securitySchemes", {})
    signed = key_required = False
    for name in alternatives[0]:
        scheme = schemes.get(name, {})
        if scheme.get("type") == "http" and scheme.get("scheme", "").lower() == SIGNATURE_SCHEME:
            signed = True
        elif scheme.get("type") == "apiKey" and (scheme.get("in"), scheme.get("name")) == ("header", KEY_HEADER):
            key_required = True
        else:
            raise ApiDocumentError(
                place,
                f"the security scheme {name!r} is none that this API can check.",
                f"Use an http scheme {SIGNATURE_SCHEME.upper()} or an apiKey in the header {KEY_HEADER}.",
            )
    return signed, key_required


def _parameters(document: Mapping[str, Any], path: str, found: list[Any], place: str) -> tuple[Parameter, ...]:
    parameters = []
    for entry in found:
        parameter = _resolve(document, entry)
        location, name = parameter["in"], parameter["name"]
        if location not in LOCATIONS:
            raise ApiDocumentError(place, f"parameter {name!r} stands in {location!r}.", "Use header, path or query.")
        parameters.append(Parameter(location, name, bool(parameter.get("required"))))
    declared = {parameter.name for parameter in parameters if parameter.location == "path"}
    named = set(re.findall(r"{(\w+)}", path))
    if declared != named:
        raise ApiDocumentError(
            place, f"the path names {sorted(named)}, the parameters {sorted(declared)}.", "Declare each exactly once."
        )
    return tuple(parameters)


def _body_model(document: Mapping[str, Any], operation: Mapping[str, Any], place: str) -> str | None:
    body = operation.get("requestBody")
    if body is None:
        return None
    content = body.get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    found = re.fullmatch(r"#/components/schemas/([A-Za-z0-9]+)", schema.get("$ref", ""))
    if list(content) != ["application/json"] or not body.get("required") or not found:
        raise ApiDocumentError(
            place,
            "the body is not one that can be validated.",
            "Make it required, application/json only, with a $ref to a schema in components.",
        )
    _resolve(document, schema)
    return found.group(1)


def _resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a local reference; anything else is returned as it is."""
    reference = node.get("$ref")
    if reference is None:
        return node
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target.get(part) if isinstance(target, Mapping) else None
    if not reference.startswith("#/") or not isinstance(target, Mapping):
        raise ApiDocumentError(reference, "the reference leads nowhere.", "Refer to something in components.")
    return _resolve(document, target)


def _model(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    schema = _draft4(document, {"$ref": f"#/components/schemas/{name}"}, f"components.schemas.{name}")
    return {"$schema": "http://json-schema.org/draft-04/schema#", "title": name, **schema}


def _draft4(document: Mapping[str, Any], node: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The schema as JSON schema draft 4, references replaced by what they refer to."""
    if place.count(".") > MAX_NESTING:
        raise ApiDocumentError(place, "the schema nests without end.", "Break the circle of references.")
    schema = _resolve(document, node)
    unknown = sorted(set(schema) - ENFORCED_KEYWORDS - IGNORED_KEYWORDS)
    if unknown:
        raise ApiDocumentError(place, f"API Gateway does not enforce {', '.join(unknown)}.", "Say it otherwise.")
    result = {key: value for key, value in schema.items() if key in ENFORCED_KEYWORDS}
    if "properties" in schema:
        result["properties"] = {
            key: _draft4(document, value, f"{place}.{key}") for key, value in schema["properties"].items()
        }
    if "items" in schema:
        result["items"] = _draft4(document, schema["items"], f"{place}.items")
    return result


def _check_closed(schema: Mapping[str, Any], place: str) -> None:
    """Objects must refuse properties that they do not name: what is not expected is not passed on."""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise ApiDocumentError(place, "the object allows more properties.", "Set additionalProperties: false.")
    for name, child in schema.get("properties", {}).items():
        _check_closed(child, f"{place}.{name}")
    if "items" in schema:
        _check_closed(schema["items"], f"{place}.items")
