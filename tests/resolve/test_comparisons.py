from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import duckdb
import pytest

from graph.identity import identify
from graph.model import key_of
from resolve import matching, slots
from resolve.profiles import Nature, Profile, written_place
from resolve.weights import bits, standing

PHONE, MASK = "+8613588912345", "+86135****2345"
COMPANIES = {
    "trade=same": ("温州永飞电池有限公司", "温州市永飛電池實業有限公司"),
    "trade=sound": ("温州永飞电池有限公司", "Wenzhou Yongfei Battery Co., Ltd."),
    "trade=homophone": ("温州永飞电池有限公司", "温州咏飞电池有限公司"),
    "trade=slip": ("温州永飞达电池有限公司", "温州永飞腾电池有限公司"),
    "trade=half": ("温州永飞电池有限公司", "温州永达电池有限公司"),
    "trade=slip_of_sound": ("温州永盛电池有限公司", "Wenzhou Yongsheng Battery Ltd @ Wenzhou Yonsen Battery"),
    "trade=spelled": ("永興製衣廠有限公司", "Wing Hing Garment Factory Ltd"),
    "trade=part": ("温州永飞电池有限公司", "温州永飞电有限公司"),
    "trade=alike": ("Bournillat Sculpture SA", "Bournilat Sculpture"),
    "trade=unlike": ("浙江正泰电器有限公司", "Zhejiang Chint Electrics Co., Ltd."),
    "trade=whole": ("Bluewater Harbour Foods Ltd", "Bluewater Harbour Foods Limited"),
    "trade=words": ("Bluewater Harbour Lindqvist Ltd", "The Lindqvist & Bluewater Trading Co."),
    "trade=word": ("Lindqvist Northern Seafood Ltd", "Lindqvist Hellas SA"),
    "trade=differ": ("温州永飞电池有限公司", "Wenzhou Changli Battery Co., Ltd."),
    "place=same": ("浙江永飞电池有限公司", "Wenzhou Yongfei Battery Co., Ltd."),
    "place=differ": ("温州永飞电池有限公司", "Ningbo Yongfei Battery Co., Ltd."),
    "place=neither": ("廣威針織有限公司", "Kwong Wai Knitting Limited"),
    "industry=differ": ("温州永飞电池有限公司", "Wenzhou Yongfei Shoes Co., Ltd."),
    "activity=apart": ("嘉兴卓辰贸易有限公司", "Jiaxing Zhuochen Auto Parts Co Ltd"),
    "form=branch": ("浙江华盛制衣有限公司", "Zhejiang Huasheng Garments Co. Ltd. Pinghu Branch"),
}
"""What a comparison comes to, and two names of which it does; both mentions bear one phone."""
PERSONS = {
    "name=same": ("陈志强", "陳志強"),
    "name=sound": ("陈志强", "Zhiqiang CHEN"),
    "name=slip_of_sound": ("陈志强", "Chen Ziqian"),
    "name=spelled": ("陳大文", "Tai Man CHAN"),
    "name=alike": ("Jonathan Smithson", "Jonathon Smythson"),
}


CONTACTS = ("mail", "handle", "phone", "address", "people", "plate", "filing")


def rows(nature: Nature, profiles: Sequence[Profile]) -> list[dict[str, Any]]:
    """The pairs among profiles, as `matching.PAIRS` has them."""
    db = duckdb.connect()
    db.register("given", slots.table(profiles))
    db.execute("CREATE TABLE profile AS SELECT * FROM given")
    matching.find(db, "profile", nature, standing()[nature], "found")
    found = db.sql("SELECT * FROM found ORDER BY a, b").to_arrow_table().cast(matching.PAIRS)
    told: list[dict[str, Any]] = found.to_pylist()
    return told


