from __future__ import annotations

import pytest

from graph.caption import caption, caption_of, kind_label
from graph.model import Node
from graph.ontology import ontology


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (Node("Company/1", {"name": ("温州市永飞电池有限公司",), "name_en": ("Yongfei",)}), "温州市永飞电池有限公司"),
        (Node("Company/1", {"name_en": ("Yongfei Co., Ltd.",)}), "Yongfei Co., Ltd."),
        (Node("Company/91330304MA6QDUMH3D", {}), "91330304MA6QDUMH3D"),
        (Node("Listing/taobao/9", {"title": ("充电宝",)}), "充电宝"),
        (Node("Listing/taobao/9", {"title": ("",)}), "taobao/9"),
        (Node("Phone/+8613800138000", {}), "138 0013 8000"),
        (Node("Party/freight:FR1#consignor", {}), "freight:FR1"),
    ],
)
def test_a_node_goes_by_its_best_name_else_by_its_key(node: Node, shown: str) -> None:
    assert caption(node) == shown


def test_a_company_goes_by_its_fullest_name_not_the_one_most_feeds_use() -> None:
    names = ("永飞", "Wenzhou Yongfei Co., Ltd.", "温州市永飞电池有限公司")
    assert caption(Node("Company/1", {"name": names})) == "温州市永飞电池有限公司"


def test_names_as_full_as_each_other_go_by_how_often_they_are_used() -> None:
    names = ("温州市永飞电池有限公司", "温州市永飞鞋业有限公司")
    assert caption(Node("Company/1", {"name": names})) == names[0]


def test_every_kind_has_a_label_in_both_languages() -> None:
    for kind in (*ontology().kinds, *ontology().links):
        assert kind_label(kind, "en").isascii() or kind == "Site"
        assert not kind_label(kind, "zh").isascii()


def test_an_id_alone_is_shown_without_its_kind() -> None:
    assert caption_of("Address/330382|创业路|308") == "330382|创业路|308"
