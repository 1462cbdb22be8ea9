"""What a Chinese court ordered, and what it found: the parts of a judgement in which the court speaks for itself."""

from __future__ import annotations

import re
from typing import Literal

from ingest.text.amounts import sums

Outcome = Literal["infringement", "partly", "dismissed", "settled", "withdrawn", "unknown"]
Conduct = Literal["produce", "sell", "offer", "export", "import", "store"]

_OPERATIVE = re.compile(
    r"(?:判决|裁定|调解)(?:如下|结果|主文)?\s*:|(?<=[。,;])(?:故|遂|综上,?)?(?:判决|裁定)(?=被告|原告|驳回|准许|一、)"
)
_OWN = re.compile(r"(?:判决|裁定)如下\s*:")
_EARLIER = re.compile(
    r"(?:一审|原审)(?:法院|判决|人民法院)?[^。;]{0,40}?判决\s*:|作出[^。;]{0,40}判决\s*[:,]?\s*(?=[一1][、.])|遂?判决\s*:"
)
_FEES = re.compile(r"案件受理费|诉讼费|如不服|如未按|如果未按|审判长|加倍支付")
_OPINION = re.compile(r"本院(?:经审查|审查后?|经审理)?认为|经审理查明|本院查明|经审查|查明")
_PLEADING = re.compile(r"诉称|辩称|诉讼请求|请求判令|请求法院|主张|答辩|上诉称|上诉请求|认为其|起诉状|陈述|指控")
_ITEMS = re.compile(r"[;。\n]|(?<![第上述前])[一二三四五六七八九十]{1,2}、|(?<!\d)\d{1,2}[、.](?!\d)")

_STOP = re.compile(
    r"停止(?:侵|生产|销售|制造|使用|许诺|实施|对|在|其)|立即停止|赔偿|销毁|消除影响|连带责任"
    r"|犯(?:假冒|销售|非法)[^,。]{0,20}罪|判处"
)
_DISMISS_REST = re.compile(r"驳回[^;。]{0,60}(?:其他|其它|其余|另外)(?:的)?(?:全部)?(?:诉讼|上诉)?请求")
_DISMISS = re.compile(r"驳回[^;。]{0,80}?(?:诉讼请求|起诉|诉请)|不予支持(?:原告|其)全部")
_UPHELD = re.compile(r"驳回上诉|维持原判|维持[^;。]{0,60}判决")
_WITHDRAWN = re.compile(r"(?:准许|准予|同意)[^;。]{0,80}?撤(?:回|诉)|按[^;。]{0,30}撤(?:回起诉|诉)处理|撤回起诉处理")
_WITHDRAWN_APPEAL = re.compile(r"撤回上诉")
_SETTLED = re.compile(r"达成(?:如下)?(?:调解|和解)?协议|调解协议|民事调解书|自愿和解")
_NOT_INFRINGED = re.compile(
    r"(?:不|未|并未|尚未|难以|不能)(?:认定)?(?:其)?(?:构成|侵害|侵犯)(?:了)?[^,。;]{0,30}"
    r"(?:侵权|侵害|侵犯|专用权|专利权|商标权)|不构成侵权|不侵权|未落入[^,。;]{0,30}保护范围"
)
_INFRINGED = re.compile(
    r"(?<![不未否])(?:已经?|均|亦|应)?(?:构成|属于)[^,。;不]{0,30}(?:侵权|侵害|侵犯|侵权行为)"
    r"|侵(?:害|犯)了[^,。;]{0,50}(?:专用权|专利权|商标权|权利|权益)|落入[^,。;]{0,30}保护范围"
)

_CONDUCTS: tuple[tuple[Conduct, re.Pattern[str]], ...] = (
    ("produce", re.compile("生产|制造|加工")),
    ("offer", re.compile("许诺销售")),
    ("sell", re.compile("(?<!许诺)销售|贩卖|出售|批发|经销")),
    ("export", re.compile("出口")),
    ("import", re.compile("(?<!出)进口(?!有限|贸易)")),
    ("store", re.compile("仓储|储存|存放")),
)
_DENIED = re.compile(
    "(?:未(?!经)|并非|不是|不能证明|无法证明|不足以证明|无证据|没有证据|尚无证据)[^,。;]{0,30}(?:生产|制造|销售|出口)"
)


def operative_part(text: str) -> str:
    """The court's own order: what follows the last 判决如下, without fees and notices; empty when there is none."""
    # Orders of other courts are quoted before; the court's own comes last, and most often with 如下.
    orders = list(_OWN.finditer(text)) or list(_OPERATIVE.finditer(text))
    return _cut(text[orders[-1].end() :]) if orders else ""


