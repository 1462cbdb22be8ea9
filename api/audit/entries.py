"""Entries: what the audit log tells of a question, made of the question, of who asks and of what was answered.

What was asked is told by the names of its fields and by two keyed hashes: one of the document's text, by which the text
can be read (`api.audit.texts`), and one of all that was asked, with its variables, so that who knows what may have been
asked can tell whether it was. Of mutations the arguments stand there as well, which are names of things; of those that
are data, keyed hashes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
)
from graphql.utilities import value_from_ast_untyped

from api.access.viewer import Viewer
from api.answers import Question, Uploaded
from api.audit.entry import Entry, Kind
from api.audit.nodehash import NodeHash
from api.masks.bringing import whole_readings
from api.masks.vault import is_token
from api.query.documents import Document

_SHAPES = 2_000
"""Operations of which it is remembered what they are."""
_LONGEST = 200
_DATA: Mapping[str, frozenset[str]] = dict.fromkeys(("judge", "unjudge"), frozenset(("a", "b", "why")))
"""The arguments of changes that may be somebody's number, or hold one."""
_NOTHING: frozenset[str] = frozenset()
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True)
class Shape:
    """What an operation is, whatever its variables.

    Attributes:
        kind: `query`, `mutation` or `subscription`; `query` where there is no such operation.
        operation: Its name; None where it bears none, or it is not said which of several is meant.
        fields: The names of the fields of the schema that it asks for first of all.
        document: The keyed hash of the text that it stands in.
    """

    kind: Kind = "query"
    operation: str | None = None
    fields: tuple[str, ...] = ()
    document: str | None = None


