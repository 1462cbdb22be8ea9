"""Persons' names: surname, given name and syllables, from Chinese characters or pinyin in either order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from graph import romanisations, scripts

_COMPOUND = (
    "欧阳 上官 司马 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 端木 百里 南宫 轩辕 独孤 东郭 西门 "
    "呼延 申屠 澹台 公冶 宗政 濮阳 淳于 单于 太叔 仲孙 钟离 鲜于 闾丘 司寇 拓跋 纳兰 完颜 赫连 第五 万俟 闻人 叶赫"
).split()
_SINGLE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文庞樊兰殷施洪翟安"
    "颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦柳邢岳齐梅庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈"
    "鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强丛褚娄窦苟敖骆车房滕戚晏巫冉冷宫佟冀宗邝蒲应鹿全党明郎简臧丘褚廉滑仇卓"
    "连匡瞿古边燕楚池米荆仲沙原郁艾尚蔺麦巩权海鞠丰战商水狄喻占劳习迟慕苑母乐饶桑封谈娜巴晋奚花步利虞税储萧华荀嵇诸经糜"
    "卞伏郜栾危厍暴居衡耿弘国都广越隆师干缪敬羊於惠曲家松井段富乌焦巴弓牧隗山宓蓬班仰秋伊宫宁栾钭厉戎符束幸韶蓟印宿怀鄂索咸"
)
_READINGS = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "任": "ren", "查": "zha", "朴": "piao",
    "盖": "gai", "尉迟": "yuchi", "万俟": "moqi", "覃": "qin", "乐": "yue", "翟": "zhai", "缪": "miao", "宓": "mi",
    "种": "chong", "长孙": "zhangsun", "澹台": "tantai", "单于": "chanyu", "隗": "wei", "洗": "xian", "石": "shi",
}  # fmt: skip
_TITLE = re.compile(r"(先生|女士|小姐|太太|经理|老板|总经理|总|师傅|老师|主任|厂长|老板娘|哥|姐)$")
_TITLES_LATIN = frozenset(("mr", "mrs", "ms", "miss", "dr", "prof", "madam", "sir"))
# Characters that trade names are made of: a name made of nothing else is no safe sign of a person.
_TRADING = frozenset("达翔腾旺鑫隆泰飞益诚亿盛丰恒瑞源来发信业兴捷程远洋辉景利顺宏昌荣宝金百永嘉华通祥美佳德康福联创凯")
# Surnames that trade names also begin with.
_DOUBLE = frozenset("金华万盛程康龙高方元安成利易常丰隆宝荣百白水江文石田海明富广乐明全喜古尚国弘")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name; `given` is '' for 王先生, `syllables` start with the surname's."""

    surname: str
    given: str
    syllables: tuple[str, ...]
    script: Literal["han", "latin"]
    text: str

    @property
    def key(self) -> str:
        """The join key over both scripts: the syllables joined, surname first."""
        return "".join(self.syllables)


@lru_cache(maxsize=65536)
def parse_person(text: str) -> PersonName:
    """Read a person's name; `Chen Zhiqiang` and `Zhiqiang Chen` are one. Never fails: an unknown surname is ''."""
    folded = scripts.fold(text)
    if scripts.has_han(folded):
        return _parse_han(folded, text)
    return _parse_latin(folded, text)


def is_person(text: str) -> bool:
    """Whether a text looks like a person's name rather than a firm's."""
    name = parse_person(text)
    if not name.surname:
        return False
    if name.script == "latin":
        return len(name.syllables) > 1 and len(name.syllables) < 5
    if not name.given:
        return len(scripts.fold(text)) > len(name.surname)
    if len(name.given) > 2:
        return False
    return not (name.surname in _DOUBLE and _TRADING.issuperset(name.given))


def agreement(a: PersonName, b: PersonName) -> float:
    """The probability that two names are one person's, on the names alone; 0 where they conflict.

    Equal names are common in China: even equal characters need something that corroborates.
    """
    if not a.surname or not b.surname:
        return 0.02
    if not a.given or not b.given:
        same = a.surname == b.surname or _surname_sound(a) == _surname_sound(b)
        return 0.03 if same else 0.0
    if a.script == b.script == "han":
        return 0.4 if (a.surname, a.given) == (b.surname, b.given) else 0.0
    return 0.15 if a.syllables == b.syllables else 0.0


