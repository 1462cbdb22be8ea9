"""Backup: everything a store holds in one gzipped file, the same format for every store.

The first line names the format; each further line is one JSON object: a record with all it states, a row set aside, or
a loaded file; the last one tells how many records there are. Nodes and links follow from the records, so they are not
written. A backup of one store restores into another, and so moves a graph from SQLite to Neo4j.
"""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from graph.changes import DERIVED
from graph.errors import HeadwaterError, UnreadableFile
from graph.model import FileVersion, Inference, Mention, Record, SetAside, StatedLink, chunks
from graph.output import whole
from graph.store import SCHEMA, Store, refuse_schema

_FORMAT = "headwater-backup"
_BATCH = 2000


def backup(store: Store, path: Path, progress: Callable[[int], None] | None = None) -> int:
    """Writes all that a store holds to a file, while others read and write the store; gives the number of records.

    The records are those of one moment. The file appears under its name only when it is whole.

    Args:
        store: What to back up.
        path: The file.
        progress: Told now and then how many records are written.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    # Before the records: a file known as wholly loaded here has all its records in the backup, whatever is loading.
    files = store.files()
    count = 0
    with whole(path) as made, gzip.GzipFile(filename="", fileobj=made, mode="wb", compresslevel=6, mtime=0) as out:
        out.write(orjson.dumps({"format": _FORMAT, "schema": SCHEMA}) + b"\n")
        for record in store.all_records():
            out.write(orjson.dumps({"record": _record(record)}) + b"\n")
            count += 1
            if progress and count % _BATCH == 0:
                progress(count)
        for entry in store.quarantine():
            out.write(orjson.dumps({"set_aside": _set_aside(entry)}) + b"\n")
        for file in files:
            for part in chunks(store.record_ids(file.source, file.name), _BATCH):
                out.write(orjson.dumps({"held": [file.name, part]}) + b"\n")
            out.write(orjson.dumps({"file": [getattr(file, f) for f in FileVersion.__slots__]}) + b"\n")
        out.write(orjson.dumps({"end": count}) + b"\n")
    return count


def restore(store: Store, path: Path, progress: Callable[[int], None] | None = None) -> int:
    """Loads a backup into a store, beside what it holds; gives the number of records.

    The file is read to its end before anything is changed, so that a cut-off backup changes nothing.

    Raises:
        UnreadableFile: The file cannot be read, is no backup or is cut off.
        StoreIncompatible: It was made by a newer Headwater, or an older one.
    """
    check(path)
    records: list[Record] = []
    aside: list[SetAside] = []
    count = 0

    def flush() -> None:
        nonlocal count
        if records or aside:
            store.merge(records, aside)
            count += len(records)
            records.clear()
            aside.clear()
            if progress:
                progress(count)

    derived = 0
    for line in _lines(path):
        if "record" in line and line["record"][0] == DERIVED:
            derived += 1
        elif "record" in line:
            records.append(_read_record(line["record"]))
        elif "set_aside" in line:
            fields = line["set_aside"]
            fields[5] = base64.b64decode(fields[5])
            aside.append(SetAside(*fields))
        elif "held" in line:
            flush()
            store.hold(store.digests(line["held"][1]), line["held"][0])
        elif "file" in line:
            flush()
            store.note_file(FileVersion(*line["file"]))
        if len(records) + len(aside) >= _BATCH:
            flush()
    # What is derived is kept beside what it is about alone, which must all be there before.
    for line in _lines(path) if derived else ():
        if "record" in line and line["record"][0] == DERIVED:
            records.append(_read_record(line["record"]))
        if len(records) + len(aside) >= _BATCH:
            flush()
    flush()
    return count


def check(path: Path) -> None:
    """Reads a backup to its end, so that nothing is begun with one that is none, or cut off.

    Raises:
        UnreadableFile: The file cannot be read, is no backup or is cut off.
        StoreIncompatible: It was made by a newer Headwater, or an older one.
    """
    for _ in _lines(path):
        pass


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    count = 0
    end: object = None
    try:
        with gzip.open(path, "rb") as lines:
            first = orjson.loads(next(iter(lines), b"null"))
            if not isinstance(first, dict) or first.get("format") != _FORMAT:
                raise UnreadableFile(f"{path}: this is no backup of Headwater; name one that `headwater backup` wrote")
            if not isinstance(schema := first.get("schema"), int):
                raise UnreadableFile(f"{path}: the backup does not say its schema; use another one")
            refuse_schema(schema, str(path))
            for line in lines:
                data: dict[str, Any] = orjson.loads(line)
                count += "record" in data
                end = data.get("end")
                yield data
    except (gzip.BadGzipFile, orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path}: this is no backup of Headwater; name one that `headwater backup` wrote"
        ) from error
    except (EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path}: the backup is cut off or damaged; use another one") from error
    except OSError as error:
        if isinstance(error, HeadwaterError):
            raise
        raise UnreadableFile(
            f"{path}: the backup cannot be read ({error.strerror or error}); check the path"
        ) from error
    if end != count:
        raise UnreadableFile(f"{path}: the backup is cut off or damaged; use another one")


def _record(record: Record) -> list[Any]:
    return [
        record.source,
        record.key,
        record.file,
        record.row,
        record.digest,
        dict(record.raw),
        [[m.node, m.field, dict(m.values)] for m in record.mentions],
        [
            [k.kind, k.source, k.target, k.start, k.end, dict(k.values)]
            + [[k.inference.rule, k.inference.probability, list(k.inference.reasons)] if k.inference else None]
            for k in record.links
        ],
        record.received,
    ]


def _read_record(fields: list[Any]) -> Record:
    mentions = tuple(Mention(*m) for m in fields[6])
    links = tuple(
        StatedLink(kind, here, there, start, end, values, _read_inference(why))
        for kind, here, there, start, end, values, why in fields[7]
    )
    source, key, file, row, digest, raw = fields[:6]
    return Record(source, key, file, row, digest, raw, mentions, links, fields[8])


def _read_inference(fields: list[Any] | None) -> Inference | None:
    return Inference(fields[0], fields[1], tuple(fields[2])) if fields else None


def _set_aside(entry: SetAside) -> list[Any]:
    return [
        entry.source,
        entry.file,
        entry.row,
        entry.column,
        entry.reason,
        base64.b64encode(entry.raw).decode("ascii"),
        dict(entry.values),
        entry.mapping,
        entry.id,
        entry.received,
    ]
