"""The settings: read once at the door from the environment, and passed inwards from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from graph.errors import SettingError

if TYPE_CHECKING:
    from graph.caption import Language  # knows the ontology, which `headwater --version` need not wait for

DEFAULT_STORE = "sqlite:headwater.db"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_FLAGS = {"": False, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        store: `HEADWATER_STORE`, the URL of the store; `sqlite:headwater.db` when unset.
        language: `HEADWATER_LANG`, `en` or `zh`; else the locale's (`LC_ALL`, `LC_MESSAGES`, `LANG`), else English.
        debug: `HEADWATER_DEBUG`, `1` to see where an error inside Headwater came from.
    """

    store: str = DEFAULT_STORE
    language: Language = "en"
    debug: bool = False


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        SettingError: One of them is malformed; the message tells its name and value.
    """
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
    return Settings(store, cast("Language", language), _FLAGS[debug])
