"""Why two parties are one, or are not: what was compared, how each comparison came out, and what each says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, Literal

from graph import clusters
from graph.changes import DERIVED
from graph.errors import InvalidValue, NotFound
from graph.judgements import Judgement, judged_of, pair
from graph.model import kind_of, pair_key
from graph.store import Store
from resolve import bearers, links, matching, slots
from resolve.comparisons import COMPARISONS, Comparison
from resolve.index import Index
from resolve.profiles import PARTIES, Nature, Profile, profiles
from resolve.run import model_of
from resolve.weights import Weights, bits

Words = tuple[str, str]
"""The same in English and in Chinese."""
Obstacle = Literal["numbers", "natures"]

WORDS: Mapping[str, Words] = {
    "trade": ("trade name", "字号"),
    "place": ("place in the name", "名称中的地名"),
    "industry": ("industry", "行业"),
    "activity": ("activity", "业务类型"),
    "form": ("legal form", "组织形式"),
    "name": ("name", "姓名"),
    "company": ("companies", "所属企业"),
    "phone": ("phone", "电话"),
    "address": ("address", "地址"),
    "mail": ("e-mail", "电子邮箱"),
    "handle": ("handle", "社交账号"),
    "people": ("people", "相关人员"),
    "plate": ("number plate", "车牌"),
    "filing": ("ICP filing", "网站备案号"),
    "born": ("date of birth", "出生日期"),
    "number": ("registered number", "登记号码"),
    "time": ("time", "时间"),
}
"""What each comparison is called."""
LEVELS: Mapping[str, Words] = {
    "same": ("the same", "相同"),
    "sound": ("sounds the same in the other script", "与另一文字读音相同"),
    "homophone": ("other characters that sound the same", "同音异字"),
    "slip": ("one character apart", "相差一字"),
    "half": ("half of it the same", "一半相同"),
    "slip_of_sound": ("misspelt or misheard", "拼写或读音有误"),
    "spelled": ("another spelling of it: Cantonese, Wade-Giles, translated", "另一种拼写：粤语、威妥玛或意译"),
    "alike": ("nearly the same", "相近"),
    "swapped": ("day and month swapped", "月日颠倒"),
    "unlike": ("a name of its own in English", "英文名称另取"),
    "neither": ("neither names a place", "均未写地名"),
    "apart": ("one says in what it works, the other how", "一方写行业，另一方写业务类型"),
    "branch": ("one is a branch", "一方为分支机构"),
    "whole": ("the same in all of several words", "多个词语全部相同"),
    "words": ("most of its words the same", "多数词语相同"),
    "word": ("a rare word the same", "有一个少见的词语相同"),
    "numbered": ("most of its words and its numbers the same", "多数词语和门牌号码相同"),
    "part": ("one begins with the other", "一方为另一方的开头"),
    "mask": ("the same as far as it is not masked", "未遮蔽部分相同"),
    "crowd": ("the same, but many share it", "相同，但为多方共用"),
    "passed": ("the same, held at other times", "相同，但持有时间不同"),
    "throng": ("the same, but too many share it to say anything", "相同，但共用者过多，不足为凭"),
    "street": ("the same street, another number", "同一街道，门牌不同"),
    "area": ("the same area, another street", "同一地区，街道不同"),
    "domain": ("the same domain", "域名相同"),
    "fits": ("the document is no older than the company", "单据不早于企业成立"),
    "differ": ("differ", "不同"),
    "missing": ("one side says nothing of it", "一方缺失"),
}
"""What each level is called."""
OBSTACLES: Mapping[Obstacle, Words] = {
    "numbers": ("both are registered, under two numbers: they are two", "双方登记号码不同，为两个主体"),
    "natures": ("one is a company and the other a person", "一方为企业，另一方为个人"),
}
SHOWN: Mapping[str, tuple[str, ...]] = {
    "trade": ("trades", "sounds"),
    "name": ("trades", "sounds"),
    "place": ("place", "elsewhere"),
    "activity": ("activity", "industry"),
    "form": ("form",),
    "plate": ("plates",),
    "time": ("first", "last"),
}
"""The columns whose values are told of a comparison, where those are not all that it looks at."""
_COLUMN = re.compile(r"\b([a-z_]+)_[lr]\b")
_RIVALS = 5


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was compared: of which column of the profiles (`phones`, `trades` …), and its text."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One comparison.

    Attributes:
        comparison: Its code.
        level: How it came out; `missing` where one side knows nothing, which says nothing.
        bits: How much it says: above 0 for one party, below for two.
        common: The part of `bits` that comes from how rare or common the name is.
        a, b: What was compared.
        shared: What both have.
    """

    comparison: str
    level: str
    bits: float
    common: float
    a: tuple[Value, ...]
    b: tuple[Value, ...]
    shared: tuple[Value, ...]

    @property
    def called(self) -> Words:
        """What the comparison is called."""
        return WORDS.get(self.comparison, (self.comparison, self.comparison))

    @property
    def words(self) -> Words:
        """How it came out."""
        return LEVELS.get(self.level, (self.level, self.level))


