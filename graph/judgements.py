"""What people judged of who is who: two nodes are the same, are not, or it is uncertain.

A judgement is a record of the source `judged`, one for a pair, so it holds at once, outlasts whatever a model says
later, and goes with backups. It links the two nodes; the day of the judgement is the link's, by which judged links come
before all others wherever some are cut. What was judged before, and that a judgement was taken back, stays in the
record's row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Literal, cast, get_args

import orjson

from graph.changes import JUDGED
from graph.contradictions import Doubt, doubts
from graph.errors import InvalidValue, NotFound
from graph.model import Mention, Record, StatedLink, chunks, kind_of, pair_key
from graph.ontology import DIFFERENT, SAME, UNSURE, ontology
from graph.store import Store
from graph.ties import may_join

Verdict = Literal["same", "different", "unsure"]

LINKS: Mapping[Verdict, str] = {"same": SAME, "different": DIFFERENT, "unsure": UNSURE}
"""The kind of link that a verdict states."""
LONGEST_BY, LONGEST_WHY = 200, 2000
"""Characters of who judged, and of why."""
HISTORY = 100
"""Earlier judgements of a pair that are kept, the newest."""

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody judged of a pair, and when, an ISO time in UTC; no verdict where it was taken back."""

    verdict: Verdict | None
    by: str
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What holds of a pair, `a` the smaller id; `history` is what held before, the oldest first."""

    a: str
    b: str
    now: Opinion
    history: tuple[Opinion, ...] = ()

    @property
    def record(self) -> str:
        """The id of its record."""
        return f"{JUDGED}:{pair_key(self.a, self.b)}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement that was kept, and what speaks against it."""

    judgement: Judgement
    doubts: tuple[Doubt, ...]


def judge(store: Store, a: str, b: str, verdict: Verdict, *, by: str, why: str, at: str | None = None) -> Judged:
    """Keeps what somebody judged of two nodes; what was judged of them before becomes history.

    To judge again what holds already, by the same person for the same reason, changes nothing.

    Args:
        store: Where.
        a: One node's id.
        b: The other's.
        verdict: `same`, `different` or `unsure`.
        by: Who judges.
        why: For what reason.
        at: When, an ISO time; now unless it is said.

    Raises:
        NotFound: One of the nodes is not there.
        InvalidValue: The two are one, or are not of kinds that can be one; a text is missing or too long.
    """
    if verdict not in get_args(Verdict):
        raise InvalidValue("verdict", str(verdict), "type", f"is none of {', '.join(get_args(Verdict))}")
    a, b = pair(a, b)
    said = opinion(verdict, by, why, at)
    there = store.get([a, b])
    for node in (a, b):
        if node not in there:
            raise NotFound(f"there is no node {node}; `headwater search` finds ids")
    old = judged_of(store, [(a, b)]).get((a, b))
    if old is not None and replace(old.now, at="") == replace(said, at=""):
        return Judged(old, doubts(store, a, b, LINKS[verdict]))
    kept = _after(old, Judgement(a, b, said))
    store.merge([record_of(kept)])
    return Judged(kept, doubts(store, a, b, LINKS[verdict]))


def unjudge(store: Store, a: str, b: str, *, by: str, why: str, at: str | None = None) -> Judgement:
    """Takes back what was judged of two nodes; that it was, and by whom it was taken back, is kept.

    Raises:
        NotFound: Nothing holds that was judged of them.
        InvalidValue: A text is missing or too long.
    """
    a, b = pair(a, b)
    said = opinion(None, by, why, at)
    old = judged_of(store, [(a, b)]).get((a, b))
    if old is None or old.now.verdict is None:
        raise NotFound(f"nothing is judged of {a} and {b}; `headwater judge` judges a pair")
    kept = _after(old, Judgement(a, b, said))
    store.merge([record_of(kept)])
    return kept


def judged_of(store: Store, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Judgement]:
    """What was judged of pairs, by the pair as it was given; those of which nothing ever was are left out."""
    names = {pair: f"{JUDGED}:{pair_key(*pair)}" for pair in pairs}
    found = store.records(names.values())
    return {pair: judgement_of(found[name]) for pair, name in names.items() if name in found}


