"""The jars of Neo4j Community, downloaded once from their public repository and checked against the hashes kept here.

Neo4j Community is under the GPL: a server that is downloaded and run, not code that is shipped. `neo4j.lock` names its
jars and those they need, so that what is run is what was tested, and nothing has to be resolved.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import HeadwaterError, SettingError

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

VERSION = "5.26.18"
LOCK = Path(__file__).with_name("neo4j.lock")

_SEATS = 8
"""Downloads at a time."""
_ATTEMPTS = 3
"""How often one jar is asked for before giving up."""
_TIMEOUT = 60
"""Seconds that the repository may be silent."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar by its Maven coordinate (`group:artifact:version[:classifier]`) and SHA-256."""

    coordinate: str
    sha256: str


def jars_folder(cache: Path | None = None) -> Path:
    """The folder with the jars of the server, downloading about 130 MB the first time.

    Raises:
        HeadwaterError: The jars cannot be had: no resolver installed, no network, or a hash that is not the locked one.
    """
    cache = cache or cache_folder()
    jars = locked()
    # Named after what is locked: another lock is another folder.
    folder = cache / f"jars-{VERSION}-{hashlib.sha256(repr(jars).encode()).hexdigest()[:8]}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="download-", dir=cache) as work:
        context = _maven(Path(work) / "repository")
        part = Path(work) / "jars"
        part.mkdir()
        with ThreadPoolExecutor(_SEATS) as seats:
            done = [seats.submit(_download, context, jar, part) for jar in jars]
            try:
                for future in done:
                    future.result()
            except BaseException:
                seats.shutdown(cancel_futures=True)
                raise
        try:
            # Appears whole or not at all, whoever else downloads at the same time.
            part.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def locked() -> list[Jar]:
    """The jars that the lock names."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return [Jar(*line.split()) for line in lines if line and not line.startswith("#")]


def cache_folder() -> Path:
    """Where downloads are kept: `HEADWATER_CACHE`, else `.cache` of the repository, else the user's cache folder.

    Raises:
        SettingError: `HEADWATER_CACHE` is not an absolute path.
    """
    named = os.environ.get("HEADWATER_CACHE")
    if named:
        if not Path(named).is_absolute():
            raise SettingError(f"HEADWATER_CACHE must be an absolute path, not {named!r}")
        return Path(named) / "neo4j"
    root = Path(__file__).resolve().parent.parent
    if (root / "pyproject.toml").is_file():
        return root / ".cache" / "neo4j"
    return Path.home() / ".cache" / "headwater" / "neo4j"


def write_lock() -> None:
    """Resolves the server anew and writes the lock; for maintainers, after a change of `VERSION`.

    Raises:
        HeadwaterError: The resolver is not installed.
    """
    with tempfile.TemporaryDirectory() as work:
        context = _maven(Path(work))
        jars = sorted(f"{_coordinate(artifact)} {_sha256(artifact.resolve())}" for artifact in _resolve(context))
    LOCK.write_text(
        f"# The jars of Neo4j Community {VERSION} and of what it needs: Maven coordinate and SHA-256.\n"
        "# Written by: python -m headwater.serverjars lock\n" + "".join(f"{jar}\n" for jar in jars),
        encoding="utf-8",
    )


def _maven(repository: Path) -> MavenContext:
    try:
        from jgo.maven import MavenContext
    except ImportError:
        raise HeadwaterError(
            "a local Neo4j needs the extra neo4j-server: run script/setup server, or install headwater[neo4j-server]"
        ) from None
    return MavenContext(repo_cache=repository, timeout=_TIMEOUT)


def _download(context: MavenContext, jar: Jar, folder: Path) -> None:
    """Puts one checked jar into a folder; trying again covers a broken connection and half a file."""
    group, name, version, *classifier = jar.coordinate.split(":")
    artifact = context.project(group, name).at_version(version).artifact(classifier[0] if classifier else "", "jar")
    reason = ""
    for _ in range(_ATTEMPTS):
        try:
            path = artifact.resolve()
        except (OSError, RuntimeError) as error:
            reason = f"cannot be downloaded: {error}"
            continue
        if _sha256(path) == jar.sha256:
            shutil.move(path, folder / f"{group}.{path.name}")
            return
        reason = "is not the one that was locked (its SHA-256 differs)"
        path.unlink()
    raise HeadwaterError(f"the Neo4j jar {jar.coordinate} {reason}")


def _resolve(context: MavenContext) -> Iterator[Artifact]:
    from jgo.parse import Coordinate

    asked = [
        context.create_dependency(Coordinate(group, name, VERSION, scope="compile"))
        for group, name in (("org.neo4j.app", "neo4j-server"), ("org.neo4j", "neo4j"))
    ]
    direct, others = context.resolver.resolve(asked)
    for dependency in [*direct, *others]:
        if dependency.scope in ("compile", "runtime"):
            yield dependency.artifact


def _coordinate(artifact: Artifact) -> str:
    parts = [artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier]
    return ":".join(part for part in parts if part)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: Sequence[str]) -> int:
    """The command line: nothing downloads what is missing, `lock` writes the lock anew."""
    if list(arguments) not in ([], ["lock"]):
        print("usage: python -m headwater.serverjars [lock]", file=sys.stderr)
        return 2
    try:
        if arguments:
            write_lock()
        else:
            jars_folder()
    except HeadwaterError as error:
        print(f"headwater: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