def compared(nature: Nature, named: Mapping[str, tuple[str, str]]) -> dict[str, tuple[list[str], float]]:
    """Of each case the levels that its pair came to, and the weight."""
    profiles = []
    for i, names in enumerate(named.values()):
        for end, name in zip("ab", names, strict=True):
            phone = f"+86135{i:04}2345"
            profiles.append(Profile(f"Party/{i:02}:{end}#x", nature, (name.rpartition("@ ")[2],), phones=(phone,)))
    found = {(row["a"], row["b"]): (row["levels"], row["weight"]) for row in rows(nature, profiles)}
    return {case: found.get((f"Party/{i:02}:a#x", f"Party/{i:02}:b#x"), ([], -99.0)) for i, case in enumerate(named)}


@pytest.fixture(scope="module")
def companies() -> dict[str, tuple[list[str], float]]:
    return compared("company", COMPANIES)


@pytest.fixture(scope="module")
def persons() -> dict[str, tuple[list[str], float]]:
    return compared("person", PERSONS)


@pytest.mark.parametrize("case", [case for case in COMPANIES if case not in ("trade=differ", "place=differ")])
def test_names_of_companies_are_compared_slot_by_slot(companies: dict[str, tuple[list[str], float]], case: str) -> None:
    assert case in companies[case][0]


@pytest.mark.parametrize("case", list(PERSONS))
def test_names_of_persons_are_compared_in_both_scripts_and_orders(
    persons: dict[str, tuple[list[str], float]], case: str
) -> None:
    assert case in persons[case][0]


@pytest.mark.parametrize("case", ["trade=differ", "place=differ", "industry=differ", "form=branch"])
def test_a_conflict_outweighs_a_phone_in_common(companies: dict[str, tuple[list[str], float]], case: str) -> None:
    assert companies[case][1] < companies["trade=sound"][1] - 6
    if case in ("trade=differ",):
        assert companies[case][1] < 0


def test_a_missing_slot_is_no_conflict() -> None:
    case = {"missing": ("温州永飞电池有限公司", "永飞")}
    levels, weight = compared("company", case)["missing"]
    assert not [level for level in levels if level.endswith("=differ")]
    assert weight > 3


def test_persons_of_two_names_are_not_one_for_what_their_firm_has() -> None:
    assert compared("person", {"two": ("陈志强", "李芳")})["two"] == ([], -99.0)


def known(node: str, name: str, field: str) -> Profile:
    """A company that is known by one thing, the same for all."""
    shared: dict[str, Any] = {field: ("same@agent.example",)}
    return replace(Profile(node, "company", (name,)), **shared)


@pytest.mark.parametrize("field", ["emails", "handles", "phones", "addresses", "people", "plates", "filings"])
def test_what_hundreds_are_known_by_says_nothing(field: str) -> None:
    crowd = [
        known(f"Party/c:{i}#x", f"温州{chr(0x4E00 + 7 * i)}{chr(0x5E00 + 3 * i)}鞋业有限公司", field) for i in range(60)
    ]
    levels = {level for row in rows("company", crowd) for level in row["levels"]}
    said = {level for level in levels if level.endswith(("=same", "=crowd"))}
    assert not said & {f"{code}={how}" for code in CONTACTS for how in ("same", "crowd")}


@pytest.mark.parametrize(
    ("column", "value", "level"),
    [("phones", "+8613588912345", "phone=throng"), ("addresses", "330304|chuangyelu|8", "address=throng")],
)
def test_what_hundreds_share_is_no_difference_either(column: str, value: str, level: str) -> None:
    shared: dict[str, Any] = {column: (value,)}
    crowd = [
        replace(
            Profile(f"Party/c:{i}#x", "company", (f"温州{chr(0x4E00 + 7 * i)}{chr(0x5E00 + 3 * i)}鞋业有限公司",)),
            **shared,
        )
        for i in range(30)
    ]
    one = [replace(Profile(f"Party/o:{i}#x", "company", ("温州市永飞鞋业有限公司",)), emails=(mail,), **shared)
           for i, mail in enumerate(("a@one.example", "b@two.example"))]  # fmt: skip
    (row,) = (row for row in rows("company", [*crowd, *one]) if {row["a"], row["b"]} == {x.node for x in one})
    assert level in row["levels"]
    assert bits(standing()["company"], *level.split("=")) == 0


