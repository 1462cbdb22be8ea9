"""The weights of agreements and differences: in one file that a person can read, or as learned from a store."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import log2
from pathlib import Path
from typing import Any, cast

import yaml

from graph.errors import SettingError, UnreadableFile
from graph.output import whole
from resolve.comparisons import COMPARISONS
from resolve.profiles import Nature

_LEAST = 1e-300  # of a probability: Splink takes none below, as it may become 0
Weights = dict[str, Any]
"""Of one nature: `prior`, `calibration`, `fixed` and `levels`, as `resolve/weights.yaml` has them."""


@cache
def standing() -> dict[Nature, Weights]:
    """The weights that come with the program.

    Raises:
        SettingError: A level is missing in the file, or one that there is not stands in it.
    """
    return _read((resources.files("resolve") / "weights.yaml").read_text("utf-8"), "resolve/weights.yaml")


def load(path: Path) -> dict[Nature, Weights]:
    """The weights of a file, as `resolve/weights.yaml` has them and `headwater resolve --train` writes them.

    Raises:
        UnreadableFile: It cannot be read, or is no YAML.
        SettingError: It does not hold a weight for each level of what is compared, or one that is none.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: it cannot be read ({error}); check the path") from error
    return _read(text, str(path))


def save(weights: Mapping[Nature, Weights], path: Path) -> None:
    """Writes weights to a file, whole or not at all.

    Raises:
        UnreadableFile: It cannot be written.
    """
    with whole(path) as file:
        file.write(b"# Learned by `headwater resolve --train`; [m, u] of each level, see resolve/weights.yaml.\n")
        file.write(yaml.safe_dump(dict(weights), sort_keys=False, default_flow_style=None, width=120).encode())


def _read(text: str, where: str) -> dict[Nature, Weights]:
    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableFile(
            f"{where}: this is no YAML ({error}); learn them anew with `headwater resolve --train`, or remove the file"
        ) from error
    try:
        return {nature: _checked(nature, read[nature]) for nature in COMPARISONS}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SettingError(
            f"{where}: these are no weights of what is compared ({error}); learn them anew with "
            "`headwater resolve --train`, or remove the file"
        ) from error


def _checked(nature: Nature, weights: Weights) -> Weights:
    """The same weights, if they are those of every level of a nature's comparisons."""
    wanted = {c.code: {*(level.code for level in c.levels), "differ"} for c in COMPARISONS[nature]}
    found = {code: set(levels) for code, levels in weights["levels"].items()}
    if wanted != found:
        odd = sorted(code for code in wanted.keys() | found.keys() if wanted.get(code) != found.get(code))
        raise ValueError(f"those of {nature} do not fit at {', '.join(odd)}")
    for code, levels in weights["levels"].items():
        for level, pair in levels.items():
            if len(pair) != 2 or not all(_LEAST <= _number(p) <= 1 for p in pair):
                raise ValueError(f"{nature}, {code}={level} is no pair of probabilities above 0")
    if unknown := set(weights["fixed"]) - {f"{code}={level}" for code, levels in wanted.items() for level in levels}:
        raise ValueError(f"those of {nature} name as fixed what is not compared: {', '.join(sorted(unknown))}")
    slope, shift = (_number(weights["calibration"][name]) for name in ("slope", "shift"))
    if not _LEAST <= _number(weights["prior"]) < 1 or not 0 < slope < 100 or not -100 < shift < 100:
        raise ValueError(f"the prior or the calibration of {nature} is out of range")
    return weights


def _number(said: object) -> float:
    """A number that was read as one: YAML takes `1e-5` without a point for a text."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise ValueError(f"{said!r} is no number; write one as 0.00001")
    return said


def bits(weights: Weights, comparison: str, level: str) -> float:
    """How much a level says, in bits: above 0 for one party, below for two."""
    m, u = cast("tuple[float, float]", weights["levels"][comparison][level])
    return log2(m / u)
