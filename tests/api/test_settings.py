from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from api.http.addresses import LOOPBACK
from api.query.limits import BUDGETS
from api.settings import Settings, from_environment
from graph.errors import SettingError
from tests.api.conftest import ROOT

STORE = "sqlite:market.db"
OIDC = {
    "HEADWATER_OIDC_ISSUER": "https://login.example",
    "HEADWATER_OIDC_AUDIENCE": "headwater",
    "HEADWATER_OIDC_ROLES": "customs-team=customs, analysts=investigator",
}


def test_without_settings_the_service_is_closed_to_others() -> None:
    settings = from_environment(STORE, {})
    assert settings == Settings(STORE)
    assert (settings.origins, settings.proxies, settings.provider, settings.demo) == ((), (), None, False)
    assert settings.metrics_from == LOOPBACK


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("STATE", "/srv/state", "state", Path("/srv/state")),
        ("TIMEOUT", "2.5", "timeout", 2.5),
        ("THREADS", "16", "threads", 16),
        ("UPLOAD", "5", "upload", 5 << 20),
        ("RESERVE", "5", "reserve", 5 << 20),
        ("GRAPHIQL", "1", "graphiql", True),
        ("PUBLIC", "companies, registers", "public", ("companies", "registers")),
        ("PUBLIC", "", "public", ()),
        ("INTROSPECTION", "0", "introspection", False),
        ("SAFELIST", str(ROOT), "safelist", ROOT),
        ("ORIGINS", "https://a.example, http://b.example:8080", "origins", ("https://a.example", "http://b.example:8080")),
        ("PROXIES", "10.0.0.0/8, 2001:db8::1", "proxies", ("10.0.0.0/8", "2001:db8::1")),
        ("METRICS_FROM", "192.0.2.7", "metrics_from", ("192.0.2.7",)),
        ("LOG", "json", "log", "json"),
        ("OTEL", "console", "tracing", "console"),
        ("BUDGETS", "customs=300000, admin=5", "budgets", {**BUDGETS, "customs": 300_000, "admin": 5}),
    ],
)  # fmt: skip
def test_a_setting_is_read(name: str, text: str, field: str, value: Any) -> None:
    settings = from_environment(STORE, {f"HEADWATER_{name}": text})
    assert getattr(settings, field) == value
    same = {one.name: getattr(Settings(STORE), one.name) for one in fields(Settings) if one.name != field}
    assert {name: getattr(settings, name) for name in same} == same


def test_a_provider_is_read() -> None:
    claims = {
        "HEADWATER_OIDC_ROLE_CLAIM": "realm_access.roles",
        "HEADWATER_OIDC_JURISDICTION_CLAIM": "divisions",
        "HEADWATER_OIDC_OWNER_CLAIM": "sources",
        "HEADWATER_OIDC_LIFETIME": "8",
    }
    provider = from_environment(STORE, {**OIDC, **claims}).provider
    assert provider is not None
    assert (provider.issuer, provider.audience) == ("https://login.example", "headwater")
    assert provider.roles == {"customs-team": "customs", "analysts": "investigator"}
    assert (provider.role_claim, provider.jurisdiction_claim) == ("realm_access.roles", "divisions")
    assert (provider.owner_claim, provider.lifetime) == ("sources", 8 * 3600)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("STATE", ""),
        *(("TIMEOUT", text) for text in ("", "0", "-1", "nan", "inf", "3601", "30s")),
        *(("THREADS", text) for text in ("", "0", "65", "2.5", "many")),
        *(("UPLOAD", text) for text in ("", "0", "-1", "2GB")),
        *(("RESERVE", text) for text in ("", "0", "1G")),
        ("PUBLIC", "a:b"),
        *(("INTROSPECTION", text) for text in ("", "yes", "2")),
        *(("GRAPHIQL", text) for text in ("", "on")),
        ("SAFELIST", "/nowhere/at/all"),
        ("SAFELIST", ""),
        ("SAFELIST_ONLY", "yes"),
        ("SAFELIST_ONLY", "1"),
        *(("ORIGINS", text) for text in ("*", "explorer.example", "https://a.example/path", "null", "ftp://a.example")),
        *(("PROXIES", text) for text in ("*", "proxy.internal", "10.0.0.0/33", "10.0.0.1:80")),
        *(("METRICS_FROM", text) for text in ("*", "localhost")),
        *(("LOG", text) for text in ("", "JSON", "xml")),
        *(("OTEL", text) for text in ("", "1", "jaeger")),
        *(("BUDGETS", text) for text in ("", "5", "king=5", "admin", "admin=0", "admin=many", "admin=1,customs=")),
        ("OIDC_AUDIENCE", "alone"),
    ],
)
def test_a_malformed_setting_is_named_and_never_replaced(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=f"HEADWATER_{name} "):
        from_environment(STORE, {f"HEADWATER_{name}": text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ISSUER", ""),
        ("ISSUER", "http://login.example"),
        ("ISSUER", "login.example"),
        ("AUDIENCE", ""),
        ("ROLES", ""),
        ("ROLES", "customs-team"),
        ("ROLES", "customs-team=king"),
        ("ROLE_CLAIM", ""),
        ("JURISDICTION_CLAIM", ""),
        ("OWNER_CLAIM", ""),
        *(("LIFETIME", text) for text in ("", "0", "-1", "1.5", "day", "99999", "８")),
    ],
)
def test_a_malformed_provider_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=f"HEADWATER_OIDC_{name}"):
        from_environment(STORE, {**OIDC, f"HEADWATER_OIDC_{name}": text})


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"HEADWATER_TIMEOUT": "soon"}, "HEADWATER_TIMEOUT is 'soon'"),
        ({"HEADWATER_" + "TIMOUT": "60"}, "did you mean HEADWATER_TIMEOUT?"),
        ({**OIDC, "HEADWATER_OIDC_ISSUER": "http://login.example"}, "HEADWATER_OIDC_ISSUER"),
        ({"HEADWATER_SAFELIST": "{folder}"}, "broken.graphql"),
        ({"HEADWATER_STATE": "{folder}/broken.graphql"}, "broken.graphql"),
    ],
)
def test_serve_stops_with_one_line(
    settings: dict[str, str], named: str, sqlite_store_url: str, tmp_path: Path, market_url: str
) -> None:
    (tmp_path / "broken.graphql").write_text("{ nope }")
    environment = {name: text.replace("{folder}", str(tmp_path)) for name, text in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "headwater.cli", "serve", "--store", market_url, "--port", "65432"],
        cwd=ROOT, env={**os.environ, "HEADWATER_STATE": str(tmp_path / "state"), **environment},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode not in (0, 1)
    (line,) = done.stderr.splitlines()
    assert named in line
    assert not done.stdout


def test_a_store_that_is_not_there_stops_the_service(tmp_path: Path, sqlite_store_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headwater.cli", "serve", "--store", sqlite_store_url],
        cwd=ROOT, env={**os.environ, "HEADWATER_STATE": str(tmp_path / "state")},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode not in (0, 1)
    assert len(done.stderr.splitlines()) == 1
