"""A small market in which some numbers are published, most are somebody's, and two parties lie elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from api.access.viewer import Grant, Role, Viewer
from api.masks.policy import Policy
from api.masks.vault import Vault
from graph.changes import DERIVED
from graph.judgements import Verdict, judge, unjudge
from graph.model import Inference, Mention, Record, StatedLink, kind_of, pair_key
from graph.ontology import SAME
from graph.opening import open_store
from graph.store import Store
from ingest.loader import forget, load
from queries.trace import Clue

MAKER, OTHER = "Company/91330304MA6QER431H", "Company/91440306MAFUF16M4A"
HOLDER, LICENSEE = "Company/91430582MAN5C2B554", "Company/91371311MABPKBKQ94"
RIGHT, LICENCE, ACCOUNT, LISTING, SITE = (
    "Right/16640560", "Licence/LC1", "Account/taobao/ta1", "Listing/taobao/1001", "Site/WH1",
)  # fmt: skip
OPEN_PHONE, OPEN_HANDLE = "Phone/+8613958770002", "Handle/qq:2837465901"
PHONE, SITE_PHONE, FAR_PHONE = "Phone/+8615843339871", "Phone/+8613876541298", "Phone/+8613677831476"
PART = "MaskedPhone/+86158****9871"
PAYEE, LONE_PAYEE = "PayeeAccount/6214871936450187734", "PayeeAccount/6228449013357761189"
EMAIL, HANDLE = "Email/yj7788@example.com", "Handle/wechat:wxyongjie77"
PERSON, DIRECTOR = "Person/51010719870615438X", "Person/7f3a9c21d4e8b695"
BUYER, RETURNING = "Party/freight:FR1#consignee", "Party/freight:FR2#consignee"
REGISTRANT, JUDGE = "Party/accounts:taobao/ta1#registrant", "key:inspector7"
LONE_HOLDER = "Party/payees:6228449013357761189#holder"
LANDLINE, ODD_PERSON, ODD_PAYEE = "Phone/+8657788886666", "Person/台胞证0729518306", "PayeeAccount/6271816271816271816"
CLOSED = (
    PHONE, SITE_PHONE, FAR_PHONE, PART, PAYEE, LONE_PAYEE, EMAIL, HANDLE, PERSON, DIRECTOR, LANDLINE, ODD_PERSON,
    ODD_PAYEE,
)  # fmt: skip
SOUND, PLACE = "Name/wangwu15843339871", "Address/~义乌市国际商贸城电话15843339871"
"""Nodes that are nobody's number, whose keys spell one out."""
PRODUCT, FEATURES = "Product/06901234567892", "鞋舌内侧第三针为双线"
GONE = (
    "Phone/+8613322446680", "MaskedPhone/+86133****6680", "PayeeAccount/8855220088552200885",
    "Email/gone77@example.com", "Handle/wechat:gonewechat9", "Person/台胞证6699331166", "Name/sunqi13322446680",
    "Address/~商贸城电话13322446680", "Party/gone:8855220088552200885#holder",
)  # fmt: skip
"""Nodes that a forgotten source stated: their tokens are genuine, and nothing is there."""
SPELLED, STYLED = "打一五八 4333 九八七①", "王五 158-4333-9871"
NOTES = [
    # A text that spells a number out, and one in which it cannot be recognised.
    Record(
        "judgements", "J1", "j.csv", 1, "d1", {"text": f"被告{SPELLED}，无", "case": "J1"},
        (Mention("Judgement/J1", "judgement", {"court": "温州市中级人民法院"}), Mention(PHONE, "text.1")),
        (StatedLink("MENTIONS", "Judgement/J1", PHONE, values={"text": SPELLED},
                    inference=Inference("text:1", 0.97, (SPELLED,))),),
    ),
    Record(
        "judgements", "J2", "j.csv", 2, "d2", {"text": "被告电话见附图", "case": "J2"},
        (Mention("Judgement/J2", "judgement"), Mention(PHONE, "text.1")),
        (StatedLink("MENTIONS", "Judgement/J2", PHONE),),
    ),
    # A number in a value that is nobody's secret, and in a row that speaks of nobody.
    Record("notes", "N1", "n.csv", 1, "d3", {"who": STYLED}, (Mention("Party/notes:N1#who", "who", {"name": STYLED}),)),
    Record("notes", "15843339871-2", "n.csv", 2, "d4", {"a": "b"}, (Mention("Site/S2", "site", {"name": "b"}),)),
]  # fmt: skip
VAULT = Vault(b"a secret of the tests, 32 bytes.")
TODAY = "2025-07-01"
JUDGED_AT = "2025-06-01T08:00:00+00:00"
CASE = "2025-7"
FOUND = Clue("https://taobao.example/item/1001", "listing", "16640560", "2025-06-20")
HERE = Path(__file__).parent


