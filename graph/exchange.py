"""Judgements as JSON Lines, to be kept elsewhere or brought from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, get_args

import orjson

from graph.errors import UnreadableFile
from graph.judgements import (
    HISTORY,
    Judgement,
    Opinion,
    Verdict,
    judged_of,
    judgements,
    opinion,
    pair,
    record_of,
)
from graph.model import chunks
from graph.store import Store

_AT_ONCE = 1000
_FIELDS = ("a", "b", "verdict", "by", "at", "why", "history")


def export(store: Store, out: BinaryIO) -> int:
    """Writes all judgements as JSON Lines, one a pair with its history; gives how many."""
    count = 0
    for one in judgements(store):
        out.write(orjson.dumps({"a": one.a, "b": one.b, **asdict(one.now), "history": one.history}) + b"\n")
        count += 1
    return count


def read(path: Path) -> list[Judgement]:
    """The judgements of a file that `export` wrote, or one alike; `history` may be left out.

    Raises:
        UnreadableFile: It cannot be read, or a line is no judgement; the message names the line.
    """
    found = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UnreadableFile(f"{path}: it cannot be read ({error.strerror or error}); check the path") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_read(orjson.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(
                f"{path}, line {number}: this is no judgement ({error}); each line is an object of a, b, verdict, by, "
                "at and why, as `headwater judgements export` writes them"
            ) from error
    return found


def take_in(store: Store, some: Iterable[Judgement]) -> tuple[int, list[Judgement]]:
    """Keeps judgements from elsewhere; of what both know of a pair the newer holds, and all else becomes history.

    Returns:
        How many changed what was known, and those left out as a node of theirs is not there.
    """
    changed, missing = 0, list[Judgement]()
    for part in chunks(some, _AT_ONCE):
        there = store.get({node for one in part for node in (one.a, one.b)})
        known = judged_of(store, {(one.a, one.b) for one in part})
        fresh: dict[tuple[str, str], Judgement] = {}
        for one in part:
            if one.a not in there or one.b not in there:
                missing.append(one)
                continue
            old = fresh.get((one.a, one.b), known.get((one.a, one.b)))
            kept = _together(old, one)
            if kept != old:
                fresh[one.a, one.b] = kept
        store.merge([record_of(one) for one in fresh.values()])
        changed += len(fresh)
    return changed, missing


def _together(old: Judgement | None, new: Judgement) -> Judgement:
    """What two accounts of one pair come to: each opinion once, by time, the newest holds."""
    if old is None:
        return new
    said = {*old.history, old.now, *new.history, new.now}
    *history, now = sorted(said, key=lambda one: (one.at, one.verdict or "", one.by, one.why))
    return Judgement(old.a, old.b, now, tuple(history[-HISTORY:]))


def _read(line: Any) -> Judgement:
    if not isinstance(line, dict) or (odd := line.keys() - {*_FIELDS}):
        raise ValueError("it is no object" if not isinstance(line, dict) else f"{', '.join(sorted(odd))} is not known")
    before = line.get("history", [])
    if not isinstance(before, list) or not all(isinstance(one, dict) for one in before):
        raise ValueError("history is no list of objects")
    history = tuple(_opinion(one) for one in before[-HISTORY:])
    return Judgement(*pair(_text(line, "a"), _text(line, "b")), _opinion(line), history)


def _opinion(said: Mapping[str, Any]) -> Opinion:
    # One that was taken back is written as null. What else is empty may be a verdict that was forgotten.
    verdict = said["verdict"]
    if verdict is not None and verdict not in get_args(Verdict):
        raise ValueError(f"the verdict {verdict!r} is none of {', '.join(get_args(Verdict))}, or null")
    return opinion(verdict, _text(said, "by"), _text(said, "why"), _text(said, "at"))


def _text(said: Mapping[str, Any], name: str) -> str:
    if not isinstance(said[name], str):
        raise ValueError(f"{name} is no text")
    return str(said[name])
