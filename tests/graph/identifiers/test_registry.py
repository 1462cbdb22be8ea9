"""What all kinds have in common, kind by kind."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import graph.identifiers
from graph.errors import InvalidValue, OntologyError
from graph.identifiers import KINDS, Identifier, get

EXAMPLES = {
    "uscc": ["91110000600037341L", "91330100799655058B", "914403001922038216", "91440300708461136T"],
    "gtin": ["73513537", "614141123452", "6901234567892", "9780471117094", "98412345678908"],
    "sscc": ["106141412345678908", "376130321109103420"],
    "sgtin": ["https://id.gs1.org/01/04012345111118/21/9876", "https://id.gs1.org/01/04012345111118/21/a%2FB"],
    "container": ["CSQU3054383", "TCNU7200794", "TOLU4734787", "GYOU4047990", "MSKU9070323"],
    "s10": ["RB123456785GB", "RB123456785CV"],
    "patent": ["99113861.9", "95115608.X", "200510030457.8", "201710601862.3", "CN305123456S"],
    "phone": ["+8613800138000", "+861062086566", "+8657185022088", "+864006661064", "+85223456789", "+86138****1234"],
    "plate": ["京A12345", "粤BD12345", "粤B12345D", "沪A1234挂", "粤Z1234港"],
    "icp": ["京ICP证030173号-1", "浙ICP备18013128号-2", "京公网安备11000002000001号", "粤B2-20090191"],
    "hs": ["01", "8482", "848210", "84821000", "8482100000", "8482100000999"],
    "declaration": ["514120250739568449", "224820250319673425"],
    "trademark": ["12927357", "1234567A", "G1234567"],
    "email": ["sales@example.com", "a.b+c@mail.example.co.uk"],
}
CANONICAL = [(kind, value) for kind, values in EXAMPLES.items() for value in values]
MODULES = [module.name for module in pkgutil.iter_modules(graph.identifiers.__path__)]

# Text made of what identifiers are made of reaches deeper than arbitrary text does.
PIECES = st.sampled_from(
    [*"0123456789", *"ABXZaxUJ", *" -.·/()（）＊*+%：:@_'", "０", "٣", "²", "①", "ı", "ß", "\ud800", "\x1d", "\u202d"]
    + [
        "+86",
        "0086",
        "138",
        "010",
        "400",
        "转",
        "ext",
        "ZL",
        "CN",
        "京",
        "粤",
        "ICP备",
        "ICP证",
        "公网安备",
        "号",
        "第",
    ]
    + ["(01)", "(21)", "(00)", "urn:epc:id:sgtin:", "urn:epc:id:sscc:", "https://id.gs1.org/01/", "/21/", "%2F", "xn--"]
    + [value for _, value in CANONICAL]
)
ANYTHING = st.one_of(st.text(), st.lists(PIECES, max_size=24).map("".join))


def test_every_kind_has_examples_here() -> None:
    assert EXAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_offers_the_functions_of_the_protocol_with_their_signatures(kind: str) -> None:
    for name, expected in inspect.getmembers(Identifier, inspect.isfunction):
        if name.startswith("_"):
            continue
        function: Any = getattr(get(kind), name)
        wanted = inspect.signature(expected)
        assert list(inspect.signature(function).parameters) == list(wanted.parameters)[1:]
        assert inspect.signature(function).return_annotation == wanted.return_annotation


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"graph.identifiers.{name}")).failed == 0


def test_an_unknown_kind_is_an_error_that_lists_the_kinds() -> None:
    with pytest.raises(OntologyError, match="uscc, gtin"):
        get("passport")


@pytest.mark.parametrize(("kind", "value"), CANONICAL)
def test_a_canonical_value_stays_as_it_is(kind: str, value: str) -> None:
    assert get(kind).validate(value) == value
    assert get(kind).is_valid(value)


@pytest.mark.parametrize(("kind", "value"), CANONICAL)
def test_the_form_for_people_leads_back_to_the_canonical_one(kind: str, value: str) -> None:
    assert get(kind).validate(get(kind).format(value)) == value


@pytest.mark.parametrize(("kind", "value"), CANONICAL)
def test_full_width_characters_are_folded(kind: str, value: str) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in value)
    assert get(kind).validate(wide) == value


@pytest.mark.parametrize(("kind", "value"), CANONICAL)
def test_spaces_and_invisible_marks_around_a_value_do_not_matter(kind: str, value: str) -> None:
    assert get(kind).validate(f"\ufeff\t\u202d{value}\u202c\u3000\xa0\n") == value


@pytest.mark.parametrize("zero", "٠०๐𝟎", ids=["Arabic", "Devanagari", "Thai", "mathematical"])
@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, value in CANONICAL if re.search("[0-9]", value)])
def test_digits_of_other_scripts_are_refused(kind: str, value: str, zero: str) -> None:
    foreign = re.sub("[0-9]", lambda digit: chr(ord(zero) + int(digit[0])), value)
    assert not get(kind).is_valid(foreign)


@pytest.mark.parametrize("value", ["", " ", "\x00", "-", "²", "①", "無", "N/A", "0", "\ud800"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_identifier_is_refused(kind: str, value: str) -> None:
    assert not get(kind).is_valid(value)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"email"}))
def test_a_row_of_zeros_is_never_an_identifier(kind: str) -> None:
    assert [length for length in range(1, 25) if get(kind).is_valid("0" * length)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_names_kind_value_and_a_known_reason(kind: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        get(kind).validate(" no such value ")
    assert caught.value.kind == kind
    assert caught.value.value == " no such value "
    assert caught.value.reason in {"format", "length", "checksum", "component"}


@pytest.mark.parametrize("kind", KINDS)
@given(value=ANYTHING)
def test_no_text_makes_a_kind_raise_anything_but_a_refusal(kind: str, value: str) -> None:
    identifier = get(kind)
    identifier.compact(value)
    identifier.format(value)
    if identifier.is_valid(value):
        canonical = identifier.validate(value)
        assert identifier.validate(canonical) == canonical
        assert all(re.fullmatch("[a-z_0-9]+", doubt) for doubt in identifier.doubts(value))
        assert identifier.is_valid(identifier.format(value))
