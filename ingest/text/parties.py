"""The parties of a court document: who sues whom, and what the document says of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from graph.identifiers import uscc

Side = Literal["plaintiff", "defendant", "third"]


@dataclass(frozen=True, slots=True)
class Party:
    """A party as a court document names it.

    Attributes:
        name: As written, with plain brackets.
        kind: `unknown` when the name alone does not tell a company from a person.
        uscc: Its credit code when stated and valid, else ''.
        address: Its registered office or home when stated, else ''.
        representative: The legal representative, the person in charge, or the owner of a sole proprietorship, else ''.
        is_cleared: The claim against this party, and not against all, was dismissed.
    """

    name: str
    kind: Literal["company", "person", "unknown"]
    uscc: str = ""
    address: str = ""
    representative: str = ""
    is_cleared: bool = False


_ROLE = (
    r"(?:再审申请人|被申请人|申请再审人|申请人|被上诉人|上诉人|(?:原审|一审)(?:原告|被告|第三人)|第三人|原告|被告单位|被告人|被告)"
    r"(?:\((?=[^()]{0,30}(?:原告|被告|上诉人|第三人|申请人))[^()]{1,40}\))?"
)
# No run of white space may be read in two ways: a thousand line breaks would be tried a million times.
_OPENING = re.compile(
    rf"(?:^|(?<=[。;\n]))[^\S\n]*(?P<role>{_ROLE})[一二三四五六七八九\d]{{0,2}}\s*(?::\s*)?(?=[^。;,:\n])"
)
_ANY_ROLE = re.compile(_ROLE)
_CASE = re.compile(r"(?:纠纷|争议|罪)(?:上诉|申请再审|再审)?一案|一案")
_ANNOTATION = re.compile(
    r"\((?:以下|下称|简称|下同|统一|住所|原名|曾用|原审|一审|反诉|原企业|身份|公民|注册|组织机构|男|女|经营者|法定)[^()]*(?:\([^()]*\)[^()]*)*\)"
)
_FOREIGN = re.compile(r"(?<=[㐀-䶿一-鿿])\([a-z][^()㐀-䶿一-鿿]{3,100}\)", re.I)  # the same name in its own script
_FORM = (
    r"(?:公司|厂|廠|商行|经营部|经销部|门市部|批发部|工作室|合作社|商店|专卖店|服装店|商场|超市|事务所|集团|中心|商社|企业|银行|大学|学院|医院|研究院|研究所"
    r"|委员会|协会|局|站|店|行|部|铺|馆|坊|社)"
)
_ENDS_AS_COMPANY = re.compile(rf"{_FORM}(?:\([^()]*\))?$")
_LATIN_COMPANY = re.compile(
    r"(?:co\.?,? ?ltd|gmbh|llc|l\.l\.c|inc|ltd|limited|corp|corporation|plc|company|s\.a|b\.v|c\.v|ag|kg|bhd"
    r"|s\.p\.a|n\.v)\.?\)?$",
    re.I,
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎"
    "贺顾毛郝龚邵万钱严覃武戴莫孔向汤阎洪葛翁庄颜章柯柳柴梅温游施祝骆殷倪聂章樊鲁欧阳司马牛齐康易常俞岳管季简詹关涂焦巴甘裴耿卓鲍左翟舒童路包纪项祁阮蓝凌单屈盛成辛车池申桂"
)
_PERSON = re.compile(
    r"[㐀-䶿一-鿿]{2,4}|[㐀-䶿一-鿿](?:某{1,2}[甲乙丙丁0-9]?|[x×*]{1,3})|[㐀-䶿一-鿿]{1,8}(?:·[㐀-䶿一-鿿a-z.]{1,10}){1,4}",
    re.I,
)
_CAUSE = re.compile(
    r"(?:因?(?:侵害|侵犯|假冒|擅自|销售假冒|非法制造|生产、销售|不正当竞争|确认不侵|商标(?:权|侵权|使用|许可|权属)|专利(?:权|侵权)|外观设计专利|实用新型专利|发明专利|"
    r"著作权|知识产权(?!代理|服务|咨询|运营)|犯))|因(?=与|不服|涉嫌|其|上述|本|买卖|合同)|(?:提起|向本院|不服)"
)
_BETWEEN = re.compile(r"(?:与|诉|和|及|、|,|以及|起诉|控告|因与|因诉)*$")
_CONJUNCTION = re.compile(r"以及|[与和及]")

_CODE = re.compile(r"(?:统一社会信用代码|信用代码|社会信用代码)(?:证号|号)?\s*[:为]?\s*([0-9A-Za-z]{15,20})")
_ADDRESS = re.compile(
    r"(?:住所地|住所|住址|注册地址|注册地|经营地址|主要营业地|营业场所|经营场所|机构地址|地址|户籍(?:所在)?地(?:址)?|(?<=[,。;)])\s*(?:现|户籍)?住)(?:在|位于)?\s*:?\s*"
    r"(?P<address>[^,。;:()\n]{2,80}(?:\([^()\n]{1,20}\)[^,。;:()\n]{0,30})?)"
)
_REPRESENTATIVE = re.compile(
    r"(?:法定代表人|法定代理人|负责人|代表人|经营者|投资人|执行事务合伙人(?:委派代表)?|业主|授权代表)(?:姓名)?\s*:?\s*(?P<name>[^,。;:()\n、]{2,40})"
)
_PERSONAL = re.compile(r"(?:\([^()]*\))?\s*,\s*(?:男|女|[^,。]{0,4}族|\d{4}年|公民身份|居民身份|身份证|住(?!所))")
_BLOCK_END = re.compile(
    r"本院|诉称|请求|辩称|查明|一案|委托(?:诉讼)?代理人.{0,200}?(?=(?:原告|被告|上诉人|被上诉人|第三人)[^。]{0,40}一案)"
)
_LONGEST_BLOCK = 500
_LONGEST_SENTENCE = 5_000
_MOST_PARTIES = 200


def read_parties(text: str) -> tuple[dict[str, tuple[Side, Party]], list[str]]:
    """Read the parties of a folded, simplified document by name, and flags for what could not be read.

    The header names one party a sentence (被告:…,住所地…。法定代表人:…。); the sentence that ends in 一案 names all.
    """
    found: dict[str, tuple[Side, Party]] = {}
    flags: list[str] = []
    case = _CASE.search(text)
    begin = max(text.rfind(mark, 0, case.start()) for mark in "。\n") + 1 if case else min(len(text), 3000)
    for opening in _OPENING.finditer(text, 0, begin):
        names_end = _sentence_end(text, opening.end(), begin)
        _note(found, flags, opening["role"], text[opening.end() : names_end])
    if case is not None:
        if case.start() - begin > _LONGEST_SENTENCE:
            flags.append("parties cut short")
        sentence = text[begin : min(case.start(), begin + _LONGEST_SENTENCE)]
        roles = list(_ANY_ROLE.finditer(sentence))
        for index, role in enumerate(roles):
            end = roles[index + 1].start() if index + 1 < len(roles) else len(sentence)
            _note(found, flags, role.group(), sentence[role.end() : end])
    for name, (side, party) in found.items():
        found[name] = (side, _described(text, party, flags))
    return found, flags


def _sentence_end(text: str, start: int, limit: int) -> int:
    depth = 0
    for place in range(start, min(limit, start + _LONGEST_BLOCK)):
        character = text[place]
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth <= 0 and character in "。;\n":
            return place
        if depth <= 0 and character == "," and not _LATIN_COMPANY.match(text, place + 1):
            rest = text[place + 1 : place + 8].lstrip().lower()
            if not rest.startswith(("inc", "ltd", "llc", "limited", "co.")):
                return place
    return min(limit, start + _LONGEST_BLOCK)


def _note(found: dict[str, tuple[Side, Party]], flags: list[str], role: str, written: str) -> None:
    names = split_names(written)
    side = side_of(role)
    for name in names:
        if side is None:
            if name not in found:
                flags.append(f"role unclear: {role} {name}")
            continue
        if name not in found and len(found) == _MOST_PARTIES:
            flags.append("more parties")
        elif name not in found:
            kind = kind_of(name)
            found[name] = (side, Party(name, kind))
            if "*" in name or "某" in name or "×" in name:
                flags.append(f"masked name: {name}")


def side_of(role: str) -> Side | None:
    """Which side a role is on; an appellant's follows from the role at first instance, which stands in brackets."""
    head, _, bracket = role.partition("(")
    for word in (head, bracket):
        if "第三人" in word:
            return "third"
        # 反诉被告 is the plaintiff at first instance.
        plain = word.replace("反诉原告", "").replace("反诉被告", "")
        if "原告" in plain:
            return "plaintiff"
        if "被告" in plain:
            return "defendant"
    return None


