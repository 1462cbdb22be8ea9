"""Bearer tokens: those of a real OpenID provider on this machine, and forged and odd ones."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlparse

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from api.access.signatures import ALGORITHMS
from api.access.tokens import Tokens, is_jwt
from api.access.viewer import Viewer
from api.errors import Forbidden, Unauthenticated
from graph.errors import SettingError
from tests.api.access.oidc import (
    EC,
    RSA,
    SPECIAL,
    Answers,
    Clock,
    answering,
    packed,
    parts,
    provider,
    running,
    sign_in,
    signed,
    unpacked,
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def token(issuer: str) -> str:
    return sign_in(issuer)


def test_a_genuine_token_says_who_asks(issuer: str, token: str) -> None:
    assert is_jwt(token)
    assert Tokens(provider(issuer)).viewer(token) == Viewer(f"{issuer}#li", "Agent Li", "investigator")


def test_a_token_that_has_expired_is_refused_also_once_it_was_verified(issuer: str, token: str) -> None:
    clock = Clock()
    tokens = Tokens(provider(issuer), clock=clock)
    tokens.viewer(token)
    expires = parts(token)[1]["exp"] - time.time()
    clock.ahead = expires - 30
    tokens.viewer(token)
    clock.ahead = expires + 60
    for verifier in (tokens, Tokens(provider(issuer), clock=clock)):
        with pytest.raises(Unauthenticated, match="expired"):
            verifier.viewer(token)


def test_a_token_of_the_future_is_refused(issuer: str, token: str) -> None:
    clock = Clock()
    clock.ahead = -60
    with pytest.raises(Unauthenticated, match="iat"):
        Tokens(provider(issuer), clock=clock).viewer(token)
    Tokens(provider(issuer, leeway=90), clock=clock).viewer(token)


def test_a_token_for_another_service_is_refused(issuer: str) -> None:
    other = sign_in(issuer, client_id="another")
    with pytest.raises(Unauthenticated, match="aud .* \\(headwater\\)"):
        Tokens(provider(issuer)).viewer(other)
    assert Tokens(provider(issuer, audience="another")).viewer(other).role == "investigator"


def test_a_provider_that_calls_itself_otherwise_is_not_believed(issuer: str, token: str) -> None:
    with pytest.raises(Unauthenticated, match="discovery document is of the issuer"):
        Tokens(provider(issuer + "/")).viewer(token)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_token_with_any_part_changed_is_refused(issuer: str, token: str, which: int) -> None:
    tokens = Tokens(provider(issuer))
    split = token.split(".")
    header, payload, signature = parts(token)
    split[which] = (packed({**header, "more": 1}), packed({**payload, "more": 1}), signature[:-8] + "AAAAAAAA")[which]
    with pytest.raises(Unauthenticated, match="signature"):
        tokens.viewer(".".join(split))


def test_a_signature_by_a_secret_that_is_the_public_key_is_refused(issuer: str, token: str) -> None:
    (key,) = httpx.get(f"{issuer}/jwks", trust_env=False).json()["keys"]
    pem = RSAKey.import_key(key).public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, payload, _ = token.split(".")
    for secret in (pem, pem.strip(), json.dumps(key).encode(), key["n"].encode(), b""):
        for bits in ("256", "384", "512"):
            said = f"{packed({'alg': f'HS{bits}', 'kid': key['kid']})}.{payload}"
            digest = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), f"sha{bits}")).rstrip(b"=").decode()
            with pytest.raises(Unauthenticated, match="not allowed here"):
                Tokens(provider(issuer)).viewer(f"{said}.{digest}")


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "HS256", "RS1", "dir", "", None, 5, ["RS256"], {}]
)
def test_an_algorithm_that_is_not_allowed_is_refused(issuer: str, token: str, algorithm: object) -> None:
    _, payload, signature = token.split(".")
    for end in ("", signature):
        with pytest.raises(Unauthenticated, match="not allowed here"):
            Tokens(provider(issuer)).viewer(f"{packed({'alg': algorithm, 'typ': 'JWT'})}.{payload}.{end}")


def test_a_key_that_the_token_brings_itself_is_not_used(issuer: str, token: str) -> None:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": own.as_dict(private=False), "jku": f"{issuer}/jwks", "x5u": "https://127.0.0.1:1/"}
    forged = jws.serialize_compact(
        header, unpacked(token.split(".")[1]), own, registry=jws.JWSRegistry(strict_check_header=False)
    )
    with pytest.raises(Unauthenticated, match="signature"):
        Tokens(provider(issuer)).viewer(forged)


def test_groups_give_the_first_role_of_the_settings(issuer: str) -> None:
    tokens = Tokens(provider(issuer))
    assert tokens.viewer(sign_in(issuer, groups=["ip-agents", "ip-admins"])).role == "admin"
    assert tokens.viewer(sign_in(issuer, groups="ip-agents")).role == "investigator"
    nested = Tokens(provider(issuer, role_claim="realm_access.roles"))
    assert nested.viewer(sign_in(issuer, realm_access={"roles": ["ip-admins"]})).role == "admin"
    claims: dict[str, Any] = {"https://agency.example/roles": ["ip-admins"]}
    address = Tokens(provider(issuer, role_claim="https://agency.example/roles"))
    assert address.viewer(sign_in(issuer, **claims)).role == "admin"


@pytest.mark.parametrize("groups", [[], ["staff"], None, "staff ip-agents", {"ip-agents": True}, [["ip-agents"]], 5])
def test_without_a_group_that_gives_a_role_nothing_is_allowed(issuer: str, groups: object) -> None:
    with pytest.raises(Forbidden, match="groups"):
        Tokens(provider(issuer)).viewer(sign_in(issuer, groups=groups))


def test_jurisdictions_come_from_their_claim(issuer: str) -> None:
    tokens = Tokens(provider(issuer, jurisdiction_claim="regions"))
    assert tokens.viewer(sign_in(issuer)).jurisdictions == ("3303", "44")
    assert tokens.viewer(sign_in(issuer, regions="330304")).jurisdictions == ("330304",)
    assert tokens.viewer(sign_in(issuer, regions="*")).jurisdictions == ()


@pytest.mark.parametrize(
    "regions", [None, [], "", "33,44", ["*", "33"], ["3"], ["33030"], [33], ["٣٣"], ["33", ""], {}]
)
def test_a_claim_of_jurisdictions_that_is_missing_or_misread_opens_nothing(issuer: str, regions: object) -> None:
    with pytest.raises(Forbidden, match="regions"):
        Tokens(provider(issuer, jurisdiction_claim="regions")).viewer(sign_in(issuer, regions=regions))


def test_a_right_holder_must_be_told(issuer: str) -> None:
    tokens = Tokens(provider(issuer))
    viewer = tokens.viewer(sign_in(issuer, groups=["brands"], holder="Company/1"))
    assert (viewer.role, viewer.holder) == ("right_holder", "Company/1")
    for holder in (None, "", 5, ["Company/1"]):
        with pytest.raises(Forbidden, match="set holder"):
            tokens.viewer(sign_in(issuer, groups=["brands"], holder=holder))
    assert tokens.viewer(sign_in(issuer, holder="Company/1")).holder is None


def test_a_name_is_found_and_made_harmless(issuer: str) -> None:
    tokens = Tokens(provider(issuer))
    assert tokens.viewer(sign_in(issuer, name=None, preferred_username="li.wei")).name == "li.wei"
    assert tokens.viewer(sign_in(issuer, name=5, preferred_username="")).name == "li"
    assert tokens.viewer(sign_in(issuer, name="李\x1b[31m\n" + "x" * 500)).name == ("李[31m" + "x" * 500)[:200]


def test_a_token_bound_to_a_key_is_no_bearer_token(issuer: str) -> None:
    with pytest.raises(Unauthenticated, match="bound to a key"):
        Tokens(provider(issuer)).viewer(sign_in(issuer, cnf={"jkt": "x"}))


_STRANGE = "signature|does not publish|cannot be asked"
"""How a token of another key is refused, by whether its header names the key and the provider is there to be asked."""


def test_a_provider_may_be_away_and_come_back_with_other_keys() -> None:
    ticks = Clock()
    with running() as issuer:
        first, second, third = sign_in(issuer), sign_in(issuer, subject="wei"), sign_in(issuer, subject="an")
    tokens = Tokens(provider(issuer), ticks=ticks)
    with pytest.raises(Unauthenticated, match="cannot be asked.*try again"):
        tokens.viewer(first)
    port = urlparse(issuer).port
    assert port is not None
    with running(port):
        # The same address, a new key.
        fresh = sign_in(issuer)
        with pytest.raises(Unauthenticated, match="cannot be asked"):
            tokens.viewer(fresh)
        ticks.ahead += 6
        assert tokens.viewer(fresh).id == f"{issuer}#li"
        with pytest.raises(Unauthenticated, match=_STRANGE):
            tokens.viewer(first)
        spare = sign_in(issuer, subject="wei")
    # Away, and long enough to be asked in vain: what the known keys signed is still believed.
    ticks.ahead += 3600
    assert tokens.viewer(spare).id == f"{issuer}#wei"
    with pytest.raises(Unauthenticated, match=_STRANGE):
        tokens.viewer(second)
    with running(port):
        renewed = sign_in(issuer, subject="an")
        with pytest.raises(Unauthenticated, match=_STRANGE):
            tokens.viewer(renewed)
        ticks.ahead += 61
        assert tokens.viewer(renewed).id == f"{issuer}#an"
        with pytest.raises(Unauthenticated, match=_STRANGE):
            tokens.viewer(third)


def test_a_verified_token_is_remembered_while_memory_stays_bounded(issuer: str) -> None:
    tokens = Tokens(provider(issuer), size=2)
    given_out = [sign_in(issuer, subject=f"s{number}") for number in range(4)]
    assert tokens.remembered(given_out[3]) is None
    viewers = [tokens.viewer(one) for one in given_out]
    assert [tokens.remembered(one) for one in given_out] == [None, None, *viewers[2:]]
    assert len(tokens._known) == 2
    assert tokens.viewer(given_out[3]) is viewers[3]
    assert tokens.viewer(given_out[0]) == viewers[0]


def test_many_threads_may_ask_at_once(issuer: str, token: str) -> None:
    tokens = Tokens(provider(issuer))
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(tokens.viewer, [token] * 64))) == 1


@pytest.fixture
def answers() -> Iterator[Answers]:
    with answering() as server:
        yield server


@pytest.mark.parametrize("algorithm", [one for one in ALGORITHMS if one not in ("ES384", "ES512")])
def test_every_allowed_algorithm_is_verified(answers: Answers, algorithm: str) -> None:
    keys: dict[str, RSAKey | ECKey | OKPKey] = {"RS": RSA, "PS": RSA, "ES": EC, "Ed": SPECIAL}
    key = keys[algorithm[:2]]
    answers.publish(RSA, EC, SPECIAL)
    assert Tokens(provider(answers.issuer)).viewer(signed(answers, key, algorithm)).name == "Agent Li"
    rest = tuple(one for one in ALGORITHMS if one != algorithm)
    with pytest.raises(Unauthenticated, match="not allowed here"):
        Tokens(provider(answers.issuer, algorithms=rest)).viewer(signed(answers, key, algorithm))


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"exp": None}, "token's exp is missing"),
        ({"sub": None}, "token's sub is missing"),
        ({"aud": None}, "token's aud is missing"),
        ({"iss": None}, "token's iss is missing"),
        ({"iss": "https://other.example"}, "token's iss is"),
        ({"aud": ["a", "b"]}, "token's aud is"),
        ({"aud": []}, "token's aud is"),
        ({"aud": "headwater2"}, "token's aud is"),
        ({"exp": "later"}, "token's exp is"),
        ({"exp": True}, "token's exp is"),
        ({"exp": float("nan")}, "token's exp is"),
        ({"exp": float("inf")}, "token's exp is"),
        ({"exp": 1}, "expired"),
        ({"exp": 10**400}, "holds for longer than 1,440 minutes"),
        ({"exp": int(time.time()) + 25 * 3600}, "holds for longer than"),
        ({"iat": int(time.time()) - 25 * 3600}, "holds for longer than"),
        ({"iat": float("nan")}, "token's iat is"),
        ({"nbf": 10**11}, "token's nbf is"),
        ({"iat": 10**11}, "token's iat is"),
        ({"sub": 5}, "token's sub is"),
        ({"sub": ""}, "token's sub is"),
        ({"sub": "a\nb"}, "no signed"),
        ({"sub": "x" * 300}, "no signed"),
    ],
)
def test_every_claim_must_be_as_it_should(answers: Answers, claims: dict[str, object], message: str) -> None:
    answers.publish(RSA)
    with pytest.raises(Unauthenticated, match=message):
        Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256", **claims))


def test_how_long_a_token_may_hold_is_a_setting(answers: Answers) -> None:
    answers.publish(RSA)
    text = signed(answers, RSA, "RS256", iat=int(time.time()), exp=int(time.time()) + 7200)
    Tokens(provider(answers.issuer, lifetime=7200)).viewer(text)
    with pytest.raises(Unauthenticated, match="longer than 60 minutes"):
        Tokens(provider(answers.issuer, lifetime=3600)).viewer(text)


def test_a_token_says_what_its_bearer_owns_where_a_claim_is_named(answers: Answers) -> None:
    answers.publish(RSA)
    text = signed(answers, RSA, "RS256", sources=["platform-x", " registry "])
    assert Tokens(provider(answers.issuer)).viewer(text).owned == frozenset()
    tokens = Tokens(provider(answers.issuer, owner_claim="sources"))
    assert tokens.viewer(text).owned == {"platform-x", "registry"}
    with pytest.raises(Forbidden, match="names of sources"):
        tokens.viewer(signed(answers, RSA, "RS256", sources=["a:b"]))


def test_one_of_several_audiences_is_enough(answers: Answers) -> None:
    answers.publish(RSA)
    Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256", aud=["other", "headwater"]))


def test_scopes_are_one_text(answers: Answers) -> None:
    answers.publish(RSA)
    tokens = Tokens(provider(answers.issuer, role_claim="scope", roles={"headwater.read": "investigator"}))
    assert tokens.viewer(signed(answers, RSA, "RS256", scope="openid headwater.read")).role == "investigator"


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": False}, {"b64": True}, {"typ": "logout+jwt"}, {"typ": 5}])
def test_a_token_of_another_kind_is_refused(answers: Answers, header: dict[str, object]) -> None:
    answers.publish(RSA)
    text = signed(answers, RSA, "RS256")
    _, payload, signature = text.split(".")
    with pytest.raises(Unauthenticated, match="another kind"):
        Tokens(provider(answers.issuer)).viewer(f"{packed({'alg': 'RS256', **header})}.{payload}.{signature}")


def test_an_access_token_with_a_long_header_is_verified(answers: Answers) -> None:
    answers.publish(RSA)
    header = {"typ": "at+JWT", "x5t": "x" * 800, "unheard": "of"}
    Tokens(provider(answers.issuer)).viewer(signed(answers, RSA, "RS256", header=header))


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "http://id.example"},
        {"issuer": "http://10.0.0.1"},
        {"issuer": "http://127.0.0.1.example"},
        {"issuer": "http://localhost@id.example"},
        {"issuer": "https://user@id.example"},
        {"issuer": "https://id.example?x=1"},
        {"issuer": "id.example"},
        {"issuer": ""},
        {"audience": ""},
        {"roles": {}},
        {"roles": {"a": "owner"}},
        {"algorithms": ()},
        {"algorithms": ("RS256", "HS256")},
        {"algorithms": ("none",)},
        {"leeway": -1},
        {"leeway": 9_000},
        {"lifetime": 0},
    ],
)
def test_a_setting_that_would_open_the_door_stops_the_start(changed: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        Tokens(provider(**{"issuer": "https://id.example", **changed}))


@pytest.mark.parametrize(
    "issuer", ["https://id.example", "https://id.example/realms/x", "http://localhost:8080/realms/x", "http://[::1]:80"]
)
def test_an_issuer_that_is_safe_is_accepted(issuer: str) -> None:
    Tokens(provider(issuer))


_jsons = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_headers = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5c", "cty", "zip"]),
    st.sampled_from(["RS256", "ES256", "JWT", ["b64"], {}]) | _jsons,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=_headers | _jsons, middle=st.integers(0, 40), junk=st.text(max_size=6), cut=st.integers(0, 9))
def test_no_text_raises_anything_but_a_refusal(
    issuer: str, token: str, header: object, middle: int, junk: str, cut: int
) -> None:
    tokens = _shared.setdefault(issuer, Tokens(provider(issuer)))
    _, payload, signature = token.split(".")
    for text in (
        f"{packed(header)}.{payload}.{signature}",
        token[:middle] + junk + token[middle + cut :],
        junk,
        ".".join([junk] * cut),
    ):
        if text != token:
            with pytest.raises(Unauthenticated):
                tokens.viewer(text)


_shared: dict[str, Tokens] = {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c.d.e",
        "x" * 20_000,
        "é.é.é",
        "\ud800",
        base64.urlsafe_b64encode(b"[" * 9_000).decode().rstrip("=") + ".e30.AAAA",
        base64.urlsafe_b64encode(b'{"alg":' + b"9" * 9_000 + b"}").decode().rstrip("=") + ".e30.AAAA",
    ],
)
def test_what_is_no_token_is_refused_without_asking_anybody(text: str) -> None:
    with pytest.raises(Unauthenticated):
        Tokens(provider("https://nobody.invalid")).viewer(text)
