"""Whether the audit log is as it was written: any entry changed, removed, moved, put in or cut off is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import orjson

from api.audit.chain import GENESIS, file_name, files, hash_of, lines, parted
from api.audit.heads import PURPOSE, Head, Kept, kept
from api.state import AUDIT, DATABASE, derived, read_secret

Code = Literal["changed", "missing", "order", "malformed", "cut_off", "rewritten", "unknown", "database", "many"]
_MOST = 1000
"""Findings that are told; a log that has more was not touched, but replaced."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a line of a file; the line is None where it is about the file as a whole."""

    file: str
    line: int | None
    code: Code
    message: str


@dataclass(slots=True)
class Report:
    """What was found.

    Attributes:
        files: How many files there are.
        entries: How many lines are proved to stand as they were written.
        findings: What is wrong.
        notices: What is worth knowing but not wrong: a line that was cut off before anybody was told that it was kept.
        heads: The heads of all chains: kept elsewhere and given to a later `verify`, they show whether a log was
            rewritten as a whole, with the database and by someone who knows the secret.
    """

    files: int = 0
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Claim:
    """That a chain has an entry of this number and hash, and who says so."""

    head: Head
    witness: str


_Claims = dict[str, dict[int, _Claim]]


def verify(state: Path | str, heads: Mapping[str, Head] | None = None) -> Report:
    """Checks the audit log of a state folder, while others write it or not.

    Args:
        state: The folder.
        heads: Heads that an earlier report told.

    Raises:
        StateUnavailable: The secret, without which nothing can be checked, is not there.
    """
    folder = Path(state)
    key = derived(read_secret(folder), "audit chain")
    report, claims = Report(), _Claims()
    for chain, head in (heads or {}).items():
        _claim(claims, chain, head, "an earlier verification")
    # The files first: the database knows of a chain before its file is there.
    found = files(folder / AUDIT)
    known = _kept(folder, report)
    if known is not None:
        for chain in known.heads.keys() - known.forged:
            _claim(claims, chain, known.heads[chain], DATABASE)
    for chain, parts in found.items():
        if known is not None and chain not in known.heads:
            name = parts[min(parts)].name
            _find(report, name, None, "unknown", f"{DATABASE} does not know this chain: one of them was put here")
        _check(chain, parts, key, report, claims)
    # Listed anew: a chain may have gone on in another file since, which other chains told of.
    found = files(folder / AUDIT)
    for chain, claimed in claims.items():
        _compare(chain, found.get(chain, {}), claimed, report)
    return report


def _check(chain: str, parts: Mapping[int, Path], key: bytes, report: Report, claims: _Claims) -> None:
    """Walks through a chain line by line."""
    last, n, final = GENESIS, 0, max(parts)
    for number in range(1, final + 1):
        if (path := parts.get(number)) is None:
            message = "this file is gone, and others of its chain follow it"
            _find(report, file_name(chain, number), None, "missing", message)
            last, n = b"", -1
            continue
        report.files += 1
        for place, line in enumerate(lines(path), 1):
            if (part := parted(line)) is None:
                _malformed(report, path.name, place, is_torn=number == final and not line.endswith(b"\n"))
                continue
            if n >= 0 and part[0] <= n:
                message = f"entry {part[0]} stands after entry {n}: it was moved or put in here"
                _find(report, path.name, place, "order", message)
                continue
            if n >= 0 and part[0] > n + 1:
                gone = f"entry {n + 1} is" if part[0] == n + 2 else f"entries {n + 1} to {part[0] - 1} are"
                _find(report, path.name, place, "missing", f"{gone} gone before this line")
            elif last and hash_of(key, last, part[1]) != part[2]:
                _find(report, path.name, place, "changed", f"entry {part[0]} is not as it was written")
            elif last:
                report.entries += 1
                _anchors(chain, path.name, place, part[1], claims, report)
            n, last = part[0], part[2]
    if n > 0:
        report.heads[chain] = Head(n, last.hex())


def _malformed(report: Report, name: str, place: int, *, is_torn: bool) -> None:
    if is_torn:
        message = "the writer was killed within this line, before anybody was told that it was kept"
        report.notices.append(Finding(name, place, "cut_off", message))
    else:
        _find(report, name, place, "malformed", "this is no whole line of the log")


def _anchors(chain: str, name: str, place: int, body: bytes, claims: _Claims, report: Report) -> None:
    """Takes in what a line says of other chains, and of its own file."""
    if b'"heads":' not in body:
        return
    members = orjson.loads(body + b"}")
    if "file" in members and name != file_name(members["chain"], members["file"]):
        origin = file_name(members["chain"], members["file"])
        _find(report, name, place, "unknown", f"this file was {origin} when it was written")
    for other, (n, hash_) in members["heads"].items():
        _claim(claims, other, Head(n, hash_), f"{name}:{place}")


def _claim(claims: _Claims, chain: str, head: Head, witness: str) -> None:
    if head.n > 0:
        claims.setdefault(chain, {}).setdefault(head.n, _Claim(head, witness))


def _compare(chain: str, parts: Mapping[int, Path], claimed: Mapping[int, _Claim], report: Report) -> None:
    """Holds a chain against what others say of it."""
    latest = claimed[max(claimed)]
    if not parts:
        name = file_name(chain, 1)
        _find(report, name, None, "missing", f"all files of this chain are gone, which {latest.witness} knows")
        return
    n, place = 0, 0
    for path in parts.values():
        for place, line in enumerate(lines(path), 1):
            if (part := parted(line)) is None:
                continue
            n = max(n, part[0])
            claim = claimed.get(part[0])
            if claim is not None and claim.head.hash != part[2].hex():
                message = f"entry {part[0]} is another than {claim.witness} knows"
                _find(report, path.name, place, "rewritten", message)
    if n < latest.head.n:
        name = parts[max(parts)].name
        message = (
            f"the chain ends with entry {n}, and {latest.witness} knows entry {latest.head.n}: its end was cut off"
        )
        _find(report, name, place, "cut_off", message)


def _find(report: Report, name: str, place: int | None, code: Code, message: str) -> None:
    if len(report.findings) < _MOST:
        report.findings.append(Finding(name, place, code, message))
    elif len(report.findings) == _MOST:
        report.findings.append(Finding(name, place, "many", "more is wrong from here on"))


def _kept(folder: Path, report: Report) -> Kept | None:
    """What the database tells of the chains; one that does not, or not as it was written, is a finding."""
    path = (folder / DATABASE).absolute()
    # A copy on a medium that cannot be written has no log of its own beside it, nor may one be made.
    how = "mode=ro" if Path(f"{path}-wal").exists() else "mode=ro&immutable=1"
    try:
        db = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, isolation_level=None)
        try:
            told = kept(db, derived(read_secret(folder), PURPOSE))
        finally:
            db.close()
    except sqlite3.Error as error:
        message = f"the heads of the chains cannot be read ({error}): an end that was cut off may go unseen"
        _find(report, DATABASE, None, "database", message)
        return None
    for chain in sorted(told.forged):
        _find(report, DATABASE, None, "database", f"the head of the chain {chain} is not as it was noted")
    if not told.is_counted:
        message = "how many chains were begun is not as it was noted: one that was removed may go unseen"
        _find(report, DATABASE, None, "database", message)
    for number in told.gone:
        message = f"the chain that was begun as the {number}. of all is gone, and what was kept of it here"
        _find(report, DATABASE, None, "missing", message)
    return told