def split_names(written: str) -> list[str]:
    """Split what stands behind a role into names: A公司、B公司与张三."""
    plain = _FOREIGN.sub("", _ANNOTATION.sub("", written)).strip(" :,\n")
    last_form = max((match.end() for match in re.finditer("公司|厂|商行|经营部|事务所", plain)), default=0)
    cause = next(
        (
            match
            for match in _CAUSE.finditer(plain)
            if match.start() >= 2 and not _inside(plain, match.start(), last_form)
        ),
        None,
    )
    if cause is not None:
        plain = plain[: cause.start()]
    plain = _BETWEEN.sub("", plain).strip()
    names: list[str] = []
    for part in re.split(r"、|;|,\s*(?=[㐀-䶿一-鿿])", plain):
        names.extend(_conjoined(part.strip()))
    return [name for name in (one.strip(" ,。:") for one in names) if len(name) > 1]


def _inside(plain: str, cause: int, last_form: int) -> bool:
    # 北京三友知识产权代理有限公司: the word belongs to the name when its form follows with no comma between.
    return cause < last_form and not re.search("[、,]|公司|厂|商行|经营部", plain[cause : last_form - 2])


def _conjoined(part: str) -> list[str]:
    names: list[str] = []
    start = 0
    for match in _CONJUNCTION.finditer(part):
        left, right = part[start : match.start()].strip(), part[match.end() :].strip()
        if _is_complete(left) and _is_complete(right):
            names.append(left)
            start = match.end()
    return [*names, part[start:].strip()]


