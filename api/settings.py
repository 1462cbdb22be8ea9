"""The settings of the service: read once at the door from the environment, and passed inwards from there."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args
from urllib.parse import urlsplit

from api.access.signingkeys import SigningKeys
from api.access.tokens import Provider
from api.access.viewer import ROLES, Role
from api.http.addresses import LOOPBACK, checked
from api.masks.rules import PUBLIC
from api.query.limits import BUDGETS, Limits
from api.telemetry.logs import Form
from api.telemetry.tracing import Exporter
from graph.errors import SettingError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service runs.

    Attributes:
        store: The URL of the store.
        state: `HEADWATER_STATE`, the folder of keys, grants, cases, jobs and the audit log.
        timeout: `HEADWATER_TIMEOUT`, seconds that a query may take.
        threads: `HEADWATER_THREADS`, queries that a worker answers at once.
        introspection: `HEADWATER_INTROSPECTION`, whether the schema may be asked for.
        safelist: `HEADWATER_SAFELIST`, a folder of `*.graphql` files that are known by their hashes.
        only_safelisted: `HEADWATER_SAFELIST_ONLY`, whether only those are answered.
        origins: `HEADWATER_ORIGINS`, web origins whose pages may ask, with commas between.
        proxies: `HEADWATER_PROXIES`, addresses and networks whose forwarded headers are believed, with commas between.
        metrics_from: `HEADWATER_METRICS_FROM`, addresses and networks that are told the metrics, with commas between.
        log: `HEADWATER_LOG`, whether lines of the log are `plain` or `json`.
        tracing: `HEADWATER_OTEL`, where spans of OpenTelemetry go to: `otlp` or `console`; None: there are none.
        provider: `HEADWATER_OIDC_ISSUER`, `HEADWATER_OIDC_AUDIENCE`, `HEADWATER_OIDC_ROLES` (`group=role`, with commas
            between), `HEADWATER_OIDC_ROLE_CLAIM`, `HEADWATER_OIDC_JURISDICTION_CLAIM`, `HEADWATER_OIDC_OWNER_CLAIM`,
            `HEADWATER_OIDC_LIFETIME` (hours, kept here in seconds): whose tokens are believed.
        upload: `HEADWATER_UPLOAD`, MiB that an uploaded file may have, kept here in bytes.
        reserve: `HEADWATER_RESERVE`, MiB of the state's disk that uploads leave free, kept here in bytes.
        graphiql: `HEADWATER_GRAPHIQL`, whether a page to try queries on is served; the demo serves it unless it is `0`.
        public: `HEADWATER_PUBLIC`, the sources that publish contacts of companies and listings, with commas between.
        demo: Everybody is an investigator without a key; on loopback only.
        budgets: `HEADWATER_BUDGETS` (`role=number`, with commas between), what a query of a role may cost, and how many
            objects its answer may hold.
        limits: What a query may ask for.
    """

    store: str
    state: Path = Path("headwater-state")
    timeout: float = 30.0
    threads: int = 4
    introspection: bool = True
    safelist: Path | None = None
    only_safelisted: bool = False
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    metrics_from: tuple[str, ...] = LOOPBACK
    log: Form = "plain"
    tracing: Exporter | None = None
    provider: Provider | None = None
    upload: int = 2 << 30
    reserve: int = 1 << 30
    graphiql: bool = False
    public: tuple[str, ...] = PUBLIC
    demo: bool = False
    budgets: Mapping[Role, int] = field(default_factory=lambda: BUDGETS)
    limits: Limits = field(default_factory=Limits)


def from_environment(store: str, environment: Mapping[str, str] = os.environ, *, demo: bool = False) -> Settings:
    """The settings of the service.

    Raises:
        SettingError: One of them is malformed; the message tells its name and value.
    """

    def read(name: str, cast_to: Callable[[str], T], default: T, what: str) -> T:
        text = environment.get(f"HEADWATER_{name}")
        if text is None:
            return default
        try:
            return cast_to(text)
        except (ValueError, KeyError) as error:
            raise SettingError(f"HEADWATER_{name} is {text!r}; set it to {what}") from error

    safelist = read("SAFELIST", _folder, None, "a folder that is there")
    only = read("SAFELIST_ONLY", _flag, False, "1 or 0")
    if only and safelist is None:
        raise SettingError("HEADWATER_SAFELIST_ONLY is set without HEADWATER_SAFELIST; name the folder of queries")
    return Settings(
        store=store,
        state=read("STATE", _path, Path("headwater-state"), "the path of a folder"),
        timeout=read("TIMEOUT", _positive, 30.0, "a number of seconds up to 3600"),
        threads=read("THREADS", _count, 4, "a number from 1 to 64"),
        introspection=read("INTROSPECTION", _flag, True, "1 or 0"),
        safelist=safelist,
        only_safelisted=only,
        origins=read("ORIGINS", _origins, (), "origins such as https://explorer.example, with commas between"),
        proxies=read("PROXIES", _addresses, (), "addresses or networks such as 10.0.0.0/8, with commas between"),
        metrics_from=read(
            "METRICS_FROM", _addresses, LOOPBACK, "addresses or networks such as 10.0.0.0/8, with commas between"
        ),
        log=read("LOG", _one_of(get_args(Form)), "plain", "plain or json"),
        tracing=read("OTEL", _one_of(get_args(Exporter)), None, "otlp or console"),
        provider=_provider(environment),
        upload=read("UPLOAD", _mebibytes, 2 << 30, "a number of MiB"),
        reserve=read("RESERVE", _mebibytes, 1 << 30, "a number of MiB"),
        graphiql=read("GRAPHIQL", _flag, demo, "1 or 0"),
        public=read("PUBLIC", _sources, PUBLIC, "names of sources, with commas between"),
        budgets=read("BUDGETS", _budgets, BUDGETS, "pairs such as customs=300000, with commas between"),
        demo=demo,
    )


