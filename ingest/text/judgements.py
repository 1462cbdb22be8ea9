"""Court judgements on intellectual property in Chinese: parties, rights, goods, outcome, damages, conduct.

The texts follow the Supreme People's Court's model forms, loosely: a header that names the parties, the pleadings,
what the court found (经审理查明), its opinion (本院认为), and the operative part (判决如下). Only the last three say
what is so; what a party claims is not taken for a fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from graph.disguises import fold
from graph.identifiers import patent, trademark
from graph.scripts import simplified
from ingest.text.amounts import chinese_number
from ingest.text.parties import Party, read_parties
from ingest.text.rulings import (
    Conduct,
    Outcome,
    asserted,
    compensation_of,
    conduct_of,
    findings,
    is_cleared,
    operative_part,
    outcome_of,
)


@dataclass(frozen=True, slots=True)
class JudgedRight:
    """A right that a judgement names.

    Attributes:
        number: Canonical: `10717748`, `202235271400.3`.
        kind: `trademark`, `invention`, `utility_model` or `design`.
        name: The mark, or the title of the patent; '' when not stated.
        classes: Nice classes, as `Nice:25`.
        goods: The goods it is registered for, as written; '' when not stated.
    """

    number: str
    kind: Literal["trademark", "invention", "utility_model", "design"]
    name: str = ""
    classes: tuple[str, ...] = ()
    goods: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a court judgement says.

    Attributes:
        outcome: `infringement` when the claims were granted; `partly` when some were dismissed, which is the rule
            (驳回其他诉讼请求: courts seldom grant the whole sum); infringement was found all the same; `dismissed`;
            `settled`; `withdrawn`; `unknown`.
        compensation: Damages and costs of enforcement awarded, in CNY; None when none were, or none could be read.
        conduct: What the court found that the defendants did; empty unless infringement was found.
        flags: What could not be read, or should be looked at by a person.
    """

    plaintiffs: tuple[Party, ...]
    defendants: tuple[Party, ...]
    rights: tuple[JudgedRight, ...]
    goods: tuple[str, ...]
    outcome: Outcome
    compensation: float | None
    conduct: tuple[Conduct, ...]
    flags: tuple[str, ...]

    @property
    def finds_infringement(self) -> bool:
        """Whether the court found that a right was infringed."""
        return self.outcome in ("infringement", "partly")


_SPACED = re.compile(r"(?<=[㐀-䶿一-鿿]) +(?=[㐀-䶿一-鿿])")
_MARK_NAME = r"[“\"「『《〈][^”\"」』》〉\n]{0,60}[”\"」』》〉]"
_MARK = re.compile(
    rf"(?P<before>{_MARK_NAME})?[^。;“”\"第]{{0,10}}?(?P<numbers>第\s?(?:g\s?)?\d{{4,9}}[a-z]?\s?号?(?:(?:[、,和及与]|以及)\s?第?\s?(?:g\s?)?\d{{4,9}}[a-z]?\s?号?){{0,12}})"
    rf"(?P<after>[^。;\n第]{{0,40}})",
    re.I,
)
_LABELLED = re.compile(
    r"(?:商标注册证?号|注册商标号|商标号|注册号)\s*(?:为|:|是)?\s*(?:第)?\s*((?:g\s?)?\d{4,9}[a-z]?)(?!\d)", re.I
)
_ONE_NUMBER = re.compile(r"(?:g\s?)?\d{4,9}[a-z]?", re.I)
_QUOTED = re.compile(r"[“\"「『《〈]([^”\"」』》〉\n]{0,60})[”\"」』》〉]")
_NICE = re.compile(
    r"核定(?:使用)?(?:的)?(?:商品|服务|使用|类别|商品或服务|商品/服务|项目)[^。;\d]{0,16}?第?\s?(?P<number>\d{1,2}|[一二三四十]{1,4})\s?类(?:的|,|:|\)|为|商品|服务|\s|、?包括|,?包括|\()*(?P<goods>[^。;\n]{0,100})"
)
_PATENT = re.compile(r"(?:专利号|申请号|ZL)[^0-9。;]{0,8}((?:ZL)?\s?\d[\d\s]{7,16}(?:\.\s?[\dXx])?)", re.I)
_HIDDEN_NUMBER = re.compile(r"(?:第|ZL\d{0,8})(?:[xX×*]{3,}|\d*[xX×*]{3,}[\dxX×*.]*)号?")
_PATENT_KINDS = {"1": "invention", "8": "invention", "2": "utility_model", "9": "utility_model", "3": "design"}

_GOODS = re.compile(
    r"(?:生产|制造|加工|销售|许诺销售|出口|经销|批发)[^,。;:]{0,50}?(?:商标(?:专用权)?|标识|标志|字样|专利权?|权利|外观设计|被诉侵权|被控侵权|侵权|假冒)的?(?P<goods>[^,。;:、()“”\"的\d]{1,16})(?=[,。;:、(\d]|的行为|等|共)"
)
_VAGUE = re.compile(
    r"(?:被诉|被控|涉案|侵权|假冒|同类|上述|相关|该|等|的|之)*(?:商品|产品|行为|货物|标识|侵权|责任|专利|外观设计|注册|设计|方案|库存|模具|成品|半成品|事实|证据|专用|权|人|物)+(?:行为|等)?"
)


