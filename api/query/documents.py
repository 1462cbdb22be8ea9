"""Parsed and validated documents, kept by the hash of their text: a cache, Apollo's persisted queries, and a safelist.

Nothing here depends on who asks, so one object serves all viewers and all threads.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
    validate,
)

from api.errors import LimitExceeded, PersistedQueryNotFound, QueryNotListed, ServiceError
from api.query.complexity import Measure, measure, shape
from api.query.fields import WAITS, metadata
from api.query.limits import Limits, parse, refuse_shape
from api.query.selection import Prepared
from graph.errors import SettingError

_ERRORS = 5
_MESSAGE = 500
_USUAL_TOKENS = 100
_USUAL_TEXT = 2_000
_HASH_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was parsed and validated.

    Attributes:
        hash: The SHA-256 of its text, in hexadecimal digits.
        text: What was parsed.
        ast: Its tree.
        errors: The first of its validation errors; it may be executed where there are none.
        waits: Whether an operation of it may ask a store or a disk: then it is not for an event loop.
        fixed: What its operations ask for, by their names, as far as that depends on no variable.
        prepared: Its operations as they were made ready for execution, by their names.
    """

    hash: str
    text: str
    ast: DocumentNode
    errors: tuple[GraphQLError, ...]
    waits: bool
    fixed: dict[str | None, Measure] = field(default_factory=dict, compare=False, repr=False)
    prepared: dict[str | None, Prepared] = field(default_factory=dict, compare=False, repr=False)


