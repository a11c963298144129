"""How an error is told on the command line: a sentence, and an exit status."""

from __future__ import annotations

from .errors import CloudFormationError

# Exit statuses: 1 is a problem with the program or its surroundings.
DEFECT = 70


def told(error: Exception) -> tuple[str, int]:
    """What to say of an error, and the status to end with. Whatever it is, a traceback tells a user nothing."""
    if isinstance(error, CloudFormationError | OSError):
        return f"error: {error}", 1
    return (
        f"error: {type(error).__name__}: {error}\nThis is a defect in the compiler, not in the program. "
        "Run the command again as `python -m cloudformation --debug ...` and report what it shows.",
        DEFECT,
    )
