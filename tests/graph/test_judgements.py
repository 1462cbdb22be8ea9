from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from graph.backup import backup, restore
from graph.changes import DERIVED, JUDGED
from graph.errors import InvalidValue, NotFound, UnreadableFile
from graph.exchange import export, read, take_in
from graph.judgements import LONGEST_WHY, Judgement, Opinion, Verdict, judge, judged_of, judgements, unjudge
from graph.model import Inference, Mention, Record, StatedLink
from graph.opening import open_store
from graph.store import Store

YONGFEI, FEIDA = "Company/91330304MA6QDUMH3D", "Company/91110000600037341L"
BILLS = [f"Party/freight:{n}#consignor" for n in range(4)]
SITE = "Site/W1"
AT = "2025-08-16T10:00:00+00:00"


@pytest.fixture
def known(store: Store) -> Store:
    """A store of two companies, four mentions and a site."""
    nodes = [YONGFEI, FEIDA, *BILLS, SITE, "Phone/+8613800138000"]
    store.merge([Record("x", str(n), "x.csv", n, "d", {}, (Mention(node, "p"),)) for n, node in enumerate(nodes)])
    return store


def say(
    store: Store, a: str, b: str, verdict: Verdict = "same", *, by: str = "李娜", why: str = "同一门牌", at: str = AT
) -> list[tuple[str, tuple[str, ...]]]:
    """Judges, and gives what speaks against it."""
    return [(d.code, d.path) for d in judge(store, a, b, verdict, by=by, why=why, at=at).doubts]


def links(store: Store) -> list[tuple[str, str, str]]:
    return [(link.kind, link.source, link.target) for link in store.links()]


@pytest.mark.parametrize(
    ("verdict", "kind"), [("same", "SAME_AS"), ("different", "DIFFERENT_FROM"), ("unsure", "MAYBE_SAME_AS")]
)
def test_a_judgement_is_an_observed_link_of_its_day(known: Store, verdict: Verdict, kind: str) -> None:
    kept = judge(known, BILLS[0], YONGFEI, verdict, by="李娜", why="同一门牌", at="2025-08-16T18:00:00+08:00").judgement
    assert kept == Judgement(YONGFEI, BILLS[0], Opinion(verdict, "李娜", AT, "同一门牌"))
    (link,) = known.links()
    assert (link.kind, link.source, link.target, link.start) == (kind, YONGFEI, BILLS[0], "2025-08-16")
    assert link.inference is None
    assert link.records == (kept.record,)


def test_what_is_judged_again_supersedes_and_is_remembered(known: Store) -> None:
    say(known, YONGFEI, BILLS[0])
    say(known, BILLS[0], YONGFEI, "different", by="王强", why="另一家", at="2025-08-17T10:00:00+00:00")
    assert links(known) == [("DIFFERENT_FROM", YONGFEI, BILLS[0])]
    (kept,) = judgements(known)
    assert kept.now == Opinion("different", "王强", "2025-08-17T10:00:00+00:00", "另一家")
    assert kept.history == (Opinion("same", "李娜", AT, "同一门牌"),)


def test_the_same_said_again_changes_nothing(known: Store) -> None:
    say(known, YONGFEI, BILLS[0])
    before = known.changes()
    say(known, YONGFEI, BILLS[0], at="2026-01-01T00:00:00+00:00")
    assert known.changes() == before


def test_a_judgement_that_is_taken_back_leaves_its_history_alone(known: Store) -> None:
    say(known, YONGFEI, BILLS[0])
    unjudge(known, BILLS[0], YONGFEI, by="王强", why="看错了", at="2025-08-17T10:00:00+00:00")
    assert not links(known)
    assert known.get([BILLS[0]])[BILLS[0]].mentions == 1
    (kept,) = judgements(known)
    assert kept.now == Opinion(None, "王强", "2025-08-17T10:00:00+00:00", "看错了")
    assert [one.verdict for one in kept.history] == ["same"]
    assert not list(judgements(known, standing=True))
    with pytest.raises(NotFound, match="headwater judge"):
        unjudge(known, YONGFEI, BILLS[0], by="王强", why="看错了")


