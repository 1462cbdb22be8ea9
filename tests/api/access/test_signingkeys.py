"""The keys of a provider: found, kept and renewed, also when it misbehaves as no real one does."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from api.access.tokens import Tokens
from api.errors import Unauthenticated
from tests.api.access.oidc import EC, RSA, Answers, Clock, answering, provider, signed

SHORT = base64.urlsafe_b64encode(b"\xff" * 128).rstrip(b"=").decode()
"""The modulus of a key that is too short to be safe."""


@pytest.fixture
def answers() -> Iterator[Answers]:
    with answering() as server:
        yield server


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"use": "enc"}, "publishes no key"),
        ({"kty": "oct", "k": "AAAA"}, "publishes no key"),
        ({"n": SHORT}, "publishes no key"),
        ({"alg": "RS512"}, "does not publish"),
        ({"kid": "other"}, "does not publish"),
    ],
)
def test_a_key_serves_only_what_it_is_good_for(answers: Answers, more: dict[str, Any], message: str) -> None:
    answers.publish(RSA, **more)
    with pytest.raises(Unauthenticated, match=message):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_what_else_is_published_of_a_key_does_not_matter(answers: Answers) -> None:
    answers.publish(RSA, use="sig", alg="RS256", x5c=["ignored"], key_ops=["verify"], d="AQAB")
    Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_keys_that_are_not_understood_take_nothing_from_the_others(answers: Answers) -> None:
    odd: list[object] = [None, 5, {}, {"kty": "LWE"}, {"kty": "EC", "crv": "P-9"}, {"kty": "RSA", "n": 5, "e": []}]
    answers.say("/keys", {"keys": [*odd, {"kty": "oct", "k": "AAAA"}, RSA.as_dict(private=False)]})
    Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_a_token_without_a_key_id_is_tried_with_all_that_fit(answers: Answers) -> None:
    answers.publish(RSAKey.generate_key(2048), EC, RSA)
    assert RSA.private_key is not None
    anonymous = RSAKey.import_key(RSA.private_key)
    Tokens(provider(answers.issuer)).viewer(signed(answers, anonymous, "RS256"))


def test_a_key_that_changed_without_a_key_id_is_found(answers: Answers) -> None:
    ticks = Clock()
    old, new = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
    answers.publish(old)
    tokens = Tokens(provider(answers.issuer), ticks=ticks)
    tokens.viewer(signed(answers, old, "RS256"))
    answers.publish(new)
    with pytest.raises(Unauthenticated, match="signature"):
        tokens.viewer(signed(answers, new, "RS256"))
    ticks.ahead += 61
    tokens.viewer(signed(answers, new, "RS256"))


def test_an_unknown_key_is_asked_for_at_most_once_a_minute(answers: Answers) -> None:
    ticks = Clock()
    answers.publish(EC)
    tokens = Tokens(provider(answers.issuer), ticks=ticks)
    tokens.viewer(signed(answers, EC, "ES256"))
    assert answers.asked.count("/keys") == 1
    ticks.ahead += 61
    for number in range(5):
        with pytest.raises(Unauthenticated, match="does not publish"):
            tokens.viewer(signed(answers, RSA, "RS256", header={"kid": f"guess {number}"}))
    assert answers.asked.count("/keys") == 2
    answers.publish(EC, RSA)
    ticks.ahead += 61
    tokens.viewer(signed(answers, RSA, "RS256"))
    assert answers.asked.count("/keys") == 3


def test_a_key_taken_back_is_not_believed_for_long(answers: Answers) -> None:
    clock, ticks = Clock(), Clock()
    answers.publish(RSA)
    tokens = Tokens(provider(answers.issuer), clock=clock, ticks=ticks)
    text = signed(answers, RSA, "RS256", exp=int(time.time()) + 9_000)
    tokens.viewer(text)
    answers.publish(EC)
    clock.ahead = ticks.ahead = 601
    with pytest.raises(Unauthenticated, match="does not publish"):
        tokens.viewer(text)


def test_known_keys_are_not_believed_for_ever_without_their_provider(answers: Answers) -> None:
    ticks = Clock()
    answers.publish(RSA)
    tokens = Tokens(provider(answers.issuer), ticks=ticks)
    tokens.viewer(signed(answers, RSA, "RS256"))
    answers.say("/keys", b"", status=503)
    ticks.ahead = 23 * 3600
    tokens.viewer(signed(answers, RSA, "RS256", jti="a"))
    ticks.ahead = 25 * 3600
    with pytest.raises(Unauthenticated, match="status 503"):
        tokens.viewer(signed(answers, RSA, "RS256", jti="b"))


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        ("/keys", b"<html>", "else than JSON"),
        ("/keys", b"[" * 100_000, "else than JSON"),
        ("/keys", b"[]", "JSON object"),
        ("/keys", b"{}", "no list of keys"),
        ("/keys", b'{"keys": []}', "no key"),
        ("/keys", b"x" * 600_000, "more than 500,000 bytes"),
        (
            "/.well-known/openid-configuration",
            {"issuer": "https://other.example"},
            "issuer 'https://other.example'",
        ),
    ],
)
def test_a_provider_that_answers_nonsense_is_told(answers: Answers, path: str, answer: object, message: str) -> None:
    answers.publish(RSA)
    answers.say(path, answer)
    with pytest.raises(Unauthenticated, match=message):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


@pytest.mark.parametrize("url", [None, 5, "http://192.0.2.1/keys", "file:///etc/passwd", "http://[", "//x/keys", ""])
def test_keys_are_asked_for_at_a_safe_address_only(answers: Answers, url: object) -> None:
    answers.say("/.well-known/openid-configuration", {"issuer": answers.issuer, "jwks_uri": url})
    with pytest.raises(Unauthenticated, match="no jwks_uri"):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_an_address_that_is_none_is_told(answers: Answers) -> None:
    answers.say("/.well-known/openid-configuration", {"issuer": answers.issuer, "jwks_uri": "https://[::"})
    with pytest.raises(Unauthenticated, match="does not answer"):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_a_packed_answer_is_not_unpacked(answers: Answers) -> None:
    answers.say("/keys", gzip.compress(b" " * 10**7), header=("Content-Encoding", "gzip"))
    with pytest.raises(Unauthenticated, match="packed"):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_a_redirection_is_not_followed(answers: Answers) -> None:
    answers.publish(RSA)
    answers.say(
        "/.well-known/openid-configuration", b"", status=302, header=("Location", f"{answers.issuer}/elsewhere")
    )
    with pytest.raises(Unauthenticated, match="status 302"):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))
    assert "/elsewhere" not in answers.asked


def test_a_provider_that_takes_too_long_is_left(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    answers.publish(RSA)
    monkeypatch.setattr("api.access.signingkeys._DEADLINE", 0.0)
    with pytest.raises(Unauthenticated, match="takes longer"):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256"))


def test_certificates_that_are_not_there_are_told(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    with pytest.raises(Unauthenticated, match="cannot be asked .*certificates"):
        Tokens(provider("https://id.invalid")).viewer(signed(answers, RSA, "RS256"))


def test_many_threads_ask_the_provider_once(answers: Answers) -> None:
    answers.publish(RSA)
    tokens = Tokens(provider(answers.issuer))
    texts = [signed(answers, RSA, "RS256", jti=str(number)) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert {viewer.name for viewer in pool.map(tokens.viewer, texts)} == {"Agent Li"}
    assert answers.asked.count("/keys") == 1