def test_a_phone_that_some_share_is_no_masked_one_of_few() -> None:
    crowd = [
        Profile(f"Party/c:{i}#x", "company", (name,), phones=("+8613588912345",), masks=("+86135****2345",))
        for i, name in enumerate(
            (
                "温州市永飞鞋业有限公司",
                "永飞鞋厂",
                "宁波大发箱包厂",
                "义乌宏景文具厂",
                "台州利腾电池厂",
                "金华宝诚玩具厂",
            )
        )
    ]
    (row,) = (row for row in rows("company", crowd) if {row["a"], row["b"]} == {"Party/c:0#x", "Party/c:1#x"})
    assert "phone=crowd" in row["levels"]


def test_addresses_are_compared_by_their_parts() -> None:
    first = "330302|xiedudadao|88"
    others = {"same": first, "street": "330302|xiedudadao|89", "area": "330302|renminlu|88", "differ": "330303|xielu|1"}
    for level, other in others.items():
        pair = [
            Profile(f"Party/p:{end}#x", "company", (name,), addresses=(address,))
            for end, name, address in (("a", "温州永飞鞋业有限公司", first), ("b", "永飞鞋厂", other))
        ]
        (row,) = rows("company", pair)
        assert f"address={level}" in row["levels"]


def test_what_two_mentions_are_known_by_says_much() -> None:
    for field, level in (
        ("emails", "mail=same"),
        ("handles", "handle=same"),
        ("people", "people=same"),
        ("plates", "plate=same"),
        ("filings", "filing=same"),
    ):
        pair = [
            known(f"Party/d:{end}#x", name, field) for end, name in (("a", "温州永飞鞋业有限公司"), ("b", "永飞鞋厂"))
        ]
        (row,) = rows("company", pair)
        assert level in row["levels"]
        assert row["weight"] > 0


def test_two_that_are_registered_are_two_however_alike_their_numbers() -> None:
    ends = (("91330304MA2ABCDE1X", "永飞鞋厂"), ("91330304MA2ABCDE7X", "温州永飞鞋业有限公司"))
    pair = [
        Profile(f"Party/n:{number}#x", "company", (name,), number, phones=("+8613588912345",)) for number, name in ends
    ]
    assert rows("company", pair) == []


def test_a_deregistered_companys_phone_is_no_link() -> None:
    ends = (("温州永飞鞋业有限公司", True), ("宁波大发箱包有限公司", False))
    pair = [
        Profile(f"Party/o:{i}#x", "company", (name,), phones=("+8613588912345",), closed=closed)
        for i, (name, closed) in enumerate(ends)
    ]
    assert rows("company", pair) == []


WORLD = {
    "same": ("12 Harbour Road, Colombo, Sri Lanka", "12, harbour rd, Colombo"),
    "numbered": (
        "Plot 12, Sector 7, Harbour Road, Colombo 00300",
        "No. 12 Harbour Rd., Sector 7, Kollupitiya, Colombo",
    ),
    "words": ("Harbour Road, Kollupitiya, Colombo", "Old Mill, Harbour Rd, Colombo, 00300"),
    "differ": ("69 Harbour Road, Kollupitiya, Colombo", "699 Harbour Road, Kollupitiya, Colombo"),
}
"""What addresses come to that are not read into parts."""


def located(node: str, name: str, text: str) -> Profile:
    """A company as it would be known by a name and an address."""
    words = written_place(key_of(identify("Address", text).node))
    assert words is not None
    return Profile(node, "company", (name,), written=(words,))


