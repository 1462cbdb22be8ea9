"""How people write what is: names of firms, phones and addresses, each hand in its own way."""

from __future__ import annotations

from collections.abc import Callable

from bench.making import words
from bench.making.habits import Habits
from bench.making.parties import Firm, Place, Town
from graph import divisions
from graph.scripts import pinyin


class Hand:
    """Writes with the looseness of a market's habits."""

    def __init__(self, town: Town) -> None:
        self.random = town.random
        self.habits: Habits = town.habits

    def firm(self, firm: Firm) -> str:
        """A firm's name as somebody writes it."""
        if not self.habits.happens(self.random, "loose_name"):
            name = firm.name
        else:
            name = self.random.choice(_NAMES)(firm)
        if self.habits.happens(self.random, "slips"):
            wrong = [c for c in firm.brand if c in words.HOMOPHONES]
            if wrong:
                one = self.random.choice(wrong)
                name = name.replace(one, words.HOMOPHONES[one], 1)
        return name

    def phone(self, number: str, maskable: bool = False) -> str:
        """A phone as somebody writes it; where it is `maskable`, often with its middle hidden."""
        if maskable and self.habits.happens(self.random, "masked"):
            style = self.random.random()
            if style < 0.7:
                return f"{number[:3]}****{number[7:]}"
            return f"{number[:3]}XXXX{number[7:]}" if style < 0.85 else f"*******{number[7:]}"
        if not self.habits.happens(self.random, "loose_phone"):
            return number
        return self.random.choice(
            (
                f"+86{number}",
                f"86-{number}",
                f"{number[:3]} {number[3:7]} {number[7:]}",
                f"{number[:3]}-{number[3:7]}-{number[7:]}",
                f"(+86) {number[:3]}{number[3:]}",
            )
        )

    def place(self, place: Place) -> str:
        """An address as somebody writes it."""
        province, city, district = place.named
        inside = self._inside(place)
        if not self.habits.happens(self.random, "loose_place"):
            return f"{province}{city}{district}{place.estate}{place.road}{place.kind}{place.number}号{inside}"
        return self.random.choice(_PLACES)(place, inside)

    def _inside(self, place: Place) -> str:
        if not place.building:
            return f"{place.floor}楼" if place.floor else ""
        block = self.random.choice((f"{place.building}号楼", f"{place.building}栋", f"第{place.building}幢"))
        return block + (f"{place.floor}层" if place.floor else "")


def _province(place: Place) -> str:
    """The province of a place without its rank: 广西, not 广西壮族自治区."""
    return divisions.lineage(place.codes[0])[0].stem


def _bracketed(firm: Firm) -> str:
    return f"{firm.brand}（{firm.head.removesuffix('市')}）{firm.rest}"


def _short(firm: Firm) -> str:
    for form in ("有限责任公司", "股份有限公司", "实业有限公司", "科技有限公司", "制造有限公司", "有限公司"):
        if firm.rest.endswith(form):
            return f"{firm.brand}{firm.rest.removesuffix(form)}"
    return f"{firm.brand}{firm.rest}"


_NAMES: tuple[Callable[[Firm], str], ...] = (
    lambda firm: f"{firm.head.removesuffix('市')}{firm.brand}{firm.rest}",
    lambda firm: f"{firm.head.removesuffix('市')}{_short(firm)}",
    _short,
    _bracketed,
    lambda firm: firm.english or _bracketed(firm),
    lambda firm: firm.english.upper().replace(".", "").replace(",", "") or firm.name,
    lambda firm: f"{firm.name}{firm.place.named[2].removesuffix('区').removesuffix('市')}分公司",
    lambda firm: f"{_province(firm.place)}{firm.brand}{firm.rest}",
    lambda firm: firm.name.replace("有限公司", "公司").replace("有限责任公司", "公司"),
)
_PLACES: tuple[Callable[[Place, str], str], ...] = (
    lambda p, inside: f"{p.named[1]}{p.named[2]}{p.road}{p.kind}{p.number}号{inside}",
    lambda p, inside: f"{p.named[2]}{p.road}{p.kind}{p.number}号{inside}",
    lambda p, inside: f"{_province(p)}{p.named[1].removesuffix('市')}{p.named[2]}{p.road}{p.kind}{p.number}号",
    lambda p, inside: f"{p.named[0]}-{p.named[1]}-{p.named[2]} {p.road}{p.kind}{p.number}号{inside}",
    lambda p, inside: f"中国{p.named[0]}{p.named[1]}{p.named[2]}{p.estate}{p.road}{p.kind}{p.number}号{inside}",
    lambda p, inside: f"{p.named[0]}{p.named[1]}{p.named[2]}{p.road}{p.kind}{p.number}号{inside}（到付联系收货人）",
    lambda p, inside: f"{p.named[0]}{p.named[1]}{p.named[2]}{p.road}{p.kind} {p.number} 號{inside}",
    lambda p, inside: (
        f"No.{p.number} {pinyin(p.road).title()} {words.ROAD_KINDS[p.kind]}, {pinyin(p.named[2][:-1]).title()}, "
        f"{pinyin(p.named[1][:-1]).title()}, China"
    ),
)
