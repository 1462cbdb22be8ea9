"""Lists of others whose truth is known, as far as our types reach: suppliers, programmes, customers, persons."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from bench import agreement, bilingual, plainly
from bench.agreement import Score
from bench.figures import Figure
from bench.markets import DEFAULT
from bench.matched import clusters, matched
from bench.workbench import Workbench
from graph.identity import identify
from graph.model import key_of
from resolve.profiles import Profile, spoken_place, written_place

Plain = dict[str, str | None]
"""What a user of Splink would write down of one mention, by column."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """A list: of each mention its profile, its strings, and the entity it truly is."""

    profiles: list[Profile]
    plain: list[Plain]
    entities: list[str]


def figures(bench: Workbench, threshold: float) -> list[Figure]:
    """F1 and B³ on each list, beside Splink on plain strings."""
    data = (bench.worlds or DEFAULT).parent / "data"
    found = []
    if (data / "factories").is_dir():
        found += _suppliers(data / "factories" / "labelled-pairs.json", threshold)
    readers: dict[str, Callable[[Path], Mentions]] = {
        "senzing-truth-set": senzing,
        "chicago-programs": chicago,
        "febrl": febrl,
    }
    for name, read in readers.items():
        if not (data / name).is_dir():
            continue
        bench.say(f"matching {name}")
        given = read(data / name)
        truth: dict[Hashable, Hashable] = {p.node: e for p, e in zip(given.profiles, given.entities, strict=True)}
        ours = clusters(matched(given.profiles).links, threshold)
        pairs, cubed = agreement.pairwise(ours, truth), agreement.b_cubed(ours, truth)
        found.append(
            Figure(f"{name}: F1 of {len(truth):,} mentions", f"{pairs.f1:.3f}", beside=f"{pairs}; B³ {cubed.f1:.3f}")
        )
        at, theirs, b3 = _splink(given, truth)
        found.append(
            Figure(
                "  Splink, plain strings",
                f"{theirs.f1:.3f}",
                beside=f"{theirs}; B³ {b3.f1:.3f}; at its best threshold {at:g}",
            )
        )
    return found


def _splink(given: Mentions, truth: dict[Hashable, Hashable]) -> tuple[float, Score, Score]:
    columns = list(given.plain[0])
    rows = [{"unique_id": p.node, **plain} for p, plain in zip(given.profiles, given.plain, strict=True)]
    table = pa.Table.from_pylist(rows, schema=pa.schema([(c, pa.string()) for c in ("unique_id", *columns)]))
    pairs = plainly.pairs(table, columns)
    best = (1.0, Score(0.0, 0.0), Score(0.0, 0.0))
    for least in (0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999):
        found = plainly.clusters(pairs, least)
        score = agreement.pairwise(found, truth)
        if score.f1 > best[1].f1:
            best = (least, score, agreement.b_cubed(found, truth))
    return best


def _suppliers(path: Path, threshold: float) -> list[Figure]:
    """The pairs of suppliers that Open Supply Hub's people judged."""
    judged = json.loads(path.read_text(encoding="utf-8"))
    given: list[tuple[bool, Profile, Profile]] = []
    written: list[tuple[Profile, ...]] = []  # as peers are told of them
    for verdict in ("match", "distinct"):
        for i, pair in enumerate(judged[verdict]):
            a, b = (_supplier(one, f"{n}{verdict}{i}") for n, one in enumerate(pair["__value__"]))
            given.append((verdict == "match", a, b))
            written.append(
                tuple(
                    replace(known, addresses=(row["address"],))
                    for known, row in zip((a, b), pair["__value__"], strict=True)
                )
            )
    found = matched(party for _, a, b in given for party in (a, b))
    ours = agreement.judged(((found.believed(a.node, b.node), same) for same, a, b in given), threshold)
    figures = [Figure(f"factories: {len(given)} judged pairs", f"{ours.f1:.3f}", beside=str(ours))]
    for peer in bilingual.PEERS:
        scores = bilingual.compared(peer, [(a, b) for a, b in written])
        at, theirs = agreement.best(zip(scores, (same for same, *_ in given), strict=True))
        figures.append(
            Figure(f"  nomenklatura, {peer}", f"{theirs.f1:.3f}", beside=f"{theirs}, at its best threshold {at:.2f}")
        )
    return figures


def _supplier(row: dict[str, str], node: str) -> Profile:
    return _at(Profile(f"Party/factories:{node}", "company", (row["name"],)), row["address"])