class Entries:
    """Makes the entries of a worker process; for many threads at once.

    Args:
        schema: What is asked of.
        secret: That of the state.
    """

    def __init__(self, schema: GraphQLSchema, secret: bytes) -> None:
        self._schema = schema
        self._hashes = NodeHash(secret)
        self._shapes: dict[tuple[str, str | None], Shape] = {}

    def shape(self, document: Document | None, operation: str | None) -> Shape:
        """What an operation of a document is: the one of this name, or its only one."""
        if document is None:
            return Shape()
        known = self._shapes.get((document.hash, operation))
        if known is None:
            known = self._shape(document, operation)
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            self._shapes[document.hash, operation] = known
        return known

    def of(
        self,
        question: Question,
        viewer: Viewer,
        document: Document | None,
        outcome: str,
        begun: float,
        *,
        read: Collection[str] = (),
        told: Collection[str | None] = (),
        is_bringing: bool = False,
    ) -> Entry:
        """The entry of a question.

        Args:
            question: What was asked.
            viewer: Who asked.
            document: The question's document; None where it has none that can be read.
            outcome: What came of it.
            begun: When it came, by `time.monotonic`.
            read: The ids of the nodes and records that were read, as the store has them.
            told: The ids in the answer that are not among them, of whatever; None where one cannot be known.
            is_bringing: Whether a value was brought for what is masked, or would have had to be.
        """
        shape = self.shape(document, question.operation)
        text = document.text if document is not None else question.text
        hash_ = shape.document if document is not None or text is None else self._hashes.text(text)
        is_change = shape.kind == "mutation"
        given = list(_given(document, question)) if document is not None and (is_change or is_bringing) else []
        # Of nodes and records there are an ontology's kind or a source within the id; others are of jobs and grants.
        others = {one for one in told if one is not None}
        ids = {one for one in others if "/" in one or ":" in one}
        is_theirs = question.case in viewer.cases
        return Entry(
            viewer=viewer.id,
            role=viewer.role,
            kind=shape.kind,
            asked=_canonical([hash_ or question.sha256, question.operation, question.variables]),
            operation=shape.operation,
            nodes=ids.union(read) if ids else read,
            case=question.case if is_theirs else None,
            outcome=outcome,
            milliseconds=1000 * (monotonic() - begun),
            fields=shape.fields,
            arguments=[self._plain(field, arguments) for field, arguments in given] if is_change else (),
            made=others - ids if is_change else (),
            brought=_brought(arguments for _, arguments in given) if is_bringing else (),
            is_foreign=question.case is not None and not is_theirs,
            document=hash_,
            text=text,
        )

    def _plain(self, field: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A change with its arguments; of those that are data a token, or the hash that `nodes` would hold of it."""
        told = _plain(field, arguments)
        for name in _DATA.get(field, _NOTHING) & arguments.keys():
            text = arguments[name]
            told[name] = text if isinstance(text, str) and is_token(text) else self._hashes.node(str(text))
        return told

    def _shape(self, document: Document, operation: str | None) -> Shape:
        hash_ = self._hashes.text(document.text)
        found = _operations(document.ast, operation)
        if not found:
            return Shape(document=hash_)
        name, kind = found[0].name, found[0].operation
        root = self._schema.get_root_type(kind)
        # What is no name of ours is a text of whoever asks, and may be anything.
        known = root.fields if root is not None else {}
        fields = dict.fromkeys(node.name.value for node in _roots(document.ast, found[0].selection_set))
        named = name.value if name is not None and len(found) == 1 else None
        return Shape(kind.value, named, tuple(field for field in fields if field in known), hash_)


def _operations(ast: DocumentNode, name: str | None) -> list[OperationDefinitionNode]:
    """The operations of a document, or those of a name."""
    return [
        one
        for one in ast.definitions
        if isinstance(one, OperationDefinitionNode)
        and (name is None or (one.name is not None and one.name.value == name))
    ]


def _roots(ast: DocumentNode, selections: SelectionSetNode) -> Iterator[FieldNode]:
    """The fields of an operation itself, those of fragments included."""
    fragments = {one.name.value: one for one in ast.definitions if isinstance(one, FragmentDefinitionNode)}
    left = [selections]
    while left:
        for selected in left.pop().selections:
            if isinstance(selected, FieldNode):
                yield selected
            elif isinstance(selected, InlineFragmentNode):
                left.append(selected.selection_set)
            elif isinstance(selected, FragmentSpreadNode) and selected.name.value in fragments:
                left.append(fragments.pop(selected.name.value).selection_set)


def _given(document: Document, question: Question) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields of the operation that is asked, with their arguments as they came."""
    for operation in _operations(document.ast, question.operation)[:1]:
        values = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        values.update(question.variables)
        for field in _roots(document.ast, operation.selection_set):
            arguments = {}
            for argument in field.arguments or ():
                with suppress(ValueError):  # a number of thousands of digits
                    value = value_from_ast_untyped(argument.value, values)
                    if value is not Undefined:
                        arguments[argument.name.value] = value
            yield field.name.value, arguments


def _plain(field: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A change with its arguments as the log holds them, of any length."""
    told: dict[str, Any] = {"field": field}
    for name, value in arguments.items():
        if not (value is None or isinstance(value, bool | int | float)):
            text = value if isinstance(value, str) else _canonical(value).decode().strip('"')
            value = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        told[name] = value
    return told


def _brought(given: Iterable[Mapping[str, Any]]) -> set[str]:
    """The nodes that the values may name that a question asks about."""
    texts: list[Any] = []
    for arguments in given:
        clues = [arguments.get("clue"), *_listed(arguments.get("clues"))]
        texts += [*_listed(arguments.get("values")), *(clue.get("value") for clue in clues if isinstance(clue, dict))]
    return {node for text in texts if isinstance(text, str) for node in whole_readings(text, None)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _canonical(value: Any) -> bytes:
    """JSON that is the same for what is the same."""
    try:
        return orjson.dumps(value, _name, _CANONICAL)
    except TypeError:  # numbers and texts that orjson does not write
        return json.dumps(value, default=_name, sort_keys=True).encode()


def _name(value: Any) -> str:
    """What stands for an uploaded file."""
    return value.path.name if isinstance(value, Uploaded) else str(value)
