from __future__ import annotations

import pytest

from api.http.addresses import LOOPBACK, checked, is_loopback, is_within, origin_of

PROXIES = ("10.0.0.0/8", "2001:db8::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "origin"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "127.0.0.1", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "127.0.0.1, unknown", None),
        ("10.0.0.1", "198.51.100.7:1234", None),
    ],
)
def test_a_request_is_whose_the_last_address_that_is_no_proxys_is(
    peer: str, forwarded: str, origin: str | None
) -> None:
    assert origin_of(peer, forwarded, PROXIES) == origin


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_this_machine_has_many_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "192.168.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "2130706433"]
)
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)


def test_what_is_no_address_lies_nowhere() -> None:
    assert not is_within("granian", ("0.0.0.0/0", "::/0"))
    assert is_within("127.0.0.1", LOOPBACK)


@pytest.mark.parametrize("text", ["*", "proxy.internal", "10.0.0.0/33", "10.0.0.1:80", ""])
def test_names_and_stars_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError):
        checked([text])
