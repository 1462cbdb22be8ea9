"""Numbers: where a text holds somebody's number, address or handle, however it is written. The one finder of all masks.

It tells from a text alone which nodes it may name, be it a value, a key, a cell or a sentence; which of them are there
is for the store to say. What it names is always whole: a part of a number, such as a landline without its area, is no
name of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Literal

from api.masks.rules import rules
from graph.disguises import fold
from graph.errors import InvalidValue
from graph.identity import identify, number_key
from graph.model import key_of, kind_of, node_id
from graph.ontology import ontology

Depth = Literal["text", "cell", "any"]
"""What is looked for: in a `text` what looks like a number, a handle or an address; in a `cell` or a key a handle of
letters alone besides, when it is all that stands there; or the number of `any` node, personal or not.
"""
SHORTEST = 5
"""Characters of a number at the least: the shortest ones of QQ."""
REMEMBERED = 300
"""Characters of a text of which it is remembered what it holds; longer ones would fill the memory."""

_LONGEST = 128  # characters of a number at the most: hashes
_ACCOUNT = 21  # digits of a number at the most: accounts of banks
_JOINED = 8  # groups into which people part one number at the most
_NOTHING: frozenset[str] = frozenset()
_SERVICES = ("wechat", "qq")
_TLDS = "com|cn|net|org|info|biz|cc|io|vip|top|xyz|shop|store|hk|tw|jp|kr|uk|de|fr|us|eu|edu|gov"
_CUE = "(?:微信|薇信|威信|v信|微|weixin|wechat|wx|vx|qq|扣扣|企鹅)"
_HAN = "㐀-䶿一-鿿"
_STAR = "*xX×●•○◆■□※∗✱﹡#?"  # what phones are masked by
_LOOKALIKES = str.maketrans("oOlI", "0011")
_NUMERALS = str.maketrans("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两", "0012345678912345678912")

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATED = re.compile(r"(?<![0-9])([0-9]{4})[^0-9A-Za-z\n]{0,3}([0-9]{1,2})[^0-9A-Za-z\n]{0,3}([0-9]{1,2})(?![0-9])")
_DIGIT = re.compile("[0-9]")
_LIKE_DIGITS = re.compile("(?<=[0-9])[oOlI]+|[oOlI]+(?=[0-9])")
_LETTER_OR_DIGIT = re.compile("[0-9A-Za-z]")
_CHAIN = re.compile(r"[0-9]+[Xx]?(?:[^0-9A-Za-z\n]{0,3}[0-9]+[Xx]?)*")
_GROUP = re.compile("[0-9]+")
_CODE = re.compile("^(?:00|0|86)+")  # what may stand before a number within its country
_MOBILE = re.compile("(?=(1[3-9][0-9]{9}))")
_LANDLINE = re.compile("(?=0((?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6})([0-9]?))")
_STARRED = re.compile(rf"\+?[0-9][0-9 -]{{0,14}}[{_STAR}]{{2,}}[0-9{_STAR} -]{{0,14}}")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._%+@-]*")
_PART = re.compile("[0-9A-Za-z]+")
_CUE_INSIDE = re.compile("(?=(weixin|wechat|wx|vx|qq))", re.I)
_ANNOUNCED = re.compile(rf"{_CUE}(?:号|号码|id)?[^0-9a-z\n]{{0,4}}([a-z][0-9a-z_-]{{4,19}})", re.I)
_SPACED = re.compile("(?<![0-9A-Za-z])[0-9A-Za-z](?: [0-9A-Za-z]){4,20}(?![0-9A-Za-z])")
_DOCUMENT = re.compile(rf"([{_HAN}]{{0,6}}[证照字号第])([0-9A-Za-z-]{{{SHORTEST},20}}号?)")
_MAIL_WORD = re.compile("[0-9a-z_%+-]+")
_MAIL_END = re.compile(rf"(?<![a-z])(?:{_TLDS})(?![a-z])", re.I)
_MAIL_SOUND = re.compile(f"(?:{_TLDS})$")


def may_sound_of_one(key: str) -> bool:
    """Whether the key of a name, which has lost its marks, may be the sound of a text that holds such a thing."""
    return (_DIGIT.search(key) or _CUE_INSIDE.search(key) or _MAIL_SOUND.search(key)) is not None


def may_be_number(text: str) -> bool:
    """Whether a text may be a number, a handle or an address, or a part of one that is masked by stars."""
    return len(_LETTER_OR_DIGIT.findall(_folded(text))) >= SHORTEST


def is_complete(text: str) -> bool:
    """Whether a text may be a whole number, brought by somebody who has it: told from the text alone."""
    return "*" not in _folded(text) and may_be_number(text)


def has_value(text: str, value: str) -> bool:
    """Whether a text holds a sensitive value, white space, width and case apart; a day may be written otherwise."""
    needle, plain = ("".join(_folded(t).casefold().split()) for t in (value, text))
    return needle in plain or (_DAY.fullmatch(value) is not None and _holds_day(_folded(text), value))


def _holds_day(text: str, day: str) -> bool:
    """Whether a day stands in a text, its year first, in whatever form."""
    wanted = tuple(map(int, day.split("-")))
    return any(tuple(map(int, found.groups())) == wanted for found in _DATED.finditer(text))


def is_about(text: str, node: str) -> bool:
    """Whether a text that is about a personal node holds its number, be it one that no other text is taken to hold."""
    if node in candidates(text, "cell"):
        return True
    key = key_of(node).rpartition(":")[2]
    is_odd = len(key) < SHORTEST or not key.isascii() or not any(map(str.isdigit, key))
    return is_odd and has_value(text, key)


def readings(text: str, kinds: Iterable[str] | None = None) -> set[str]:
    """The personal nodes of these kinds that a text as a whole would name; whether they are there is not asked."""
    wanted = rules().kinds if kinds is None else rules().kinds.intersection(kinds)
    found = {text} if kind_of(text) in wanted else set()
    for kind in wanted:
        if kind == "Handle":
            found.update(node_id(kind, f"{service}:{number_key(text).lower()}") for service in _SERVICES)
        else:
            found |= _identified(kind, text)
    return found


def candidates(text: str, depth: Depth = "text") -> frozenset[str]:
    """The nodes that a value, key, cell or sentence, or words of it, may name; whether they are there is not asked."""
    return (_candidates if len(text) <= REMEMBERED else _candidates.__wrapped__)(text, depth)


@lru_cache(maxsize=1 << 15)
def _candidates(text: str, depth: Depth) -> frozenset[str]:
    every = depth == "any"
    folded = _folded(text)
    numerals = folded.translate(_NUMERALS)
    found: set[str] = set()
    if len(_DIGIT.findall(numerals)) >= SHORTEST:
        # Numerals may be a part of the number or of the name before it, and letters beside digits look like some.
        like = _LIKE_DIGITS.sub(lambda m: m[0].translate(_LOOKALIKES), numerals)
        for view in dict.fromkeys((folded, numerals, like)):
            for chain in _CHAIN.findall(view):
                _chained(chain, every, found)
        for starred in _STARRED.findall(folded):
            found |= _identified("MaskedPhone", starred)
    if len(_LETTER_OR_DIGIT.findall(folded)) >= SHORTEST:
        for number in dict.fromkeys(_words(folded)):
            if SHORTEST <= len(number) <= _LONGEST:
                _numbered(number, every, found)
        for address in _mails(folded.lower()):
            for email in _identified("Email", address):
                # An account that is paid into may be known by an address, too.
                found |= {email, f"PayeeAccount/{email.partition('/')[2]}"}
        if depth != "text" and len(folded) <= _LONGEST and _WORD.fullmatch(folded):
            _numbered(number_key(folded), every, found)
    return frozenset(found) if found else _NOTHING


def _chained(chain: str, every: bool, found: set[str]) -> None:
    """Adds the phones and other numbers that digits with little between them may be, some of them or all."""
    groups = _GROUP.findall(chain)
    digits = "".join(groups)
    if len(digits) < SHORTEST:
        return
    found.update(f"Phone/+86{mobile}" for mobile in _MOBILE.findall(digits))
    for short, last in _LANDLINE.findall(digits):
        found |= {f"Phone/+86{short}", f"Phone/+86{short}{last}"}
    for start in range(len(groups)):
        number = ""
        for group in groups[start : start + _JOINED]:
            number += group
            if len(number) > _ACCOUNT:
                break
            if len(number) >= SHORTEST:
                found |= {f"Phone/+{number.removeprefix('00')}", f"Phone/+86{_CODE.sub('', number, 1)}"}
                _numbered(number, every, found)
    if chain[-1] in "xX":
        _numbered(f"{digits[-17:]}X", every, found)


def _words(folded: str) -> Iterator[str]:
    """The numbers with letters among them: words, parts of words, and what a word such as 微信 announces."""
    for word in _WORD.findall(folded):
        spans = [m.span() for m in _PART.finditer(word[: 2 * _LONGEST])][:_JOINED]
        for i, (start, _) in enumerate(spans):
            for _, end in spans[i:]:
                part = word[start:end]
                # Words of letters alone are names and brands, unless something says that they are more.
                if len(part) >= SHORTEST and _DIGIT.search(part):
                    yield part
                    for cue in _CUE_INSIDE.finditer(part):
                        yield from (part[cue.start() :], part[cue.end(1) :])
    for m in _ANNOUNCED.finditer(folded):
        yield from (m[1], m[1].rstrip("_-"))
    for m in _SPACED.finditer(folded):
        yield m[0].replace(" ", "")
    for m in _DOCUMENT.finditer(folded):
        yield from (m[1][at:] + m[2] for at in range(len(m[1])))
    if len(folded) <= _LONGEST and _DIGIT.search(folded):
        yield number_key(folded)


def _numbered(number: str, every: bool, found: set[str]) -> None:
    """Adds the nodes that a number may name, its letters in either case."""
    small = number.lower()
    found.update(f"Handle/{service}:{small}" for service in _SERVICES)
    for form in {number, small, number.upper()}:
        found.update(f"{kind}/{form}" for kind in _kinds(every))


def _mails(lower: str) -> set[str]:
    """What may be the e-mail addresses of a text, also where its signs are spelled out, or lost as in some keys."""
    found: set[str] = set()
    for word in _WORD.findall(lower) if "@" in lower else ():
        local, _, domain = word.strip("._%+@-").rpartition("@")
        local = local[-_LONGEST:]
        found.update(f"{local[at:]}@{domain}" for at in (0, *(m.end() for m in re.finditer("[._%+@-]", local))))
    if _MAIL_END.search(lower):
        words = [word for word in _MAIL_WORD.findall(lower) if word not in ("at", "dot")]
        for end, word in enumerate(words):
            if _MAIL_END.fullmatch(word):
                found.update(f"{words[at]}@{'.'.join(words[at + 1 : end + 1])}" for at in (end - 2, end - 3) if at >= 0)
    return found


@cache
def _kinds(every: bool) -> tuple[str, ...]:
    """The kinds whose keys are numbers: the personal ones, or all."""
    known = ontology().kinds.values()
    numbers = (kind.name for kind in known if kind.identity not in ("mention", "derived", "phone", "email"))
    return tuple(name for name in numbers if every or name in rules().kinds)


def _identified(kind: str, text: str) -> set[str]:
    try:
        return {identify(kind, text).node}
    except InvalidValue:
        return set()


def _folded(text: str) -> str:
    return text if text.isascii() else fold(text)
