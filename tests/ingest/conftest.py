from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from graph.opening import open_store
from graph.store import Store

ORDERS = ("order_no", "item_no", "paid", "quantity", "amount", "payee_account", "buyer_region", "waybill_no")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    """An empty embedded store."""
    with open_store(f"sqlite:{tmp_path / 'embedded.db'}") as store:
        yield store


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows, text or bytes to a file of this name within the folder `feeds`."""

    def write(name: str, content: Sequence[Sequence[object]] | str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "feeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, (str, bytes)):
            text = io.StringIO()
            csv.writer(text).writerows(content)
            content = text.getvalue()
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    return write


def order(
    number: object, amount: object = "12.50", waybill: str = "YT1", paid: str = "2025-08-16T18:00:00+08:00"
) -> list[object]:
    """A row of the feed of orders."""
    return [number, "taobao/9", paid, 1, amount, "alipay:1", "浙江", waybill]


@pytest.fixture
def orders(write: Callable[..., Path]) -> Callable[..., Path]:
    """Writes a file of orders: numbers, or whole rows."""

    def orders(*rows: object, name: str = "orders.csv") -> Path:
        return write(name, [ORDERS, *(row if isinstance(row, list) else order(row) for row in rows)])

    return orders