def _cut(order: str) -> str:
    fees = _FEES.search(order)
    return order if fees is None else order[: fees.start()]


def outcome_of(text: str, operative: str, flags: list[str]) -> tuple[Outcome, str]:
    """The outcome, and the order that decides it: an appeal dismissed leaves that of first instance standing."""
    if _SETTLED.search(operative) or (not operative and _SETTLED.search(text)):
        return "settled", operative
    if _WITHDRAWN.search(operative) and not (
        _WITHDRAWN_APPEAL.search(operative) and not re.search("撤回(?:一审)?起诉", operative)
    ):
        return "withdrawn", operative
    stands = _UPHELD.search(operative) or _WITHDRAWN_APPEAL.search(operative)
    if stands and not _STOP.search(_DISMISS.sub("", operative)):
        earlier = next(iter(_EARLIER.finditer(text)), None)
        if earlier is None:
            flags.append("order of first instance not stated")
            return _by_opinion(text, flags), ""
        end = re.search(r"不服|上诉|二审", text[earlier.end() :])
        operative = _cut(text[earlier.end() : earlier.end() + (end.start() if end else 1500)])
    if _STOP.search(_DISMISS.sub("", operative)):
        return ("partly" if _DISMISS.search(operative) else "infringement"), operative
    if _DISMISS.search(operative):
        return "dismissed", operative
    return _by_opinion(text, flags), operative


def _by_opinion(text: str, flags: list[str]) -> Outcome:
    flags.append("outcome read from the opinion")
    opinion = "。".join(findings(text))
    denied = [match.start() for match in _NOT_INFRINGED.finditer(opinion)]
    stated = [match.start() for match in _INFRINGED.finditer(opinion) if match.start() not in denied]
    if not denied and not stated:
        flags[-1] = "outcome unclear"
        return "unknown"
    # The conclusion comes last.
    return "dismissed" if denied and (not stated or denied[-1] > stated[-1]) else "infringement"


def findings(text: str) -> list[str]:
    """The sentences in which the court speaks for itself."""
    start = _OPINION.search(text)
    sentences = re.split(r"[。\n]", text[start.start() :] if start else text)
    return [sentence for sentence in sentences if not _PLEADING.search(sentence)]


def compensation_of(order: str, flags: list[str]) -> float | None:
    """Damages and costs that an order awards, in CNY; None when it awards none."""
    total = 0.0
    for item in _ITEMS.split(order):
        if not re.search("赔偿|支付|给付|补偿|返还", item) or re.search(
            "受理费|诉讼费|保全费|罚金|利息|鉴定费|没收", item
        ):
            continue
        amounts = list(sums(item))
        if any(not is_yuan for *_, is_yuan in amounts):
            flags.append("damages in another currency")
        amounts = [one for one in amounts if one[3]]
        if not amounts:
            continue
        whole = [
            one
            for one in amounts
            if re.search(r"(?:共计|合计|总计|总额|共)(?:为|人民币|rmb|[:¥\s])*$", item[: one[0]], re.I)
        ]
        if whole:
            total += whole[-1][2]
        elif re.search("上述|前述|本判决第|连带", item) and re.search("范围内|其中|上述|前述|本判决第", item):
            continue  # who else answers for a sum that another item awards
        elif re.search(r"含|包括|其中", item):
            total += amounts[0][2]
        else:
            total += sum(one[2] for one in amounts)
    return round(total, 2) if total else None


def is_cleared(name: str, order: str) -> bool:
    """Whether an order dismisses the claim against this party and not against all."""
    return any(
        name in match.group() and not _DISMISS_REST.search(match.group())
        for match in re.finditer(r"驳回[^;。]{0,40}对(?:被告)?[^;。]{0,60}诉讼请求", order)
    )


def asserted(sentences: list[str]) -> list[str]:
    """The sentences that do not deny, or leave unproved, that something was made or sold."""
    return [sentence for sentence in sentences if not _DENIED.search(sentence)]


def conduct_of(order: str, statements: list[str]) -> tuple[Conduct, ...]:
    """What an order forbids, and what statements of the court say was done."""
    ordered = [item for item in _ITEMS.split(order) if "停止" in item or "罪" in item or "销毁" in item]
    relevant = ordered + [
        sentence
        for sentence in statements
        if re.search("未经|构成|侵害|侵犯|假冒", sentence) and re.search("被告|上诉人|其|公司", sentence)
    ]
    joined = "。".join(relevant)
    return tuple(conduct for conduct, pattern in _CONDUCTS if pattern.search(joined))
