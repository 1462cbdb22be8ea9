"""Worker processes, begun anew as well as forked: what the server knows, they know."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.serving import loader
from api.settings import Settings
from graph import glossary, names


@pytest.fixture
def words(tmp_path: Path) -> Iterator[Path]:
    """A glossary of a user's own, which this process was given; the file is gone since."""
    before = glossary.added()
    path = tmp_path / "words.yaml"
    path.write_text("industries: [{key: kites, zh: [纸鸢]}]", "utf-8")
    glossary.extend(path)
    path.unlink()
    yield path
    glossary.take_over(before)


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_a_worker_reads_names_by_the_glossary_of_the_server(start: str, market_url: str, tmp_path: Path) -> None:
    begin = loader(Settings(market_url, state=tmp_path / "state"), tmp_path / "metrics")
    with multiprocessing.get_context(start).Pool(1, begin) as pool:
        assert pool.apply(names.parse_company, ("潍坊锦鲤纸鸢有限公司",)).industry == "kites"
