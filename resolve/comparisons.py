"""How two profiles are compared: levels, best first, each with a code; and which pairs are compared at all.

Splink makes SQL of this for DuckDB, or for Spark where one machine is too small, so only what both speak is used.
Columns are those of `resolve.slots` and of `resolve.crowds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import SettingsCreator
from splink.internals.blocking_rule_library import CustomRule

from resolve.profiles import Nature


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which two profiles agree or differ.

    Attributes:
        code: Its name, by which explanations and weights know it.
        when: SQL over the columns of both, `_l` and `_r`.
        shared: In place of `when`: the columns of lists of which one must share an element.
        common: The column whose frequency says how little it is to be equal in it.
        rarest: The least frequency that is believed: a person's name alone says little, however rare.
    """

    code: str
    when: str = ""
    shared: tuple[str, ...] = ()
    common: str | None = None
    rarest: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A slot with its levels, best first; where either side knows nothing of it, it says nothing.

    `differ` is the level of all that agrees in none.
    """

    code: str
    known: str
    levels: tuple[Level, ...]


_SHARED = re.compile(r" and \{(\w+)\}")
_SIDE = re.compile(r"(\w+)_([lr])\b")
_NAMED = "sounds_l is not null and sounds_r is not null"
_BOTH_HAN = "trades_l is not null and trades_r is not null"
_MISSPELT = (
    "(muffled_l = muffled_r or ((odd_l is not null or odd_r is not null) and length(sound_l) > 5 "
    "and levenshtein(coalesce(odd_l, sound_l), coalesce(odd_r, sound_r)) = 1))"
)
"""Not any letter may differ: what is pinyin is another word."""
_ONE_CHARACTER = (
    "length(trade_l) = length(trade_r) and "
    + " + ".join(
        f"(case when substr(trade_l, {i}, 1) = substr(trade_r, {i}, 1) then 0 else 1 end)" for i in range(1, 9)
    )
    + " = 1"
)
"""One character is written for another; DuckDB's `levenshtein` would count bytes."""
_BOTH_LATIN = "trades_l is null and trades_r is null and odd_l is not null and odd_r is not null"
_BEGUN = "(length(sound_r) > 9 and (sound_l like sound_r || '%' or sound_r like sound_l || '%'))"
_FIGURES = "(figures_l is null or figures_r is null or figures_l = figures_r)"
"""Unit 10 is not Unit 6 of the same firm."""
_ALIKE = "levenshtein(sound_l, sound_r) * 6 <= length(sound_l)"
_ONE_HAN = "(trades_l is null or trades_r is null)"


_NO_NUMBER = "(address_numbers_l is null or address_numbers_r is null)"


def _shared(words: str) -> str:
    """How many elements lists share."""
    return f"size(array_intersect({words}_l, {words}_r))"


def _overlap(words: str, of: int, least: int) -> str:
    """That lists share `least` elements and, of the shorter one, all but one of `of`: two of three, or all of one."""
    shared, left, right = _shared(words), f"size({words}_l)", f"size({words}_r)"
    shorter = f"(case when {left} < {right} then {left} else {right} end)"
    return f"{shared} >= {least} and {shared} * {of} >= {max(1, of - 1)} * {shorter}"


def _slot(name: str) -> Comparison:
    return Comparison(name, f"{name}_l is not null and {name}_r is not null", (Level("same", f"{name}_l = {name}_r"),))


