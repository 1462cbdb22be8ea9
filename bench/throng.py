"""A throng of parties: a million mentions made from a seed, matched by us and by Splink on plain strings.

`python -m bench.throng ours|plain MENTIONS` does one of the two in a process of its own, whose memory can be told.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import opencc
import pyarrow as pa

from bench import agreement, matched, plainly
from bench.figures import Figure
from bench.workbench import Workbench
from graph import divisions, glossary, scripts
from graph.identifiers import phone
from graph.model import chunks
from resolve import slots
from resolve.profiles import Profile

MENTIONS = 1_000_000
SLOWER = 2.0
"""How much slower than Splink on plain strings we may be."""
SEED = 5
OF_ONE = 4
"""Mentions of a party."""
THRESHOLD = 0.5
_CHARACTERS = "永飞宏达瑞丰恒利金泰嘉源华盛新顺鑫隆兴昌荣信诚远洋亿佳美康德福联创凯百捷腾翔景益和正大东明安通海天龙光宝"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅建国志文斌海燕小龙晓"
_ROADS = "人民 解放 中山 建设 工业 创业 科技 兴业 环城 滨河 南山 北京 长江 友谊 光明 和平".split()


class Mention(NamedTuple):
    """One mention: the party that it truly is, its profile, and the strings that another would write down."""

    entity: str
    profile: Profile
    name: str
    phone: str | None
    address: str | None


def mentions(count: int, seed: int = SEED) -> Iterator[Mention]:
    """So many mentions, a fifth of persons: each party in several spellings, with its phone and address or without."""
    chance = random.Random(seed)
    cities = [
        one
        for code in range(10, 70)
        for low in range(1, 30)
        if (one := divisions.get(f"{code}{low:02}00")) and one.pinyin
    ]
    trades = [one for one in glossary.industries().values() if not one.filler]
    traditional = opencc.OpenCC("s2t").convert
    for number in range(0, count, OF_ONE):
        at = chance.choice(cities)
        road, house = chance.choice(_ROADS), chance.randrange(1, 900)
        address = f"{at.name}{road}路{house}号"
        key = f"{at.code}|{scripts.pinyin(road)}lu|{house}"
        dialled = f"+861{chance.randrange(30, 100)}{chance.randrange(10**8):08}"
        if number % (5 * OF_ONE) == 0:
            spelled = _person(chance)
            entity, nature = f"person{number}", "person"
            numbered = f"Person/{number:016x}"
        else:
            spelled = _company(chance, at, chance.choice(trades), traditional)
            entity, nature = f"company{number}", "company"
            numbered = f"Company/{number:018}"
        for i in range(min(OF_ONE, count - number)):
            name = spelled[0] if i == 0 else chance.choice(spelled)
            calls = chance.random()
            has_phone, is_masked, has_address = (
                i == 0 or calls < 0.55,
                i > 0 and calls > 0.4,
                i == 0 or chance.random() < 0.6,
            )
            mask = phone.mask_of(dialled) or ""
            yield Mention(
                entity,
                Profile(
                    numbered if i == 0 else f"Party/throng:{number + i}#party",
                    "person" if nature == "person" else "company",
                    (name,),
                    numbered.partition("/")[2] if i == 0 else None,
                    phones=(dialled,) if has_phone and not is_masked else (),
                    masks=(mask,) if has_phone else (),
                    addresses=(key,) if has_address else (),
                ),
                name,
                (mask if is_masked else dialled) if has_phone else None,
                address if has_address else None,
            )


def _person(chance: random.Random) -> list[str]:
    surname, given = chance.choice(_SURNAMES), "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))
    latin = scripts.pinyin(given).capitalize()
    return [surname + given] * 4 + [f"{latin} {scripts.pinyin(surname).upper()}"]


def _company(chance: random.Random, at: divisions.Division, trade: glossary.Industry, traditional: Any) -> list[str]:
    name = "".join(chance.sample(_CHARACTERS, k=chance.choice((2, 2, 3))))
    word = chance.choice(trade.zh[:4])
    how = chance.choice(("", "制造", "实业", "贸易"))
    place = at.pinyin.split()[0].capitalize()
    latin = scripts.pinyin(name).capitalize()
    english = f"{place} {latin} {trade.en[0].title()} Co., Ltd."
    whole = f"{at.name}{name}{word}{how}有限公司"
    wrong = list(name)
    wrong[chance.randrange(len(name))] = chance.choice(_CHARACTERS)
    return [
        whole,
        whole,
        f"{at.stem}{name}{word}{how}有限公司",
        f"{name}{word}{how}",
        f"{name}{word}厂",
        english,
        english.upper(),
        traditional(whole),
        f"{at.name}{''.join(wrong)}{word}{how}有限公司",
    ]


def figures(bench: Workbench) -> list[Figure]:
    """Time and memory of both on the same mentions, and how well each puts them together."""
    told: dict[str, dict[str, float]] = {}
    for who in ("plain", "ours"):
        bench.say(f"matching {MENTIONS:,} mentions: {who}")
        command = [sys.executable, "-m", "bench.throng", who, str(MENTIONS)]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
        if ran.returncode:
            return [
                Figure(f"{MENTIONS:,} mentions, {who}", "failed", "", False, ran.stderr.strip().rpartition("\n")[2])
            ]
        told[who] = json.loads(ran.stdout)
    ours, plain = told["ours"], told["plain"]
    ratio = ours["seconds"] / plain["seconds"]
    return [
        Figure(
            f"{MENTIONS:,} mentions, from the table of profiles on",
            f"{ours['seconds']:.0f} s",
            f"≤ {SLOWER:g}× Splink's",
            ratio <= SLOWER,
            f"{ratio:.2f}×; {_quality(ours)}; names read in {ours['reading']:.0f} s before",
        ),
        Figure(
            "  Splink, plain strings",
            f"{plain['seconds']:.0f} s",
            beside=_quality(plain),
        ),
    ]


def _quality(told: Mapping[str, float]) -> str:
    return (
        f"{told['cpu']:.0f} s of processor, {told['memory']:.1f} GB at most; F1 {told['f1']:.3f} "
        f"(precision {told['precision']:.3f}, recall {told['recall']:.3f})"
    )


def main(who: str, count: int) -> None:
    """Matches so many mentions in one of the two ways and tells of it in JSON."""
    truth: dict[Hashable, Hashable] = {}
    start = time.perf_counter()
    if who == "ours":
        parts = []
        for some in chunks(mentions(count), 50_000):
            truth.update((one.profile.node, one.entity) for one in some)
            parts.append(slots.table(one.profile for one in some))
        table = pa.concat_tables(parts)
        del parts
        reading = time.perf_counter() - start
        start, used = time.perf_counter(), time.process_time()
        pairs = matched.matched(table, with_pairs=False).links
    else:
        columns: dict[str, list[str | None]] = {"unique_id": [], "name": [], "phone": [], "address": []}
        for one in mentions(count):
            truth[one.profile.node] = one.entity
            for column, value in zip(
                columns.values(), (one.profile.node, one.name, one.phone, one.address), strict=True
            ):
                column.append(value)
        table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
        reading = time.perf_counter() - start
        start, used = time.perf_counter(), time.process_time()
        pairs = plainly.pairs(table, ("name", "phone", "address"))
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    # Not measured: ours are read around those that somebody asks for, and never all at once.
    found: Mapping[Any, Hashable] = (
        matched.clusters(pairs, THRESHOLD) if who == "ours" else plainly.clusters(pairs, 0.9)
    )
    score = agreement.pairwise(found, truth)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": cpu,
                "reading": reading,
                "memory": memory,
                "f1": score.f1,
                "precision": score.precision,
                "recall": score.recall,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
