"""Phrase lists, matched by spaCy over characters: a blank pipeline whose token i is the character i.

Characters as tokens suit Chinese, which writes no word boundaries. They also keep offsets plain, and the vocabulary as
small as the script, however much is read: spaCy keeps every token it ever met.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

CUES: Mapping[str, str] = {
    "phone": """
        电话 電話 手机 手機 座机 固话 热线 熱線 致电 来电 拨打 联系方式 联系人 联系 聯繫 聯系 号码 號碼 传真 同号
        短信 加我 咨询 订购 ☎ ☏ 📞 📱 tel telephone phone mobile mob cell cellphone call whatsapp fax contact hotline
        """,
    "wechat": """
        微信 薇信 威信 徽信 维信 微xin wei信 v信 w信 vx信 微芯 微❤ v❤ 微.信 微-信 微_信 v_信 薇_信 微/信 微丨信 微|信
        微号 薇号 卫星号 绿泡泡 加微 加薇 加威 加v 加_v 加vx 加wx +微 +薇 +威 +v +vx +wx 微: 薇: 威: v: vx wx v.x w.x
        v_x w_x v-x weixin wechat we-chat
        """,
    "qq": "qq q.q q_q q号 q: 加q +q 扣扣 抠抠 叩叩 扣: 扣号 加扣 企鹅 企鵝 球球 秋秋 蔻蔻",
    # The number behind such a word is one of something else, and no phone.
    "other": """
        货号 款号 编号 单号 订单 运单 快递 条码 条形码 型号 编码 卡号 账号 账户 帐号 帐户 证号 身份证 税号 批号
        序列号 注册号 登记号 专利号 申请号 代码 商品id 库存 销量 价格 售价 批发价 数量 案号 型號 編號 單號 开户行
        银行 备案号 报关单 提单 柜号 箱号 ¥ $ € £ rmb usd cny price # № sku item no. nr. isbn ean upc gtin hs imei
        model order tracking invoice part style serial lot batch barcode iban account
        """,
}

FORMS: Mapping[str, str] = {
    # What ends so is a company wherever it stands.
    "form": """
        有限责任公司 股份有限公司 有限公司 股份公司 集团公司 总公司 有限責任公司 有限合伙企业 有限合伙公司 合伙企业
        个人独资企业 专业合作社 分公司
        """,
    # What ends so is one only behind a place or a party's role.
    "small form": """
        公司 厂 廠 商行 经营部 經營部 门市部 批发部 商贸行 贸易行 加工部 工作室 合作社 服务部 商店 事务所 销售部 商社
        作坊 制造部 贸易部 电商部 配件部
        """,
}


class Hit(NamedTuple):
    """A phrase of the list `label` stands at start..end."""

    label: str
    start: int
    end: int


class _Characters(Language):  # type: ignore[no-untyped-call]
    """A pipeline without a model: it makes a document whose tokens are the characters of a folded text."""

    lang = "xx"


class _ByCharacter:
    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        return Doc(self.vocab, words=list(text), spaces=[False] * len(text))


@cache
def characters() -> Language:
    """The pipeline that all lists share."""
    return _Characters(Vocab(), create_tokenizer=lambda nlp: _ByCharacter(nlp.vocab))


class Phrases:
    """Phrase lists by label, found in one pass.

    Args:
        lists: Phrases by label, in lower case.
    """

    __slots__ = ("_labels", "_matcher")

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        nlp = characters()
        self._matcher = PhraseMatcher(nlp.vocab)
        self._labels: dict[int, str] = {}
        for label, phrases in lists.items():
            self._matcher.add(label, [nlp.make_doc(phrase) for phrase in phrases])
            self._labels[nlp.vocab.strings[label]] = label

    def hits(self, document: Doc) -> list[Hit]:
        """Where the phrases stand, in the order of their ends."""
        found = [Hit(self._labels[key], start, end) for key, start, end in self._matcher(document)]
        found.sort(key=lambda hit: (hit.end, hit.start))
        return found


class Cues:
    """The hits in one text, by label, looked up by place."""

    __slots__ = ("_ends", "_hits", "_starts")

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._hits: dict[str, list[Hit]] = {}
        for hit in hits:
            self._hits.setdefault(hit.label, []).append(hit)
        self._ends = {label: [hit.end for hit in group] for label, group in self._hits.items()}

    def of(self, label: str) -> list[Hit]:
        """All hits of a list, in the order of their ends."""
        return self._hits.get(label, [])

    def before(self, label: str, place: int, reach: int) -> Hit | None:
        """The last hit of a list that ends at most `reach` characters before a place."""
        ends = self._ends.get(label)
        if not ends:
            return None
        index = bisect_right(ends, place) - 1
        return self._hits[label][index] if index >= 0 and ends[index] >= place - reach else None


def words(listed: str) -> tuple[str, ...]:
    """The phrases of a list written with white space between them; `_` stands for a space in a phrase."""
    return tuple(phrase.replace("_", " ") for phrase in listed.split())