def _provider(environment: Mapping[str, str]) -> Provider | None:
    issuer = environment.get("HEADWATER_OIDC_ISSUER")
    if issuer is None:
        others = sorted(name for name in environment if name.startswith("HEADWATER_OIDC_"))
        if others:
            raise SettingError(f"{others[0]} is set without HEADWATER_OIDC_ISSUER; set that too, or unset both")
        return None
    try:
        SigningKeys(issuer)
    except SettingError as error:
        raise SettingError(f"HEADWATER_OIDC_ISSUER: {error}") from error
    for name in ("HEADWATER_OIDC_AUDIENCE", "HEADWATER_OIDC_ROLES"):
        if not environment.get(name):
            raise SettingError(f"{name} is not set, and HEADWATER_OIDC_ISSUER is; set both")
    for name in ("HEADWATER_OIDC_ROLE_CLAIM", "HEADWATER_OIDC_JURISDICTION_CLAIM", "HEADWATER_OIDC_OWNER_CLAIM"):
        if environment.get(name) == "":
            raise SettingError(f"{name} is empty; set it to the name of a claim, or unset it")
    roles: dict[str, Role] = {}
    for pair in environment["HEADWATER_OIDC_ROLES"].split(","):
        group, _, role = pair.strip().rpartition("=")
        if not group or role not in ROLES:
            raise SettingError(
                f"HEADWATER_OIDC_ROLES has {pair!r}; write group=role, the role one of {', '.join(ROLES)}"
            )
        roles[group] = role
    lifetime = environment.get("HEADWATER_OIDC_LIFETIME", "24")
    hours = int(lifetime) if lifetime.isascii() and lifetime.isdigit() and len(lifetime) < 5 else 0
    if not hours:
        raise SettingError(f"HEADWATER_OIDC_LIFETIME is {lifetime!r}; set it to the hours that a token may hold")
    return Provider(
        issuer,
        environment["HEADWATER_OIDC_AUDIENCE"],
        roles,
        role_claim=environment.get("HEADWATER_OIDC_ROLE_CLAIM", "groups"),
        jurisdiction_claim=environment.get("HEADWATER_OIDC_JURISDICTION_CLAIM"),
        owner_claim=environment.get("HEADWATER_OIDC_OWNER_CLAIM"),
        lifetime=hours * 3600,
    )


def _flag(text: str) -> bool:
    return {"1": True, "0": False}[text]


def _path(text: str) -> Path:
    if not text:
        raise ValueError(text)
    return Path(text)


def _folder(text: str) -> Path | None:
    path = _path(text)
    if not path.is_dir():
        raise ValueError(text)
    return path


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 3600:
        raise ValueError(text)
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:
        raise ValueError(text)
    return number


def _mebibytes(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number << 20


def _budgets(text: str) -> Mapping[Role, int]:
    budgets, pairs = dict(BUDGETS), _names(text)
    if not pairs:
        raise ValueError(text)
    for pair in pairs:
        role, _, number = pair.partition("=")
        if role not in budgets or int(number) < 1:
            raise ValueError(pair)
        budgets[role] = int(number)
    return budgets


def _one_of(words: Collection[str]) -> Callable[[str], Any]:
    return dict(zip(words, words, strict=True)).__getitem__


def _addresses(text: str) -> tuple[str, ...]:
    return checked(_names(text))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _sources(text: str) -> tuple[str, ...]:
    sources = _names(text)
    if any(":" in name for name in sources):
        raise ValueError(text)
    return sources


def _origins(text: str) -> tuple[str, ...]:
    origins = _names(text)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise ValueError(origin)
    return origins