@pytest.mark.parametrize("level", list(WORLD))
def test_addresses_that_no_parts_are_known_of_are_compared_by_words_and_numbers(level: str) -> None:
    pair = [located(f"Party/w:{i}#x", "Bluewater Lindqvist Ltd", text) for i, text in enumerate(WORLD[level])]
    (row,) = rows("company", pair)
    assert f"address={level}" in row["levels"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Lindqvist Bluewater Unit 6 Ltd", "Lindqvist Bluewater Unit 10 Ltd"),
        ("Lindqvist Bluewater (Pvt) Ltd II", "Lindqvist Bluewater (Pvt) Ltd III"),
    ],
)
def test_units_of_one_firm_are_several_parties(a: str, b: str) -> None:
    address = "Plot 12, Harbour Road, Colombo"
    pair = [located(f"Party/u:{i}#x", name, address) for i, name in enumerate((a, b))]
    assert not [row for row in rows("company", pair) if row["weight"] > 0]
    assert rows("company", [pair[0], replace(pair[1], names=pair[0].names)])[0]["weight"] > 5


def test_a_word_that_hundreds_of_firms_have_is_no_sign_of_one() -> None:
    crowd = [
        Profile(f"Party/c:{i}#x", "company", (f"Lindqvist {a}{b}quex Hellas",), phones=("+8613588912345",))
        for i, (a, b) in enumerate(product(("zor", "bla", "fru", "gly", "hro", "kry", "mlo"), "abcdefgh"))
    ]
    levels = {level for row in rows("company", crowd) for level in row["levels"]}
    assert not levels & {"trade=word", "trade=words"}


def test_of_a_name_the_words_of_its_place_say_nothing() -> None:
    pair = [
        located(f"Party/k:{i}#x", name, "Harbour Road, Koggala")
        for i, name in enumerate(("Lindqvist Koggala Ltd", "Bluewater Koggala Ltd"))
    ]
    assert not [row for row in rows("company", pair) if row["weight"] > 0]


def test_a_person_of_one_rare_word_is_compared_and_one_of_a_common_surname_is_not() -> None:
    def pair(name: str) -> list[Profile]:
        return [Profile(f"Party/{name}:{i}#x", "person", (name,), handles=(name,), born="1970-03-01") for i in range(2)]

    assert [row["a"] for row in rows("person", [*pair("Andreason"), *pair("Wang"), *pair("Bo")])] == [
        "Party/Andreason:0#x"
    ]


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("1990-03-05", "1990-05-03", "swapped"),
        ("1990-03-15", "1990-11-03", "differ"),  # the day of one is the month of the other, and not the reverse
        ("1990-03-05", "1990-03-15", "slip"),
        ("1990-03-05", "1991-05-03", "differ"),
    ],
)
def test_days_of_birth_are_swapped_where_each_part_stands_for_the_other(a: str, b: str, level: str) -> None:
    for days in ((a, b), (b, a)):
        pair = [
            Profile(f"Party/s:{i}#x", "person", ("欧阳雪松",), handles=("q",), born=born) for i, born in enumerate(days)
        ]
        assert f"born={level}" in rows("person", pair)[0]["levels"]


@pytest.mark.parametrize(
    ("nature", "names"),
    [(nature, names) for nature, of in (("company", COMPANIES), ("person", PERSONS)) for names in of.values()]
    + [("person", ("Andrea", "Andre")), ("company", ("Bournillat", "Bournilla"))],
)
def test_which_of_two_has_the_smaller_id_changes_nothing(nature: Nature, names: tuple[str, str]) -> None:
    found = [
        rows(
            nature,
            [
                Profile(f"Party/s:{i}#x", nature, tuple(name.split(" @ ")), phones=(PHONE,), masks=(MASK,))
                for i, name in enumerate(some)
            ],
        )
        for some in (names, names[::-1])
    ]
    assert [(row["levels"], row["weight"]) for row in found[0]] == [(row["levels"], row["weight"]) for row in found[1]]
