"""Credit codes, ICP filings, trademark and patent numbers in running text, each only when its own rule accepts it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph.identifiers import icp, patent, trademark, uscc
from ingest.text.spans import Finding, Taken

_USCC = re.compile(r"(?<![a-z0-9])[0-9any][0-9a-z][0-9]{6}[0-9a-z]{10}(?![a-z0-9])")
_FILING = re.compile(
    r"[㐀-鿿] ?icp ?[备備证證] ?[0-9]{6,10}(?: ?[号號])?(?: ?- ?[0-9]{1,4}[a-z]?)?(?![0-9a-z])"
    r"|[㐀-鿿] ?公[网網]安[备備] ?[0-9]{14}(?: ?[号號])?(?![0-9])"
    r"|(?:合字|[㐀-鿿]) ?[ab][12] ?-? ?[0-9]{8}(?![0-9])"
)
_PATENT = re.compile(
    r"(?<![a-z0-9])zl ?(?:[0-9]{2}|[0-9]{4}) ?[0-9] ?(?:[0-9]{5}|[0-9]{7})(?: ?\. ?[0-9x])?(?![0-9a-z])"
    r"|(?:专利号|申请号|專利號|patent (?:no\.?|number))[\W_]{0,4}(?:为|是)?[\W_]{0,3}"
    r"(?P<bare>(?:zl|cn)? ?[0-9]{4} ?[0-9] ?[0-9]{7}(?: ?\. ?[0-9x])?)(?![0-9a-z])"
)
_NUMBER = r"(?:g ?)?[0-9]{4,9}[a-z]?"
# 第1号、第2号“X”注册商标: the word that makes them trademarks follows within the sentence.
_ORDINAL = re.compile(rf"第 ?(?P<number>{_NUMBER}) ?号?")
_BEHIND = re.compile(
    rf"(?: ?号?(?:[、,和及与]|以及) ?第? ?{_NUMBER}){{0,12}} ?号?[^。;\n第号]{{0,8}}?"
    r"(?:[“\"「『《〈‘][^”\"」』》〉’\n]{0,40}[”\"」』》〉’]"
    rf"[^。;\n第号]{{0,12}}?)?(?:注册|系列|文字|图形|组合|及图)?(?:商标|商標)"
)
_ELSE = re.compile(r" ?号? ?(?:公告|公报|判决|裁定|民|行|刑|公证|令|文件|复审|决定)")
_MORE = re.compile(rf"(?: ?号?(?:[、,和及与]|以及) ?第? ?)(?P<number>{_NUMBER})")
_LABELLED = re.compile(
    r"(?:商标(?:注册)?证?号|商标注册证(?:第|号)?|注册商标(?:证)?号|注册号|商標註冊號"
    r"|trade ?marks? (?:reg(?:istration|\.)? )?(?:no\.?|number)"
    r"|reg(?:istration|\.)? (?:no\.?|number))[\W_]{0,4}(?:为|是|第)?[\W_]{0,3}"
    rf"(?P<number>{_NUMBER})(?![0-9a-z.])"
)


def find_uscc(text: str, lowered: str, taken: Taken) -> Iterator[Finding]:
    """Yield unified social credit codes whose check characters fit."""
    for match in _USCC.finditer(lowered):
        if uscc.is_valid(match.group()) and not taken.overlaps(*match.span()):
            yield _finding("uscc", uscc.validate(match.group()), text, *match.span(), taken)


def find_filings(text: str, lowered: str, taken: Taken) -> Iterator[Finding]:
    """Yield filings and licences of web sites (沪ICP备12345678号-1), the number of the single site with them."""
    for match in _FILING.finditer(lowered):
        if icp.is_valid(match.group()) and not taken.overlaps(*match.span()):
            yield _finding("icp", icp.validate(match.group()), text, *match.span(), taken)


def find_patents(text: str, lowered: str, taken: Taken) -> Iterator[Finding]:
    """Yield Chinese patent numbers, behind ZL or behind words such as 专利号."""
    for match in _PATENT.finditer(lowered):
        start, end = match.span("bare") if match["bare"] else match.span()
        number = lowered[start:end].replace(" ", "")
        if patent.is_valid(number) and not taken.overlaps(start, end):
            yield _finding("patent", patent.validate(number), text, start, end, taken)


def find_trademarks(text: str, lowered: str, taken: Taken) -> Iterator[Finding]:
    """Yield trademark registration numbers, where the text says that they are such."""
    for match in _LABELLED.finditer(lowered):
        yield from _trademark(text, *match.span("number"), taken)
    if "商标" not in lowered and "商標" not in lowered:
        return
    for match in _ORDINAL.finditer(lowered):
        start, end = match.span("number")
        named_before = "商标" in lowered[max(0, match.start() - 6) : match.start()]
        if taken.overlaps(start, end) or _ELSE.match(lowered, end):
            continue
        if not (named_before or _BEHIND.match(lowered, end)):
            continue
        yield from _trademark(text, start, end, taken)
        for _ in range(12):
            further = _MORE.match(lowered, end)
            if further is None:
                break
            end = further.end()
            yield from _trademark(text, *further.span("number"), taken)


def _trademark(text: str, start: int, end: int, taken: Taken) -> Iterator[Finding]:
    written = text[start:end]
    if trademark.is_valid(written) and not taken.overlaps(start, end):
        yield _finding("trademark", trademark.validate(written), text, start, end, taken)


def _finding(kind: str, value: str, text: str, start: int, end: int, taken: Taken) -> Finding:
    taken.take(start, end)
    return Finding(kind, value, text[start:end], start, end)  # type: ignore[arg-type]
