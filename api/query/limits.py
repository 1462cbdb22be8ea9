"""How much a query may ask for: its size, its shape and its cost, all known before anything of it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import DocumentNode, Lexer, Source, TokenKind
from graphql import parse as parse_document

from api.access.viewer import Role
from api.errors import LimitExceeded
from api.query.complexity import CEILING, NESTING, Measure, too_deep

PAGE = 1_000
"""Results on one page and values in one list, and so the things that a store is asked for at once."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may ask for, whoever asks.

    Attributes:
        size: Bytes of a request's body, uploads aside.
        text: Characters of a document.
        tokens: Lexical tokens of a document, comments counted.
        depth: Fields inside each other, through fragments; the introspection query of GraphiQL needs 15.
        aliases: Aliases, once fragments are spread out.
        roots: Fields of the query itself.
        directives: Directives, once fragments are spread out.
        fields: Fields, once fragments are spread out.
        repeats: Fields written again in the selection they already stand in; validation is quadratic in them.
        spreads: Uses of fragments as written, and fragments; validation is quadratic in them, too.
        page: Results asked for by `first` or `limit`, and values given in a list.
    """

    size: int = 1_000_000
    text: int = 100_000
    tokens: int = 5_000
    depth: int = 15
    aliases: int = 50
    roots: int = 20
    directives: int = 50
    fields: int = 5_000
    repeats: int = 100
    spreads: int = 100
    page: int = PAGE


BUDGETS: Mapping[Role, int] = {
    "right_holder": 50_000,
    "customs": 150_000,
    "investigator": 100_000,
    "enforcement": 100_000,
    "steward": 200_000,
    "admin": 200_000,
}
"""The most that a query of a role may cost where the settings say nothing else."""


def check_size(size: int, limits: Limits) -> None:
    """Refuse a request's body of `size` bytes: what its header says, or what has come so far.

    Raises:
        LimitExceeded: `too_large`.
    """
    if size > limits.size:
        raise LimitExceeded(
            "too_large",
            f"the request has {size:,} bytes or more, and at most {limits.size:,} are read; put long lists into "
            "several requests, and files into an upload",
        )


def parse(text: str, limits: Limits) -> DocumentNode:
    """The document of a text.

    Raises:
        LimitExceeded: `too_large`, `too_many_tokens` or `too_deep`, before the parser sees the text.
        GraphQLError: A syntax error.
    """
    if len(text) > limits.text:
        raise LimitExceeded(
            "too_large",
            f"the query has {len(text):,} characters, and at most {limits.text:,} are read; put values into variables",
        )
    # A token has a character at least, so that most texts need no count.
    if len(text) > limits.tokens or sum(map(text.count, "{[(")) > NESTING:
        _check_tokens(text, limits.tokens)
    try:
        return parse_document(text)
    except RecursionError:
        # Only when the stack was nearly full already: the brackets are counted above.
        raise too_deep() from None


def refuse(measure: Measure, limits: Limits, budget: int) -> None:
    """Refuse what asks for more than the limits or the role's budget of cost allow.

    Raises:
        LimitExceeded: See `refuse_shape`; `too_costly` for page sizes and the cost.
    """
    refuse_shape(measure, limits)
    for page in measure.pages:
        if not 0 <= page.size <= limits.page:
            raise LimitExceeded(
                "too_costly",
                f"the size of {page.argument} of {page.field} is {_told(page.size)}, and may be 0 to {limits.page:,}; "
                "ask for pages of that size, one after another",
            )
    if measure.cost > budget:
        raise LimitExceeded(
            "too_costly",
            f"the query costs {_told(measure.cost)}, and your role may spend {budget:,} on one; ask for smaller pages, "
            "for fewer lists inside lists, or in several queries",
        )


def refuse_shape(measure: Measure, limits: Limits) -> None:
    """Refuse what no role may ask for, for what is known without variables.

    Raises:
        LimitExceeded: `too_deep`, `too_many_aliases`, and `too_costly` for everything else that there is too much of.
    """
    for code, has, most, what, advice in (
        ("too_deep", measure.depth, limits.depth, "levels of fields", "ask for the inner ones by their id"),
        ("too_many_aliases", measure.aliases, limits.aliases, "aliases", "ask for lists (nodes, traces) instead"),
        ("too_costly", measure.roots, limits.roots, "fields of the query itself", "send several queries"),
        ("too_costly", measure.directives, limits.directives, "directives", "leave out what is not needed"),
        ("too_costly", measure.fields, limits.fields, "fields, fragments spread out", "send several queries"),
        ("too_costly", measure.repeats, limits.repeats, "fields written twice", "write each once"),
        (
            "too_costly",
            measure.spreads,
            limits.spreads,
            "fragments and uses of them",
            "join some, or send several queries",
        ),
    ):
        if has > most:
            raise LimitExceeded(code, f"the query has {_told(has)} {what}, and at most {most:,} are allowed; {advice}")


def _check_tokens(text: str, most: int) -> None:
    lexer = Lexer(Source(text))
    token = lexer.token
    count = nesting = 0
    while (token := lexer.read_next_token(token.end)).kind is not TokenKind.EOF:
        count += 1
        if count > most:
            raise LimitExceeded(
                "too_many_tokens",
                f"the query has more than {most:,} tokens (names, punctuation, values, comments), the most that is "
                "read; put values into variables, and ask in several queries",
            )
        if token.kind in _OPENING:
            nesting += 1
            if nesting > NESTING:
                raise too_deep()
        elif token.kind in _CLOSING:
            nesting -= 1


_OPENING = frozenset((TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L))
_CLOSING = frozenset((TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R))


def _told(number: int) -> str:
    return f"{number:,}" if abs(number) < CEILING else f"more than {CEILING:,}"
