"""Plates, ICP filings and dates of birth, from the rows of feeds to who is who."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.clusters import THRESHOLD
from graph.opening import open_store
from graph.store import Store
from ingest import loader
from resolve.explain import Explanation, explain
from resolve.index import Index
from resolve.profiles import Profile, profiles
from resolve.run import resolve
from resolve.training import train
from resolve.weights import standing
from tests.resolve.conftest import load as load_feeds
from tests.resolve.conftest import market, uscc

YONGFEI = uscc(40_000_001)
FEEDS = {
    # A list of operation licences of lorries, 道路运输证: a firm under its code and in short; vehicles that are sold.
    "licences": (
        """
        feed: vehicles
        columns: [证号, 车牌号码, 业户名称, 信用代码, 有效期起, 有效期止]
        key: 证号
        nodes:
          vehicle: {kind: Vehicle, key: 车牌号码}
          operator: {party: 业户名称, uscc: 信用代码}
        links:
          - [operator, OPERATES, vehicle, {start: 有效期起, end: 有效期止}]
        """,
        f"""
        证号,车牌号码,业户名称,信用代码,有效期起,有效期止
        V1,浙C11111,温州市永飞物流有限公司,{YONGFEI},,
        V2,浙C-11111,永飞物流,,,
        V3,浙C33333,利腾车队,,2014-03-01,2017-12-31
        V4,浙C33333,利腾车队,,2018-02-01,2022-02-01
        V5,浙C44444,宝诚车队,,2016-03-01,2020-12-31
        V6,浙C44444,宝诚车队,,2018-02-01,2022-02-01
        V7,浙C77777,荣发车队,,,
        V8,浙C88888,荣发车队,,,
        """,
    ),
    # Who was at the wheel: the lorries of one fleet, driven by many, some of one name.
    "drivers": (
        """
        feed: drivers
        columns: [编号, 驾驶员, 车牌]
        key: 编号
        nodes:
          vehicle: {kind: Vehicle, key: 车牌}
          driver: {party: 驾驶员}
        links:
          - [driver, DRIVES, vehicle]
        """,
        """
        编号,驾驶员,车牌
        D1,陈志强,浙C55555
        D2,李国华,浙C55555
        D3,陈志强,浙C55555
        D4,陈志强,浙C66666
        D5,周建平,无牌
        """,
    ),
    # Web sites and who filed them; an agency shows its own number on the sites of all whom it serves.
    "sites": (
        """
        feed: sites
        columns: [网址, 备案号, 主办单位]
        key: 网址
        nodes:
          filing: {kind: WebFiling, key: 备案号}
          filer: {party: 主办单位}
        links:
          - [filer, HAS_FILING, filing]
        """,
        """
        网址,备案号,主办单位
        a.example,沪ICP备12345678号-1,上海嘉来网络科技有限公司
        b.example,沪icp備12345678号－2,嘉来商行
        """
        + "".join(f"s{i}.example,粤ICP备87654321号-{i},佛山{chr(0x4E01 + 37 * i)}{chr(0x5E03 + 29 * i)}鞋业有限公司\n"
                  for i in range(20))
        + "t1.example,粤ICP备87654321号-77,顺洋商行\nt2.example,粤ICP备87654321号-78,顺洋商店\n",
    ),
    # Shops with the number that their pages show.
    "shops": (
        """
        feed: shops
        columns: [店铺编号, 经营者, ICP]
        key: 店铺编号
        nodes:
          account: {kind: Account, key: 店铺编号}
          seller: {party: 经营者}
          filing: {kind: WebFiling, key: ICP}
        links:
          - [account, RUN_BY, seller]
          - [account, HAS_FILING, filing]
        """,
        """
        店铺编号,经营者,ICP
        taobao/1,嘉来工贸,沪ICP备12345678号-3
        taobao/2,宏景商行,
        """,
    ),
    "persons": (
        """
        feed: persons
        columns: [编号, 姓名, 证件号, 出生日期]
        key: 编号
        nodes:
          person: {party: 姓名, id: 证件号, set: {born: 出生日期}}
        """,
        """
        编号,姓名,证件号,出生日期
        P1,欧阳雪松,4b40ef217e024b9c,1985/3/2
        P2,欧阳雪松,,19850302
        P3,欧阳雪松,,1985-03-12
        P4,欧阳雪松,,1971-11-30
        P5,温州市永飞物流有限公司,,1985-03-02
        """,
    ),
}  # fmt: skip


def feed(store: Store, folder: Path, name: str, rows: str | None = None) -> None:
    """Loads one of the feeds with its mapping; `rows` in place of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    mapping, own = FEEDS[name]
    text = "\n".join(filter(None, map(str.strip, (own if rows is None else rows).splitlines())))
    (folder / f"{name}.csv").write_text(text + "\n", "utf-8")
    indent = len(mapping) - len(mapping.lstrip()) - 1
    (folder / f"{name}.yaml").write_text("\n".join(line[indent:] for line in mapping.strip("\n").splitlines()), "utf-8")
    report = loader.load(store, [folder / f"{name}.csv"], mapping=str(folder / f"{name}.yaml"))
    assert report.is_whole and report.total("added") > 0, report


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Index]]:
    """A store with all feeds, and what a run made of it."""
    folder = tmp_path_factory.mktemp("evidence")
    with open_store(f"sqlite:{folder / 'store.db'}") as store, Index(folder / "identity") as index:
        for name in FEEDS:
            feed(store, folder, name)
        resolve(store, index, standing())
        yield store, index


