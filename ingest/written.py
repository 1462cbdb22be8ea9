"""What a person wrote in YAML, as texts, lists and tables that know their line, so that a mistake is told with it.

Every value is the text it is: a column may be called `no`, `on` or `2025-01-01`. What YAML can do beyond that (aliases,
which a few lines of let grow without end, tags, several documents, deep nesting) a mapping has no use for.
"""

from __future__ import annotations

from typing import Any

import yaml

_DEEPEST = 20
"""Lists and tables within each other."""


class Text(str):
    """A text and its line."""

    line: int


class Entries(list[Any]):
    """A list and its line."""

    line: int


class Table(dict[Text, Any]):
    """Names and their values, in their order, and the line of the first."""

    line: int


class Misspelt(Exception):
    """A mistake in the YAML itself, and its line."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


Value = Text | Entries | Table


def read(text: str) -> Value | None:
    """The value that a document holds, None when it is empty.

    Raises:
        Misspelt: It is no YAML, or YAML that has no place in a mapping.
    """
    try:
        return _built(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "this is no YAML"
        if "cannot start any token" in problem:
            problem = "a tab, or another character that YAML reserves, begins the line or a value; indent with blanks"
        raise Misspelt(mark.line + 1 if mark else 1, problem) from error
    except yaml.YAMLError as error:
        raise Misspelt(1, f"this is no YAML ({error})") from error


def _built(text: str) -> Value | None:
    root: Value | None = None
    open_: list[tuple[Entries | Table, list[Text]]] = []
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            open_.pop()
            continue
        value = _value(event, line)
        if value is None:
            continue
        value.line = line
        if not open_:
            if root is not None:
                raise Misspelt(line, "a second document begins; a mapping is one")
            root = value
        else:
            _put(*open_[-1], value)
        if not isinstance(value, Text):
            open_.append((value, []))
            if len(open_) > _DEEPEST:
                raise Misspelt(line, "lists and tables lie too deep within each other")
    return root


def _value(event: yaml.Event, line: int) -> Value | None:
    if isinstance(event, yaml.AliasEvent):
        raise Misspelt(line, f"*{event.anchor} points to another entry; write out what it stands for")
    if isinstance(event, yaml.ScalarEvent):
        return Text(event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        return Entries()
    return Table() if isinstance(event, yaml.MappingStartEvent) else None


def _put(holder: Entries | Table, name: list[Text], value: Value) -> None:
    """Adds a value to a list, or to a table, where names and values take turns."""
    if isinstance(holder, Entries):
        holder.append(value)
    elif name:
        holder[name.pop()] = value
    elif not isinstance(value, Text):
        raise Misspelt(value.line, "a name is expected here, not a list or a table")
    elif value in holder:
        raise Misspelt(value.line, f"{str(value)!r} is given twice")
    else:
        name.append(value)
