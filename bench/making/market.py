"""Makes a market: the same habits and seed give the same files, byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from bench.making import numbers
from bench.making.habits import Habits
from bench.making.hands import Hand
from bench.making.ledger import Ledger
from bench.making.parties import Town
from bench.making.rights import Rights
from bench.making.rings import Ring, Rings
from bench.making.trade import Shop

_KINDS = {"listing": 30, "account": 15, "order": 12, "waybill": 13, "phone": 13, "wechat": 9, "label": 30}
"""How often a clue is of a kind, where the ring has it."""


def make(folder: Path, habits: Habits, seed: int) -> dict[str, int]:
    """Writes a market into a folder; gives how many rows each of its files has."""
    random = Random(seed)
    town, ledger = Town(random, habits), Ledger()
    hand = Hand(town)
    asked = -(-habits.clues // max(1, habits.asked_of_ring - 1))
    rings = Rings(town, hand, ledger, Rights(town, hand, ledger), asked * (1 + habits.backdrop))
    clues: list[tuple[str, str, str, str, date]] = []
    answers: list[tuple[str, str, str, str, str, str]] = []
    while len(clues) < habits.clues:
        ring = rings.ring()
        for kind, value, shop, day in _questions(random, ring, habits):
            if len(clues) == habits.clues:
                break
            no = f"K{len(clues) + 1:06d}"
            seen = day + timedelta(days=random.randrange(0, 20))
            clues.append((no, kind, value, ring.right.number, seen))
            answers.append((no, *_answer(ring, kind, shop)))
        for _ in range(habits.backdrop):
            rings.ring()
    _register(town, hand, ledger)
    random.shuffle(clues)
    counts = ledger.write(folder, random, habits)
    ledger.write_clues(folder, clues, sorted(answers))
    return {**counts, "clues": len(clues)}


def _questions(random: Random, ring: Ring, habits: Habits) -> Iterator[tuple[str, str, Shop, date]]:
    """What is asked about a ring: kind, value, the shop it concerns and the day of the sale that gave rise to it."""
    kinds = [kind for kind in _KINDS if kind != "label" or ring.labels]
    for kind in dict.fromkeys(random.choices(kinds, [_KINDS[kind] for kind in kinds], k=habits.asked_of_ring)):
        if kind == "label":
            serial, day, shop = random.choice(ring.labels)
            yield kind, serial, shop, day
            continue
        shop = random.choice(ring.shops)
        sale = random.choice(shop.sales)
        account = next(one for one in shop.accounts if one.key == sale.account)
        value = {
            "listing": sale.url,
            "account": sale.account,
            "order": sale.order,
            "waybill": sale.waybill,
            "phone": shop.phones[0],
            "wechat": account.wechat,
        }[kind]
        if value:
            yield kind, value, shop, sale.day


def _answer(ring: Ring, kind: str, shop: Shop) -> tuple[str, str, str, str, str]:
    """Verdict, evidence, and the entities of maker, sites and trader, as they are true of a clue."""
    evidence = [
        *(["control"] if shop.control else []),
        *(["declaration"] if shop.declared else []),
        *(["freight"] if shop.brought else []),
    ]
    if kind == "label" and evidence:
        evidence = ["label", *evidence]
    trader = ring.trader.entity if ring.trader else ""
    verdict = "authorised" if ring.cleared else "infringing"
    return verdict, " ".join(evidence), ring.maker.entity, " ".join(shop.sites), trader


def _register(town: Town, hand: Hand, ledger: Ledger) -> None:
    """Writes the register of companies and of their shareholders."""
    random = town.random
    for firm in town.firms:
        row = {
            "统一社会信用代码": firm.code,
            "企业名称": firm.name,
            "英文名称": firm.english,
            "法定代表人": firm.person.name,
            "法定代表人证件摘要": firm.person.identity,
            "注册地址": hand.place(firm.place),
            "联系电话": hand.phone(firm.phones[0]),
            "经营范围": firm.scope,
            "成立日期": firm.founded,
            "登记状态": "注销" if firm.dissolved else "存续",
        }
        ledger.add("companies", row, party=firm.entity, rep=firm.person.entity)
        for person in firm.holders:
            row = {
                "holding_no": f"GD{numbers.digits(random, 8)}",
                "uscc": firm.code,
                "company_name": hand.firm(firm),
                "shareholder": person.name,
                "shareholder_id": person.identity,
                "percent": random.choice((10, 25, 40, 60, 100)),
            }
            ledger.add("shareholders", row, party=firm.entity, holder=person.entity)