def test_a_judgement_outlasts_what_a_model_says_and_takes_back(known: Store) -> None:
    link = StatedLink("SAME_AS", YONGFEI, BILLS[0], inference=Inference("model 1", 0.4))
    known.merge([Record(DERIVED, "1", "", 1, "d", {}, (), (link,))])
    say(known, YONGFEI, BILLS[0])
    (found,) = known.links()
    assert found.inference is None
    known.retract([f"{DERIVED}:1"])
    assert links(known) == [("SAME_AS", YONGFEI, BILLS[0])]


def test_a_judgement_outlasts_the_feed_it_was_made_from(known: Store) -> None:
    say(known, YONGFEI, BILLS[0])
    known.retract([*known.record_ids("x")])
    assert links(known) == [("SAME_AS", YONGFEI, BILLS[0])]


def test_judged_links_come_first_where_links_are_cut(known: Store) -> None:
    others = [f"Party/more:{n}#p" for n in range(30)]
    known.merge([Record("more", str(n), "m.csv", n, "d", {}, (Mention(x, "p"),)) for n, x in enumerate(others)])
    inference = Inference("model 1", 0.9)
    known.merge(
        [
            Record(DERIVED, str(n), "", 1, "d", {}, (), (StatedLink("SAME_AS", YONGFEI, x, inference=inference),))
            for n, x in enumerate(others)
        ]
    )
    say(known, YONGFEI, BILLS[0])
    assert [x.target for x in known.expand([YONGFEI], ["SAME_AS"], limit=1).links[YONGFEI]] == [BILLS[0]]


# What is refused


