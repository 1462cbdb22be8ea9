"""How well things fit: goods with goods, a company with what it should make, days with days."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from graph import divisions, goods, names
from queries.tracing.parameters import P

_MAKING = ("生产", "制造", "加工", "制作", "manufactur", "production", "processing")
_MAKERS = frozenset(("industrial", "manufacturing"))
_TRADERS = frozenset(("trade", "ecommerce", "general_merchandise", "technology", "international"))
_PASSING = frozenset(("logistics", "payments"))


def day_of(text: str) -> int:
    """A day as a number; the text begins with an ISO date."""
    return date.fromisoformat(text[:10]).toordinal()


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods that are looked for: as described, what they are, and the industries that make them."""

    texts: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Goods:
        """Goods from their descriptions; those that say nothing are left out."""
        said = tuple(dict.fromkeys(text for text in texts if not goods.is_generic(text)))
        found = [category for text in said if (category := goods.category(text)) is not None]
        return cls(
            said,
            frozenset(category.key for category in found),
            frozenset(industry for category in found for industry in category.industries),
        )

    def fit(self, text: str, code: str = "") -> float:
        """How well goods fit as they are declared, in 0..1.

        Words that say nothing (配件, 百货) fit a little, and well when the HS code tells.
        """
        return _fit(self, text, code)

    def made_by(self, scope: str, name: str = "") -> float:
        """How probable it is that a company of this registered scope and name makes the goods, in 0..1."""
        return _made_by(self, scope, name)

    def made_under(self, name: str) -> float:
        """How probable it is that a party of this name makes the goods, in 0..1, when no scope is known."""
        return _made_under(self, name)


@lru_cache(maxsize=65536)
def _fit(wanted: Goods, text: str, code: str) -> float:
    if not wanted.texts:
        return P.fit_unasked
    coded = max((goods.fit(one, code) or 0.0 for one in wanted.texts), default=0.0) if code else None
    if coded is not None and coded < goods.HEADING:
        return P.fit_other
    said = [fit for one in wanted.texts if (fit := goods.fit(one, text)) is not None] if text else []
    if not said:
        return P.fit_code if coded else P.fit_vague
    best = max(said)
    if best >= goods.SAME:
        return 1.0
    category = goods.category(text)
    if category is not None and wanted.kinds:
        return P.fit_other  # if of one trade
    if best >= goods.INDUSTRY:
        return P.fit_trade_code if coded else P.fit_trade
    return P.fit_words_code if coded else P.fit_other


@lru_cache(maxsize=65536)
def _made_by(wanted: Goods, scope: str, name: str) -> float:
    if not scope:
        return P.no_scope
    if not any(word in scope.lower() for word in _MAKING):
        return P.no_making
    if not wanted.texts:
        return 1.0
    said = [fit for one in wanted.texts if (fit := goods.fit(one, scope)) is not None]
    if said and max(said) >= goods.KIN:
        return 1.0
    industry = names.parse_company(name).industry if name else ""
    if industry and wanted.industries:
        return 1.0 if industry in wanted.industries else P.other_making
    return P.other_making if said else P.some_making


@lru_cache(maxsize=65536)
def _made_under(wanted: Goods, name: str) -> float:
    parsed = names.parse_company(name)
    activity = frozenset(parsed.activity.split())
    fits = not parsed.industry or not wanted.industries or parsed.industry in wanted.industries
    if parsed.industry in _PASSING or not fits:
        return P.other_name
    if activity & _MAKERS or parsed.form == "factory":
        return P.maker_name if parsed.industry else P.factory_name
    if activity & _TRADERS or parsed.form == "shop":
        return P.other_name
    return P.industry_name if parsed.industry else P.plain_name


def lag(days: int) -> float:
    """How well it fits that goods came `days` before they were seen to be sold; a little when they came just after."""
    if days < 0:
        return max(P.late_least, P.late * math.pow(0.5, -days / P.late_half))
    if days <= P.stock:
        return 1.0
    return max(P.stock_least, math.pow(0.5, (days - P.stock) / P.stock_half))


def either(a: float, b: float) -> float:
    """The probability of one or the other, when they are independent."""
    return 1 - (1 - a) * (1 - b)


def same_place(a: str, b: str) -> bool:
    """Whether two division codes may be of one place; an unstated one may be of any."""
    return not a or not b or a == b or divisions.within(a, b) or divisions.within(b, a)