def _is_complete(name: str) -> bool:
    if kind_of(name) == "company" and len(name) > 3:
        return True
    return bool(_PERSON.fullmatch(name)) and name[:1] in _SURNAMES


def kind_of(name: str) -> Literal["company", "person", "unknown"]:
    """Whether a name is a company's or a person's, as far as the name tells."""
    if len(name) > 3 and (_ENDS_AS_COMPANY.search(name) or _LATIN_COMPANY.search(name)):
        return "company"
    if _PERSON.fullmatch(name) and (
        name[0] in _SURNAMES or not name[1:].strip("某甲乙丙丁0123456789x×*X") or "·" in name
    ):
        return "person"
    return "unknown"


def _described(text: str, party: Party, flags: list[str]) -> Party:
    """Add what the sentences and brackets behind the party's full name say of it."""
    code = address = representative = ""
    kind = party.kind
    place = text.find(party.name)
    for _ in range(12):
        if place < 0:
            break
        end = place + len(party.name)
        block = _block(text, end)
        if not code and (match := _CODE.search(block)):
            if uscc.is_valid(match[1]):
                code = uscc.validate(match[1])
            else:
                flags.append(f"credit code invalid: {party.name} {match[1]}")
        if not address and (match := _ADDRESS.search(block)):
            address = match["address"].strip()
        if not representative and (match := _REPRESENTATIVE.search(block)):
            representative = match["name"].strip()
        if kind == "unknown" and (_PERSONAL.match(text, end) or "公民身份" in block):
            kind = "person"
        place = text.find(party.name, end)
    if kind == "unknown" and (code or "法定代表人" in _block(text, text.find(party.name) + len(party.name))):
        kind = "company"
    if kind == "unknown":
        flags.append(f"company or person: {party.name}")
    return replace(party, kind=kind, uscc=code, address=address, representative=representative)


def _block(text: str, start: int) -> str:
    """What belongs to the name that ends here: its bracket, and the sentences up to the next party.

    Empty when the text goes on about something else.
    """
    tail = text[start : start + _LONGEST_BLOCK]
    if foreign := _FOREIGN.match(text, start):
        tail = text[foreign.end() : foreign.end() + _LONGEST_BLOCK]
    if tail.startswith("("):
        depth = 0
        for place, character in enumerate(tail):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                bracket = tail[: place + 1]
                rest = tail[place + 1 :]
                break
        else:
            return ""
        if rest[:1] not in (",", "。"):
            return bracket
    elif tail[:1] not in (",", "。", "\n", ";"):
        return ""
    else:
        bracket, rest = "", tail
    following = _OPENING.search(rest)
    if following is not None:
        rest = rest[: following.start()]
    stop = _BLOCK_END.search(rest)
    if stop is not None:
        rest = rest[: stop.start()]
    agent = re.search(r"委托(?:诉讼)?代理人|辩护人|授权代理人", rest)
    if agent is not None:
        rest = rest[: agent.start()]
    return bracket + rest
