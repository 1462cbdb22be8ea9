"""Rings: one maker, perhaps a trader, shops with their warehouses, and what else the files tell of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from bench.making import numbers, words
from bench.making.hands import Hand
from bench.making.ledger import Ledger
from bench.making.parties import Firm, Person, Town
from bench.making.rights import Right, Rights
from bench.making.trade import Shop, Site, Trade


@dataclass(slots=True, eq=False)
class Ring:
    """A ring: whose right it uses, who makes, who trades, who sells; `labels` are the serials it copied, by shop."""

    right: Right
    maker: Firm
    trader: Firm | None
    cleared: bool
    shops: list[Shop] = field(default_factory=list)
    labels: list[tuple[str, date, Shop]] = field(default_factory=list)


class Rings:
    """Sets up rings in a town, and everything that is shared between them."""

    def __init__(self, town: Town, hand: Hand, ledger: Ledger, rights: Rights, count: int) -> None:
        self.town, self.hand, self.ledger, self.rights = town, hand, ledger, rights
        self.random, self.habits = town.random, town.habits
        self.trade = Trade(town, hand, ledger)
        self.known = [rights.right() for _ in range(max(4, count // 6))]
        shops = count * (self.habits.shops + 1) / 2
        self.sites = [
            self._shared_site() for _ in range(round(shops * self.habits.shared_site / self.habits.sharers) or 1)
        ]
        agents = [
            town.trader(words.GOODS[0]) for _ in range(round(shops * self.habits.agents / self.habits.agent_holds) or 1)
        ]
        self.agents = [self.trade.payee(agent) for agent in agents for _ in range(3)]
        self.makers: dict[str, list[Firm]] = {}
        self.traders: dict[str, list[Firm]] = {}
        self.idle: list[Firm] = []
        for _ in range(count * self.habits.idle):
            self.idle.append(self._idle())
        self.others: dict[str, list[Firm]] = {}  # goods -> idle makers of other goods
        self.sellers = {right.number: self._genuine(right) for right in self.known}
        # However small a market is, a court has condemned somebody in it: an empty feed is none.
        self._judge(self.town.maker(self.known[0].good), self.known[0], self.habits.first_day)

    def _shared_site(self) -> Site:
        keeper = self.town.keeper()
        site = Site(self.town.place(), keeper, keeper.phones[0], True)
        self._warehouse(site, "")
        return site

    def _idle(self) -> Firm:
        good = self.random.choice(words.GOODS)
        sort = self.random.random()
        return self.town.maker(good) if sort < 0.6 else self.town.trader(good) if sort < 0.8 else self.town.shop()

    def _genuine(self, right: Right) -> Shop:
        """A shop that sells the genuine goods from where they are made."""
        base = right.base
        shop = Shop(base.person, base, [base.phones[0]], Site(base.place, base, base.phones[0], False))
        self.trade.open(shop, base, "")
        self.trade.sell(shop, right.good, self._start(), right)
        return shop

    def _start(self) -> date:
        return self.habits.first_day + timedelta(days=self.random.randrange(20, self.habits.days - 130))

    def ring(self) -> Ring:
        """A new ring."""
        random, habits = self.random, self.habits
        right = random.choice(self.known)
        good = right.good
        pool = self.makers.setdefault(good.zh[0], [])
        if pool and random.random() < habits.same_maker:
            maker = random.choice(pool)
        else:
            maker = self.town.maker(good, known=not habits.happens(random, "informal"))
            pool.append(maker)
        seen = random.random() >= habits.unseen
        trader = self._trader(good) if random.random() < habits.passed_on else None
        ring = Ring(right, maker, trader, self.rights.cleared(right, maker))
        by = None
        if habits.happens(random, "hidden"):
            by = maker.person if random.random() < 0.6 else self.town.person()
        start = self._start()
        for _ in range(random.randrange(1, habits.shops + 1)):
            shop = self._shop(good, maker if seen and maker.code else None)
            ring.shops.append(shop)
            for turn in range(random.randrange(2, 5)):
                # Goods are there before they are sold, and those that pass a trader set out earlier.
                day = start + timedelta(days=30 * turn - random.randrange(6, 26) - (14 if trader else 0))
                if seen:
                    self.trade.supply(shop, maker, good, day, trader, by)
            self.trade.sell(shop, good, start + timedelta(days=6), right, maker if seen else None)
            if random.random() < 0.4:
                self._other_goods(shop, good, start)
        if seen and random.random() < habits.exports:
            self._export(ring, start)
        if seen and not ring.cleared and random.random() < habits.copied:
            self._copy(ring)
        self._told(ring, start)
        return ring

    def _trader(self, good: words.Good) -> Firm:
        """A trader: one that deals in such goods only, from several makers, or one that deals in whatever comes."""
        pool = self.traders.setdefault(good.zh[0] if self.random.random() < self.habits.one_trade else "", [])
        if not pool or self.random.random() < 1 / self.habits.trader_serves:
            pool.append(self.town.trader(good))
        return self.random.choice(pool)

    def _shop(self, good: words.Good, maker: Firm | None) -> Shop:
        """A new shop; a `maker` may have a person or a phone in common with it."""
        random, habits = self.random, self.habits
        firm = self.town.shop() if random.random() < habits.incorporated else None
        person = firm.person if firm else self.town.person()
        phones = [person.phone, numbers.mobile(random)] if random.random() < 0.6 else [numbers.mobile(random)]
        if habits.happens(random, "recycled"):
            gone = self.town.maker(random.choice((good, random.choice(words.GOODS))))
            gone.dissolved, gone.phones = True, [phones[0]]
        shop = Shop(person, firm, phones, self._site(firm))
        holder: Person | Firm = firm if firm and random.random() < 0.5 else person
        common = maker is not None and random.random() < habits.in_common
        if maker is not None and common:
            holder = self._bind(shop, maker, holder)
        if firm is not None and random.random() < 0.3 or firm is not None and firm.holders:
            firm.holders.append(self.town.person())
        for _ in range(random.choice((1, 1, 2))):
            agent = holder is not (maker.person if maker else None) and random.random() < habits.agents
            self.trade.open(shop, holder, random.choice(self.agents) if agent else "")
        return shop

    def _bind(self, shop: Shop, maker: Firm, holder: Person | Firm) -> Person | Firm:
        """Gives a shop a person or a phone of its maker; gives who holds its payee accounts."""
        sort, firm, known = self.random.randrange(4), shop.firm, bool(maker.person.identity)
        if sort == 0 and firm is not None:
            firm.person = shop.person = maker.person
            shop.control = known
        elif sort == 1 and firm is not None:
            firm.holders.append(maker.person)
            shop.control = known
        elif sort == 2:
            shop.control = known
            return maker.person
        else:
            shop.phones = [shop.phones[0], maker.phones[0]] if self.random.random() < 0.5 else [maker.phones[0]]
            shop.control = True
        return holder

    def _site(self, firm: Firm | None) -> Site:
        random = self.random
        if random.random() < self.habits.shared_site:
            return random.choice(self.sites)
        if firm is not None and random.random() < 0.3:
            return Site(firm.place, firm, firm.phones[0], False)
        operator = firm if firm is not None and random.random() < 0.5 else self.town.keeper()
        site = Site(self.town.place(), operator, random.choice(operator.phones), False)
        if random.random() < 0.6:
            self._warehouse(
                site, self.hand.firm(firm) if firm and firm is not operator and random.random() < 0.5 else ""
            )
        return site

    def _warehouse(self, site: Site, lessee: str) -> None:
        operator = site.operator
        row = {
            "site_no": f"CK{numbers.digits(self.random, 6)}",
            "address": self.hand.place(site.place),
            "operator_name": self.hand.firm(operator) if operator else "",
            "operator_uscc": operator.code if operator and self.random.random() < 0.5 else "",
            "area_m2": self.random.randrange(200, 9000) * (5 if site.shared else 1),
            "lessee": lessee,
            "contact_phone": self.hand.phone(site.phone),
        }
        self.ledger.add("warehouses", row, site=site.place.entity, operator=operator.entity if operator else "")

    def _other_goods(self, shop: Shop, good: words.Good, start: date) -> None:
        """What else a shop sells, from makers that have nothing to do with the ring."""
        key = good.zh[0]
        if key not in self.others:
            self.others[key] = [firm for firm in self.idle if firm.good and firm.good is not good] or self.idle
        other = self.random.choice(self.others[key])
        if other.good is None:
            return
        to = (self.hand.firm(shop.firm) if shop.firm else shop.person.name, shop.phones[0])
        for turn in range(self.random.choice((1, 2))):
            day = start + timedelta(days=40 * turn + self.random.randrange(-20, 20))
            self.trade.consign(other, to, shop.site.place, other.good, day)
        self.trade.sell(shop, other.good, start, None)

    def _export(self, ring: Ring, start: date) -> None:
        """Declares exports of a ring's goods: by a shop's firm, else by its trader, else by somebody."""
        random, good, maker = self.random, ring.right.good, ring.maker
        firms = [shop for shop in ring.shops if shop.firm is not None]
        shop = random.choice(firms) if firms and random.random() < 0.7 else None
        exporter = shop.firm if shop and shop.firm else ring.trader or random.choice(self.idle)
        called, code = random.choice(good.zh[:2]), good.hs
        if self.habits.happens(random, "misdeclared"):
            other = random.choice(words.GOODS)
            called, code = other.zh[0], other.hs
        day = start + timedelta(days=random.randrange(-20, 60))
        pieces = random.randrange(500, 9000)
        brand = ring.right.title if random.random() < 0.6 else random.choice(("无牌", "无品牌", ""))
        row = {
            "declaration_no": f"{random.choice(words.OFFICES)}{day.year}0{numbers.digits(random, 9)}",
            "exporter_uscc": exporter.code,
            "exporter_name": self.hand.firm(exporter),
            "producer_name": self.hand.firm(maker),
            "goods": called,
            "brand": brand,
            "hs_code": code,
            "quantity": pieces,
            "gross_weight_kg": round(pieces * good.kg * 1.1, 1),
            "value_usd": round(pieces * good.price / 12, 2),
            "container_no": numbers.container(random, random.choice(words.OWNERS)),
            "origin": maker.place.named[1],
            "port": random.choice(words.PORTS),
            "destination": random.choice(words.ABROAD_TO),
            "consignee": f"{random.choice(('Savanna', 'Orbit', 'Pacifica', 'Kestrel'))} Imports {random.randrange(90)}",
            "declared": day,
        }
        key = self.ledger.add("declarations", row, exporter=exporter.entity, producer=maker.entity)
        self.ledger.declared.append((key, not ring.cleared, maker.entity, ring.right.title))
        for one in ring.shops:
            one.declared = one is shop or (exporter is ring.trader and one.passed)

    def _copy(self, ring: Ring) -> None:
        """Copies serials of the genuine maker's labels: they are sold a second time with the ring's parcels."""
        random, right = self.random, ring.right
        prefix, item = f"69{numbers.digits(random, 5)}", f"0{random.randrange(10**5):05d}"
        genuine = self.sellers[right.number]
        sales = [(sale, shop) for shop in ring.shops for sale in shop.sales]
        for sale, shop in random.sample(sales, min(len(sales), random.choice((1, 2, 3)))):
            serial = numbers.epc(random, prefix, item)
            self._events(serial, right, genuine, sale.day)
            self._sold(serial, sale.waybill, sale.day)
            self.ledger.labels.append((serial, sale.waybill))
            ring.labels.append((serial, sale.day, shop))
        for _ in range(2):
            serial = numbers.epc(random, prefix, item)
            self._events(serial, right, genuine, random.choice(genuine.sales).day)
            self.ledger.labels.append((serial, ""))

    def _events(self, serial: str, right: Right, genuine: Shop, before: date) -> None:
        """What the genuine maker says of a serial, and its genuine sale."""
        made = before - timedelta(days=self.random.randrange(60, 200))
        where = {"id": f"urn:headwater:address:{self.hand.place(right.base.place)}"}
        for step, action, day in (("commissioning", "ADD", made), ("shipping", "OBSERVE", made + timedelta(days=9))):
            self.ledger.events.append(
                {
                    "type": "ObjectEvent",
                    "eventTime": f"{day}T09:00:00+08:00",
                    "eventTimeZoneOffset": "+08:00",
                    "epcList": [serial],
                    "action": action,
                    "bizStep": step,
                    "bizLocation": where,
                }
            )
        if self.random.random() < 0.8:
            sale = self.random.choice(genuine.sales)
            self._sold(serial, sale.waybill, sale.day)

    def _sold(self, serial: str, waybill: str, day: date) -> None:
        self.ledger.events.append(
            {
                "type": "ObjectEvent",
                "eventTime": f"{day}T12:00:00+08:00",
                "eventTimeZoneOffset": "+08:00",
                "epcList": [serial],
                "action": "OBSERVE",
                "bizStep": "retail_selling",
                "bizTransactionList": [{"type": "desadv", "bizTransaction": f"urn:headwater:waybill:{waybill}"}],
            }
        )

    def _told(self, ring: Ring, start: date) -> None:
        """What fairs and courts know of a maker."""
        random, maker, right = self.random, ring.maker, ring.right
        if random.random() < self.habits.exhibits:
            row = {
                "exhibit_no": f"ZP{numbers.digits(random, 6)}",
                "exhibition": random.choice(words.FAIRS),
                "booth": f"{random.randrange(1, 9)}{random.choice('ABCDE')}{random.randrange(1, 99):02d}",
                "exhibitor": self.hand.firm(maker),
                "contact_phone": self.hand.phone(random.choice(maker.phones)),
                "product": random.choice(right.good.zh),
                "brand_claimed": right.title if random.random() < 0.3 else "",
                "date": start - timedelta(days=random.randrange(10, 200)),
            }
            self.ledger.add("exhibits", row, exhibitor=maker.entity)
        if maker.code and not ring.cleared and random.random() < self.habits.judged:
            self._judge(maker, right, start)

    def _judge(self, maker: Firm, right: Right, before: date) -> None:
        """A court condemns a maker."""
        random = self.random
        court = f"{random.choice('浙鲁闽')}{random.randrange(1000, 9999)}"
        case = f"({before.year - 1}){court}民初{random.randrange(1, 9999)}号"
        text = (
            f"原告{right.holder}与被告{maker.name}、{maker.person.name}侵害商标权纠纷一案，现已审理终结。"
            f"经审理查明，原告系第{right.number}号“{right.title}”注册商标权利人。被告{maker.name}"
            f"（统一社会信用代码{maker.code}，住所地{self.hand.place(maker.place)}）"
            f"生产、销售侵犯上述商标专用权的{right.good.zh[0]}。"
            "判决如下：一、被告立即停止侵权行为；二、赔偿原告经济损失及合理开支80万元。"
        )
        row = {
            "case_no": case,
            "court": f"{maker.place.named[1]}中级人民法院",
            "decided": str(before - timedelta(days=random.randrange(100, 500))),
            "text": text,
        }
        self.ledger.judgements.append(row)
        self.ledger.mean("judgements", case, defendant=maker.entity)
