"""OpenID providers for the tests: a real one, and a server whose answers the test says.

The real one is oidc-provider-mock, which runs in a process of its own and is asked with a real client.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from api.access.tokens import Provider
from api.access.viewer import Role

ROLES: dict[str, Role] = {"ip-admins": "admin", "ip-agents": "investigator", "brands": "right_holder"}
CLAIMS = {"groups": ["staff", "ip-agents"], "name": "Agent Li", "regions": ["3303", "44"]}


RSA = RSAKey.generate_key(2048, {"kid": "one"})
EC = ECKey.generate_key("P-256", {"kid": "two"})
SPECIAL = OKPKey.generate_key("Ed25519", {"kid": "three"})


class Clock:
    """A clock that is set on by hand: by so many seconds before or after the real one."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def provider(issuer: str, **changed: Any) -> Provider:
    usual: dict[str, Any] = {"issuer": issuer, "audience": "headwater", "roles": ROLES}
    return Provider(**usual | changed)


@contextmanager
def running(port: int = 0) -> Iterator[str]:
    """The issuer URL of a provider that runs meanwhile; each start has a key of its own."""
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = ""
            for line in process.stderr:
                told += line
                found = re.search(r"running on (http://127\.0\.0\.1:\d+)", line)
                if found:
                    yield found[1]
                    break
            else:
                pytest.fail(f"the provider did not start:\n{told}")
        finally:
            process.terminate()


def sign_in(issuer: str, *, client_id: str = "headwater", subject: str = "li", **claims: object) -> str:
    """The ID token of a sign-in with the authorisation code flow."""
    with httpx.Client(trust_env=False) as client:
        about = client.get(f"{issuer}/.well-known/openid-configuration").json()
        client.put(f"{issuer}/users/{subject}", json={**CLAIMS, **claims}).raise_for_status()
        back = "http://127.0.0.1/back"
        asked = {"client_id": client_id, "redirect_uri": back, "response_type": "code", "scope": "openid profile"}
        sent = client.post(about["authorization_endpoint"], params=asked, data={"sub": subject})
        (code,) = parse_qs(urlparse(sent.headers["location"]).query)["code"]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        answer = client.post(about["token_endpoint"], data=grant, auth=(client_id, "any secret"))
        token: str = answer.raise_for_status().json()["id_token"]
        return token


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, signature = token.split(".")
    return json.loads(unpacked(header)), json.loads(unpacked(payload)), signature


def unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Answers(ThreadingHTTPServer):
    """A provider whose answers are set by the test: a status and a body by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.answers: dict[str, tuple[int, bytes, tuple[str, str]]] = {}
        self.asked: list[str] = []
        self.say("/.well-known/openid-configuration", {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"})

    def say(self, path: str, answer: object, status: int = 200, header: tuple[str, str] = ("X-A", "b")) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.answers[path] = (status, body, header)

    def publish(self, *keys: RSAKey | ECKey | OKPKey, **more: object) -> None:
        self.say("/keys", {"keys": [{**key.as_dict(private=False), **more} for key in keys]})


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Answers)
        self.server.asked.append(self.path)
        status, body, header = self.server.answers.get(self.path, (404, b"", ("X-A", "b")))
        self.send_response(status)
        self.send_header(*header)
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            # The client has read enough.
            pass

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[Answers]:
    """A server that answers with 404 until told otherwise, its discovery document aside."""
    server = Answers()
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Signing(jws.JWSRegistry):
    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def signed(
    answers: Answers, key: RSAKey | ECKey | OKPKey, algorithm: str, *, header: Any = None, **claims: object
) -> str:
    now = int(time.time())
    said = {"iss": answers.issuer, "sub": "li", "aud": "headwater", "exp": now + 600, **CLAIMS, **claims}
    said = {name: value for name, value in said.items() if value is not None}
    full = {"alg": algorithm, **({"kid": key.kid} if key.kid else {}), **(header or {})}
    return jwt.encode(full, said, key, registry=_Signing(strict_check_header=False), default_type=None)
