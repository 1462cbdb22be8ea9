"""Clients of an HTTP server, many at once in one process, each sending one request after another."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """What many clients saw.

    Attributes:
        seconds: What each answer took.
        statuses: How often each status came.
        errors: How often each code of an error in an answer with status 200, or each failure of a connection, came.
        elapsed: Seconds that all of it took.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    elapsed: float = 0.0


async def _client(port: int, requests: Sequence[bytes], until: float, seen: Load, chooser: random.Random) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            start = time.perf_counter()
            writer.write(chooser.choice(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:")
            body = await reader.readexactly(size)
            seen.seconds.append(time.perf_counter() - start)
            seen.statuses[int(head[9:12])] += 1
            if body.startswith(b'{"errors"'):
                seen.errors[json.loads(body)["errors"][0]["extensions"]["code"]] += 1
    except (OSError, asyncio.IncompleteReadError) as error:
        seen.errors[type(error).__name__] += 1
    finally:
        writer.close()


async def _all(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    seen = Load()
    start = time.perf_counter()
    await asyncio.gather(
        *(_client(port, requests, start + seconds, seen, random.Random(number)) for number in range(clients))
    )
    seen.elapsed = time.perf_counter() - start
    return seen


def request(body: object, key: str = "") -> bytes:
    """A request for `/graphql`, as its bytes."""
    content = json.dumps(body).encode()
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def main() -> None:
    """Reads port, clients, seconds and requests as JSON from standard input, and writes what was seen."""
    asked = json.load(sys.stdin)
    requests = [text.encode("latin-1") for text in asked["requests"]]
    seen = asyncio.run(_all(asked["port"], requests, asked["clients"], asked["seconds"]))
    told = {"seconds": seen.seconds, "statuses": seen.statuses, "errors": seen.errors, "elapsed": seen.elapsed}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
