"""Execution of a query level by level, each field once for all objects of its level.

The answer equals that of GraphQL's plain executor, to its errors and their order; the difference is in what it costs.
The plain executor goes through the objects one by one and through their fields one by one, at some microseconds a field
and, without loaders, a question to the store each. Here a field's resolver is called once with all objects (see
`api.query.fields`), and the values are laid into the objects column by column.

The rules are those of the GraphQL specification, section 6 (October 2021): errors in their places, and nulls that
spread to the nearest place that may hold one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from itertools import chain, repeat
from typing import Any

from graphql import (
    DocumentNode,
    Executor,
    GraphQLError,
    GraphQLObjectType,
    OperationType,
    VariableValues,
)

from api.errors import LimitExceeded
from api.query.completion import completed
from api.query.faults import VOID, Faults, Items, Kind, Void, Where, across, below
from api.query.plan import Plan
from api.query.selection import Asked, Fields, Form, Prepared, Selection


class Stopped(BaseException):
    """The whole query ends here; no exception as others are, since whoever catches those must not go on.

    Attributes:
        code: Why, as clients are told: `timeout` or `left`.
    """

    def __init__(self, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.code = code


_NONE = type(None)
_type_of = type


def execute(
    plan: Plan,
    document: DocumentNode,
    ask: Any,
    operation_name: str | None,
    variables: Any,
    root_value: Any = None,
    *,
    most: int | None = None,
    kept: MutableMapping[str | None, Prepared] | None = None,
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The data and the errors of an operation.

    Of a subscription this is one event, and `root_value` what its fields are resolved from. The fields of a mutation
    are resolved one after another, and each to its end: what was done is always told. The ids in the answer are added
    to the request's `told`, for the audit log.

    Args:
        plan: The schema.
        document: A valid document.
        ask: The request; its `check()` may raise `Stopped`, but not within its `undisturbed()`.
        operation_name: Which operation of the document.
        variables: Its variables.
        root_value: What the fields of the operation itself are resolved from.
        most: How many objects the answer to a query may hold.
        kept: Where what is made of the document is kept from one execution to the next.

    Raises:
        Stopped: As `ask.check()` did, but for a mutation.
        LimitExceeded: `too_costly`: there are more objects than `most`.
    """
    built = Executor.build(
        plan.schema,
        document,
        raw_variable_values=dict(variables or {}),
        operation_name=operation_name,
        hide_suggestions=True,
    )
    if isinstance(built, list):
        return None, built
    kind = built.operation.operation
    root = plan.schema.get_root_type(kind)
    if root is None:
        return None, [GraphQLError(f"The schema has no {kind.value}.", built.operation)]
    prepared = kept.get(operation_name) if kept is not None else None
    if prepared is None:
        prepared = Prepared(document)
        if kept is not None:
            kept[operation_name] = prepared
    selection = prepared.selection(plan, built)
    if kind is OperationType.MUTATION:
        return _Execution(plan, built.variable_values, ask, None).mutated(root, selection.of(root), root_value)
    return _Execution(plan, built.variable_values, ask, most).answered(root, selection, root_value)