def told(compared: tuple[Store, Index], a: str, b: str) -> Explanation:
    store, index = compared
    return explain(
        store,
        index,
        standing(),
        *(n if n.startswith(("Company/", "Person/")) else f"Party/{n}" for n in (a, b)),
    )


def level(found: Explanation, comparison: str) -> str:
    return next(one.level for one in found.evidence if one.comparison == comparison)


def profile(store: Store, node: str) -> Profile:
    (found,) = profiles(store, [node])
    return found


def test_a_plate_tells_which_firm_a_short_name_means(compared: tuple[Store, Index]) -> None:
    same = told(compared, f"Company/{YONGFEI}", "vehicles:V2#operator")
    assert level(same, "plate") == "same"
    assert same.linked is not None and same.linked > 0.9
    other = told(compared, "vehicles:V7#operator", "vehicles:V8#operator")
    assert level(other, "plate") == "differ"
    assert (other.linked or 0.0) < THRESHOLD


def test_two_drivers_of_one_lorry_are_two(compared: tuple[Store, Index]) -> None:
    two = told(compared, "drivers:D1#driver", "drivers:D2#driver")
    assert level(two, "plate") == "same"
    assert not two.found and two.linked is None and two.probability < 0.1


def test_drivers_of_one_name_are_one_by_their_lorry_and_not_without(compared: tuple[Store, Index]) -> None:
    assert (told(compared, "drivers:D1#driver", "drivers:D3#driver").linked or 0.0) > 0.9
    assert (told(compared, "drivers:D1#driver", "drivers:D4#driver").linked or 0.0) < 0.5


def test_a_plate_that_has_passed_to_another_says_nothing(compared: tuple[Store, Index]) -> None:
    passed = told(compared, "vehicles:V3#operator", "vehicles:V4#operator")
    (evidence,) = [one for one in passed.evidence if one.comparison == "plate"]
    assert (evidence.level, evidence.bits) == ("passed", 0)
    assert (passed.linked or 0.0) < THRESHOLD
    # Both had it for three years, so that they are one, or one of them is wrong.
    held = told(compared, "vehicles:V5#operator", "vehicles:V6#operator")
    assert level(held, "plate") == "same"
    assert (held.linked or 0.0) > 0.9


def test_what_is_no_plate_is_a_doubt_and_no_evidence(compared: tuple[Store, Index]) -> None:
    assert profile(compared[0], "Party/drivers:D5#driver").plates == ()


def test_sites_of_one_filer_meet_under_its_number(compared: tuple[Store, Index]) -> None:
    same = told(compared, "sites:a.example#filer", "sites:b.example#filer")
    assert level(same, "filing") == "same"
    (evidence,) = [one for one in same.evidence if one.comparison == "filing"]
    assert evidence.called == ("ICP filing", "网站备案号")
    assert [value.text for value in evidence.shared] == ["沪ICP备12345678号"]
    assert (same.linked or 0.0) > 0.9