def senzing(folder: Path) -> Mentions:
    """Persons and organisations of three sources: names, birth dates, phones, e-mails, addresses, numbers."""
    meant = {(row["DATA_SOURCE"], row["RECORD_ID"]): row["CLUSTER_ID"] for row in _rows(folder / "truth.csv")}
    out = Mentions([], [], [])
    for name in ("customers", "reference", "watchlist"):
        for row in _rows(folder / f"{name}.csv"):
            if (row["DATA_SOURCE"], row["RECORD_ID"]) not in meant:
                continue
            parts = [row.get(f"PRIMARY_NAME_{part}") or "" for part in ("FIRST", "MIDDLE", "LAST")]
            names = [
                row.get("PRIMARY_NAME_FULL"),
                row.get("PRIMARY_NAME_ORG"),
                " ".join(filter(None, parts)),
                row.get("NATIVE_NAME_FULL"),
                row.get("SECONDARY_NAME_ORG"),
            ]
            written = tuple(dict.fromkeys(filter(None, names)))
            whole = " ".join(
                filter(None, (row.get(f"ADDR_{part}") for part in ("FULL", "LINE1", "CITY", "STATE", "POSTAL_CODE")))
            )
            numbers = [
                row[c]
                for c in (
                    "PASSPORT_NUMBER",
                    "DRIVERS_LICENSE_NUMBER",
                    "SSN_NUMBER",
                    "NATIONAL_ID_NUMBER",
                    "LEI_NUMBER",
                    "TAX_ID_NUMBER",
                )
                if row.get(c)
            ]
            phone = re.sub(r"\D", "", row.get("PHONE_NUMBER") or "")
            _add(
                out,
                Profile(
                    f"Party/{name}:{row['RECORD_ID']}",
                    "person" if row["RECORD_TYPE"] == "PERSON" else "company",
                    written,
                    phones=(phone,) if phone else (),
                    emails=tuple(filter(None, (row.get("EMAIL_ADDRESS", "").lower(),))),
                    handles=tuple(sorted(set(numbers))),
                    born=_day(row.get("DATE_OF_BIRTH") or ""),
                ),
                {
                    "name": written[0] if written else None,
                    "phone": phone,
                    "address": whole,
                    "email": row.get("EMAIL_ADDRESS"),
                    "born": _day(row.get("DATE_OF_BIRTH") or ""),
                },
                meant[row["DATA_SOURCE"], row["RECORD_ID"]],
            )
    return out


def chicago(folder: Path) -> Mentions:
    """Places of early childhood programmes: name, address and phone from several lists."""
    out = Mentions([], [], [])
    for row in _rows(folder / "programs.csv"):
        name, address = (" ".join(row[column].split()) for column in ("Site name", "Address"))
        phone = re.sub(r"\D", "", row["Phone"])
        _add(
            out,
            Profile(
                f"Party/chicago:{row['Id']}",
                "company",
                (name,),
                phones=(phone,) if phone else (),
            ),
            {"name": name, "address": address, "phone": phone},
            row["True Id"],
        )
    return out


def febrl(folder: Path) -> Mentions:
    """Made-up persons of Australia with typing errors."""
    out = Mentions([], [], [])
    for row in _rows(folder / "dataset3.csv"):
        given = {name: (value or "").strip() for name, value in row.items()}
        address = f"{given['street_number']} {given['address_1']} {given['suburb']}".strip()
        born = given["date_of_birth"]
        _add(
            out,
            Profile(
                f"Party/febrl:{given['rec_id']}",
                "person",
                (f"{given['given_name']} {given['surname']}".strip(),),
                handles=(given["soc_sec_id"],) if given["soc_sec_id"] else (),
                born=f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else None,
            ),
            {
                "given": given["given_name"],
                "surname": given["surname"],
                "address": address,
                "born": born,
                "number": given["soc_sec_id"],
            },
            given["rec_id"].split("-")[1],
        )
    return out


def _add(out: Mentions, profile: Profile, plain: dict[str, str | None], entity: str) -> None:
    out.profiles.append(_at(profile, plain["address"] or ""))
    out.plain.append({name: value.lower() if value else None for name, value in plain.items()})
    out.entities.append(entity)


def _rows(path: Path) -> Sequence[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def _at(known: Profile, text: str) -> Profile:
    """A profile with an address as a load of it would know it."""
    if not text.strip():
        return known
    key = key_of(identify("Address", text).node)
    read, words = (tuple(filter(None, (of(key),))) for of in (spoken_place, written_place))
    return replace(known, addresses=read, written=words)


def _day(text: str) -> str | None:
    """A day as an ISO date: month/day/year or year-month-day."""
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}"
    return text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