# `||` and not `concat`, to which a place that is not known is no reason to know nothing.
_PLACE = Comparison(
    "place",
    "(place_l is null) = (place_r is null) and (place_l is not null or (form_l is not null and form_r is not null))",
    (
        Level("neither", "place_l is null"),  # as full names of Hong Kong, and not of firms that must name a place
        Level(
            "same",
            "("
            + " or ".join(
                f"{a}_l like {b}_r || '%' or {b}_r like {a}_l || '%'"
                for a in ("place", "elsewhere")
                for b in ("place", "elsewhere")
            )
            + ")",
        ),
    ),
)
_PHONE = Comparison(
    "phone",
    "coalesce(masks_l, phones_l) is not null and coalesce(masks_r, phones_r) is not null",
    (
        Level("same", shared=("few_phones",)),
        Level("mask", shared=("few_masks",)),
        Level("crowd", shared=("crowd_phones",)),
    ),
)
_ADDRESS = Comparison(
    "address",
    # One read into parts and one in words of the world cannot be compared: to differ would be no conflict.
    "(streets_l is not null and streets_r is not null) "
    "or (address_words_l is not null and address_words_r is not null) "
    "or (coalesce(address_words_l, address_words_r) is null and addresses_l is not null and addresses_r is not null)",
    (
        Level("same", shared=("few_addresses",)),
        Level("crowd", shared=("crowd_addresses",)),
        Level(
            "numbered",
            f"(({_overlap('address_words', 3, 1)} and {_overlap('address_numbers', 1, 1)}) "
            f"or ({_overlap('address_words', 2, 1)} and {_overlap('address_numbers', 1, 2)}) "
            f"or ({_shared('address_words')} >= 1 and {_overlap('address_numbers', 1, 3)}))",
        ),
        Level("words", f"{_NO_NUMBER} and {_overlap('address_words', 3, 2)}"),
        Level("street", shared=("streets",)),
        Level("area", shared=("areas",)),
    ),
)
_MAIL = Comparison(
    "mail",
    "emails_l is not null and emails_r is not null",
    (Level("same", shared=("few_emails",)), Level("domain", shared=("few_domains",))),
)
_BORN = Comparison(
    "born",
    "born_l is not null and born_r is not null",
    (
        Level("same", "born_l = born_r"),
        Level("slip", "levenshtein(born_l, born_r) = 1"),
        Level("swapped", "substr(born_l, 1, 4) = substr(born_r, 1, 4) and substr(born_l, 6, 2) = substr(born_r, 9, 2)"),
    ),
)
_PEOPLE = Comparison(
    "people", "people_l is not null and people_r is not null", (Level("same", shared=("few_people",)),)
)
_HANDLE = Comparison(
    "handle", "handles_l is not null and handles_r is not null", (Level("same", shared=("few_handles",)),)
)
_NUMBER = Comparison(
    "number",
    "number_l is not null and number_r is not null",
    (Level("same", "number_l = number_r"),),  # a slip in one fails its check character, see `ingest.slips`
)
_PLATE = Comparison(
    "plate",
    "plates_l is not null and plates_r is not null",
    (
        Level(
            "same",
            f"(plate_days_l is null or plate_days_r is null or {_shared('plate_days')} >= 1) and {{few_plates}}",
        ),
        Level("passed", shared=("few_plates",)),
        Level("crowd", shared=("crowd_plates",)),
        Level("throng", shared=("plates",)),
    ),
)
_FILING = Comparison(
    "filing",
    "filings_l is not null and filings_r is not null",
    (
        Level("same", shared=("few_filings",)),
        Level("crowd", shared=("crowd_filings",)),
        # An agency's own number, on the sites of all whom it serves, is no conflict with one's own.
        Level("throng", shared=("filings",)),
    ),
)
_TIME = Comparison(
    "time",
    "(number_l is null) <> (number_r is null) and coalesce(last_l, last_r) is not null and "
    "(case when number_l is null then first_r else first_l end) is not null",
    (
        Level(
            "fits",
            "(case when number_l is null then last_l else last_r end) >= "
            "(case when number_l is null then first_r else first_l end)",
        ),
    ),
)