def given(feed: str) -> list[dict[str, str]]:
    """The rows of a feed as they stand in its file."""
    with (HERE / "market" / f"{feed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:{tmp_path_factory.mktemp('store') / 'store.db'}") as store:
        fill_market(store)
        yield store


def fill_market(store: Store) -> None:
    assert load(store, [HERE / "market"]).total("set_aside") == 0
    store.merge(NOTES)
    store.merge([Record("gone", "1", "g.csv", 1, "d", {}, tuple(Mention(n, f"f{i}") for i, n in enumerate(GONE)))])
    forget(store, "gone")


def fill_identity(store: Store) -> None:
    """Who is who in the market: links as a model makes them, and judgements whose reasons spell numbers out."""
    store.merge(
        [
            Record(DERIVED, pair_key(a, b), "", 0, f"{a}{b}", {}, (), (StatedLink(SAME, a, b, inference=why),))
            for a, b, why in (
                (BUYER, RETURNING, Inference("identity-1", 0.98, ("trade=same +9.1", "phone=same +7.5", "prior -9.0"))),
                (REGISTRANT, RETURNING, Inference("identity-1", 0.8, ("trade=same +9.1", "mail=domain +2.0"))),
                (MAKER, BUYER, Inference("identity-1", 0.72, ("trade=differ -3.0", "mail=differ -0.5"))),
                (LONE_HOLDER, PERSON, Inference("identity-1", 0.75, ("name=same +4.0",))),
                (DIRECTOR, PERSON, Inference("identity-1", 0.9, ("name=same +4.0", "born=slip +6.0"))),
                (OTHER, RETURNING, Inference("identity-1", 0.71, ("trade=part +1.0",))),
            )
        ]
    )
    for a, b, verdict, why in (
        (BUYER, RETURNING, "unsure", "first"),
        (BUYER, RETURNING, "same", f"老板电话 {STYLED}"),
        (MAKER, BUYER, "different", f"invoice {PERSON}"),
        (MAKER, OTHER, "different", "two firms"),
        (DIRECTOR, PERSON, "same", f"a slip, see {EMAIL.partition('/')[2]}"),
        (LONE_HOLDER, DIRECTOR, "unsure", "looks alike"),
    ):
        judge(store, a, b, cast(Verdict, verdict), by=JUDGE, why=why, at=JUDGED_AT)
    unjudge(store, LONE_HOLDER, DIRECTOR, by=JUDGE, why=f"not {LONE_PAYEE}", at=JUDGED_AT)


def viewer(role: Role = "enforcement", **others: Any) -> Viewer:
    holder = HOLDER if role == "right_holder" else None
    return Viewer("key:1", "a viewer", role, **{"holder": holder, **others})


def policy(store: Any, who: Viewer | None = None, **others: Any) -> Policy:
    return Policy(store, who or viewer(), VAULT, today=TODAY, **others)


def member(*grants: Grant, **others: Any) -> Viewer:
    return viewer(grants=grants, cases=frozenset((CASE,)), **others)


def texts_of(answer: object) -> Iterator[str]:
    """All that can be read in an answer, but for fractions."""
    if isinstance(answer, str):
        yield answer
    elif is_dataclass(answer):
        for one in fields(answer):
            yield from texts_of(getattr(answer, one.name))
    elif isinstance(answer, Mapping):
        for key, value in answer.items():
            yield from texts_of(key)
            yield from texts_of(value)
    elif isinstance(answer, Iterable) and not isinstance(answer, bytes):
        for one in answer:
            yield from texts_of(one)
    elif not isinstance(answer, float):
        yield str(answer)


def sealed(*nodes: str) -> list[str]:
    return [VAULT.seal(n) for n in nodes]


@pytest.fixture
def empty(sqlite_store_url: str) -> Iterator[Store]:
    with open_store(sqlite_store_url) as store:
        yield store


def fill(store: Store, *links: StatedLink, source: str = "test", **values: str) -> None:
    """States links, and values of the nodes at their ends by kind: `Address_country="DE"`."""
    ends = dict.fromkeys(n for k in links for n in (k.source, k.target))
    told = {name.partition("_")[0]: {name.partition("_")[2]: value} for name, value in values.items()}
    mentions = tuple(Mention(n, f"f{i}", told.get(kind_of(n), {})) for i, n in enumerate(ends))
    digest = "".join(map(str, links))
    store.merge([Record(source, str(len(digest)), "t.csv", 1, digest, {}, mentions, links)])


class Counting:
    """A store that notes what it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.names: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.names.append(name)
        return getattr(self._store, name)
