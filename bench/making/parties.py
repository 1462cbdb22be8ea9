"""Persons, places and firms of a market that is made, as they really are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from bench.making import numbers, words
from bench.making.habits import Habits
from graph import divisions
from graph.scripts import pinyin


@dataclass(slots=True, eq=False)
class Person:
    """A person; `identity` is the digest of an identity number, which not every register keeps."""

    entity: str
    name: str
    identity: str
    phone: str


@dataclass(slots=True, eq=False)
class Place:
    """Premises: the names of its divisions from large to small, its road and of what kind that
    is, its number and what lies inside.

    Attributes:
        codes: The divisions' six digits, of the district and of its city.
        named: The province (none for a municipality), the city and the district.
    """

    entity: str
    codes: tuple[str, str]
    named: tuple[str, str, str]
    estate: str
    road: str
    kind: str
    number: int
    building: str
    floor: int


@dataclass(slots=True, eq=False)
class Firm:
    """A firm: how it is called in its parts, where it sits, who represents it, and under which numbers.

    Attributes:
        code: Its credit code; a firm that no register knows has none.
        head: The city as its name bears it.
        rest: What follows its brand: its trade and its form.
        english: Its name in English, or nothing.
        phones: The registered one first.
    """

    entity: str
    code: str
    head: str
    brand: str
    rest: str
    english: str
    place: Place
    person: Person
    phones: list[str]
    scope: str
    founded: date
    good: words.Good | None = None
    dissolved: bool = False
    holders: list[Person] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.head}{self.brand}{self.rest}"


class Town:
    """Where the persons, places and firms of a market come from; each is made once and has an entity of its own."""

    def __init__(self, random: Random, habits: Habits) -> None:
        self.random = random
        self.habits = habits
        self.firms: list[Firm] = []
        self._count = 0
        chosen = sorted(random.sample(words.CITIES, min(habits.cities, len(words.CITIES))))
        self._districts = {city: _districts(city) for city in chosen}
        self._taken: set[str] = set()

    def entity(self, kind: str) -> str:
        """A name of its own for one more real thing of this kind."""
        self._count += 1
        return f"{kind}{self._count}"

    def person(self) -> Person:
        """A new person; others may bear the name."""
        random = self.random
        name = random.choice(words.SURNAMES) + "".join(
            random.choice(words.GIVEN) for _ in range(random.choice((1, 2, 2)))
        )
        entity = self.entity("person")
        seed = f"{entity}{random.random()}"
        known = not self.habits.happens(random, "no_identity")
        identity = hashlib.sha256(seed.encode()).hexdigest()[:16] if known else ""
        return Person(entity, name, identity, numbers.mobile(random))

    def place(self, near: Place | None = None) -> Place:
        """New premises, in a city of the market's or in that of another place."""
        random = self.random
        city = near.codes[1] if near else random.choice(list(self._districts))
        district, named = random.choice(self._districts[city])
        return Place(
            self.entity("site"),
            (district, city),
            named,
            random.choice(words.ESTATES),
            random.choice(words.ROADS),
            random.choice(list(words.ROAD_KINDS)),
            random.randrange(1, 999),
            random.choice(("", "", "1", "2", "3", "5", "8", "12")),
            random.choice((0, 0, 1, 2, 3, 4)),
        )

    def brand(self) -> str:
        """A word that a firm or a mark is called by."""
        random = self.random
        body = "".join(random.sample(words.BRANDS, random.choice((2, 2, 3))))
        return body[:-1] + random.choice(words.ENDS) if len(body) == 3 else body

    def maker(self, good: words.Good, known: bool = True) -> Firm:
        """A new firm that makes such goods."""
        chinese, english = self.random.choice(good.industry)
        form = self.random.choice(words.MAKES)
        scope = self.random.choice(
            (
                f"{good.scope}的生产、销售",
                f"生产、加工：{good.scope}",
                f"一般项目：{good.scope}制造；{good.scope}销售；货物进出口",
            )
        )
        return self._firm(form.format(chinese), f"{english} Co., Ltd.", scope, good, known)

    def trader(self, good: words.Good) -> Firm:
        """A new firm that buys and sells."""
        form = self.random.choice(words.TRADES)
        scope = self.random.choice(
            (f"{good.scope}批发、零售", "日用百货、五金交电批发；货物进出口", "供应链管理服务；国内贸易代理")
        )
        return self._firm(form, words.ENGLISH.get(form, "Co."), scope, None)

    def shop(self) -> Firm:
        """A new firm that runs shops on platforms."""
        form = self.random.choice(words.SHOPS)
        return self._firm(form, words.ENGLISH.get(form, "Store"), "互联网销售；日用百货销售", None)

    def keeper(self) -> Firm:
        """A new firm that keeps warehouses."""
        form = self.random.choice(words.KEEPS)
        return self._firm(form, words.ENGLISH.get(form, "Co., Ltd."), "普通货物仓储服务；装卸搬运", None)

    def _code(self, place: Place) -> str:
        """A credit code that no other firm has."""
        while (code := numbers.credit_code(self.random, place.codes[0])) in self._taken:
            pass
        self._taken.add(code)
        return code

    def _firm(self, rest: str, english: str, scope: str, good: words.Good | None, known: bool = True) -> Firm:
        random = self.random
        place = self.place()
        code = self._code(place) if known else ""
        brand, person = self.brand(), self.person()
        city = place.named[1]
        head = random.choice(
            (city, city, city.removesuffix("市"), place.named[2] if place.named[2][-1] in "市县" else city)
        )
        latin = (
            f"{pinyin(city.removesuffix('市')).title()} {pinyin(brand).title()} {english}"
            if random.random() < 0.5
            else ""
        )
        phones = [person.phone if random.random() < 0.7 else numbers.mobile(random)]
        phones += [numbers.mobile(random) for _ in range(random.choice((0, 1, 1, 2)))]
        founded = self.habits.first_day - timedelta(days=random.randrange(200, 5000))
        firm = Firm(self.entity("company"), code, head, brand, rest, latin, place, person, phones, scope, founded, good)
        if known:
            self.firms.append(firm)
        return firm


def _districts(city: str) -> list[tuple[str, tuple[str, str, str]]]:
    """The districts of a city: their codes, with the names of province, city and district."""
    found = []
    for number in (*range(1, 70), *range(81, 90)):  # 71 to 79 are zones, which the list has beside the districts
        code = f"{city[:4]}{number:02d}"
        district = divisions.get(code)
        if district is None or district.name == "市辖区":
            continue
        names = [one.name for one in divisions.lineage(code)]
        found.append((code, (names[0], names[1], names[2])))
    return found
