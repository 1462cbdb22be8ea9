from __future__ import annotations

import pytest

from api.errors import UnsupportedMedia
from api.http.media import EVENTS, FORM, GRAPHQL, JSON, accepts, preferred, sent, weighed
from api.http.wire import language_of


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/plain", JSON),
        ("application/json", JSON),
        (f"{GRAPHQL}; charset=utf-8, application/json; charset=utf-8", GRAPHQL),
        (f"application/json;q=0.9, {GRAPHQL.upper()}", GRAPHQL),
        (f"{GRAPHQL};q=0.1, application/json;q=0.2, text/event-stream;q=0.3", EVENTS),
        (f"{GRAPHQL};q=0, text/event-stream;q=0", JSON),
        (f"{GRAPHQL};q=high, {EVENTS};q=nan", JSON),
    ],
)
def test_the_media_type_with_the_most_weight_is_preferred(accept: str, media: str) -> None:
    assert preferred(accept) == media


def test_what_has_no_weight_is_not_accepted() -> None:
    assert accepts("application/json, text/event-stream;q=0.1", EVENTS)
    assert not accepts("application/json, text/event-stream;q=0.0", EVENTS)


def test_equal_weights_stay_in_their_order() -> None:
    assert weighed("b, a;q=1, c;q=0.5 , ;q=1,d;level=1;q=0.7") == ("b", "a", "d", "c")


@pytest.mark.parametrize(
    ("header", "language"), [("zh-CN,en;q=0.8", "zh"), ("de, en;q=0.5, zh;q=0.4", "en"), ("ZH", "zh"), ("fr", "en")]
)
def test_the_language_is_the_first_of_ours(header: str, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("application/json", (JSON, b"")),
        ("Application/JSON; charset=UTF-8", (JSON, b"")),
        ('multipart/form-data; boundary="a;b"; charset=utf8', (FORM, b"a;b")),
    ],
)
def test_a_content_type_is_read(header: str, expected: tuple[str, bytes]) -> None:
    assert sent(header) == expected


@pytest.mark.parametrize(
    "header",
    ["", "text/json", "application/json; charset=punycode", f"{FORM}; boundary=x; charset=idna", f"{JSON};" * 99],
)
def test_another_content_type_is_refused(header: str) -> None:
    with pytest.raises(UnsupportedMedia):
        sent(header)