def _surname_sound(name: PersonName) -> str:
    return name.surname if name.script == "latin" else _sound(name.surname)


def _parse_han(folded: str, text: str) -> PersonName:
    core = folded.replace(" ", "").replace("·", "")
    titled = _TITLE.search(core)
    if titled is not None and titled.start() > 0:
        core = core[: titled.start()]
    surname = (
        core[:2] if core[:2] in _COMPOUND and (len(core) > 2 or titled) else core[:1] if core[:1] in _SINGLE else ""
    )
    given = core[len(surname) :]
    if not surname or len(given) > 3 or (not given and titled is None) or not all(scripts.readings(c) for c in given):
        return PersonName("", "", scripts.syllables(core), "han", text)
    return PersonName(surname, given, (_sound(surname), *scripts.syllables(given)), "han", text)


def _parse_latin(folded: str, text: str) -> PersonName:
    head, comma, tail = folded.partition(",")
    # In "Chen, Zhiqiang" the comma, in "Zhiqiang CHEN" the capitals tell which word is the surname.
    parts = [word for word in re.split(r"[\s.]+", folded.replace(",", " ")) if word]
    words = [scripts.latin(word).replace(" ", "") for word in parts]
    kept = [(part, word) for part, word in zip(parts, words, strict=True) if word and word not in _TITLES_LATIN]
    titled = len(kept) < len(words)
    parts, words = [part for part, _ in kept], [word for _, word in kept]
    # Passports write 吕 as LYU.
    words = ["lv" if word == "lyu" else word for word in words]
    surnames = _surname_sounds()
    if len(words) == 1 and titled and words[0] in surnames:
        return PersonName(words[0], "", (words[0],), "latin", text)
    if not 2 <= len(words) <= 4:
        return PersonName("", "", tuple(words), "latin", text)
    compound = words[-1] in _compound_sounds() and words[0] not in _compound_sounds()
    capitals = parts[-1].isupper() and not parts[0].isupper()
    last_first = not comma and words[-1] in surnames and (capitals or compound)
    if not last_first and words[0] in surnames:
        surname, given = words[0], words[1:]
    elif words[-1] in surnames and not comma:
        surname, given = words[-1], words[:-1]
    else:
        return _customary(parts, bool(comma), text) or PersonName("", "", tuple(words), "latin", text)
    spoken: list[str] = []
    for word in given:
        # A hyphen or an apostrophe was dropped above; pinyin syllables are told apart by their sounds.
        syllables = scripts.split_pinyin(word)
        if syllables is None:
            return _customary(parts, bool(comma), text) or PersonName("", "", tuple(words), "latin", text)
        spoken.extend(syllables)
    if len(spoken) > 3:
        return PersonName("", "", tuple(words), "latin", text)
    return PersonName(surname, " ".join(spoken), (surname, *spoken), "latin", text)


def _customary(parts: list[str], has_comma: bool, text: str) -> PersonName | None:
    """A name as written in Hong Kong or Taiwan (Chan Tai Man, Hsu Chien-Chih): a surname and two syllables."""
    words = [word for part in parts for word in scripts.latin(part.replace("-", " ")).split()]
    if len(words) != 3 or not all(romanisations.is_syllable(word) for word in words):
        return None
    first, last = (romanisations.is_surname(word, _SINGLE) for word in (words[0], words[-1]))
    is_last = last and not has_comma and (not first or (parts[-1].isupper() and not parts[0].isupper()))
    if not first and not is_last:
        return None
    ordered = [words[-1], *words[:-1]] if is_last else words
    return PersonName(ordered[0], " ".join(ordered[1:]), tuple(ordered), "latin", text)


def _sound(surname: str) -> str:
    return _READINGS.get(surname) or scripts.pinyin(surname)


@cache
def _surname_sounds() -> frozenset[str]:
    return frozenset(_sound(surname) for surname in (*_SINGLE, *_COMPOUND)) | {"lu"}


@cache
def _compound_sounds() -> frozenset[str]:
    return frozenset(_sound(surname) for surname in _COMPOUND)