@dataclass(frozen=True, slots=True)
class Rival:
    """Another registered party that a mention may be, and the probability of that."""

    node: str
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two parties are one, or are not.

    Attributes:
        a, b: Their ids, the smaller first.
        names_a, names_b: Their names as written.
        nature: What both are; that of `a` where they are of two natures.
        evidence: The comparisons, in the order in which they are made; empty where one bears no name to be compared.
        prior: What speaks against any two parties to be one, in bits.
        weight: All of it together, in bits.
        alone: The probability that follows from the two alone.
        probability: What is believed, once the rivals share in it.
        rivals: The most probable other parties that the mention may be.
        obstacle: What keeps them apart whatever they share.
        found: Whether the last run compared them: they share a number, an address, a rare name.
        linked: The probability of the link that the store has of them, as of the last run.
        judgement: What a person judged of them, which outranks all that is above.
        model: The version of the model.
    """

    a: str
    b: str
    names_a: tuple[str, ...]
    names_b: tuple[str, ...]
    nature: Nature
    evidence: tuple[Evidence, ...]
    prior: float
    weight: float
    alone: float
    probability: float
    rivals: tuple[Rival, ...]
    obstacle: Obstacle | None
    found: bool
    linked: float | None
    judgement: Judgement | None
    model: str


def explain(store: Store, index: Index, weights: Mapping[Nature, Weights], a: str, b: str) -> Explanation:
    """Compares two parties as they are now, whether or not a run ever did.

    Raises:
        NotFound: One of them is not there, or nothing was compared yet.
        InvalidValue: They are one, or no parties.
        StoreError: The store or the index cannot be used.
    """
    a, b = pair(a, b)
    for node in (a, b):
        if kind_of(node) not in PARTIES:
            raise InvalidValue("party", node, "type", f"is no {' or '.join(PARTIES)}; name two of those")
    known = {profile.node: profile for profile in profiles(store, [a, b])}
    for node in (a, b):
        if node not in known:
            raise NotFound(f"there is no node {node}; `headwater search` finds ids")
    with index.guarded():
        return _Explaining(store, index, weights, known[a], known[b])()


class _Explaining:
    def __init__(self, store: Store, index: Index, weights: Mapping[Nature, Weights], a: Profile, b: Profile) -> None:
        self.store, self.index, self.db, self.all_weights = store, index, index.db, weights
        self.a, self.b = a, b
        self.nature: Nature = a.nature
        self.weights = weights[a.nature]

    def __call__(self) -> Explanation:
        a, b = self.a, self.b
        obstacle: Obstacle | None = None
        if a.nature != b.nature:
            obstacle = "natures"
        elif a.number is not None and b.number is not None:
            obstacle = "numbers"
        row = self._compared() if a.nature == b.nature else None
        evidence = self._evidence(row) if row is not None else ()
        prior = log2(self.weights["prior"] / (1 - self.weights["prior"]))
        weight = prior if row is None else float(row["weight"])
        calibration = self.weights["calibration"]
        odds = links.odds(weight, calibration)
        rivals, beside = self._rivals()
        believed = 0.0 if obstacle is not None or row is None else min(links.SUREST, odds / (1 + odds + beside))
        held = self.store.records([name := f"{DERIVED}:{pair_key(a.node, b.node)}"]).get(name)
        why = held.links[0].inference if held is not None and held.links else None
        return Explanation(
            a.node,
            b.node,
            a.names,
            b.names,
            self.nature,
            evidence,
            prior,
            weight,
            odds / (1 + odds),
            believed,
            rivals,
            obstacle,
            self._found(),
            None if why is None else why.probability,
            judged_of(self.store, [(a.node, b.node)]).get((a.node, b.node)),
            model_of(self.all_weights),
        )

    def _compared(self) -> Mapping[str, Any] | None:
        """The pair by `PAIRS`, compared as any other, with what many share counted over all that the index knows."""
        self.db.register("rows", slots.table([self.a, self.b]))
        self.db.execute("CREATE OR REPLACE TABLE explained AS FROM rows")
        self.db.unregister("rows")
        self.db.execute(
            f"CREATE OR REPLACE TABLE as_counted AS SELECT {', '.join(bearers.COUNTED)} FROM kept.profile "
            "WHERE node IN (?, ?)",
            [self.a.node, self.b.node],
        )
        total = int(self.index.get(f"names {self.nature}") or 0)
        bearers.prepare(self.db, "kept.bearer", "as_counted", "explained", self.nature, total, self.nature)
        if self.index.count(self.nature) < 2:
            return None
        self.db.execute("CREATE OR REPLACE TABLE explained_numbers AS SELECT 1 AS l, 2 AS r")
        matching.weigh(self.db, self.nature, self.weights, "explained_numbers", "explained_pair", least=None)
        rows: list[dict[str, Any]] = self.db.execute("FROM explained_pair").to_arrow_table().to_pylist()
        return rows[0]

    def _evidence(self, row: Mapping[str, Any]) -> tuple[Evidence, ...]:
        a, b = (slots.row(profile) for profile in (self.a, self.b))
        levels = dict(level.split("=", 1) for level in row["levels"])
        told = []
        for place, comparison in enumerate(COMPARISONS[self.nature]):
            level = levels.get(comparison.code, "missing")
            common = float(row["common"] or 0.0) if place == 0 else 0.0
            says = 0.0 if level == "missing" else bits(self.weights, comparison.code, level) + common
            left, right = _values(comparison, a), _values(comparison, b)
            shared = tuple(value for value in left if value in right)
            told.append(Evidence(comparison.code, level, says, common, left, right, shared))
        return tuple(told)

    def _rivals(self) -> tuple[tuple[Rival, ...], float]:
        """The other registered parties that the mention of the pair may be, and their odds together."""
        if (kind_of(self.a.node) == "Party") == (kind_of(self.b.node) == "Party"):
            return (), 0.0
        mention, other = (self.a.node, self.b.node) if kind_of(self.a.node) == "Party" else (self.b.node, self.a.node)
        found = self.db.execute("SELECT lead FROM kept.twin WHERE node = ?", [mention]).fetchone()
        speaker = mention if found is None else str(found[0])
        rows = self.db.execute(
            "SELECT CASE WHEN a = $m THEN b ELSE a END AS rival, weight FROM kept.pair WHERE (a = $m OR b = $m) "
            "AND NOT (starts_with(a, 'Party/') AND starts_with(b, 'Party/')) ORDER BY weight DESC, rival",
            {"m": speaker},
        ).fetchall()
        odds = {node: links.odds(weight, self.weights["calibration"]) for node, weight in rows if node != other}
        beside = sum(odds.values())
        row = self.db.execute(
            "SELECT weight FROM kept.pair WHERE a = ? AND b = ?", [min(speaker, other), max(speaker, other)]
        ).fetchone()
        own = 0.0 if row is None else links.odds(row[0], self.weights["calibration"])
        rivals = [Rival(node, min(links.SUREST, o / (1 + beside + own))) for node, o in odds.items()]
        return tuple(rivals[:_RIVALS]), beside

    def _found(self) -> bool:
        speakers = []
        for node in (self.a.node, self.b.node):
            row = self.db.execute("SELECT lead FROM kept.twin WHERE node = ?", [node]).fetchone()
            speakers.append({node} if row is None else {node, str(row[0])})
        return any(
            self.db.execute("SELECT 1 FROM kept.pair WHERE a = ? AND b = ?", [min(x, y), max(x, y)]).fetchone()
            is not None
            for x in speakers[0]
            for y in speakers[1]
        )


def columns(comparison: Comparison) -> tuple[str, ...]:
    """The columns of profiles whose values are told of a comparison."""
    if comparison.code in SHOWN:
        return SHOWN[comparison.code]
    said = [comparison.known, *(level.when for level in comparison.levels)]
    found = [name for text in said for name in _COLUMN.findall(text)]
    found += [name for level in comparison.levels for name in level.shared]
    whole = [name.removeprefix("few_").removeprefix("crowd_").removeprefix("rare_") for name in found]
    return tuple(dict.fromkeys(name for name in whole if name in slots.SCHEMA.names))


def _values(comparison: Comparison, row: Mapping[str, Any]) -> tuple[Value, ...]:
    out = []
    for column in columns(comparison):
        held = row[column]
        texts: Sequence[str] = held if isinstance(held, list | tuple) else [] if held is None else [str(held)]
        out += [Value(column, text) for text in texts]
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds a cluster together.

    Attributes:
        cluster: The cluster, its ties the surest first.
        reasons: What speaks for each tie, in their order; nothing where a person judged.
        sides: What would be two without the weakest tie; empty for a node by itself.
    """

    cluster: clusters.Cluster
    reasons: tuple[tuple[str, ...], ...]
    sides: tuple[tuple[str, ...], ...]


