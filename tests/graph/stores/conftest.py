"""Records to fill stores with: as feeds give them, only shorter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count

import pytest

from graph.model import Mention, Record, Scalar, SetAside, StatedLink

Made = Callable[..., Record]


@pytest.fixture
def row() -> Made:
    """Makes a record of a key, what it mentions (node, field, values) and the links it states."""
    digests = count()

    def made(
        key: str,
        *mentions: tuple[str, str, Mapping[str, Scalar]] | tuple[str, str],
        links: Sequence[StatedLink] = (),
        source: str = "freight",
        file: str = "freight.csv",
        digest: str | None = None,
        number: int = 1,
        raw: Mapping[str, str] | None = None,
    ) -> Record:
        return Record(
            source,
            key,
            file,
            number,
            f"digest {next(digests)}" if digest is None else digest,
            {"no": key} if raw is None else raw,
            tuple(Mention(*mention) for mention in mentions),
            tuple(links),
        )

    return made


@pytest.fixture
def consigned(row: Made) -> Made:
    """Makes a consignment's record: by whom it is consigned, and when it left and came."""

    def made(key: str, by: str, start: str | None = None, end: str | None = None, **others: object) -> Record:
        consignment = f"Consignment/{key}"
        return row(
            key,
            (consignment, "consignment", {"goods": "充电宝"}),
            (by, "consignor"),
            links=[StatedLink("CONSIGNED_BY", consignment, by, start, end)],
            **others,
        )

    return made


@pytest.fixture
def refused() -> Callable[..., SetAside]:
    """Makes a row set aside."""

    def made(
        number: int, source: str = "freight", file: str = "freight.csv", reason: str = "no date", raw: bytes = b"x,\xff"
    ) -> SetAside:
        return SetAside(source, file, number, "dispatched", reason, raw, {"no": "x", "货物": "充电宝"}, "freight")

    return made
