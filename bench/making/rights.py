"""Rights, who holds them, and to whom they are licensed and transferred: some licences clear, some only look so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bench.making import numbers, words
from bench.making.hands import Hand
from bench.making.ledger import Ledger
from bench.making.parties import Firm, Town
from graph.scripts import pinyin

_LONG = timedelta(days=1400)
_KINDS = ("普通许可", "普通许可", "排他许可", "独占许可")


@dataclass(slots=True, eq=False)
class Right:
    """A right: for which goods, and who holds it.

    Attributes:
        holder: Its first holder, as the register of rights has it, and as an entity.
        later: Who holds it after `moved`, if it changed hands.
        base: The firm that makes the genuine goods: the holder, or its licensee where the holder is abroad.
    """

    number: str
    title: str
    good: words.Good
    holder: str
    entity: str
    base: Firm
    later: Firm | None = None
    moved: date | None = None


class Rights:
    """Grants rights and licences, and writes them down."""

    def __init__(self, town: Town, hand: Hand, ledger: Ledger) -> None:
        self.town, self.hand, self.ledger, self.random = town, hand, ledger, town.random
        self.first = town.habits.first_day
        self.last = self.first + timedelta(days=town.habits.days)
        self._cleared: dict[tuple[str, str], bool] = {}

    def right(self) -> Right:
        """A new right, transferred if it happens."""
        random = self.random
        good, title = random.choice(words.GOODS), self.town.brand()
        base = self.town.maker(good)
        granted = self.first - timedelta(days=random.randrange(900, 4500))
        design = random.random() < 0.12
        number = numbers.design_patent(random, granted.year) if design else numbers.digits(random, 8)
        abroad = random.random() < 0.2
        holder = (
            f"{pinyin(self.town.brand()).title()} {random.choice(('AB', 'S.p.A.', 'Inc.', 'Ltd.', 'AG'))}"
            if abroad
            else base.name
        )
        entity = self.town.entity("foreign") if abroad else base.entity
        right = Right(number, title, good, holder, entity, base)
        row = {
            "right_no": number,
            "type": "design" if design else "trademark",
            "title": f"{good.zh[0]}（{title}）" if design else title,
            "title_en": "" if design else pinyin(title).title(),
            "holder_name": holder,
            "holder_uscc": "" if abroad else base.code,
            "holder_country": random.choice(("SE", "IT", "US", "GB", "CH")) if abroad else "CN",
            "classes": "Locarno:07-01" if design else f"Nice:{good.nice}",
            "goods": good.zh[0],
            "granted": granted,
            "expires": self.last + timedelta(days=random.randrange(200, 2000)),
            "status": "有效",
        }
        self.ledger.add("rights", row, holder=entity)
        if not abroad and random.random() < self.town.habits.transferred:
            right.later = self.town.maker(good)
            right.moved = self.first + timedelta(days=random.randrange(-200, self.town.habits.days // 2))
            row = {
                "transfer_no": f"T{numbers.digits(random, 7)}",
                "right_no": number,
                "from_name": self.hand.firm(base),
                "to_name": self.hand.firm(right.later),
                "to_uscc": right.later.code,
                "effective": right.moved,
            }
            self.ledger.add("transfers", row, transferor=base.entity, transferee=right.later.entity)
        if abroad:
            self._grant(right, base, self.first - _LONG, self.last + _LONG, kind="独占许可")
        return right

    def cleared(self, right: Right, maker: Firm) -> bool:
        """Whether the maker holds a licence that clears, and has since this was first asked of the two."""
        key = (right.number, maker.entity)
        if key not in self._cleared:
            habits = self.town.habits
            if maker in (right.base, right.later):
                self._cleared[key] = True
            elif self.random.random() < habits.authorised:
                self._clear(right, maker)
                self._cleared[key] = True
            else:
                self._cleared[key] = False
                if self.random.random() < habits.traps:
                    self._trap(right, maker)
        return self._cleared[key]

    def _clear(self, right: Right, maker: Firm) -> None:
        start, end = self.first - timedelta(days=self.random.randrange(250, 900)), self.last + _LONG
        sort = self.random.random()
        if sort < 0.3:
            between = self.town.trader(right.good)
            parent = self._grant(right, between, start, end)
            self._grant(right, maker, start + timedelta(days=90), end, above=parent, by=self.hand.firm(between))
        else:
            self._grant(right, maker, start, end, territory="全球" if sort > 0.9 else "CN")

    def _trap(self, right: Right, maker: Firm) -> None:
        start, end = self.first - timedelta(days=self.random.randrange(250, 900)), self.last + _LONG
        sort = self.random.randrange(6)
        if sort == 0:
            self._grant(right, maker, start - _LONG, self.first - timedelta(days=self.random.randrange(1, 200)))
        elif sort == 1:
            self._grant(right, maker, self.last + timedelta(days=self.random.randrange(1, 200)), end)
        elif sort == 2:
            other = self.random.choice([one for one in words.GOODS if one.industry != right.good.industry])
            self._grant(right, maker, start, end, goods=other.zh[0])
        elif sort == 3:
            self._grant(right, maker, start, end, territory=self.random.choice(("VN", "RU", "DE", "BR")))
        elif sort == 4:
            between = self.town.trader(right.good)
            parent = self._grant(right, between, start - _LONG, self.first - timedelta(days=30))
            self._grant(right, maker, start, end, above=parent, by=self.hand.firm(between))
        elif right.moved is not None:
            self._grant(right, maker, right.moved + timedelta(days=self.random.randrange(5, 60)), end, by=right.holder)

    def _grant(
        self,
        right: Right,
        to: Firm,
        start: date,
        end: date,
        *,
        kind: str = "",
        goods: str = "",
        territory: str = "CN",
        above: str = "",
        by: str = "",
    ) -> str:
        random = self.random
        if not by:  # whoever holds the right on that day
            by = right.later.name if right.later and right.moved and start >= right.moved else right.holder
        row = {
            "licence_no": f"XK{numbers.digits(random, 7)}",
            "right_no": right.number,
            "licensor": by,
            "licensee_name": self.hand.firm(to),
            "licensee_uscc": to.code if random.random() < 0.7 else "",
            "kind": "再许可" if above else kind or random.choice(_KINDS),
            "parent_licence_no": above,
            "territory": territory,
            "goods": goods or random.choice(right.good.zh[:2]),
            "start": start,
            "end": end,
        }
        return self.ledger.add("licences", row, licensee=to.entity)
