"""The command that serves the graph to others: serve."""

from __future__ import annotations

from ipaddress import ip_address

import click

from graph.errors import SettingError
from graph.opening import without_password
from headwater.door import Door, command


@command(
    "headwater serve",
    "headwater serve --host 0.0.0.0 --port 8000 --workers 4",
    "headwater serve --demo --store sqlite:market.db",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at. 监听地址")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port. 端口")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes. 进程数")
@click.option("--demo", is_flag=True, help="Answer anybody on this machine, without a key. 演示模式")
def serve(door: Door, host: str, port: int, workers: int, demo: bool) -> None:
    """Answer questions over GraphQL, at http://HOST:PORT/graphql.

    Whoever asks needs a key: `headwater key create`. With --demo, anybody on this machine may ask without one.

    通过 GraphQL 提供查询服务。

    访问需要密钥：`headwater key create`。演示模式仅限本机，无需密钥。
    """
    from api import serving, settings  # here, as the web stack takes half a second that no other command needs

    if demo and not _is_loopback(host):
        raise SettingError(f"--demo answers anybody, and {host} is open to others; use --host 127.0.0.1, or make keys")
    service = settings.from_environment(door.url, demo=demo)
    with door.store():
        pass  # a store that is not there, or is none, stops here with its own error
    shown = without_password(door.url)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"

    def tell() -> None:
        if demo:
            english = "everybody on this machine is answered without a key; never do so with real data"
            click.echo(door.word(english, "本机任何人无需密钥即可查询；切勿用于真实数据"), err=True)
        if service.log == "plain":  # else every line is JSON, for whoever collects them
            click.echo(door.word(f"serving {shown} at {address}", f"{shown} 的服务地址 {address}"), err=True)

    serving.serve(service, host, port, workers, tell)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


COMMANDS = {"serve": serve}
