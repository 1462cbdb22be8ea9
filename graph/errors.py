"""Every error that Headwater raises on purpose.

    HeadwaterError
    ├── InvalidValue (ValueError)         a value breaks the rule of its type or identifier
    ├── OntologyError (ValueError)        the ontology contradicts itself
    ├── SettingError (ValueError)         a setting, an option or a store URL is malformed
    ├── MappingError (ValueError)         a mapping cannot be read, or none fits a file
    ├── UnreadableFile (ValueError)       a file as a whole cannot be read as what it should be
    ├── NotFound (LookupError)            nothing is known under this id, name or clue
    ├── Reserved (ValueError)             a source is not one that a feed says, and is not forgotten as a whole
    └── StoreError                        the store cannot do what was asked
        ├── StoreUnavailable (ConnectionError)   away, or the credentials are refused
        │   └── StoreBusy                 it is there, but too busy for this, or this asks too much of it
        ├── StoreIncompatible             no store of ours, another schema, a server of another version
        └── StoreReadOnly (PermissionError)      the store, or its disk, cannot be written

`code` is the contract: programs compare it, never the message. A message says what was wrong, where, and what to do.
"""

from __future__ import annotations

from typing import ClassVar


class HeadwaterError(Exception):
    """The root of all errors of this project."""

    code: ClassVar[str] = "error"


class InvalidValue(HeadwaterError, ValueError):
    """A value breaks the rule of its type or identifier.

    Attributes:
        kind: What the value should have been: `uscc`, `date`, `number` …
        value: The value as it came.
        reason: `format`, `length`, `checksum` or `component` for identifiers, `type`, `missing` or `order` elsewhere.
        column: The column of the file it stands in, where that is known.
    """

    code = "invalid_value"

    def __init__(self, kind: str, value: str, reason: str, detail: str) -> None:
        super().__init__(f"{kind} {value!r}: {detail}")
        self.kind = kind
        self.value = value
        self.reason = reason
        self.detail = detail
        self.column: str | None = None


class OntologyError(HeadwaterError, ValueError):
    """The ontology contradicts itself; the message names the line."""

    code = "ontology"


class SettingError(HeadwaterError, ValueError):
    """A setting, an option or a store URL is malformed."""

    code = "setting"


class MappingError(HeadwaterError, ValueError):
    """A mapping cannot be read, or no mapping fits a file."""

    code = "mapping"


class UnreadableFile(HeadwaterError, ValueError):
    """A file as a whole cannot be read as what it should be: a PDF given for a CSV, a damaged archive."""

    code = "unreadable_file"


class NotFound(HeadwaterError, LookupError):
    """Nothing is known under this id, name or clue."""

    code = "not_found"


class Reserved(HeadwaterError, ValueError):
    """A source holds what no feed says, judgements or links of a model, and is not forgotten as a whole."""

    code = "reserved"


class StoreError(HeadwaterError):
    """The store cannot do what was asked."""

    code = "store"


class StoreUnavailable(StoreError, ConnectionError):
    """The store is away, or refuses the credentials."""

    code = "store_unavailable"


class StoreBusy(StoreUnavailable):
    """The store is there, but locked by another process, or has no time or memory left for this one question."""

    code = "store_busy"


class StoreIncompatible(StoreError):
    """What answers is no store of ours, has another schema, or is a server of another version."""

    code = "store_incompatible"


class StoreReadOnly(StoreError, PermissionError):
    """The store, or the disk it lies on, cannot be written."""

    code = "store_read_only"
