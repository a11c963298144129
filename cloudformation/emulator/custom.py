"""Custom resources: the function behind ``ServiceToken`` is really run, and its answer awaited.

Run are functions of the same account with inline Python code, by this Python with whatever is installed beside it, as a
process whose AWS clients reach the emulator only. IAM is not evaluated: the function may do everything.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import function_library
from .control import environment
from .errors import ResourceError
from .generic import GenericHandler
from .intrinsics import text
from .resources import Record
from .state import RESPONSE_PATH

LOGGER = logging.getLogger(__name__)
MAX_SECONDS = 60


class Responses:
    """Where functions send their answers: one mailbox per request."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def put(self, request_id: str, body: bytes) -> None:
        """Take an answer in."""
        with self._lock:
            self._answers[request_id] = json.loads(body)

    def take(self, request_id: str) -> dict[str, Any] | None:
        """Hand an answer out, once."""
        with self._lock:
            return self._answers.pop(request_id, None)


class CustomHandler(GenericHandler):
    """``Custom::*`` and ``AWS::CloudFormation::CustomResource``."""

    def __init__(self, endpoint: str, function: Callable[[str], Record | None], responses: Responses) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._function = function
        self._responses = responses

    def create(self, record: Record) -> None:
        super().create(record)
        try:
            self._ask(record, "Create")
        except ResourceError:
            super().delete(record)
            raise

    def update(self, record: Record, properties: Mapping[str, Any]) -> None:
        old, old_id = record.properties, record.physical_id
        super().update(record, properties)
        try:
            self._ask(record, "Update", OldResourceProperties=_stringified(_without_token(old)))
        except ResourceError:
            super().update(record, old)
            raise
        if record.physical_id != old_id:
            # Another physical id means a replacement: CloudFormation then has the old one deleted.
            new_id, record.physical_id = record.physical_id, old_id
            self._ask(record, "Delete")
            record.physical_id = new_id

    def delete(self, record: Record) -> None:
        self._ask(record, "Delete")
        super().delete(record)

    def attribute(self, record: Record, name: str) -> Any:
        data = record.answer.get("Data", {})
        if name not in data:
            raise ResourceError(f"CustomResource attribute error: {record.logical_id} doesn't contain {name}")
        return data[name]

    def _ask(self, record: Record, request: str, **more: Any) -> None:
        token = str(record.properties["ServiceToken"])
        function = self._function(token)
        if function is None:
            raise ResourceError(f"There is no function {token} with inline Python code in the emulator")
        request_id = str(uuid.uuid4())
        event = {
            "RequestType": request,
            "ServiceToken": token,
            "ResponseURL": f"{self._endpoint}{RESPONSE_PATH}{request_id}",
            "StackId": record.stack_name,
            "RequestId": request_id,
            "LogicalResourceId": record.logical_id,
            "ResourceType": record.type_name,
            "ResourceProperties": _stringified(_without_token(record.properties)) | {"ServiceToken": token},
            **more,
        }
        if request != "Create":
            event["PhysicalResourceId"] = record.physical_id
        output = _run(function, event, self._endpoint)
        answer = self._responses.take(request_id)
        if answer is None:
            raise ResourceError(f"The function {function.name} did not answer. It wrote: {output[-500:] or 'nothing'}")
        if answer.get("Status") != "SUCCESS":
            raise ResourceError(f"Received response status [FAILED] from custom resource: {answer.get('Reason')}")
        if request != "Delete":
            record.physical_id, record.answer = str(answer["PhysicalResourceId"]), answer


def runnable(record: Record) -> bool:
    """Whether the emulator can run a function."""
    inline = "ZipFile" in record.properties["Code"]
    return inline and str(record.properties.get("Runtime", "")).startswith("python")


def _run(function: Record, event: Mapping[str, Any], endpoint: str) -> str:
    """Run a function to its end; return what it wrote."""
    library = Path(function_library.__file__).parent
    variables = function.properties.get("Environment", {}).get("Variables", {})
    seconds = min(int(function.properties.get("Timeout", 3)), MAX_SECONDS)
    with TemporaryDirectory(prefix="function-") as directory:
        Path(directory, "index.py").write_text(function.properties["Code"]["ZipFile"])
        try:
            finished = subprocess.run(
                [sys.executable, str(library / "run_handler.py"), function.properties["Handler"]],
                cwd=directory,
                env=environment(endpoint) | {"PYTHONPATH": str(library), "PYTHONDONTWRITEBYTECODE": "1", **variables},
                input=json.dumps(event),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ResourceError(f"The function {function.name} timed out after {seconds} seconds") from error
    if finished.stdout:
        LOGGER.info("%s wrote: %s", function.name, finished.stdout)
    return finished.stdout


def _without_token(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in {"ServiceToken", "ServiceTimeout"}}


def _stringified(value: Any) -> Any:
    """A function gets every scalar as text."""
    if isinstance(value, dict):
        return {key: _stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stringified(item) for item in value]
    return text(value)
