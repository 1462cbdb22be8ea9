"""Company names in running text, found by the legal form that they end in.

Chinese marks no word boundaries, so where a name begins is read from what comes before it: punctuation, a party's role
(被告), a word that names companies (生产商), or the place that most registered names begin with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph import divisions
from ingest.text.phrases import Cues
from ingest.text.spans import Finding, Taken

_LONGEST = 45
_NAME = re.compile(r"[㐀-䶿一-鿿a-z0-9()·&.\-]")
_OPENER = re.compile(
    "(?:再审|被)?(?:申请人|上诉人)|原审[原被]告|[原被]告(?:单位|人)?|第三人|反诉|诉(?!讼)|(?:产品|商品|货物|本品|均|皆|全部)由|"
    "(?:生产|制造|加工|出品|供应|供货|经销|销售|代理|服务|运营)(?:商|方|厂家|单位|企业)|厂家|出品|总代理|(?:被?委托|受托|授权)(?:方|人|单位)?|"
    "(?:发货|收货|托运|承运|持有|注册|权利|许可|申请|使用|开户)(?:人|方)|(?:公司|企业|单位|店铺|商户)?名称|卖家|商家|店主|供货|"
    "联系|关注|认准|选择|来自|隶属于?|附属于?|位于|属于|以及|[的了被将把与及]"
)
_ROLES = re.compile("(?:再审|被)?(?:申请人|上诉人)|原审[原被]告|[原被]告(?:单位|人)?|第三人")
_WEAK = frozenset("由系与及诉在对为是和向跟同至到")
_GENERIC = re.compile(
    "(?:本|我|该|贵|某|各|子|母|总|分|外贸|物流|快递|贸易|厂家|有限|上市|一家|两家|我们|他们|代工|加工|生产|正规|大型|专业|源头|知名)*"
    "(?:公司|厂|廠)"
)
_NOT_BEHIND = frozenset("家房长区商址直货内外子库价牌区")
_FULL_RANK = frozenset("省市区县州盟旗")

_FORM = re.compile(
    r"(?<![a-z0-9])(?:co\.? ?,? ?(?:ltd|limited|inc)\.?|company ?,? (?:limited|ltd\.?)|gmbh(?: ?& ?co\.? ?kg)?"
    r"|l\.?l\.?c\.?|incorporated"
    r"|inc\.?|(?:pte|pty)\.?,? ?(?:ltd|limited)\.?|ltd\.?|limited|corporation|corp\.?|plc"
    r"|s\.a\.r\.l\.|s\.p\.a\.|s\.r\.l\."
    r"|b\.v\.|n\.v\.|s\.a\.|ag|k\.k\.|sdn\.? ?bhd\.?)(?![a-z0-9])"
)
_STRONG_FORM = re.compile(r"co\.? ?,? ?(?:ltd|limited)|gmbh|pte|pty|sdn")
_ADJECTIVE = re.compile(
    r" ?(?:-|edition|time|offer|stock|quantit|period|version|release|to\b|by\b|warranty|discount|sale|liabilit|number)"
)
_WORD = re.compile(r"[A-Za-z0-9À-ɏ&'.+/()\-]+,?$")
_CAPITAL = re.compile(r"\(?[A-Z0-9À-Þ][A-Za-z0-9À-ɏ&'.+/()\-]*,?")
_JOINERS = frozenset(("&", "and", "of", "de", "for", "und", "et"))
_STOPS = frozenset(
    """
    by from made manufacturer manufactured supplier supplied seller sold factory plaintiff defendant the our we
    is are at contact company name brand with to in on v vs exporter importer shipper consignee holder
    authorized authorised licensed produced
    """.split()
)


def find_companies(text: str, folded: str, lowered: str, cues: Cues, taken: Taken) -> Iterator[Finding]:
    """Yield company names, the longest where one holds another, in the order of the text."""
    spans = [*_chinese(lowered, cues), *_english(folded, lowered)]
    last_end = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > last_end and not taken.overlaps(start, end):
            last_end = end
            yield Finding("company", " ".join(folded[start:end].split()), text[start:end], start, end)


def _chinese(lowered: str, cues: Cues) -> Iterator[tuple[int, int]]:
    strong = cues.of("form")
    ends = {hit.end: hit for hit in strong}
    boundary = 0
    for hit in sorted({(hit.end, hit.start, hit.label) for label in ("form", "small form") for hit in cues.of(label)}):
        end, form_start, label = hit
        if label == "small form" and (end in ends or lowered[end : end + 1] in _NOT_BEHIND):
            continue
        is_branch = lowered.startswith("分公司", end - 3)
        limit = max(0, end - _LONGEST) if is_branch else max(boundary, end - _LONGEST)
        start = _begin(lowered, limit, form_start, end, is_strong=label == "form", is_branch=is_branch)
        if start is not None:
            yield start, end
        if label == "form":
            boundary = end


def _begin(lowered: str, limit: int, form_start: int, end: int, *, is_strong: bool, is_branch: bool) -> int | None:
    """Where the name that ends with a legal form begins; None when nothing shows that it is one."""
    start, closed = form_start, 0
    while start > limit and _NAME.match(lowered[start - 1]):
        closed += {")": 1, "(": -1}.get(lowered[start - 1], 0)
        if closed < 0:
            break
        start -= 1
    if closed > 0:  # the bracket opens outside of the name
        start = lowered.index(")", start, form_start) + 1
    shown = False
    for opener in _OPENER.finditer(lowered, start, max(start, form_start - 1)):
        if not _covers_name(lowered, opener.start(), start):
            start = opener.end()
            shown = shown or opener.end() - opener.start() > 1
    placed = _place(lowered, start, form_start, is_branch)
    if placed is not None:
        start, shown = placed, True
    else:
        while start < form_start - 3 and lowered[start] in _WEAK and (lowered[start] != "和" or start == limit):
            start += 1
    while start < form_start and not lowered[start].isalnum() and lowered[start] != "(":
        start += 1
    core = form_start - start
    if core < 2 or _GENERIC.fullmatch(lowered, start, end):
        return None
    if not is_strong and (not shown or (placed is not None and core < 4)):
        return None
    return start


def _covers_name(lowered: str, opener: int, start: int) -> bool:
    # 与, 及 and the like open a name only behind something; at the very start they are stripped as weak words.
    return (
        opener > start and lowered[opener] in "与及将把" and not divisions.read(lowered[opener + 1 : opener + 12]).end
    )


def _place(lowered: str, start: int, form_start: int, is_branch: bool) -> int | None:
    """Where the place that the name begins with stands, if it does."""
    for place in range(start, form_start - 1):
        head = divisions.read(lowered[place:form_start], in_company=True)
        if not head.end:
            continue
        if place == start or lowered[place - 1] in _WEAK:
            return place
        if is_branch or lowered[place - 1] == "(":
            return None
        if head.names[0][-1] in _FULL_RANK and len(head.names[0]) > 2:
            return place
    return None


def _english(folded: str, lowered: str) -> Iterator[tuple[int, int]]:
    boundary = 0
    for form in _FORM.finditer(lowered):
        if form.group().startswith("limited") and _ADJECTIVE.match(lowered, form.end()):
            continue
        is_small = folded[form.start() : form.end()].islower()
        if form.group() in ("ag", "limited", "inc", "llc", "corp", "plc") and is_small:
            continue
        start = _first_word(folded, boundary, form.start(), is_small and _STRONG_FORM.match(form.group()) is not None)
        if start is not None:
            end = form.end()
            # A full stop that ends the sentence is not the abbreviation's.
            if folded[end - 1] == "." and form.group() in ("gmbh.", "limited.", "incorporated."):
                end -= 1
            yield start, end
            boundary = end


def _first_word(folded: str, limit: int, form_start: int, may_be_small: bool) -> int | None:
    position = form_start
    first: int | None = None
    for _ in range(9):
        head = folded[max(limit, position - 40) : position]
        trimmed = head.rstrip(" ")
        if len(head) - len(trimmed) > 2 or (first is not None and len(head) == len(trimmed)):
            break
        if first is None:
            trimmed = trimmed.removesuffix(",").rstrip(" ") if trimmed.endswith(",") else trimmed
        word = _WORD.search(trimmed)
        if word is None:
            break
        written = word.group()
        bare = written.strip(",.()").lower()
        if bare in _STOPS or (written.endswith((".", ":")) and len(written) > 4):
            break
        start = position - len(head) + word.start()
        if bare in _JOINERS:
            position = start
            continue
        if not (_CAPITAL.fullmatch(written) or (may_be_small and written.isalpha())):
            break
        first = position = start
        if start > 0 and folded[start - 1] != " ":
            break
    return first if first is not None and first < form_start else None
