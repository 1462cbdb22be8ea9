"""The settings: read once at the door from the environment, and passed inwards from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, cast

from graph.errors import SettingError

if TYPE_CHECKING:
    from graph.caption import Language  # knows the ontology, which `headwater --version` need not wait for

DEFAULT_STORE = "sqlite:headwater.db"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
NAMES = (
    *("HEADWATER_STORE", "HEADWATER_STATE", "HEADWATER_LANG", "HEADWATER_DEBUG", "HEADWATER_GLOSSARY"),
    # of the service, see `api.settings`
    *("HEADWATER_TIMEOUT", "HEADWATER_THREADS", "HEADWATER_UPLOAD", "HEADWATER_RESERVE", "HEADWATER_GRAPHIQL"),
    *("HEADWATER_PUBLIC", "HEADWATER_BUDGETS"),
    *("HEADWATER_INTROSPECTION", "HEADWATER_SAFELIST", "HEADWATER_SAFELIST_ONLY", "HEADWATER_ORIGINS"),
    *("HEADWATER_PROXIES", "HEADWATER_METRICS_FROM", "HEADWATER_LOG", "HEADWATER_OTEL"),
    *("HEADWATER_OIDC_ISSUER", "HEADWATER_OIDC_AUDIENCE", "HEADWATER_OIDC_ROLES"),
    *("HEADWATER_OIDC_ROLE_CLAIM", "HEADWATER_OIDC_JURISDICTION_CLAIM", "HEADWATER_OIDC_OWNER_CLAIM"),
    *("HEADWATER_OIDC_LIFETIME",),
    # of downloads, tests and docker-compose.yml
    *("HEADWATER_CACHE", "HEADWATER_TEST_NEO4J", "HEADWATER_TEST_FUZZ"),
    *("HEADWATER_PORT", "HEADWATER_WORKERS", "HEADWATER_DATA"),
)
"""All settings that there are, whoever reads them."""
_PREFIX = "HEADWATER_"
_FLAGS = {"": False, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        store: `HEADWATER_STORE`, the URL of the store; `sqlite:headwater.db` when unset.
        language: `HEADWATER_LANG`, `en` or `zh`; else the locale's (`LC_ALL`, `LC_MESSAGES`, `LANG`), else English.
        debug: `HEADWATER_DEBUG`, `1` to see where an error inside Headwater came from.
        glossary: `HEADWATER_GLOSSARY`, a file of further words of companies' names; None when unset.
    """

    store: str = DEFAULT_STORE
    language: Language = "en"
    debug: bool = False
    glossary: Path | None = None


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        SettingError: One of them is malformed, or is none; the message tells its name.
    """
    _refuse_unknown(environment)
    language = environment.get("HEADWATER_LANG")
    if language is None:
        names = ("LC_ALL", "LC_MESSAGES", "LANG")
        locale = next((environment[name] for name in names if environment.get(name)), "")
        language = "zh" if locale.lower().startswith("zh") else "en"
    elif language not in LANGUAGES:
        raise SettingError(f"HEADWATER_LANG is {language!r}; set it to en or zh")
    store = environment.get("HEADWATER_STORE", DEFAULT_STORE)
    if not store:
        raise SettingError(
            "HEADWATER_STORE is empty; unset it, or set it to sqlite:PATH or neo4j://USER:PASSWORD@HOST:PORT/DB"
        )
    debug = environment.get("HEADWATER_DEBUG", "")
    if debug not in _FLAGS:
        raise SettingError(f"HEADWATER_DEBUG is {debug!r}; set it to 1, or unset it")
    glossary = environment.get("HEADWATER_GLOSSARY")
    return Settings(store, cast("Language", language), _FLAGS[debug], Path(glossary) if glossary else None)


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Refuses a name that is mistyped: what was meant would stay at its default in silence."""
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in NAMES:
            near = get_close_matches(name.removeprefix(_PREFIX), [known.removeprefix(_PREFIX) for known in NAMES], 1)
            meant = f"did you mean {_PREFIX}{near[0]}?" if near else "unset it; see docs/settings.md"
            raise SettingError(f"there is no setting {name}; {meant}")
