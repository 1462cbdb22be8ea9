"""The doubts of a load are put into words, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.wording import DOUBTS
from ingest.texts import _KINDS as CONTACTS

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def codes() -> set[str]:
    """The doubts that the code names: of identifiers, of addresses, of contacts that are none, and of judgements."""
    found = {"incomplete", "no_plate", *(f"no_{kind}" for kind in CONTACTS)}
    for path in (ROOT / "graph" / "identifiers").glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and function.name == "doubts":
                texts = (one.value for one in ast.walk(function) if isinstance(one, ast.Constant))
                found |= {text for text in texts if isinstance(text, str) and re.fullmatch("[a-z]+(_[a-z]+)*", text)}
    for path in (ROOT / "ingest" / "text").glob("*.py"):
        found |= set(re.findall(r'flags\.append\(f?"([^":]+)', path.read_text("utf-8")))
    return found - {"masked"}


def test_every_doubt_has_words() -> None:
    assert codes() == set(DOUBTS)
    assert all(all(pair) for pair in DOUBTS.values())


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "kept with a doubt in 注册地址: an address without"), ("zh", "存疑：地址缺少行政区划")],
)
def test_a_doubt_is_told_in_the_language_of_the_reader(headwater: Run, feeds: Path, language: str, told: str) -> None:
    path = feeds / "companies.csv"
    path.write_text(path.read_text("utf-8-sig").replace("浙江省温州市瓯海区创业路308号", "创业路308号"), "utf-8-sig")
    assert told in headwater("load", path, "--lang", language).out
