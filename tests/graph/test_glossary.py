from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph import glossary
from graph.errors import SettingError

WORDS = """
industries:
  - {key: drones, zh: [无人机], en: [drones, uav]}
  - {key: footwear, zh: [足球靴], en: [football boots]}
trade_words:
  锦鲤: [koi, lucky carp]
"""
READ = """
import sys
from pathlib import Path
from graph import glossary, names
from graph.translations import translations
glossary.extend(Path(sys.argv[1]))
for text in ("深圳锦鲤无人机有限公司", "Shenzhen Koi UAV Ltd", "温州永飞足球靴厂", "温州永飞鞋业有限公司"):
    print(names.parse_company(text).industry)
print(*translations("锦鲤"))
"""


def test_a_file_adds_industries_words_of_known_ones_and_translations(tmp_path: Path) -> None:
    (path := tmp_path / "words.yaml").write_text(WORDS, encoding="utf-8")
    command = [sys.executable, "-c", READ, str(path)]  # in a process of its own: it is for all of one
    told = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert told.split("\n")[:5] == ["drones", "drones", "footwear", "footwear", "koi luckycarp"]


@pytest.mark.parametrize(
    "text", ["- a", "industries: [{zh: [x]}]", "industries: [{key: 1}]", "trade_words: [x]", "{", "\udcff"]
)
def test_a_file_that_is_no_glossary_is_refused(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "words.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingError, match=r"words\.yaml"):
        glossary.extend(path)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingError, match="No such file"):
        glossary.extend(Path("nowhere.yaml"))