def holding(store: Store, node: str, threshold: float = clusters.THRESHOLD) -> Holding:
    """What holds the cluster of a node together, and what it would fall into without its weakest tie.

    Raises:
        NotFound: There is no such node.
    """
    if node not in store.get([node]):
        raise NotFound(f"there is no node {node}; `headwater search` finds ids")
    cluster = clusters.clusters(store, [node], threshold)[node]
    why = [tie.link.inference for tie in cluster.ties]
    sides: tuple[tuple[str, ...], ...] = ()
    if cluster.weakest is not None:
        side = {cluster.weakest.a}
        others = [tie for tie in cluster.ties if tie is not cluster.weakest]
        grown = True
        while grown:
            grown = False
            for tie in others:
                if (tie.a in side) != (tie.b in side):
                    side |= {tie.a, tie.b}
                    grown = True
        sides = (
            tuple(m for m in cluster.members if m in side),
            tuple(m for m in cluster.members if m not in side),
        )
    return Holding(cluster, tuple(() if one is None else one.reasons for one in why), sides)


def words_of(reason: str, language: str) -> str:
    """A reason of a link (`trade=same +10.1`) in words."""
    level, _, bits_of = reason.partition(" ")
    comparison, _, code = level.partition("=")
    at = 1 if language == "zh" else 0
    if not code:
        said = ("any two parties", "任意两个主体")[at] if comparison == "prior" else comparison
    else:
        called, came = WORDS.get(comparison, (comparison,) * 2)[at], LEVELS.get(code, (code,) * 2)[at]
        said = f"{called}{came}" if at else f"{called} {came}"
    return f"{said} {bits_of}".strip()
