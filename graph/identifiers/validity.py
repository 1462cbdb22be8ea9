"""Whether a value is an identifier, asked without an error to catch."""

from __future__ import annotations

from collections.abc import Callable

from graph.errors import InvalidValue


def accepted_by(validate: Callable[[str], str]) -> Callable[[str], bool]:
    """Make the `is_valid` of a kind from its `validate`."""

    def is_valid(value: str) -> bool:
        """Tell whether `validate` would accept the value; no text makes it raise."""
        try:
            validate(value)
        except InvalidValue:
            return False
        return True

    return is_valid
