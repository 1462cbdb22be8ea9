"""The settings: read once at the door from the environment, and passed inwards from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from graph.caption import Language
from graph.errors import SettingError

DEFAULT_STORE = "sqlite:headwater.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        store: `HEADWATER_STORE`, the URL of the store; `sqlite:headwater.db` when unset.
        language: `HEADWATER_LANG`, `en` or `zh`; else the locale's (`LC_ALL`, `LC_MESSAGES`, `LANG`), else English.
    """

    store: str = DEFAULT_STORE
    language: Language = "en"


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
    elif language not in get_args(Language):
        raise SettingError(f"HEADWATER_LANG is {language!r}; it may be en or zh")
    store = environment.get("HEADWATER_STORE", DEFAULT_STORE)
    if not store:
        raise SettingError("HEADWATER_STORE is empty; unset it, or write sqlite:PATH or neo4j://USER:PASSWORD@HOST:PORT/DB")
    return Settings(store, cast(Language, language))