def judgement(text: str) -> Judgement:
    """Read a court judgement, order or mediation record; what cannot be read is left empty and flagged."""
    plain = _SPACED.sub("", fold(simplified(text)))
    parties, flags = read_parties(plain)
    operative = operative_part(plain)
    outcome, ruling = outcome_of(plain, operative, flags)
    found = outcome in ("infringement", "partly")
    rights = _rights(plain, flags)
    compensation = compensation_of(ruling, flags) if found else None
    plaintiffs = tuple(party for side, party in parties.values() if side == "plaintiff")
    defendants = tuple(_judged(party, ruling, found) for side, party in parties.values() if side == "defendant")
    statements = asserted(findings(plain))
    if not plaintiffs and "公诉机关" not in plain:
        flags.append("no plaintiff found")
    if not defendants:
        flags.append("no defendant found")
    if not rights:
        flags.append("no right found")
    if found and compensation is None and "罪" not in ruling:
        flags.append("no damages found")
    goods = _goods([ruling, *statements], rights)
    if not goods:
        flags.append("no goods found")
    return Judgement(
        plaintiffs,
        defendants,
        rights,
        goods,
        outcome,
        compensation,
        conduct_of(ruling, statements) if found else (),
        tuple(dict.fromkeys(flags)),
    )


def _judged(party: Party, ruling: str, found: bool) -> Party:
    return replace(party, is_cleared=True) if found and is_cleared(party.name, ruling) else party


def _rights(text: str, flags: list[str]) -> tuple[JudgedRight, ...]:
    rights: dict[str, JudgedRight] = {}
    nice = list(_NICE.finditer(text))
    for match in _MARK.finditer(text):
        after = match["after"]
        is_mark = "商标" in after[:30] or "商标" in text[max(0, match.start("numbers") - 12) : match.start("numbers")]
        if not is_mark or re.match(r"\s*(?:民事|行政|刑事|判决|裁定|公证|决定|公告|令)", after):
            continue
        named = _QUOTED.match(after.lstrip("号")) or (_QUOTED.search(after) if "商标" in after else None)
        name = named[1] if named else match["before"].strip('“”"「」『』《》〈〉') if match["before"] else ""
        for number in _ONE_NUMBER.findall(match["numbers"]):
            _add_mark(rights, number, name, match.end("numbers"), nice)
    for match in _LABELLED.finditer(text):
        _add_mark(rights, match[1], "", match.end(), nice)
    for match in _PATENT.finditer(text):
        number = match[1].replace(" ", "")
        if not patent.is_valid(number):
            flags.append(f"patent number invalid: {match[1].strip()}")
            continue
        number = patent.validate(number)
        digit = number[4] if len(number) > 12 else number[2]
        around = text[max(0, match.start() - 60) : match.end() + 60]
        named = _QUOTED.search(text, match.end(), match.end() + 60) or _QUOTED.search(around)
        name = named[1] if named and not re.fullmatch(r"[\dZLX.]*", named[1]) else ""
        rights.setdefault(number, JudgedRight(number, _PATENT_KINDS.get(digit, "invention"), name))  # type: ignore[arg-type]
    if not rights and _HIDDEN_NUMBER.search(text):
        flags.append("right number hidden")
    return tuple(rights.values())


def _add_mark(rights: dict[str, JudgedRight], number: str, name: str, place: int, nice: list[re.Match[str]]) -> None:
    if not trademark.is_valid(number):
        return
    number = trademark.validate(number)
    following = next((match for match in nice if 0 <= match.start() - place < 250), None)
    classes: tuple[str, ...] = ()
    goods = ""
    if following is not None:
        classes, goods = (f"Nice:{_class_number(following['number'])}",), _listed(following["goods"])
    known = rights.get(number)
    if known is not None:
        name, classes, goods = known.name or name, known.classes or classes, known.goods or goods
    rights[number] = JudgedRight(number, "trademark", name, classes, goods)


def _class_number(written: str) -> int:
    if written.isdigit():
        return int(written)
    return chinese_number(written) or 0


def _listed(goods: str) -> str:
    goods = re.split(r",(?:注册|有效|专用|核准|该|经|于|上述|期限|现|并|至|目前|续展)|\d{4}年", goods)[0]
    goods = goods.strip(' ,:()“”"、为')
    return re.sub(r"(?:等)?(?:商品|产品)?(?:上)?$", "", goods).strip('“”" ,、)')


def _goods(statements: list[str], rights: tuple[JudgedRight, ...]) -> tuple[str, ...]:
    """What was made or sold, else what the rights are registered for."""
    found: dict[str, None] = {}
    for statement in statements:
        for match in _GOODS.finditer(statement):
            goods = match["goods"].strip()
            if goods and not _VAGUE.fullmatch(goods) and not re.search("行为|停止|权|责任|原告|被告|公司", goods):
                found[goods] = None
    if not found:
        for right in rights:
            if right.goods:
                found[right.goods] = None
            elif right.kind == "design" and right.name:
                found[right.name] = None
    return tuple(found)
