"""Which kind of text a file holds: a delimited table, JSON Lines or a JSON document; markup is refused."""

from __future__ import annotations

import json
import re

from graph.errors import UnreadableFile
from ingest.readers.encoding import find_encoding
from ingest.readers.jsonvalues import DECODER
from ingest.readers.source import Source
from ingest.readers.table import MIB

# What JSON begins with and a header of columns does not: {" or {} or [{ or [[ or [" or []
JSON_START = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\{\["\]])')
# How markup begins and a header of columns does not: <!--, a tag of HTML, an element with attributes.
HTML = re.compile(r"\s*<(?:!doctype|html|head|meta|style|body|div|table|script|center)\b", re.IGNORECASE)
XML = re.compile(r"\s*<(?:\?xml\b|!--|[A-Za-z_][\w.-]*(?::[\w.-]+|\s+[\w.:-]+\s*=))")
LINES = (".jsonl", ".ndjson")


def text_kind(source: Source) -> str:
    """`csv`, `jsonl` or `json`, from the first characters; the name decides only between a line and a document.

    Raises:
        UnreadableFile: The bytes are no text, or it is HTML or XML.
    """
    encoding = find_encoding(source)
    text = source.head(MIB // 4)[encoding.mark :].decode(encoding.codec, "replace")
    if HTML.match(text):
        raise UnreadableFile(
            f"{source.where}: this is a web page (HTML), whatever its name says; open it in Excel and save it as .xlsx "
            "or CSV"
        )
    if XML.match(text):
        raise UnreadableFile(
            f"{source.where}: this is an XML document; save its table as CSV or Excel (EPCIS: as JSON-LD)"
        )
    if not JSON_START.match(text):
        return "jsonl" if source.suffix in LINES else "csv"
    lines = [line for line in text.lstrip().split("\n", 2) if line.strip()]
    first = lines[0].strip()
    if not first.startswith("{") or '"epcisBody"' in first:
        return "json"
    try:
        DECODER.decode(first)
    except json.JSONDecodeError:
        # A first line that is broken, or cut off by the sample: the second line tells which it is.
        return "jsonl" if source.suffix in LINES and first not in ("{", "[") else "json"
    except (ValueError, RecursionError):
        return "jsonl"
    return "jsonl" if source.suffix in LINES or len(lines) > 1 else "json"
