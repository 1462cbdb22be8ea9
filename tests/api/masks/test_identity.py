"""Who is who, as different viewers may see it: clusters, explanations, judgements, and the queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from api.access.viewer import JUDGES, Role, Viewer
from api.identity import Identity
from api.masks.explained import IDS, NAMES, NODES, OWN, PLAIN, TEXTS, Explained
from api.masks.levels import WITHIN, tells_more
from api.masks.policy import PARTIES, Policy
from api.masks.reviewed import ToReview
from api.masks.vault import MASK, is_token, unseen
from graph.changes import DERIVED, JUDGED, is_judged
from graph.errors import InvalidValue, NotFound
from graph.judgements import judged_of
from graph.model import Inference, Link, Mention, Record, StatedLink, kind_of, pair_key
from graph.ontology import SAME
from graph.opening import open_store
from graph.store import Store
from queries.trace import Trace
from resolve.comparisons import COMPARISONS
from resolve.explain import columns, explain
from resolve.profiles import PARTIES as COMPARED
from resolve.review import Item
from tests.api.masks.conftest import (
    BUYER,
    CLOSED,
    DIRECTOR,
    FOUND,
    GONE,
    JUDGE,
    LONE_HOLDER,
    MAKER,
    OTHER,
    PERSON,
    PHONE,
    REGISTRANT,
    RETURNING,
    SITE,
    VAULT,
    Counting,
    fill_identity,
    fill_market,
    policy,
    texts_of,
    viewer,
)
from tests.api.masks.test_leaks import parts_of

HERE = ("33",)
MAILS = [
    Record(
        "mails", str(i), "m.csv", i, f"d{i}", {},
        (Mention(node, "who", {"name": f"温州市永捷{i}有限公司"}), Mention(f"Email/{mail}", "mail")),
        (StatedLink("HAS_EMAIL", node, f"Email/{mail}"),),
    )
    for i, (node, mail) in enumerate(
        (
            ("Party/mails:0#who", "wang@secretdomain.example"),
            ("Party/mails:1#who", "li@secretdomain.example"),
            ("Party/mails:2#who", "zhao@otherdomain.example"),
        )
    )
]  # fmt: skip
BORN = [
    Record(
        "births", str(i), "b.csv", i, f"d{i}", {"name": "欧阳雪松", "born": "1985/3/2"},
        (Mention(f"Party/births:{i}#who", "who", {"name": "欧阳雪松", "nature": "person", "born": "1985-03-02"}),),
    )
    for i in range(2)
]  # fmt: skip
TWIN, OTHER_TWIN = (f"Party/births:{i}#who" for i in range(2))
SPELLING = "Party/notes:N1#who"
FIRST, SECOND, THIRD = (f"Party/mails:{i}#who" for i in range(3))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:{tmp_path_factory.mktemp('store') / 'store.db'}") as store:
        fill_market(store)
        store.merge(MAILS)
        store.merge(BORN)
        compared(store)
        fill_identity(store)
        yield store


def compared(store: Store, folder: Path = Path()) -> None:
    Identity(folder).run(store, True, lambda done, total: None)


def explained(store: Store, who: Viewer, a: str, b: str) -> Explained:
    asked = policy(store, who)
    a, b = (asked.shown([n]).get(n, VAULT.seal(n)) for n in (a, b))
    with Identity(Path()).reading(store) as (index, weights):
        return asked.explain(a, b, lambda seen, x, y: explain(seen, index, weights, x, y))


def of(told: Explained, comparison: str) -> tuple[str | None, str]:
    (one,) = (one for one in told.evidence if one.comparison == comparison)
    return one.level, one.words[0]


def cluster(asked: Policy, node: str, threshold: float = 0.7) -> set[str]:
    return set(asked.clusters([node], threshold)[node].members)


# Clusters


def test_a_cluster_tells_what_holds_it_and_what_was_left_out(market: Store) -> None:
    told = policy(market, viewer()).clusters([BUYER], 0.75)[BUYER]
    assert set(told.members) >= {BUYER, RETURNING, REGISTRANT}
    assert [(tie.is_judged, tie.probability) for tie in told.ties][0] == (True, 1.0)
    assert told.weakest == told.ties[-1]
    assert told.ties[0].link.records and len(told.ties) == len(told.members) - 1
    assert told.cut is False
    left = {one.why for one in policy(market, viewer()).clusters([MAKER], 0.7)[MAKER].refused}
    assert "different" in left


def test_a_cluster_of_masked_nodes_stands_under_their_tokens(market: Store) -> None:
    asked = policy(market, viewer())
    person, director = VAULT.seal(PERSON), VAULT.seal(DIRECTOR)
    told = asked.clusters([person], 0.7)[person]
    assert {person, director} <= set(told.members) and all(map(is_token, told.members))
    assert all(is_token(record) for tie in told.ties for record in tie.link.records)
    assert all(tie.link.inference is None or not tie.link.inference.reasons for tie in told.ties)
    assert asked.clusters([PERSON], 0.7) == {}


def test_what_is_hidden_joins_nothing_and_is_not_told(market: Store) -> None:
    store_wide = cluster(policy(market, viewer()), RETURNING, 0.7)
    asked = policy(market, viewer(jurisdictions=HERE))
    told = asked.clusters([RETURNING], 0.7)[RETURNING]
    assert OTHER not in {n for text in texts_of(told) for n in [text]}
    assert set(told.members) <= store_wide - {OTHER}
    assert told.cut is None
    assert all(tie.link.inference is None or not tie.link.inference.reasons for tie in told.ties)


def test_of_what_a_hidden_node_holds_together_the_part_that_is_seen_is_told(empty: Store) -> None:
    fill_market(empty)
    for a, b in ((BUYER, OTHER), (OTHER, RETURNING)):
        a, b = min(a, b), max(a, b)
        link = StatedLink(SAME, a, b, inference=Inference("identity-1", 0.9))
        empty.merge([Record(DERIVED, pair_key(a, b), "", 0, "d", {}, (), (link,))])
    assert cluster(policy(empty, viewer()), BUYER) == {BUYER, OTHER, RETURNING}
    assert cluster(policy(empty, viewer(jurisdictions=HERE)), BUYER) == {BUYER}


def test_the_store_is_asked_as_often_for_many_clusters_as_for_one(market: Store) -> None:
    def calls(*nodes: str) -> int:
        counting = Counting(market)
        policy(counting, viewer()).clusters(nodes, 0.7)
        return sum(name in ("get", "expand", "statements", "records", "changes") for name in counting.names)

    assert calls(BUYER, RETURNING, REGISTRANT, MAKER, SITE) <= calls(BUYER) + 2


# Explanations


def test_two_that_share_a_masked_phone_are_told_to_by_its_token(market: Store) -> None:
    told = explained(market, viewer(), BUYER, RETURNING)
    assert of(told, "phone")[0] == "same"
    (phone,) = (one for one in told.evidence if one.comparison == "phone")
    assert VAULT.seal(PHONE) in {value.text for value in phone.shared}
    assert told.weight is not None and told.probability is not None
    # Which is no more than the links to it tell.
    around = policy(market, viewer()).expand([BUYER, RETURNING], kinds=["HAS_PHONE"])
    assert {link.target for link in around.links} == {VAULT.seal(PHONE)}


@pytest.mark.parametrize("pair", [(FIRST, SECOND), (FIRST, THIRD)])
def test_whether_masked_addresses_share_a_domain_is_not_told(market: Store, pair: tuple[str, str]) -> None:
    told = explained(market, viewer(), *pair)
    assert of(told, "mail") == (None, "masked")
    assert {one.bits for one in told.evidence} == {None}
    assert (told.prior, told.weight, told.alone, told.probability, told.rivals) == (None, None, None, None, ())
    assert "secretdomain" not in " ".join(texts_of(told))


@pytest.mark.parametrize("role", [role for role in get_args(Role) if role != "right_holder"])
@pytest.mark.parametrize("jurisdictions", [(), HERE])
def test_the_probability_of_a_link_is_the_same_wherever_it_is_told(
    market: Store, role: Role, jurisdictions: tuple[str, ...]
) -> None:
    asked = policy(market, viewer(role, jurisdictions=jurisdictions))
    told = 0
    for a, b in ((LONE_HOLDER, PERSON), (DIRECTOR, PERSON), (REGISTRANT, RETURNING), (FIRST, SECOND), (FIRST, THIRD)):
        one, two = (asked.shown([n])[n] for n in (a, b))
        links = asked.expand([one], kinds=[SAME], limit=100).links
        between = [k for k in links if two in (k.source, k.target)]
        if any(k.inference is None for k in between):  # judged, so that its record alone tells what the model said
            stated = asked.records([r for k in between for r in k.records]).values()
            between = [k for record in stated for k in record.links]  # type: ignore[misc]
        found = [k.inference.probability for k in between if k.inference is not None]
        tied = [tie.probability for tie in asked.clusters([one], 0.1)[one].ties if {tie.a, tie.b} == {one, two}]
        explanation = explained(market, viewer(role, jurisdictions=jurisdictions), a, b)
        assert ([explanation.linked] if explanation.linked is not None else []) == found
        assert not tied or tied in (found, [1.0])
        told += len(found)
        if explanation.probability is None and not found:
            assert {one.bits for one in explanation.evidence} == {None} and explanation.rivals == ()
    assert told > 1


def test_what_is_open_to_a_viewer_is_told_in_full(market: Store) -> None:
    from api.access.viewer import Grant

    told = explained(market, viewer(grants=(Grant("Email", "mails"),)), FIRST, SECOND)
    assert of(told, "mail")[0] == "domain"
    assert told.weight is not None and "secretdomain.example" in set(texts_of(told))


def test_persons_numbers_are_not_compared_for_whom_they_are_masked(market: Store) -> None:
    told = explained(market, viewer(), PERSON, DIRECTOR)
    assert of(told, "number")[0] is None and told.probability is None
    assert told.obstacle == "numbers"


def test_days_of_birth_are_shown_and_compared_for_whom_they_were_granted(market: Store) -> None:
    from api.access.viewer import Grant

    told = explained(market, viewer(), TWIN, OTHER_TWIN)
    assert of(told, "born") == (None, "masked") and told.probability is None
    assert "1985" not in " ".join(texts_of(told))
    granted = explained(market, viewer(grants=(Grant("Party.born", "births"),)), TWIN, OTHER_TWIN)
    assert of(granted, "born")[0] == "same" and granted.probability is not None
    assert "1985-03-02" in set(texts_of(granted))


def test_it_is_told_of_the_one_first_that_is_named_first(market: Store) -> None:
    one, other = explained(market, viewer(), BUYER, MAKER), explained(market, viewer(), MAKER, BUYER)
    assert (one.a, one.b, one.names_a) == (BUYER, MAKER, other.names_b)
    assert [said.a for said in one.evidence] == [said.b for said in other.evidence]


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("jurisdictions", [(), HERE])
def test_no_explanation_tells_what_is_personal(market: Store, role: Role, jurisdictions: tuple[str, ...]) -> None:
    who = viewer(role, jurisdictions=jurisdictions)
    parts = {part for part in parts_of((*CLOSED, *GONE)) if len(part) > 4 or not part.isdecimal()}
    parts |= {"secretdomain", "otherdomain", JUDGE if role not in JUDGES else parts_of([PERSON]).pop()}
    seen = 0
    for a, b in (
        (BUYER, RETURNING), (MAKER, BUYER), (MAKER, OTHER), (PERSON, DIRECTOR), (LONE_HOLDER, PERSON), (FIRST, SECOND),
        (SPELLING, RETURNING),
    ):  # fmt: skip
        try:
            told = explained(market, who, a, b)
        except (NotFound, InvalidValue) as error:
            assert not [part for part in parts if part in str(error).casefold()]
            continue
        seen += 1
        for text in texts_of(told):
            assert not [part for part in parts if part in text.casefold()], text
        if jurisdictions:
            assert told.probability is None and told.found is None and OTHER not in set(texts_of(told))
    assert seen or role == "right_holder"


def test_for_whom_a_company_is_hidden_nothing_of_it_is_compared(empty: Store) -> None:
    """A person has the contacts of its companies; those of one that is hidden are as if they were not there."""
    fill_market(empty)
    phone = "Phone/+8613510990004"
    boss, clerk = "Party/more:1#boss", "Party/more:2#clerk"
    empty.merge(
        [
            Record(
                "more", str(i), "m.csv", i, f"d{i}", {},
                (Mention(node, "who", {"name": "周玉兰", "nature": "person"}), *mentions), links,
            )
            for i, (node, mentions, links) in enumerate(
                (
                    (boss, (Mention(OTHER, "company"),), (StatedLink("HAS_SHAREHOLDER", OTHER, boss),)),
                    (clerk, (Mention(phone, "phone"),), (StatedLink("HAS_PHONE", clerk, phone),)),
                )
            )
        ]
    )  # fmt: skip
    compared(empty)
    assert of(explained(empty, viewer(), boss, clerk), "phone")[0] == "same"
    limited = explained(empty, viewer(jurisdictions=HERE), boss, clerk)
    assert of(limited, "phone")[0] == "missing"
    assert phone not in {value.text for one in limited.evidence for value in one.a}


def test_every_column_and_comparison_is_decided_upon() -> None:
    known = {*NODES, *IDS, *NAMES, *TEXTS, *PLAIN, *OWN, "number"}
    assert {column for some in COMPARISONS.values() for one in some for column in columns(one)} <= known
    # What is compared of contacts tells no more than tokens do, but for what `WITHIN` names.
    contacts = {"phone": {"same", "mask", "crowd"}, "mail": {"same", "domain"}, "handle": {"same"}, "people": {"same"},
                "company": {"same"}, "number": {"same"}, "born": {"same", "slip", "swapped"},
                "plate": {"same", "passed", "crowd", "throng"}, "filing": {"same", "crowd", "throng"}}  # fmt: skip
    found = {one.code: {level.code for level in one.levels} for some in COMPARISONS.values() for one in some}
    names = {"trade", "name", "place", "industry", "activity", "form", "address", "time"}
    assert found.keys() <= contacts.keys() | names
    assert {code: levels for code, levels in found.items() if code in contacts}.items() <= contacts.items()
    assert tells_more("mail", "domain") and not tells_more("phone", "same")
    assert WITHIN.keys() <= contacts.keys() and PARTIES == COMPARED


def test_an_error_names_what_was_given_and_nothing_else(market: Store) -> None:
    asked = policy(market, viewer())
    person = VAULT.seal(PERSON)
    for a, b in ((person, person), (person, VAULT.seal(PHONE)), (person, MAKER + "0"), (person, PERSON)):
        with pytest.raises((InvalidValue, NotFound)) as caught:
            asked.judge(a, b, "same", "because")
        assert PERSON.partition("/")[2] not in str(caught.value).replace(PERSON, "") and PHONE not in str(caught.value)
    with pytest.raises(NotFound) as unjudged:
        asked.unjudge(person, LONE_HOLDER if asked.shown([LONE_HOLDER])[LONE_HOLDER] == LONE_HOLDER else MAKER, "x")
    assert PERSON not in str(unjudged.value)


# Judgements


def test_a_judgement_is_the_viewers_and_its_reason_is_masked_as_any_text(empty: Store) -> None:
    fill_market(empty)
    asked = policy(empty, viewer())
    kept, doubts = asked.judge(BUYER, RETURNING, "same", f"老板电话{PHONE.partition('+86')[2]}")
    assert (kept.verdict, kept.by, kept.why, doubts) == ("same", "key:1", MASK, ())
    assert judged_of(empty, [(BUYER, RETURNING)])[BUYER, RETURNING].now.by == "key:1"
    asked.judge(REGISTRANT, RETURNING, "same", "so it is")
    _, doubts = asked.judge(BUYER, REGISTRANT, "different", "not so")
    assert [doubt.code for doubt in doubts] == ["different"]
    kept = asked.unjudge(BUYER, REGISTRANT, "a mistake")
    assert kept.verdict is None and kept.history is not None
    assert [one.verdict for one in kept.history] == ["different"]


def test_a_judgement_of_masked_nodes_is_told_by_their_tokens(empty: Store) -> None:
    fill_market(empty)
    asked = policy(empty, viewer())
    a, b = VAULT.seal(PERSON), VAULT.seal(DIRECTOR)
    kept, _ = asked.judge(a, b, "different", "two men")
    assert {kept.a, kept.b} == {a, b} and is_token(kept.record)
    record = policy(empty, viewer()).records([kept.record])[kept.record]
    assert {record.raw["a"], record.raw["b"]} == {a, b}
    plain = f"{JUDGED}:{pair_key(PERSON, DIRECTOR)}"
    assert policy(empty, viewer()).records([plain]) == {}


def test_who_does_not_see_a_node_judges_nothing_of_it(market: Store) -> None:
    for who, a in ((viewer(jurisdictions=HERE), OTHER), (viewer(), PERSON), (viewer("right_holder"), MAKER)):
        with pytest.raises(NotFound):
            policy(market, who).judge(a, BUYER, "same", "because")
    assert judged_of(market, [(PERSON, BUYER), (OTHER, BUYER)]) == {}


@pytest.mark.parametrize("role", [role for role in get_args(Role) if role != "right_holder"])
def test_by_whom_and_why_is_for_those_who_judge(market: Store, role: Role) -> None:
    name = f"{JUDGED}:{pair_key(MAKER, OTHER)}"
    raw = policy(market, viewer(role)).records([name])[name].raw
    assert (raw["verdict"], raw["a"], raw["b"]) == ("different", *sorted((MAKER, OTHER)))
    told = explained(market, viewer(role), MAKER, OTHER).judgement
    assert told is not None and told.verdict == "different"
    if role in JUDGES:
        assert (raw["by"], raw["why"], told.by, told.why) == (JUDGE, "two firms", JUDGE, "two firms")
        assert told.history == ()
    else:
        assert {raw["by"], raw["why"], raw["history"]} == {MASK}
        assert (told.by, told.why, told.history) == (None, None, None)


@pytest.mark.parametrize("role", get_args(Role))
def test_a_judgement_tells_who_judged_and_why_wherever_it_is_told_to_judges_alone(market: Store, role: Role) -> None:
    asked = policy(market, viewer(role))
    seen = list(asked.shown([MAKER, OTHER, BUYER, RETURNING, REGISTRANT, PERSON, DIRECTOR]).values())
    found = asked.trace(FOUND)
    said = asked.statements(seen)
    links = asked.expand(seen, limit=100).links if seen else ()
    named = {s.record for some in said.values() for s in some} | {r for link in links for r in link.records}
    told = [found, said, links, asked.records(sorted(named)), asked.clusters(seen, 0.7)]
    if role in JUDGES:
        assert {JUDGE, "two firms"} <= set(texts_of(told))
    else:
        assert not any(secret in text for text in texts_of(told) for secret in (JUDGE, "two firms"))
    assert not any(is_judged(place) for candidate in found.candidates for place in candidate.records)


def test_records_about_hidden_nodes_are_not_there(market: Store) -> None:
    asked = policy(market, viewer(jurisdictions=HERE))
    names = [f"{source}:{pair_key(OTHER, RETURNING)}" for source in (DERIVED, JUDGED)]
    assert asked.records([*names, f"{JUDGED}:{pair_key(MAKER, OTHER)}"]) == {}
    assert names[0] in policy(market, viewer()).records(names)


def test_what_is_judged_of_a_hidden_node_is_not_said_of_the_other(market: Store) -> None:
    def said(who: Viewer) -> set[str]:
        return {s.record for s in policy(market, who).statements([MAKER])[MAKER] if s.record.startswith(JUDGED)}

    assert len(said(viewer())) == 2 and len(said(viewer(jurisdictions=HERE))) == 1
    asked = policy(market, viewer(jurisdictions=HERE))
    pages, after = [], None
    while True:
        part = asked.said([MAKER], 1, after)[MAKER]
        pages += [s.record for s in part.items]
        if not part.has_more:
            break
        after = part.end
    assert sorted(pages) == sorted(s.record for s in asked.statements([MAKER])[MAKER])


def test_reasons_of_a_link_tell_no_more_than_tokens(market: Store) -> None:
    asked = policy(market, viewer())
    links = {frozenset((k.source, k.target)): k for k in asked.expand([BUYER, REGISTRANT, MAKER], limit=100).links
             if k.kind == SAME and k.inference is not None}  # fmt: skip
    told = links.get(frozenset((REGISTRANT, RETURNING)))
    assert told is not None and told.inference is not None and told.inference.reasons == ()
    assert all("mail=d" not in reason for k in links.values() if k.inference for reason in k.inference.reasons)


def same_as(found: Trace) -> list[Link]:
    steps = (step for c in found.candidates for path in c.paths for step in path.steps)
    return [step.link for step in steps if step.link.kind == SAME]


def test_a_trace_walks_over_masked_parties_under_their_tokens(empty: Store) -> None:
    fill_market(empty)
    compared(empty)
    fill_identity(empty)
    a, b = REGISTRANT, "Party/parcels:SF1000000001#sender"  # whom names alone join, over which no trace walks
    why = Inference("identity-1", 0.99, ("trade=same +14.3", "phone=same +12.5"))
    link = StatedLink(SAME, a, b, inference=why)
    empty.merge([Record(DERIVED, pair_key(a, b), "", 0, "by phone", {}, (), (link,))])
    links = same_as(policy(empty, viewer()).trace(FOUND))
    persons = [link for link in links if kind_of(link.source) == "Person"]
    assert persons and all(is_token(link.source) and is_token(link.target) for link in persons)
    assert all(is_token(record) for link in persons for record in link.records)
    assert any(link.inference is not None and link.inference.reasons for link in links)
    limited = same_as(policy(empty, viewer(jurisdictions=HERE)).trace(FOUND))
    assert limited and not any(link.inference and link.inference.reasons for link in limited)


def test_a_right_holder_learns_of_a_step_over_what_is_hidden_its_kind_alone(market: Store) -> None:
    links = same_as(policy(market, viewer("right_holder")).trace(FOUND))
    persons = [link for link in links if "Person" in (kind_of(link.source), kind_of(link.target))]
    assert persons and {(link.source, link.target) for link in persons} == {(unseen("Person"), unseen("Person"))}
    assert all(not link.records and not (link.inference and link.inference.reasons) for link in links)


# The queue


QUEUE = [
    Item(min(pair), max(pair), "company", "uncertain", p, (2, 3), (False, True), gain, reasons)
    for pair, p, gain, reasons in (
        ((BUYER, RETURNING), 0.9, 5.0, ("trade=same", "phone=same")),
        ((FIRST, SECOND), 0.5, 2.0, ("trade=same", "mail=domain")),
        ((REGISTRANT, RETURNING), 0.5, 2.0, ("trade=same",)),
        ((OTHER, RETURNING), 0.4, 2.0, ("trade=part",)),
        ((PERSON, DIRECTOR), 0.3, 1.0, ("name=same", "number=slip")),
    )
]  # fmt: skip


def test_the_queue_is_told_page_by_page_in_one_order(market: Store) -> None:
    whole = policy(market, viewer()).review(QUEUE, 100, None)
    assert whole.total == len(whole.items) == len(QUEUE) and not whole.has_more
    paged: list[ToReview] = []
    place = None
    while True:
        part = policy(market, viewer()).review(QUEUE, 1, place)
        paged += part.items
        if not part.has_more:
            break
        place = part.end
    assert paged == list(whole.items)
    assert [item.gain for item in paged] == [5.0, 2.0, 2.0, 2.0, 1.0]
    assert [item.levels for item in paged if FIRST in (item.a, item.b)] == [None]
    assert paged[0].levels == ("trade=same", "phone=same")


def test_masked_parties_stand_in_the_queue_by_their_tokens(market: Store) -> None:
    last = policy(market, viewer()).review(QUEUE, 100, None).items[-1]
    assert [last.a, last.b] == sorted((VAULT.seal(PERSON), VAULT.seal(DIRECTOR)))
    assert last.levels is None


def test_the_queue_counts_nothing_for_whom_nodes_are_hidden(market: Store) -> None:
    limited = policy(market, viewer(jurisdictions=HERE)).review(QUEUE, 100, None)
    assert limited.total is None and len(limited.items) == len(QUEUE) - 1
    assert [item.probability for item in limited.items] == [0.5, 0.5, 0.3, 0.9]
    for item in limited.items:
        assert OTHER not in (item.a, item.b)
        assert (item.why, item.nodes, item.registered, item.gain, item.levels) == (None,) * 5
