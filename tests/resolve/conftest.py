"""A market of a few firms under many names: a register, and bills that name them in full, short and in English."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from graph.model import Inference, Record
from graph.opening import open_store
from graph.store import Store
from ingest import loader
from resolve.index import Index

REGISTER = "统一社会信用代码,企业名称,英文名称,法定代表人,注册地址,联系电话,经营范围,成立日期,登记状态"
FREIGHT = (
    "consignment_no,carrier,consignor_name,consignor_uscc,consignor_phone,origin_address,consignee_name,"
    "consignee_phone,destination_address,goods,hs_code,pieces,gross_weight_kg,dispatched,delivered,plate"
)
_TRADES = (
    "永飞 Yongfei",
    "宏景 Hongjing",
    "嘉来 Jialai",
    "荣发 Rongfa",
    "利腾 Liteng",
    "宝诚 Baocheng",
    "顺洋 Shunyang",
)
_PLACES = ("浙江省温州市瓯海区 温州 Wenzhou", "广东省佛山市南海区 佛山 Foshan", "四川省成都市武侯区 成都 Chengdu")
_GOODS = ("电池 Battery 850760", "鞋业 Shoes 640399", "文具 Stationery 960899")
_DIGITS, _WEIGHTS = "0123456789ABCDEFGHJKLMNPQRTUWXY", (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc(number: int) -> str:
    """A unified social credit code with its check characters (GB 32100-2015, GB 11714-1997)."""
    organisation = f"{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    check = 11 - sum(int(c) * w for c, w in zip(organisation, weights, strict=True)) % 11
    body = "91330304" + organisation + ("0" if check == 11 else "X" if check == 10 else str(check))
    total = sum(_DIGITS.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return body + _DIGITS[(31 - total % 31) % 31]


def market(folder: Path, bills: int = 120, seed: int = 1) -> Path:
    """Writes a register and freight bills into a folder."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    register, freight = [REGISTER], [FREIGHT]
    firms = []
    for number in range(len(_TRADES) * len(_PLACES)):
        trade, sound = _TRADES[number % len(_TRADES)].split()
        area, city, spoken = _PLACES[number % len(_PLACES)].split()
        goods, english, code = _GOODS[number % len(_GOODS)].split()
        name, phone = f"{city}市{trade}{goods}有限公司", f"138{10_000_000 + number * 7919:08d}"
        latin = f"{spoken} {sound} {english} Co. Ltd."
        address = f"{area}创业路{100 + number}号"
        firms.append((name, f"{trade}{goods}厂", latin, phone, address, goods, code, uscc(30_000_000 + number * 37)))
        register.append(f"{firms[-1][-1]},{name},{latin},陈志强,{address},{phone},{goods}生产、销售,2018-04-02,存续")
    for number in range(bills):
        full, short, latin, phone, address, goods, code, _ = chance.choice(firms)
        name = chance.choice((full, short, latin))
        told = phone if name == short or chance.random() < 0.5 else ""
        where = address if not told or chance.random() < 0.7 else "广东省广州市白云区机场路9号"
        other = chance.choice(firms)
        freight.append(
            f"FR{number:05d},德邦,{name},,{told},{where},{other[0]},,{other[4]},{goods},{code},10,120,"
            f"2025-05-{1 + number % 28:02d},2025-06-03,"
        )
    (folder / "companies.csv").write_text("\n".join(register), "utf-8")
    (folder / "freight.csv").write_text("\n".join(freight), "utf-8")
    return folder


def load(store: Store, folder: Path) -> None:
    """Loads all files of a folder."""
    assert loader.load(store, [folder]).is_whole


@pytest.fixture
def loaded(store: Store, tmp_path: Path) -> Store:
    """A store of each kind, with the market."""
    load(store, market(tmp_path / "feeds"))
    return store


@pytest.fixture
def market_store(tmp_path: Path) -> Iterator[Store]:
    """An embedded store with the market."""
    with open_store(f"sqlite:{tmp_path / 'market.db'}") as store:
        load(store, market(tmp_path / "feeds"))
        yield store


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index of the test's own."""
    with Index(tmp_path / "store.identity") as index:
        yield index


def records_of(store: Store, source: str) -> list[Record]:
    """The records of a source, by their ids."""
    return [record for _, record in sorted(store.records(store.record_ids(source)).items())]


class Told(NamedTuple):
    """A link of the model's, with all that it says."""

    a: str
    b: str
    why: Inference
    records: tuple[str, ...]


def links_of(store: Store) -> list[Told]:
    """All links of the model's in a store, in the order of their ids."""
    links = [link for link in store.links(["SAME_AS"]) if link.inference is not None]
    told = [Told(link.source, link.target, link.inference, link.records) for link in links if link.inference]
    return sorted(told, key=lambda link: link[:2])


def link(index: Index, a: str, b: str, probability: float) -> None:
    """Puts a link into an index, as if a run had found it."""
    one, two = sorted((a, b))
    index.db.execute("DELETE FROM kept.link WHERE a = ? AND b = ?", [one, two])
    index.db.execute(
        "INSERT INTO kept.link VALUES (?, ?, 'company', ?, 0, ['trade=same'], 0, '')", [one, two, probability]
    )


def doubt(index: Index, nodes: list[str]) -> None:
    """Makes it uncertain whether each node is one with its neighbour, in place of all that a run found."""
    index.db.execute("DELETE FROM kept.link")
    for n in range(0, len(nodes) - 1, 2):
        link(index, nodes[n], nodes[n + 1], 0.4 + n / 100)
