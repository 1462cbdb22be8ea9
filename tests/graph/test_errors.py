from __future__ import annotations

import inspect
import re

import pytest

from graph import errors
from graph.errors import HeadwaterError, InvalidValue


def tree() -> list[type[HeadwaterError]]:
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, HeadwaterError)]


def test_every_error_is_drawn_in_the_tree_with_its_builtin() -> None:
    drawn = dict(re.findall(r"^[ │├└─]*(\w+)(?: \((\w+)\))?(?:  .*)?$", errors.__doc__ or "", re.M))
    for kind in tree():
        assert kind.__name__ in drawn
        builtin = [base.__name__ for base in kind.__bases__ if not issubclass(base, HeadwaterError)]
        assert [drawn[kind.__name__]] == (builtin if kind is not HeadwaterError else [""]) or not builtin


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in tree()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[a-z_]+", code) for code in codes)


@pytest.mark.parametrize("kind", [kind for kind in tree() if kind is not InvalidValue])
def test_an_error_says_what_it_was_told(kind: type[HeadwaterError]) -> None:
    assert str(kind("where: what; what to do")) == "where: what; what to do"


def test_an_invalid_value_tells_kind_value_and_detail() -> None:
    error = InvalidValue("date", "2025-13-45", "type", "is an impossible date")
    assert str(error) == "date '2025-13-45': is an impossible date"
    assert (error.kind, error.value, error.reason, error.column) == ("date", "2025-13-45", "type", None)
