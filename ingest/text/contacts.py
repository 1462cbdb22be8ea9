"""Handles of WeChat and QQ, e-mail addresses and web addresses in running text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graph.identifiers import email
from ingest.text.phones import FILLER, Phone
from ingest.text.phrases import Cues
from ingest.text.spans import Finding, Taken

_TLDS = (
    "com|cn|net|org|shop|store|top|xyz|vip|cc|io|info|biz|club|online|site"
    "|tv|co|me|hk|tw|jp|kr|uk|de|fr|it|es|ru|us|eu|in"
)
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._%+-")
_AT = re.compile(
    r"\s{0,2}(?:@|[(\[{<]\s?(?:at|@)\s?[)\]}>]|艾特|#(?=(?:qq|163|126|gmail|139|sina|foxmail|outlook)\b))\s{0,2}"
)
_SPELLED_AT = re.compile(r"\s{1,2}at\s{1,2}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOT = r"\s{0,2}(?:\.|。|点|[(\[{<]\s?dot\s?[)\]}>])\s{0,2}|\s{1,2}dot\s{1,2}"
_DOMAIN = re.compile(rf"({_LABEL}(?:\.{_LABEL}){{0,3}})\.([a-z]{{2,24}})(?![a-z0-9])")
_LOOSE_DOMAIN = re.compile(
    rf"({_LABEL}(?:(?:{_DOT}){_LABEL}){{0,2}}?)(?:{_DOT})({_TLDS})(?![a-z0-9])"
    rf"(?!(?:{_DOT})(?:{_TLDS})(?![a-z0-9]))"
)
_SPELLED_DOMAIN = re.compile(
    rf"({_LABEL}(?:\s{{1,2}}dot\s{{1,2}}{_LABEL}){{0,2}}?)\s{{1,2}}dot\s{{1,2}}({_TLDS})(?![a-z0-9])"
)
_ANY_DOT = re.compile(_DOT)

_REST = r"[^\s<>\"'“”‘’()（）\[\]【】,，。;；!！、|\\^`{}㐀-䶿一-鿿\ufffd]{0,2000}"
_URL = re.compile(
    rf"(?:https?://|(?<![a-z0-9@.-])www\.){_LABEL}(?:\.{_LABEL}){{0,5}}(?::\d{{1,5}})?(?:[/?#]{_REST})?"
    rf"|(?<![a-z0-9@._-]){_LABEL}(?:\.{_LABEL}){{0,3}}\.(?:com|cn|net|org|shop|store|top|xyz|vip|cc|club|online|site|info|biz)"
    rf"(?![a-z0-9_-]|\.[a-z0-9])(?::\d{{1,5}})?(?:[/?#]{_REST})?"
)
_SCHEME_AND_HOST = re.compile(r"(?:https?://)?[^/?#]*", re.I)

_GAP = re.compile(FILLER)
_HANDLE = re.compile(r"[a-z][a-z0-9_-]{5,19}(?![a-z0-9_@-])")
_SPACED_HANDLE = re.compile(r"[a-z](?: [a-z0-9_-]){5,19}(?![a-z0-9_@-])")
_WXID = re.compile(r"(?<![a-z0-9_-])wxid_[a-z0-9]{8,22}(?![a-z0-9_@-])")
_NEXT_HANDLE = re.compile(r"\s?(?:、|/|或者?|or)\s?")
_NO_HANDLE = frozenset(
    """
    alipay paypal wechat weixin whatsapp facebook instagram telegram twitter tiktok taobao official qrcode
    online please contact number account support service custom customer group message friend welcome public
    mobile phone seller factory before details detail discount wholesale include scan follow assist working
    available
    """.split()
)
_SAME_NUMBER = re.compile(
    r"[\W_]{0,4}(?:加?(?:微信|薇信|威信|v信|wechat|weixin|vx|wx|v|微)\s?(?:号)?(?:同号|同步|同手机|同电话|同)|同(?:微信?|v信?|wx|vx)"
    r"|same wechat|(?:微信|v信|vx|wx)(?![\w:]|\s?[:号]))"
)
_QQ = re.compile(r"[1-9]\d{4,10}(?![0-9a-z@*])")
_SPACED_QQ = re.compile(r"[1-9]\d{0,4}(?:[ .-]\d{1,5}){1,10}(?![0-9a-z@*]|[ .-]\d)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_AMOUNT = re.compile(r"\s?(?:元|块钱|万|件|个|双|只|套|条|%|年|月|cm|mm|kg|ml|g\b)|\.\d|,\d{3}\b")
_GROUP_CHAT = re.compile(r"[\W_]{0,3}(?:交流|粉丝|客户)?群")


def find_urls(text: str, folded: str, lowered: str, taken: Taken) -> Iterator[Finding]:
    """Yield web addresses; scheme and host come back in lower case, and no scheme is invented."""
    if "." not in lowered:
        return
    for match in _URL.finditer(lowered):
        start, end = match.span()
        end = start + len(lowered[start:end].rstrip(".,:;!?*-_~"))
        if taken.overlaps(start, end) or end - start < 5:
            continue
        written = folded[start:end]
        head = _SCHEME_AND_HOST.match(written)
        cut = head.end() if head else 0
        taken.take(start, end)
        yield Finding("url", written[:cut].lower() + written[cut:], text[start:end], start, end)


def find_emails(text: str, lowered: str, taken: Taken) -> Iterator[Finding]:
    """Yield e-mail addresses, also `name (at) domain (dot) com`, `name at domain dot com` and `name艾特qq点com`."""
    for pattern, domains in ((_AT, (_DOMAIN, _LOOSE_DOMAIN)), (_SPELLED_AT, (_SPELLED_DOMAIN,))):
        for at in pattern.finditer(lowered):
            start = at.start()
            while start > 0 and at.start() - start < 64 and lowered[start - 1] in _LOCAL:
                start -= 1
            local = lowered[start : at.start()].lstrip(".%+-_")
            start = at.start() - len(local)
            domain = next((found for one in domains if (found := one.match(lowered, at.end()))), None)
            if not local or domain is None or taken.overlaps(start, domain.end()):
                continue
            address = f"{local}@{_ANY_DOT.sub('.', domain[1])}.{domain[2]}"
            if email.is_valid(address):
                taken.take(start, domain.end())
                yield Finding("email", email.validate(address), text[start : domain.end()], start, domain.end())


def find_wechat(text: str, lowered: str, cues: Cues, phones: Iterable[Phone], taken: Taken) -> Iterator[Finding]:
    """Yield WeChat handles, and phones that a text says are handles too (as the digits that one types)."""
    places: dict[int, Phone] = {}
    handles: dict[Phone, None] = {}
    for one in phones:
        places[one.start] = places[one.body] = one
        if _SAME_NUMBER.match(lowered, one.end):
            handles[one] = None
    for match in _WXID.finditer(lowered):
        if not taken.overlaps(*match.span()):
            taken.take(*match.span())
            yield Finding("wechat", match.group(), text[match.start() : match.end()], match.start(), match.end())
    for cue in cues.of("wechat"):
        if taken.overlaps(cue.start, cue.end):
            continue  # 加V信:wx5478681: wx belongs to a handle
        gap = _GAP.match(lowered, cue.end)
        place = gap.end() if gap else cue.end
        if (phone := places.get(place)) is not None:
            handles[phone] = None
            continue
        while (span := _handle(lowered, place, cue.end, lowered[cue.start : cue.end])) and not taken.overlaps(*span):
            start, end = span
            taken.take(start, end)
            yield Finding("wechat", lowered[start:end].replace(" ", ""), text[start:end], start, end)
            following = _NEXT_HANDLE.match(lowered, end)
            if following is None:
                break
            place = following.end()
    for phone in handles:
        # A handle is what one types, and in China that is the number without the country's code.
        value = phone.value.removeprefix("+86")
        yield Finding("wechat", value, text[phone.start : phone.end], phone.start, phone.end)


def find_qq(text: str, view: str, cues: Cues, taken: Taken) -> Iterator[Finding]:
    """Yield QQ numbers; `view` has numerals as digits. Numbers of group chats are nobody's and left out."""
    for cue in cues.of("qq"):
        if taken.overlaps(cue.start, cue.end) or _GROUP_CHAT.match(view, cue.end):
            continue
        gap = _GAP.match(view, cue.end)
        place = gap.end() if gap else cue.end
        while (match := _QQ.match(view, place) or _SPACED_QQ.match(view, place)) and not taken.overlaps(*match.span()):
            digits = "".join(filter(str.isdigit, match.group()))
            if not 5 <= len(digits) <= 11 or _MOBILE.fullmatch(digits) or _AMOUNT.match(view, match.end()):
                break
            taken.take(*match.span())
            yield Finding("qq", digits, text[match.start() : match.end()], match.start(), match.end())
            following = _NEXT_HANDLE.match(view, match.end())
            if following is None:
                break
            place = following.end()


def _handle(lowered: str, place: int, cue_end: int, cue: str) -> tuple[int, int] | None:
    match = _HANDLE.match(lowered, place) or _SPACED_HANDLE.match(lowered, place)
    if match is None:
        return None
    written = match.group().replace(" ", "").rstrip("-")
    end = match.start() + len(match.group().rstrip("-"))
    plain = written.isalpha()
    parted = place > cue_end and not lowered[cue_end:place].isspace()
    if len(written) < 6 or written in _NO_HANDLE:
        return None
    # A bare word behind a cue in Latin letters is most often just the next word: "WeChat welcome", "V: voltage".
    if plain and ((cue.isascii() and not parted) or len(cue) < 3 and cue.isascii()):
        return None
    return match.start(), end
