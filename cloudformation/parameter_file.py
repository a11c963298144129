"""Parameter files, in the form that CloudFormation's own tools use."""

from __future__ import annotations

import json
from pathlib import Path

from .target import DeployError


def read_parameters(file: Path) -> dict[str, str]:
    """Read a parameter file in the form that CloudFormation's own tools use.

    The form is ``[{"ParameterKey": "EnvironmentSuffix", "ParameterValue": "dev"}, ...]``.

    Raises:
        DeployError: the file is missing or has another form.
    """
    form = '[{"ParameterKey": "NAME", "ParameterValue": "VALUE"}, ...]'
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeployError(
            f"There is no parameter file {file}. Write one ({form}), or name it: PARAMETERS=FILE."
        ) from error
    except ValueError as error:
        raise DeployError(f"{file} is not JSON: {error}. Needed: {form}.") from error
    if not isinstance(entries, list) or not all(_is_parameter(entry) for entry in entries):
        raise DeployError(f"{file} has another form than {form}. Put it right.")
    keys = [entry["ParameterKey"] for entry in entries]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise DeployError(f"{file} gives {', '.join(twice)} more than once. Leave one of each.")
    return {entry["ParameterKey"]: entry["ParameterValue"] for entry in entries}


def _is_parameter(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == {"ParameterKey", "ParameterValue"}
        and all(isinstance(value, str) for value in entry.values())
    )