_APART = (
    "(coalesce(industry_l, activity_l) is not null and coalesce(industry_r, activity_r) is not null "
    "and ((industry_l is null and activity_r is null) or (industry_r is null and activity_l is null)))"
)
"""One says what it works in and the other how, and neither both."""
COMPANY = (
    Comparison(
        "trade",
        _NAMED,
        (
            Level("same", shared=("trades",), common="sound"),
            Level(
                "whole",
                f"{_BOTH_LATIN} and sound_l = sound_r and {_overlap('words', 1, 3)} and size(words_l) = size(words_r)",
            ),
            Level("sound", f"{_ONE_HAN} and {{sounds}}", common="sound"),
            Level("homophone", f"{_BOTH_HAN} and {{sounds}}"),
            Level("slip", f"{_BOTH_HAN} and length(trade_l) > 2 and {_ONE_CHARACTER}"),
            Level("half", f"{_BOTH_HAN} and {_ONE_CHARACTER}"),
            Level("slip_of_sound", f"{_ONE_HAN} and {_FIGURES} and {_MISSPELT}"),
            Level("spelled", f"{_ONE_HAN} and {_FIGURES} and {{spellings}}", common="sound"),
            Level("words", f"{_FIGURES} and (words_l = words_r or ({_overlap('words', 3, 2)})) and {{few_words}}"),
            Level("part", "(trade_l like trade_r || '%' or trade_r like trade_l || '%')"),
            # A firm may choose any name in English: only one that is pinyin is in conflict with the Chinese one.
            Level("alike", f"{_BOTH_LATIN} and {_FIGURES} and length(sound_l) > 9 and ({_ALIKE} or {_BEGUN})"),
            Level("word", f"{_FIGURES} and {{few_words}}"),
            Level("unlike", "(trades_l is null) <> (trades_r is null) and coalesce(odd_l, odd_r) is not null"),
        ),
    ),
    _PLACE,
    _slot("industry"),
    Comparison(
        "activity",
        f"(activity_l is not null and activity_r is not null) or {_APART}",
        (Level("same", "activity_l = activity_r"), Level("apart", _APART)),
    ),
    Comparison(
        "form",
        # "Co., Ltd." is what every Chinese firm writes in English.
        "form_l is not null and form_r is not null and (form_l = form_r or form_l = 'branch' or form_r = 'branch' "
        "or (trades_l is null) = (trades_r is null))",
        (Level("same", "form_l = form_r"), Level("branch", "(form_l = 'branch') <> (form_r = 'branch')")),
    ),
    _PHONE,
    _ADDRESS,
    _MAIL,
    _HANDLE,
    _NUMBER,
    _PEOPLE,
    _PLATE,
    _FILING,
    _TIME,
)
PERSON = (
    Comparison(
        "name",
        _NAMED,
        (
            Level("same", shared=("trades",), common="sound", rarest=0.0005),
            Level("sound", f"{_ONE_HAN} and {{sounds}}", common="sound", rarest=0.0002),
            Level("slip_of_sound", f"{_ONE_HAN} and {_MISSPELT}"),
            Level("spelled", f"{_ONE_HAN} and {{spellings}}", common="sound", rarest=0.0002),
            Level("alike", f"{_BOTH_LATIN} and {_ALIKE}"),
        ),
    ),
    Comparison(
        "company",
        "companies_l is not null and companies_r is not null",
        (Level("same", shared=("companies",)),),
    ),
    _PHONE,
    _ADDRESS,
    _MAIL,
    _HANDLE,
    _NUMBER,
    _PLATE,
    _FILING,
    _BORN,
)
COMPARISONS: Mapping[Nature, tuple[Comparison, ...]] = {"company": COMPANY, "person": PERSON}

