"""The command line as its users meet it: arguments in, standard output, standard error and an exit code out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headwater.cli import main

MAKER, OTHER = "91330304MA6QDUMH3D", "91510107MAC7JEPJ1U"
COMPANIES = [
    "统一社会信用代码,企业名称,英文名称,法定代表人,注册地址,联系电话,经营范围,成立日期,登记状态",
    f'{MAKER},温州市永飞电池实业有限公司,"Wenzhou Yongfei Battery Co., Ltd.",陈志强,浙江省温州市瓯海区创业路308号,'
    "13800138000,电池生产、销售,2018-04-02,存续",
    f"{OTHER},成都市宏景景文具制造有限公司,,赵雪梅,四川省成都市武侯区兴业街52号,15835866122,文具生产,2020-03-09,存续",
]
_FROM, _TO = "浙江省温州市瓯海区创业路308号", "王芳,13900139000,义乌市稠州北路699号,充电宝,850760"
FREIGHT = [
    "consignment_no,carrier,consignor_name,consignor_uscc,consignor_phone,origin_address,consignee_name,consignee_phone,"
    "destination_address,goods,hs_code,pieces,gross_weight_kg,dispatched,delivered,plate",
    f"FR001,德邦,温州市永飞电池实业有限公司,{MAKER},13800138000,{_FROM},{_TO},10,120,2025-05-01,2025-05-03,浙A12345",
    f"FR002,德邦,永飞电池厂,,,{_FROM},{_TO},4,48,2025-06-01,2025-06-03,",
    f"FR003,德邦,永飞电池厂,,,{_FROM},{_TO},4,48,2025-06-09,2025-06-03,",
]
"""The last consignment is delivered before it is dispatched: it is set aside."""


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def headwater(sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, in English, on an embedded store of the test's own."""
    monkeypatch.setenv("HEADWATER_STORE", sqlite_store_url)
    monkeypatch.setenv("HEADWATER_LANG", "en")

    def run(*arguments: object) -> Outcome:
        capfd.readouterr()
        code: object = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
        out, err = capfd.readouterr()
        assert isinstance(code, int)
        return Outcome(code, out, err)

    return run


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    """A folder of two small feeds, one row of which is broken."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "companies.csv").write_text("\n".join(COMPANIES), "utf-8-sig")
    (folder / "freight.csv").write_text("\n".join(FREIGHT), "utf-8")
    return folder


@pytest.fixture
def loaded(headwater: Run, feeds: Path) -> Run:
    """As `headwater`, with the feeds loaded."""
    assert headwater("load", feeds).code == 3
    return headwater


Process = Callable[..., "subprocess.CompletedProcess[bytes]"]
Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def spawn(sqlite_store_url: str) -> Spawn:
    """Starts a command in a process of its own; keywords are environment variables."""

    def start(*arguments: object, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "headwater.cli", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "HEADWATER_STORE": sqlite_store_url, "HEADWATER_LANG": "en", **environment},
        )

    return start


@pytest.fixture
def process(spawn: Spawn) -> Process:
    """Runs a command in a process of its own to its end."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
        with spawn(*arguments, **environment) as started:
            out, err = started.communicate()
            return subprocess.CompletedProcess(started.args, started.returncode, out, err)

    return run
