from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import email


@pytest.mark.parametrize(
    "value",
    [
        "sales@example.com",
        "Sales@Example.COM",
        "mailto:sales@example.com",
        "<sales@example.com>",
        "sales @ example . com",
    ],
)
def test_spellings_meet(value: str) -> None:
    assert email.validate(value) == "sales@example.com"


def test_full_width_letters_are_lower_cased_as_well() -> None:
    assert email.validate("ＳＡＬＥＳ＠ＱＱ．ＣＯＭ") == "sales@qq.com"


def test_a_domain_of_another_script_is_written_in_punycode() -> None:
    assert email.validate("info@例子.中国") == "info@xn--fsqu00a.xn--fiqs8s"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("sales", "format"),
        ("sales@example", "format"),
        ("sa les@example.com", "format"),
        ("@example.com", "format"),
        (".a@example.com", "format"),
        ("a..b@example.com", "format"),
        ("a@b@example.com", "format"),
        ("a@-example.com", "format"),
        ("a@example..com", "format"),
        ("a@example.com,b@example.com", "format"),
        ("张三@example.com", "format"),
        ("a@\ud800.com", "format"),
        ("a" * 65 + "@example.com", "length"),
        ("a@" + "b" * 60 + ".example" * 30 + ".com", "length"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        email.validate(value)
    assert caught.value.reason == reason


def test_a_masked_address_is_doubted() -> None:
    assert email.doubts("z***@qq.com") == ("masked",)
    assert email.doubts("sales@example.com") == ()