class _Execution:
    """One execution, going down level by level."""

    def __init__(self, plan: Plan, variables: VariableValues, ask: Any, most: int | None) -> None:
        self.plan = plan
        self.variables = variables
        self.ask = ask
        self.told: set[Any] = getattr(ask, "told", set())
        self.most = most
        self.objects_told = 0
        self.faults = Faults()

    def answered(
        self, root: GraphQLObjectType, selection: Selection, value: Any
    ) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """The answer to a query, or one event of a subscription."""
        (data,) = self.objects(selection.of(root), [value], lambda _: (), lambda _: root.name)
        return None if data is VOID else data, self.faults.told()

    def mutated(
        self, root: GraphQLObjectType, fields: Fields, value: Any
    ) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """The answer to a mutation: what was done before it was stopped, if it was."""
        stopped: Stopped | None = None
        data: dict[str, Any] = {}
        for place, asked in enumerate(fields.asked):
            try:
                if stopped is None:
                    self.ask.check()
            except Stopped as error:
                stopped = error
            where = below(lambda _: (), lambda _: root.name, place, asked)
            if stopped is None:
                with self.ask.undisturbed():
                    (data[asked.key],) = self.field(asked, [value], where)
            else:
                undone = GraphQLError(f"this was not done: {stopped}", extensions={"code": stopped.code})
                (data[asked.key],) = self.complete(asked.form, [undone], asked, where)
            if data[asked.key] is VOID:
                return None, self.faults.told()
        return data, self.faults.told()

    def objects(self, fields: Fields, objects: Sequence[Any], where: Where, owner: Callable[[int], str]) -> list[Any]:
        """The answers for objects of which the same fields are asked; `owner` names the type of the n-th of them."""
        self.count(len(objects))
        before = len(self.faults)
        columns = [
            self.field(asked, objects, below(where, owner, place, asked)) for place, asked in enumerate(fields.asked)
        ]
        return _rows(fields.keys, columns, len(objects), are_void=len(self.faults) > before)

    def mixed(
        self, groups: Mapping[Fields, list[int]], objects: Sequence[Any], where: Where, of: Callable[[int], Kind]
    ) -> list[Any]:
        """The answers for objects of one level, of which not the same is asked: by what it is, where they stand.

        A field that types have from their interface is resolved for all of them at once.
        """
        self.count(len(objects))
        together: dict[Asked, list[Fields]] = {}
        for fields in groups:
            for asked in fields.asked:
                together.setdefault(asked, []).append(fields)
        before = len(self.faults)
        columns: dict[Fields, dict[Asked, Sequence[Any]]] = {fields: {} for fields in groups}
        for asked, sharing in together.items():
            at = list(chain.from_iterable(groups[fields] for fields in sharing))
            found = self.field(asked, [objects[i] for i in at], across(where, of, at, asked))
            start = 0
            for fields in sharing:
                end = start + len(groups[fields])
                columns[fields][asked] = found[start:end]
                start = end
        done: list[Any] = [None] * len(objects)
        for fields, at in groups.items():
            found = [columns[fields][asked] for asked in fields.asked]
            rows = _rows(fields.keys, found, len(at), are_void=len(self.faults) > before)
            for i, row in zip(at, rows, strict=True):
                done[i] = row
        return done

    def field(self, asked: Asked, objects: Sequence[Any], where: Where) -> Sequence[Any]:
        """The completed values of a field."""
        self.ask.check()
        try:
            values = asked.resolve(objects, self.ask, asked.given(self.variables))
        except Exception as error:
            values = [error] * len(objects)
        if len(values) != len(objects):
            raise RuntimeError(f"{asked.name} gave {len(values)} values for {len(objects)} objects")
        return self.complete(asked.form, values, asked, where)

    def complete(self, form: Form, values: Sequence[Any], asked: Asked, where: Where) -> Sequence[Any]:
        """Values as the answer has them: leaves, objects, lists of them, null, or `VOID`."""
        kinds = set(map(_type_of, values))
        before = len(self.faults)
        if any(issubclass(kind, Exception) for kind in kinds):
            values = [
                self.faults.note(value, asked, where(i)) if isinstance(value, Exception) else value
                for i, value in enumerate(values)
            ]
            kinds.add(Void)
        if form.leaves is not None:
            at_once = form.leaves(values, kinds)
            done = self.leaves(form, values, asked, where) if at_once is None else at_once
            if form.is_id:
                self.told.update(done)
        elif _NONE in kinds or Void in kinds:
            done = self.some(form, values, asked, where)
        else:
            done = self.whole(form, values, asked, where)
        if form.is_nullable:
            return done if len(self.faults) == before else [None if value is VOID else value for value in done]
        if _NONE in kinds:
            return [self.faults.miss(asked, where(i)) if value is None else value for i, value in enumerate(done)]
        return done

    def some(self, form: Form, values: Sequence[Any], asked: Asked, where: Where) -> Sequence[Any]:
        """Lists and objects, nulls and voids among them."""
        kept = [i for i, value in enumerate(values) if value is not None and value is not VOID]
        done = list(values)
        for i, value in zip(
            kept, self.whole(form, [values[i] for i in kept], asked, lambda n: where(kept[n])), strict=True
        ):
            done[i] = value
        return done

    def whole(self, form: Form, values: Sequence[Any], asked: Asked, where: Where) -> Sequence[Any]:
        """Lists and objects, none of them null."""
        if not values:
            return values
        if form.of is not None:
            return self.lists(form.of, values, asked, where)
        if isinstance(form.type, GraphQLObjectType):
            name = form.type.name
            return self.objects(asked.selection.of(form.type), values, where, lambda _: name)
        return self.abstract(form, values, asked, where)

    def lists(self, of: Form, values: Sequence[Any], asked: Asked, where: Where) -> Sequence[Any]:
        if of.leaves is None and of.of is None:
            self.refuse(sum(map(len, values)))
        flat = list(chain.from_iterable(values))
        before = len(self.faults)
        done = self.complete(of, flat, asked, Items(values, where, of.is_nullable))
        done = done if isinstance(done, list) else list(done)
        lists: list[Any] = []
        start = 0
        for value in values:
            end = start + len(value)
            lists.append(done[start:end])
            start = end
        if len(self.faults) > before:
            return [VOID if any(item is VOID for item in part) else part for part in lists]
        return lists

    def abstract(self, form: Form, values: Sequence[Any], asked: Asked, where: Where) -> Sequence[Any]:
        names = list(map(self.plan.typename, values))
        kinds = {name: asked.selection.of(self.plan.concrete(form.type, name)) for name in dict.fromkeys(names)}
        groups: dict[Fields, list[int]] = {fields: [] for fields in kinds.values()}
        if len(groups) == 1:
            return self.objects(kinds[names[0]], values, where, names.__getitem__)
        for i, name in enumerate(names):
            groups[kinds[name]].append(i)
        return self.mixed(groups, values, where, lambda i: (names[i], kinds[names[i]]))

    def leaves(self, form: Form, values: Sequence[Any], asked: Asked, where: Where) -> Sequence[Any]:
        """Leaves one by one, since some are special or wrong."""
        done: list[Any] = []
        for i, value in enumerate(values):
            if value is None or value is VOID:
                done.append(value)
                continue
            try:
                done.append(completed(form.type, value))
            except Exception as error:
                done.append(self.faults.note(error, asked, where(i)))
        return done

    def count(self, objects: int) -> None:
        self.refuse(objects)
        self.objects_told += objects

    def refuse(self, objects: int) -> None:
        """Ends a query whose answer would hold more objects than it may."""
        if self.most is not None and self.objects_told + objects > self.most:
            raise LimitExceeded(
                "too_costly",
                f"the answer holds more than {self.most:,} objects, the most that your role may be told at once; ask "
                "for smaller pages, for fewer lists inside lists, or in several queries",
            )


def _rows(keys: Sequence[str], columns: Sequence[Sequence[Any]], count: int, *, are_void: bool) -> list[Any]:
    """Objects of columns; `are_void` says that some may be void, since a value of theirs is that may not be null."""
    if not columns:
        return [{} for _ in range(count)]
    values = list(zip(*columns, strict=True))
    rows: list[Any] = list(map(dict, map(zip, repeat(keys), values)))
    if are_void:
        return [VOID if any(one is VOID for one in some) else row for row, some in zip(rows, values, strict=True)]
    return rows