def judgements(store: Store, *, standing: bool = False) -> Iterator[Judgement]:
    """All pairs that were judged, in the order of their keys; with `standing` only those of which something holds."""
    for part in chunks(sorted(store.record_ids(JUDGED)), _AT_ONCE):
        found = store.records(part)
        for name in part:
            if name in found and (not standing or found[name].links):
                yield judgement_of(found[name])


def record_of(judgement: Judgement) -> Record:
    """A judgement as the record that is kept; one that was taken back links and mentions nothing."""
    a, b, now = judgement.a, judgement.b, judgement.now
    raw = {"a": a, "b": b, "verdict": now.verdict or "", "by": now.by, "at": now.at, "why": now.why}
    raw["history"] = orjson.dumps(judgement.history).decode()
    digest = blake2b(orjson.dumps(raw), digest_size=16).hexdigest()
    key = pair_key(a, b)
    if now.verdict is None:
        return Record(JUDGED, key, "", 1, digest, raw)
    link = StatedLink(LINKS[now.verdict], a, b, now.at[:10])
    return Record(JUDGED, key, "", 1, digest, raw, (Mention(a, "a"), Mention(b, "b")), (link,))


def judgement_of(record: Record) -> Judgement:
    """The judgement that a record keeps."""
    raw = record.raw
    now = Opinion(cast("Verdict | None", raw["verdict"] or None), raw["by"], raw["at"], raw["why"])
    return Judgement(raw["a"], raw["b"], now, tuple(Opinion(**one) for one in orjson.loads(raw["history"])))


def pair(a: str, b: str) -> tuple[str, str]:
    """Two ids in order, the smaller first.

    Raises:
        InvalidValue: They are one id, or those of nodes that can never be one.
    """
    if a == b:
        raise InvalidValue("pair", a, "type", "both are the same node; name two")
    known = ontology()
    for node in (a, b):
        if not may_join(node):
            kinds = ", ".join(sorted(known.links[SAME].sources))
            raise InvalidValue(
                "pair", node, "type", f"is of no kind that can be one with another ({kinds}); name two of those"
            )
    one, two = kind_of(a), kind_of(b)
    if one != two and not known.kinds[one].group == known.kinds[two].group == "party":
        raise InvalidValue("pair", f"{a}, {b}", "type", f"a {one} is never a {two}; name two of one sort")
    return min(a, b), max(a, b)


def opinion(verdict: Verdict | None, by: str, why: str, at: str | None = None) -> Opinion:
    """What somebody judges, its texts and its time seen to be whole.

    Raises:
        InvalidValue: A text is missing or too long, or the time is none.
    """
    return Opinion(verdict, _text("by", by, LONGEST_BY), _moment(at), _text("why", why, LONGEST_WHY))


def _text(name: str, value: str, most: int) -> str:
    text = value.strip()
    if not text:
        raise InvalidValue(name, value, "missing", "is empty; say it")
    if len(text) > most:
        raise InvalidValue(
            name, f"{text[:40]}…", "length", f"has {len(text):,} characters, more than {most:,}; shorten it"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue(name, ascii(text[:40]), "format", "holds what is no text; type it anew") from None
    return text


def _moment(at: str | None) -> str:
    """A time in UTC, to the second."""
    try:
        moment = datetime.fromisoformat(at) if at is not None else datetime.now(UTC)
    except ValueError:
        raise InvalidValue("time", str(at), "format", "is no time written as 2025-08-16T18:00:00+08:00") from None
    if moment.tzinfo is None:
        raise InvalidValue("time", str(at), "format", "says no zone; write it as 2025-08-16T18:00:00+08:00")
    try:
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:
        raise InvalidValue("time", str(at), "order", "lies outside the years 1 to 9999 in UTC") from None


def _after(old: Judgement | None, new: Judgement) -> Judgement:
    """A judgement with what it supersedes."""
    if old is None:
        return new
    return replace(new, history=(*old.history, old.now)[-HISTORY:])
