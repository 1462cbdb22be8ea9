"""The weights of agreements and differences: in one file that a person can read, or as learned from a store."""

from __future__ import annotations

from functools import cache
from importlib import resources
from math import log2
from typing import Any, cast

import yaml

from resolve.comparisons import COMPARISONS
from resolve.profiles import Nature

Weights = dict[str, Any]
"""Of one nature: `prior`, `calibration` and `levels`, as `resolve/weights.yaml` has them."""


@cache
def standing() -> dict[Nature, Weights]:
    """The weights that come with the program.

    Raises:
        ValueError: A level is missing in the file, or one that there is not stands in it.
    """
    read = yaml.safe_load((resources.files("resolve") / "weights.yaml").read_text("utf-8"))
    return {nature: checked(nature, read[nature]) for nature in COMPARISONS}


def checked(nature: Nature, weights: Weights) -> Weights:
    """The same weights, if they are those of every level of a nature's comparisons."""
    wanted = {c.code: {*(level.code for level in c.levels), "differ"} for c in COMPARISONS[nature]}
    found = {code: set(levels) for code, levels in weights["levels"].items()}
    if wanted != found:
        odd = sorted(code for code in wanted | found if wanted.get(code) != found.get(code))
        raise ValueError(f"the weights of {nature} do not fit its comparisons at {', '.join(odd)}; learn them anew")
    return weights


def bits(weights: Weights, comparison: str, level: str) -> float:
    """How much a level says, in bits: above 0 for one party, below for two."""
    m, u = cast("tuple[float, float]", weights["levels"][comparison][level])
    return log2(m / u)