BOTH_NUMBERED = "(l.number is not null and r.number is not null)"
"""Two registered companies are two, whatever they share; so are two persons whose numbers are known."""
_ONE_LATIN = "(l.trades is null or r.trades is null)"
_MISHEARD = _SIDE.sub(r"\2.\1", f"({_MISSPELT} or ({_BOTH_LATIN} and {_ALIKE}))")
_LIKE_NAMES = f"(l.sound = r.sound or ({_ONE_LATIN} and {_MISHEARD}))"
"""Those who share a firm share all its contacts, so that persons of two names are never one for what they share."""
BLOCKS: Mapping[Nature, tuple[tuple[str, str], ...]] = {
    "company": (
        ("l.few_phones = r.few_phones", "few_phones"),
        ("l.few_masks = r.few_masks", "few_masks"),
        ("l.few_addresses = r.few_addresses", "few_addresses"),
        ("l.sounds = r.sounds and l.city = r.city", "sounds"),
        ("l.rare_sounds = r.rare_sounds", "rare_sounds"),
        ("l.rare_spellings = r.rare_spellings", "rare_spellings"),
        ("l.few_words = r.few_words", "few_words"),
        ("l.few_emails = r.few_emails", "few_emails"),
        ("l.few_handles = r.few_handles", "few_handles"),
        ("l.few_people = r.few_people", "few_people"),
        ("l.few_plates = r.few_plates", "few_plates"),
        ("l.few_filings = r.few_filings", "few_filings"),
    ),
    "person": (
        (f"l.few_phones = r.few_phones and {_LIKE_NAMES}", "few_phones"),
        (f"l.few_masks = r.few_masks and {_LIKE_NAMES}", "few_masks"),
        (f"l.few_addresses = r.few_addresses and {_LIKE_NAMES}", "few_addresses"),
        (f"l.companies = r.companies and {_LIKE_NAMES}", "companies"),
        (f"l.few_plates = r.few_plates and {_LIKE_NAMES}", "few_plates"),
        (f"l.few_filings = r.few_filings and {_LIKE_NAMES}", "few_filings"),
        (f"l.few_phones = r.few_phones and l.spellings = r.spellings and {_ONE_LATIN}", "few_phones spellings"),
        (f"l.few_masks = r.few_masks and l.spellings = r.spellings and {_ONE_LATIN}", "few_masks spellings"),
        (
            f"l.few_addresses = r.few_addresses and l.spellings = r.spellings and {_ONE_LATIN}",
            "few_addresses spellings",
        ),
        (f"l.companies = r.companies and l.spellings = r.spellings and {_ONE_LATIN}", "companies spellings"),
        (f"l.few_plates = r.few_plates and l.spellings = r.spellings and {_ONE_LATIN}", "few_plates spellings"),
        ("l.rare_sounds = r.rare_sounds", "rare_sounds"),
        ("l.few_emails = r.few_emails", "few_emails"),
        ("l.few_handles = r.few_handles", "few_handles"),
        ("l.born = r.born and substr(l.sound, 1, 3) = substr(r.sound, 1, 3)", ""),
        ("l.few_addresses = r.few_addresses and l.born = r.born", "few_addresses"),
    ),
}
"""Pairs that are compared: those equal in what the SQL says, elements of the lists named beside it counted singly."""


def settings(
    nature: Nature, weights: Mapping[str, Any], key: str = "node", told: Sequence[str] = ()
) -> SettingsCreator:
    """What Splink is told of parties of one nature, with the weights of `resolve.weights`.

    Args:
        nature: Of which.
        weights: How much each level says.
        key: The column by which parties are told apart.
        told: Columns that are given with each pair.
    """
    made: list[Any] = [_made(comparison, weights) for comparison in COMPARISONS[nature]]
    rules: list[Any] = [
        CustomRule(
            f"{when} and l.node = l.lead and r.node = r.lead and not {BOTH_NUMBERED}",
            arrays_to_explode=column.split() or None,
        )
        for when, column in BLOCKS[nature]
    ]
    rules.append(CustomRule(f"l.lead = r.lead and (l.node = l.lead or r.node = r.lead) and not {BOTH_NUMBERED}"))
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=key,
        comparisons=made,
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=weights["prior"],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        additional_columns_to_retain=list(told),
        max_iterations=50,
    )


def _made(comparison: Comparison, weights: Mapping[str, Any]) -> comparisons.CustomComparison:
    said: list[Any] = [levels.CustomLevel(f"not ({comparison.known})").configure(is_null_level=True)]
    said += [_weighed(_level(level), weights, comparison.code, level.code) for level in comparison.levels]
    said.append(_weighed(levels.ElseLevel(), weights, comparison.code, "differ"))
    return comparisons.CustomComparison(output_column_name=comparison.code, comparison_levels=said)


def _level(level: Level) -> Any:
    if level.shared:
        made: Any = levels.ArrayIntersectLevel(level.shared[0], min_intersection=1)
    elif (shared := _SHARED.search(level.when)) is not None:
        made = levels.And(
            _custom(level.when.replace(shared[0], "")), levels.ArrayIntersectLevel(shared[1], min_intersection=1)
        )
    else:
        made = _custom(level.when)
    made = made.configure(label_for_charts=level.code)
    if level.common:
        made = made.configure(
            tf_adjustment_column=level.common, tf_minimum_u_value=level.rarest, disable_tf_exact_match_detection=True
        )
    return made


def _custom(when: str) -> Any:
    """A level of SQL; sizes of lists are Spark's, since the two name that function differently."""
    return levels.CustomLevel(when, base_dialect_str="spark" if "size(" in when else None)


def _weighed(level: Any, weights: Mapping[str, Any], comparison: str, code: str) -> Any:
    m, u = weights["levels"][comparison][code]
    return level.configure(
        m_probability=m, u_probability=u, fix_m_probability=f"{comparison}={code}" in weights["fixed"]
    )