def test_the_number_of_a_shop_s_page_is_its_seller_s(compared: tuple[Store, Index]) -> None:
    assert profile(compared[0], "Party/shops:taobao/1#seller").filings == ("沪ICP备12345678号",)
    assert profile(compared[0], "Party/shops:taobao/2#seller").filings == ()
    assert (told(compared, "shops:taobao/1#seller", "sites:a.example#filer").linked or 0.0) > 0.9


def test_an_agency_s_number_says_nothing_of_whom_it_serves(compared: tuple[Store, Index]) -> None:
    two = told(compared, "sites:t1.example#filer", "sites:t2.example#filer")
    (evidence,) = [one for one in two.evidence if one.comparison == "filing"]
    assert (evidence.level, evidence.bits) == ("throng", 0)
    served = {f"Party/sites:s{i}.example#filer" for i in range(20)}
    assert not any(x.source in served or x.target in served for x in compared[0].links(["SAME_AS"]))


def test_the_day_of_birth_of_a_mapping_reaches_the_profile_whatever_its_form(compared: tuple[Store, Index]) -> None:
    store, _ = compared
    assert profile(store, "Person/4b40ef217e024b9c").born == "1985-03-02"
    assert profile(store, "Party/persons:P2#person").born == "1985-03-02"
    firm = profile(store, "Party/persons:P5#person")
    assert (firm.nature, firm.born) == ("company", None)


def test_persons_are_told_apart_by_their_days_of_birth(compared: tuple[Store, Index]) -> None:
    found = [told(compared, "Person/4b40ef217e024b9c", f"persons:P{i}#person") for i in (2, 3, 4)]
    assert [level(one, "born") for one in found] == ["same", "slip", "differ"]
    assert found[0].weight > found[1].weight > found[2].weight
    assert found[0].probability > 0.9 and found[2].probability < 0.5


def test_a_number_that_a_shop_shows_later_is_compared_by_the_next_run(
    store: Store, index: Index, tmp_path: Path
) -> None:
    load_feeds(store, market(tmp_path / "market", bills=40))
    feed(store, tmp_path, "sites")
    feed(store, tmp_path, "shops", "店铺编号,经营者,ICP\ntaobao/1,嘉来工贸,\n")
    resolve(store, index, standing())
    # The account is named again, by a feed that does not know its seller.
    mapping = tmp_path / "pages.yaml"
    mapping.write_text(
        "feed: pages\ncolumns: [shop, icp]\nkey: shop\nnodes:\n  account: {kind: Account, key: shop}\n"
        "  filing: {kind: WebFiling, key: icp}\nlinks:\n  - [account, HAS_FILING, filing]\n",
        "utf-8",
    )
    (tmp_path / "pages.csv").write_text("shop,icp\ntaobao/1,沪ICP备12345678号-3\n", "utf-8")
    assert loader.load(store, [tmp_path / "pages.csv"], mapping=str(mapping)).is_whole
    run = resolve(store, index, standing())
    assert not run.whole
    same = told((store, index), "shops:taobao/1#seller", "sites:a.example#filer")
    assert (same.linked or 0.0) > 0.9


def test_weights_of_what_a_market_does_not_state_outlast_training(market_store: Store, index: Index) -> None:
    resolve(market_store, index, standing())
    for nature, found in train(market_store, index, standing()).items():
        for comparison in ("plate", "filing"):
            shipped = standing()[nature]["levels"][comparison]
            assert found.weights["levels"][comparison] == shipped
            assert {f"{comparison}={code}" for code in shipped} <= set(found.kept)


@pytest.mark.parametrize("nature", ["company", "person"])
def test_the_weights_of_plates_and_filings_are_those_of_what_they_are_like(nature: str) -> None:
    levels = {code: {x: m / u for x, (m, u) in of.items()} for code, of in standing()[nature]["levels"].items()}  # type: ignore[index]
    assert levels["plate"]["same"] > 2**12 and levels["filing"]["same"] == levels["mail"]["same"]
    for one in (levels["plate"], levels["filing"]):
        assert one["same"] > one["crowd"] > one["throng"] == 1
        assert 0.3 < one["differ"] < 1, "to differ is no veto: a fleet has many plates, and an owner several filings"
    assert levels["plate"]["passed"] == 1
