"""The licence screen: who may make the goods under the right on the day, with the licence that says so."""

from __future__ import annotations

from dataclasses import dataclass

from graph import names
from graph.model import Link
from queries.tracing.fitting import Goods
from queries.tracing.parameters import P
from queries.tracing.question import Question

_HOME = ("CN", "CHN", "中国", "全国", "全球", "大陆", "WORLD", "GLOBAL", "CHINA")
_CHAIN = 8  # sublicences followed upwards


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as it bears on a candidate.

    Attributes:
        node: Its node's id.
        right: The node of the right that it is of.
        licensee: The node that it names as licensee.
        covers: Whether it covers the goods on the day.
        reason: `valid`, `not_begun`, `expired`, `other_territory`, `other_goods`, `former_holder`, `unknown_parent`,
            or one of these after `parent_`, of the licence above it.
        records: Where it is stated.
    """

    node: str
    right: str
    licensee: str
    start: str
    end: str
    territory: str
    goods: str
    covers: bool
    reason: str
    records: tuple[str, ...]


def licences_of(q: Question, right: str, on: str | None) -> list[Licence]:
    """All licences of a right, each with whether it covers the goods on the day, and why not."""
    licences = sorted(x.source for x in q.links([right], ["LICENCE_OF"], "in", limit=200).get(right, ()))
    transfers = sorted(x.source for x in q.links([right], ["TRANSFER_OF"], "in").get(right, ()))
    around = q.links(
        [*licences, *transfers], ["LICENSEE", "LICENSOR", "SUBLICENCE_OF", "TRANSFEROR", "TRANSFEREE"], "out"
    )
    q.get([*licences, *transfers])
    screen = _Screen(q, on, around, _transfers(q, transfers, around))
    found = []
    for n in licences:
        reason = screen.fault(n)
        for x in around.get(n, ()):
            if x.kind == "LICENSEE":
                found.append(
                    Licence(
                        n,
                        right,
                        x.target,
                        q.value(n, "start"),
                        q.value(n, "end"),
                        q.value(n, "territory"),
                        q.value(n, "goods"),
                        not reason,
                        reason or "valid",
                        x.records,
                    )
                )
    return found


def _transfers(q: Question, transfers: list[str], around: dict[str, list[Link]]) -> dict[str, str]:
    """Name of a former holder -> since when it is one."""
    gave = {t: [x.target for x in around.get(t, ()) if x.kind == "TRANSFEROR"] for t in transfers}
    took = {t: [x.target for x in around.get(t, ()) if x.kind == "TRANSFEREE"] for t in transfers}
    named = q.links(sorted({n for t in transfers for n in (*gave[t], *took[t])}), ["NAMED"], "out")
    former: dict[str, str] = {}
    for t in sorted(transfers, key=lambda t: (q.value(t, "effective"), t)):
        for n in gave[t]:
            for x in named.get(n, ()):
                former[str(x.values.get("text", ""))] = q.value(t, "effective")
        for n in took[t]:  # a right may come back
            for x in named.get(n, ()):
                former.pop(str(x.values.get("text", "")), None)
    return former


@dataclass(slots=True)
class _Screen:
    """What licences of one right are judged by."""

    q: Question
    on: str | None
    around: dict[str, list[Link]]
    former: dict[str, str]

    def fault(self, n: str, depth: int = 0) -> str:
        """Why a licence does not cover the goods on the day; '' when it does."""
        q, on = self.q, self.on
        start, end = q.value(n, "start"), q.value(n, "end")
        if on and start and on < start:
            return "not_begun"
        if on and end and on > end:
            return "expired"
        if not _at_home(q.value(n, "territory")):
            return "other_territory"
        granted = Goods.of([q.value(n, "goods")])
        if granted.kinds and q.goods.kinds and not granted.kinds & q.goods.kinds:
            return "other_goods"
        for x in self.around.get(n, ()):
            if x.kind == "LICENSOR" and self._gone(x.target, start):
                return "former_holder"
        for x in self.around.get(n, ()):
            if x.kind == "SUBLICENCE_OF" and depth < _CHAIN:
                if x.target not in self.around:
                    return "unknown_parent"
                above = self.fault(x.target, depth + 1)
                if above:
                    return above if above.startswith("parent_") else f"parent_{above}"
        return ""

    def _gone(self, licensor: str, start: str) -> bool:
        """Whether the licensor had passed the right on before it granted."""
        said = self.q.links([licensor], ["NAMED"], "out").get(licensor, ())
        for x in said:
            one = names.parse_company(str(x.values.get("text", "")))
            for text, since in self.former.items():
                if start and since and start >= since:
                    two = names.parse_company(text)
                    if one.trade_pinyin == two.trade_pinyin and names.agreement(one, two).probability > P.alike:
                        return True
        return False


def _at_home(territory: str) -> bool:
    """Whether a territory takes in mainland China, where the goods are made; an unstated one does."""
    words = territory.upper()
    return not words or any(word in words for word in _HOME)


def rights_of(q: Question, nodes: list[str], names_of: list[str], most: int = 3) -> list[str]:
    """The rights of such goods that parties hold licences of, under their numbers or their names."""
    named = [x.source for links in q.links(names_of, ["NAMED"], "in", limit=200).values() for x in links]
    held = q.links(sorted({*nodes, *named}), ["LICENSEE"], "in")
    licences = sorted({x.source for links in held.values() for x in links})
    rights = sorted({x.target for links in q.links(licences, ["LICENCE_OF"], "out").values() for x in links})
    return of_such_goods(q, rights)[:most]


def of_such_goods(q: Question, rights: list[str]) -> list[str]:
    """Those of the rights that may be for the goods that are looked for."""
    q.get(rights)
    fits = []
    for right in rights:
        kinds = Goods.of(q.values(right, "goods")).kinds
        if not kinds or not q.goods.kinds or kinds & q.goods.kinds:
            fits.append(right)
    return fits
