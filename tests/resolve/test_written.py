from __future__ import annotations

from pathlib import Path

import pytest

from graph.identity import identify
from graph.model import key_of
from graph.opening import open_store
from resolve import written
from resolve.profiles import profiles, written_place
from tests.resolve.conftest import FREIGHT, load


@pytest.mark.parametrize(
    ("text", "words", "figures"),
    [
        ("Artistic Milliners (Pvt) Ltd Unit14", {"artistic", "milliners", "artisticmilliners"}, "14"),
        ("Neotex S.A.R.L.", {"neotex"}, ""),
        ("neotex sarl", {"neotex"}, ""),
        ("Vogue Tex Ltd II", {"vogue", "tex", "voguetex"}, "2"),
        ("Garments Ltd", {"garments"}, ""),
        ("The Company Ltd", set(), ""),
    ],
)
def test_of_a_name_the_words_are_left_that_not_any_firm_has(text: str, words: set[str], figures: str) -> None:
    found = written.name((text,))
    assert set(found.words) == words
    assert found.figures == figures


def test_words_of_its_address_are_no_words_of_a_name_unless_it_has_no_others() -> None:
    assert written.name(("Lindqvist Koggala",), ("koggala",)).words == ("lindqvist",)
    assert written.name(("Koggala",), ("koggala",)).words == ("koggala",)


@pytest.mark.parametrize(
    ("text", "words", "numbers"),
    [
        ("7050 South May St., Chicago", {"7050", "s", "may", "chicago"}, {"7050"}),
        ("12-14 103rd Street, Colombo 00300, Sri Lanka", {"12", "14", "103", "colombo"}, {"12", "14", "103"}),
        ("Garii Street455100Cehu No.2A", {"garii", "cehu", "2a"}, {"2a"}),
        ("10405 Indiana Ave", {"10405", "indiana"}, {"10405"}),
        ("Rua Boavista 33o", {"330", "boavista"}, {"330"}),
    ],
)
def test_an_address_is_its_words_and_numbers_without_what_one_writes_and_the_next_leaves_out(
    text: str, words: set[str], numbers: set[str]
) -> None:
    found = written.place((text,))
    assert {word for key in found.keys for word in key.split()} == words
    assert set(found.numbers) == numbers
    assert set(found.words) == words - numbers


def test_an_address_that_says_too_little_is_no_key_and_many_addresses_are_no_words() -> None:
    assert written.place(("Colombo, Sri Lanka",)).keys == ()
    many = written.place(tuple(f"{i} Harbour Road, Colombo" for i in range(9)))
    assert len(many.keys) == 9
    assert (many.words, many.numbers) == ((), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("浙江省温州市鹿城区鞋都大道88号", None),
        ("某路88号", None),
        ("No. 88 Xiedu Avenue, Lucheng District, Wenzhou, Zhejiang, China", None),
        ("123 Main Street, Springfield, IL 62701, USA", "123 main street springfield il"),
        ("Harbour Road, Colombo, Sri Lanka", "harbour road colombo sri lanka"),
    ],
)
def test_addresses_of_the_world_are_kept_as_words(text: str, words: str | None) -> None:
    assert written_place(key_of(identify("Address", text).node)) == words


def test_a_load_keeps_an_address_of_the_world_with_its_party(tmp_path: Path) -> None:
    feed = tmp_path / "feeds" / "freight.csv"
    feed.parent.mkdir()
    row = (
        "FR1",
        "德邦",
        "Lindqvist Hellas SA",
        "",
        "",
        '"69 Harbour Road, Colombo, Sri Lanka"',
        "永飞电池厂",
        "",
        "",
        "电池",
    )
    bill = ",".join((*row, "850760", "1", "1", "2025-05-01", "", ""))
    feed.write_text(f"{FREIGHT}\n{bill}\n", "utf-8")
    with open_store(f"sqlite:{tmp_path / 'world.db'}") as store:
        load(store, feed.parent)
        parties = [node for record in store.all_records() for node, *_ in record.mentions if node.startswith("Party/")]
        known = {profile.names: profile for profile in profiles(store, parties)}
    assert known["Lindqvist Hellas SA",].written == ("69 harbour road colombo",)
    assert known["永飞电池厂",].written == ()