def test_a_node_that_is_not_there_cannot_be_judged(known: Store) -> None:
    with pytest.raises(NotFound, match=r"Party/freight:9#c.*headwater search"):
        say(known, YONGFEI, "Party/freight:9#c")
    assert not list(judgements(known))


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (YONGFEI, YONGFEI, "both are the same node"),
        (YONGFEI, "Phone/+8613800138000", "can be one with another"),
        (YONGFEI, SITE, "a Company is never a Site"),
    ],
)
def test_what_can_never_be_one_is_refused(known: Store, a: str, b: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        say(known, a, b)


@pytest.mark.parametrize(
    "more",
    [
        {"why": " "},
        {"by": ""},
        {"why": "x" * (LONGEST_WHY + 1)},
        {"why": "\ud800"},
        {"at": "yesterday"},
        {"at": "2025-08-16T10:00:00"},
    ],
)
def test_a_judgement_without_whole_texts_and_a_time_is_refused(known: Store, more: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        judge(known, YONGFEI, BILLS[0], "same", **{"by": "李娜", "why": "x", "at": AT, **more})
    assert not list(judgements(known))


# What speaks against a judgement


def test_two_numbers_judged_the_same_are_kept_with_a_warning(known: Store) -> None:
    assert say(known, YONGFEI, FEIDA) == [("numbers", (FEIDA, YONGFEI))]
    assert links(known) == [("SAME_AS", FEIDA, YONGFEI)]


def test_two_numbers_that_become_one_through_a_third_are_told_with_the_way(known: Store) -> None:
    assert say(known, YONGFEI, BILLS[0]) == []
    assert say(known, FEIDA, BILLS[0]) == [("numbers", (FEIDA, BILLS[0], YONGFEI))]


def test_different_while_the_same_through_others_is_told_with_the_way(known: Store) -> None:
    say(known, BILLS[0], BILLS[1])
    say(known, BILLS[1], BILLS[2])
    assert say(known, BILLS[0], BILLS[2], "different") == [("different", (BILLS[0], BILLS[1], BILLS[2]))]


def test_the_same_while_another_way_round_they_are_different_is_told(known: Store) -> None:
    say(known, BILLS[0], BILLS[1])
    say(known, BILLS[0], BILLS[2], "different")
    assert say(known, BILLS[1], BILLS[2]) == [("different", (BILLS[0], BILLS[1], BILLS[2]))]


def test_what_a_model_says_is_no_contradiction(known: Store) -> None:
    link = StatedLink("SAME_AS", BILLS[0], BILLS[1], inference=Inference("model 1", 0.99))
    known.merge([Record(DERIVED, "1", "", 1, "d", {}, (), (link,))])
    say(known, BILLS[1], BILLS[2])
    assert say(known, BILLS[0], BILLS[2], "different") == []


# Elsewhere and back


def told(store: Store) -> bytes:
    out = io.BytesIO()
    export(store, out)
    return out.getvalue()


def test_judgements_that_are_written_and_read_again_are_the_same(known: Store, tmp_path: Path) -> None:
    say(known, YONGFEI, BILLS[0])
    say(known, YONGFEI, BILLS[0], "unsure", at="2025-08-18T00:00:00+00:00")
    say(known, BILLS[1], BILLS[2], "different")
    unjudge(known, BILLS[1], BILLS[2], by="王强", why="看错了", at="2025-08-17T10:00:00+00:00")
    path = tmp_path / "judged.jsonl"
    path.write_bytes(told(known))
    with open_store(f"sqlite:{tmp_path / 'other.db'}") as other:
        other.merge([record for record in known.all_records() if record.source != JUDGED])
        assert take_in(other, read(path)) == (2, [])
        assert take_in(other, read(path)) == (0, [])
        assert told(other) == told(known)
        assert list(other.links()) == list(known.links())


def test_of_two_accounts_of_a_pair_the_newer_holds_whichever_comes_first(known: Store) -> None:
    old = Judgement(YONGFEI, BILLS[0], Opinion("same", "a", "2025-01-01T00:00:00+00:00", "x"))
    new = Judgement(YONGFEI, BILLS[0], Opinion("different", "b", "2025-02-01T00:00:00+00:00", "y"))
    answers = []
    for order in ([old, new], [new, old]):
        known.retract(list(known.record_ids(JUDGED)))
        take_in(known, order)
        answers.append(list(judgements(known)))
    assert answers[0] == answers[1] == [Judgement(YONGFEI, BILLS[0], new.now, (old.now,))]


def test_judgements_of_nodes_that_are_not_there_are_left_out_and_told(known: Store) -> None:
    lost = Judgement(YONGFEI, "Party/freight:9#c", Opinion("same", "a", AT, "x"))
    assert take_in(known, [lost]) == (0, [lost])
    assert not list(judgements(known))


GOOD = {"a": YONGFEI, "b": BILLS[0], "verdict": "same", "by": "a", "at": AT, "why": "x"}


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{",
        json.dumps({**GOOD, "verdict": "perhaps"}),
        json.dumps({**GOOD, "more": 1}),
        json.dumps({k: v for k, v in GOOD.items() if k != "why"}),
        json.dumps({**GOOD, "b": YONGFEI}),
        json.dumps({**GOOD, "at": "x"}),
        json.dumps({**GOOD, "history": [1]}),
        json.dumps({**GOOD, "history": None}),
        json.dumps({**GOOD, "verdict": []}),
        json.dumps({**GOOD, "verdict": ""}),
        json.dumps({**GOOD, "by": None}),
        json.dumps({**GOOD, "why": 5}),
        json.dumps({**GOOD, "at": "0001-01-01T00:00:00+14:00"}),
    ],
)
def test_a_line_that_is_no_judgement_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_text(json.dumps(GOOD) + "\n\n" + line + "\n")
    with pytest.raises(UnreadableFile, match="line 3"):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"none\.jsonl"):
        read(tmp_path / "none.jsonl")


def test_a_backup_brings_judgements_back(known: Store, tmp_path: Path) -> None:
    say(known, YONGFEI, BILLS[0])
    backup(known, tmp_path / "b")
    with open_store(f"sqlite:{tmp_path / 'other.db'}") as other:
        restore(other, tmp_path / "b")
        assert list(judgements(other)) == list(judgements(known))
        assert list(other.all_records()) == list(known.all_records())


def test_what_was_never_judged_is_left_out(known: Store) -> None:
    say(known, YONGFEI, BILLS[0])
    assert list(judged_of(known, [(BILLS[0], YONGFEI), (YONGFEI, FEIDA)])) == [(BILLS[0], YONGFEI)]


def test_ids_of_any_length_are_judged(known: Store) -> None:
    long = [f"Party/{n}{'长' * 1400}" for n in range(2)]
    known.merge([Record("long", str(n), "l.csv", n, "d", {}, (Mention(x, "p"),)) for n, x in enumerate(long)])
    say(known, long[0], long[1])
    assert [(one.a, one.b) for one in judgements(known)] == [tuple(long)]
