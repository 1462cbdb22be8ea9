"""How nodes, links, doubts and what was cut are put into words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph.caption import caption, caption_of, kind_label
from graph.model import Cut, Link, Node, kind_of
from graph.ontology import ontology
from headwater.door import Door

_CUTS = 5
_RECORDS = 3
"""Records named beside a link; `--json` names all of them."""
DOUBTS = {
    "incomplete": (
        "an address without a division or a number: it meets only what is written alike, perhaps another place",
        "地址缺少行政区划或门牌号：只与写法相同的地址关联，未必是同一处",
    ),
    "no_phone": ("no phone", "不是电话号码"),
    "no_email": ("no e-mail address", "不是电子邮箱"),
    "no_plate": ("no number plate", "不是车牌号"),
    "no_icp": ("no ICP number", "不是 ICP 备案号"),
    "no_wechat": ("no WeChat name", "不是微信号"),
    "no_qq": ("no QQ number", "不是 QQ 号"),
    "little_visible": ("a masked phone that shows few digits", "电话遮蔽过多"),
    "unknown_range": ("a phone of a range not known to be in use", "电话号段未知"),
    "extension": ("a phone with an extension, which is left out", "电话带分机号，分机号未计入"),
    "unknown_department": ("a credit code of an unknown department", "信用代码的登记管理部门未知"),
    "unknown_division": ("a division that is not known", "行政区划代码未知"),
    "unknown_office": ("a customs office that is not known", "海关代码未知"),
    "unknown_direction": ("neither an export nor an import", "进出口标志未知"),
    "unknown_hs": ("an HS code that is not listed", "HS 编码不在目录中"),
    "unusual_length": ("an HS code of unusual length", "HS 编码位数异常"),
    "unknown_prefix": ("a GTIN whose prefix is not assigned", "商品条码前缀未分配"),
    "restricted_circulation": ("a GTIN for use within one shop or company", "店内或企业内部条码"),
    "variable_measure": ("a GTIN of goods sold by measure", "计量商品条码"),
    "unknown_service": ("a postal service that is not assigned", "邮政业务代码未知"),
    "unusual_category": ("a container category that carriers alone use", "箱型类别代码非标准"),
    "unknown_layout": ("a plate of no civil layout", "车牌格式未知"),
    "no_check_character": ("a patent number without its check character", "专利号缺少校验位"),
    "short_number": ("a trademark number of few digits", "商标注册号位数偏少"),
    "no plaintiff found": ("no plaintiff found", "未找到原告"),
    "no defendant found": ("no defendant found", "未找到被告"),
    "no right found": ("no right found", "未找到涉案权利"),
    "no damages found": ("no damages found", "未找到赔偿数额"),
    "no goods found": ("no goods found", "未找到涉案商品"),
    "right number hidden": ("the right's number is hidden", "权利号被隐去"),
    "role unclear": ("the part that it takes is unclear", "诉讼地位不明"),
    "masked name": ("a masked name", "名称被遮蔽"),
    "company or person": ("a company or a person", "难以区分企业与个人"),
    "credit code invalid": ("an invalid credit code", "信用代码无效"),
    "order of first instance not stated": ("the order of first instance is not stated", "未载明一审判项"),
    "outcome read from the opinion": ("the outcome is read from the opinion", "裁判结果取自说理部分"),
    "damages in another currency": ("damages in another currency", "赔偿数额为其他币种"),
    "parties cut short": ("the sentence that names the parties is too long", "列明当事人的语句过长"),
    "more parties": ("more parties than are kept", "当事人过多，未全部保留"),
    "patent number invalid": ("an invalid patent number", "专利号无效"),
}
"""Doubts with which something was kept, in words; what follows a colon is as it came."""


def as_object(node: Node) -> dict[str, Any]:
    """A node as programs get it."""
    return {
        "id": node.id,
        "kind": node.kind,
        "caption": caption(node),
        "values": node.values,
        "mentions": node.mentions,
    }


def called(node: str, nodes: Mapping[str, Node]) -> str:
    """What a node is called: its caption, else the readable part of its id."""
    held = nodes.get(node)
    return caption(held) if held is not None else caption_of(node)


def named(door: Door, node: str, nodes: Mapping[str, Node]) -> str:
    """A node as a person reads it: its kind, what it is called, and its id where that says more."""
    text = called(node, nodes)
    label = kind_label(kind_of(node), door.language)
    return f"{label} {text}" if text == caption_of(node) else f"{label} {text} ({node})"


def arrow(door: Door, link: Link, here: str) -> str:
    """A link's label as an arrow, seen from the node `here`."""
    label = kind_label(link.kind, door.language)
    return f"—{label}→" if link.source == here else f"←{label}—"


def when(link: Link) -> str:
    """The days of a link: one, or from the first to the last."""
    days = dict.fromkeys(day[:10] for day in (link.start, link.end) if day)
    return "–".join(days)


def grounds(door: Door, link: Link) -> str:
    """What a link rests on: its records, and the probability of an inferred one."""
    more = f" +{len(link.records) - _RECORDS}" if len(link.records) > _RECORDS else ""
    records = f"[{', '.join(link.records[:_RECORDS])}{more}]"
    if link.inference is None:
        return records
    return f"{door.word('inferred', '推断')} {link.inference.probability:.2f} ({link.inference.rule}) {records}"


def step(door: Door, link: Link, here: str, nodes: Mapping[str, Node], note: str = "") -> str:
    """A link in one line, read from the node `here`; `note` stands before what it rests on."""
    there = named(door, link.other(here), nodes)
    parts = (f"{arrow(door, link, here)} {there}", when(link), note, grounds(door, link))
    return "  ".join(part for part in parts if part)


def doubted(door: Door, doubt: str) -> str:
    """A doubt in words; one that has none as it is."""
    code, colon, rest = doubt.partition(":")
    return door.word(*DOUBTS.get(code, (code, code))) + colon + rest


def tell_cuts(door: Door, cuts: Iterable[Cut]) -> None:
    """Says what was left out, so that no list seems whole that is not; the largest first."""
    sorted_cuts = sorted(cuts, key=lambda cut: (-cut.total, cut.node, cut.kind))
    for cut in sorted_cuts[:_CUTS]:
        label = kind_label(cut.kind, door.language)
        door.say(
            f"cut: {cut.node} has {cut.total:,} links “{label}”, of which the newest {cut.kept:,} were followed",
            f"截断：{cut.node} 共有 {cut.total:,} 条“{label}”关系，仅取最新 {cut.kept:,} 条",
            dim=True,
        )
    if (more := len(sorted_cuts) - _CUTS) > 0:
        door.say(f"cut: {more:,} more such; --json tells all", f"截断：另有 {more:,} 处；--json 列出全部", dim=True)


def property_labels(door: Door, kind: str) -> dict[str, str]:
    """What the properties of a kind are called."""
    known = ontology().kinds[kind].properties
    return {name: door.word(one.label.en, one.label.zh) for name, one in known.items()}