class Documents:
    """The documents of a schema; for many threads at once.

    Args:
        schema: What they are validated against.
        size: How many documents are kept, of up to 100 tokens and 2,000 characters, which take about 100 kB each with
            what is made of them; a longer one takes the place of several.
        limits: What is refused before validation, whoever asks.
        introspection: Without it `__schema` and `__type` are errors, and errors suggest no names.
        safelist: A folder whose `*.graphql` files are known by their hash from the start, and are always kept.
        only_safelisted: Nothing else is answered.

    Raises:
        SettingError: A file of the safelist cannot be read, is no valid document or breaks a limit, or there is none
            where only safelisted documents are answered.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        size: int = 1_000,
        *,
        limits: Limits | None = None,
        introspection: bool = True,
        safelist: Path | None = None,
        only_safelisted: bool = False,
    ) -> None:
        self._schema = schema
        self._limits = limits or Limits()
        self._introspection = introspection
        self._rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._only_safelisted = only_safelisted
        self._size = size
        self._used = 0
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._lock = Lock()
        self._safelist = {} if safelist is None else self._read(safelist)
        if only_safelisted and not self._safelist:
            raise SettingError(
                "only safelisted queries are to be answered, but no *.graphql file is in the safelist's folder "
                f"({safelist or 'none is set'}); put the queries there"
            )

    def get(self, text: str | None, sha256: str | None = None) -> Document:
        """The document of a text, of a hash, or of both, of which the hash is then known from now on.

        Raises:
            LimitExceeded: The text breaks a limit (see `limits.parse` and `limits.refuse_shape`).
            GraphQLError: The text is no GraphQL.
            PersistedQueryNotFound: No text came, and none of this hash is known.
            QueryNotListed: Only the safelist is answered, and it is not in it.
            ServiceError: Neither text nor hash came, or the hash is of another text.
        """
        if text is None and sha256 is None:
            raise ServiceError("the request has no query; send the text of one, or the hash of a persisted one")
        if text is None:
            digest = sha256 or ""
        else:
            digest = _digest(text)
            if sha256 is not None and sha256 != digest:
                raise ServiceError("sha256Hash is not the hash of the query; send the SHA-256 of exactly its text")
        document = self._safelist.get(digest)
        if document is not None:
            return document
        if self._only_safelisted:
            raise QueryNotListed(
                "only listed queries are answered here, and this is none of them; ask whoever runs the service to add "
                f"it to the safelist (SHA-256 {digest})"
            )
        with self._lock:
            document = self._kept.get(digest)
            if document is not None:
                self._kept.move_to_end(digest)
                return document
        if text is None:
            raise PersistedQueryNotFound
        document = self._document(digest, text)
        self._keep(document)
        return document

    def may_wait(self, text: str | None, sha256: str | None = None) -> bool:
        """Whether to answer this takes more than a moment: it is not known yet, or asks a store or a disk."""
        digest = _digest(text) if text is not None else sha256 or ""
        document = self._safelist.get(digest) or self._kept.get(digest)
        return document is None or document.waits

    def measure(
        self, document: Document, operation_name: str | None = None, variables: Mapping[str, object] | None = None
    ) -> Measure:
        """What an operation of a document asks for; remembered where no variable has a part in it.

        Raises:
            LimitExceeded: `too_deep`, beyond what any limit would allow.
        """
        known = document.fixed.get(operation_name)
        if known is None:
            known = measure(self._schema, document.ast, operation_name, variables)
            # A name that fits no operation measures nothing, and there is no end of such names.
            if known.fixed and known.fields:
                document.fixed[operation_name] = known
        return known

    def _document(self, digest: str, text: str) -> Document:
        ast = parse(text, self._limits)
        # Before validation, which is quadratic in some of what is counted here.
        refuse_shape(shape(self._schema, ast), self._limits)
        errors = validate(self._schema, ast, self._rules, max_errors=_ERRORS, hide_suggestions=not self._introspection)
        return Document(digest, text, ast, tuple(_shortened(error) for error in errors[:_ERRORS]), self._waits(ast))

    def _waits(self, ast: DocumentNode) -> bool:
        """Whether anything of a document may ask a store or a disk: all but plain fields that say they do not."""
        root = self._schema.query_type
        for definition in ast.definitions:
            if not isinstance(definition, OperationDefinitionNode) or definition.operation is not OperationType.QUERY:
                return True
            for selected in definition.selection_set.selections:
                field = root.fields.get(selected.name.value) if isinstance(selected, FieldNode) and root else None
                if field is None or metadata(field).get(WAITS, True):
                    return True
        return False

    def _keep(self, document: Document) -> None:
        room = _room(document)
        if room > self._size:
            return
        with self._lock:
            if document.hash in self._kept:
                return
            self._kept[document.hash] = document
            self._used += room
            while self._used > self._size:
                _, oldest = self._kept.popitem(last=False)
                self._used -= _room(oldest)

    def _read(self, folder: Path) -> dict[str, Document]:
        if not folder.is_dir():
            raise SettingError(f"the safelist {folder} is no folder; name one that holds *.graphql files")
        listed: dict[str, Document] = {}
        for path in sorted(folder.glob("*.graphql")):
            try:
                text = path.read_bytes().decode("utf-8-sig")
                document = self._document(_digest(text), text)
                if document.errors:
                    raise document.errors[0]
            except (OSError, UnicodeDecodeError, GraphQLError, LimitExceeded) as error:
                raise SettingError(
                    f"{path}: cannot be used as a safelisted query; mend it, or take it away: {error}"
                ) from error
            listed[document.hash] = document
            # An editor ends a file with a line break that a client's text has not.
            listed[_digest(text.strip())] = document
        return listed


def persisted_hash(extensions: object) -> str | None:
    """The hash of a persisted query in a request's `extensions`; None where there is none.

    Raises:
        ServiceError: It is not as Apollo's protocol has it: version 1, and 64 hexadecimal digits.
    """
    persisted = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    if persisted is None:
        return None
    version, digest = (
        (persisted.get("version"), persisted.get("sha256Hash")) if isinstance(persisted, Mapping) else (None, None)
    )
    if version != 1 or not isinstance(digest, str) or len(digest) != 64 or not _HASH_DIGITS.issuperset(digest.lower()):
        raise ServiceError(
            'persistedQuery is malformed; send {"version": 1, "sha256Hash": the SHA-256 of the query, as 64 '
            "hexadecimal digits}"
        )
    return digest.lower()


def _digest(text: str) -> str:
    # Half a surrogate pair is no text, and the parser says so; it must only not fail before that.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _room(document: Document) -> int:
    # A document's tree, and what is made of it for its execution, take about a kilobyte a token.
    tokens = document.ast.token_count
    return 1 + max(tokens // _USUAL_TOKENS, len(document.text) // _USUAL_TEXT)


def _shortened(error: GraphQLError) -> GraphQLError:
    """An error that does not say a long value all over again."""
    if len(error.message) <= _MESSAGE:
        return error
    return GraphQLError(f"{error.message[:_MESSAGE]}…", error.nodes)
