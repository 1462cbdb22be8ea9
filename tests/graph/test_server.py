from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from threading import Thread
from traceback import format_exception
from urllib.parse import urlsplit

import neo4j
import pytest
from neo4j import exceptions

from graph import cypher
from graph.errors import SettingError, StoreBusy, StoreError, StoreIncompatible, StoreReadOnly, StoreUnavailable
from graph.model import Inference, Mention, Record, StatedLink
from graph.ontology import ontology
from graph.opening import open_store
from graph.server import refuse_version, translated
from graph.store import SCHEMA, Store

YONGFEI = "Company/91330304MA6QDUMH3D"
PHONE = "Phone/+8613800000001"
MADE = Record(
    "companies",
    "1",
    "companies.csv",
    7,
    "d",
    {"企业名称": "温州永飞电池厂"},
    (Mention(YONGFEI, "party", {"name": "温州永飞电池厂", "founded": "2019-05-01"}), Mention(PHONE, "phone")),
    (StatedLink("HAS_PHONE", YONGFEI, PHONE, "2025-01-01", None),),
)


@pytest.fixture
def session(neo4j_store_url: str) -> Iterator[neo4j.Session]:
    """A client beside the store, as a person with Cypher would be; the graph is empty."""
    parts = urlsplit(neo4j_store_url)
    auth = (parts.username or "", parts.password or "")
    with neo4j.GraphDatabase.driver(f"bolt://{parts.hostname}:{parts.port}", auth=auth) as driver:
        with driver.session(database=parts.path.strip("/") or None) as session:
            yield session
            session.run("MATCH (n) WHERE NOT n:Store DETACH DELETE n").consume()
            session.run("MATCH (s:Store) SET s.schema = $schema", schema=SCHEMA).consume()


@pytest.fixture
def graph(neo4j_store_url: str) -> Iterator[Store]:
    with open_store(neo4j_store_url) as store:
        store.merge([MADE])
        yield store


def with_another(url: str, **parts: str) -> str:
    """A store's URL with another user, password, host or database."""
    whole = urlsplit(url)
    named = {"user": whole.username, "password": whole.password, "host": whole.netloc.rpartition("@")[2]}
    named |= {"database": whole.path.strip("/"), **parts}
    return "bolt://{user}:{password}@{host}/{database}".format(**named)


# What people see


def test_nodes_bear_their_kind_and_plain_properties(graph: Store, session: neo4j.Session) -> None:
    (found,) = session.run("MATCH (c:Company {key: '91330304MA6QDUMH3D'}) RETURN labels(c), c.name, c.founded")
    assert (set(found[0]), found[1], found[2]) == ({"Node", "Company"}, "温州永飞电池厂", "2019-05-01")


def test_relationships_bear_the_kind_dates_and_records_of_their_links(graph: Store, session: neo4j.Session) -> None:
    (found,) = session.run("MATCH (:Company)-[r]->(:Phone) RETURN type(r), properties(r)")
    assert found.values() == ["HAS_PHONE", {"start": "2025-01-01", "records": ["companies:1"]}]


def test_an_inferred_link_says_by_which_rule(graph: Store, session: neo4j.Session) -> None:
    other = "Party/companies:2#party"
    link = StatedLink("SAME_AS", other, YONGFEI, inference=Inference("same name 1", 0.5, ("name",)))
    graph.merge([Record("r", "1", "", 1, "d", {}, (Mention(other, "a"), Mention(YONGFEI, "b")), (link,))])
    (found,) = session.run("MATCH ()-[r:SAME_AS]->() RETURN r.rule, r.probability, r.reasons")
    assert found.values() == ["same name 1", 0.5, ["name"]]


def test_a_record_shows_its_row_and_what_it_speaks_of(graph: Store, session: neo4j.Session) -> None:
    query = "MATCH (f:File)<-[:IN_FILE]-(r:Record)-[s:SPEAKS_OF]->(:Company) RETURN r.id, r.row, r.raw, s.field, f.name"
    (found,) = session.run(query)
    assert found.values() == ["companies:1", 7, '{"企业名称":"温州永飞电池厂"}', "party", "companies.csv"]


def test_what_people_add_to_a_node_outlasts_a_load(graph: Store, session: neo4j.Session) -> None:
    session.run("MATCH (c:Company) SET c.remark = 'watch', c:Watched").consume()
    graph.merge([Record("other", "1", "", 1, "d", {}, (Mention(YONGFEI, "party", {"name": "永飞"}),))])
    (found,) = session.run("MATCH (c:Watched) RETURN c.remark, c._mentions")
    assert found.values() == ["watch", 2]
    assert graph.get([YONGFEI])[YONGFEI].values == {"founded": ("2019-05-01",), "name": ("永飞", "温州永飞电池厂")}


def test_no_property_of_the_ontology_has_a_name_that_the_store_needs() -> None:
    for kind in ontology().kinds.values():
        assert not {name for name in kind.properties if name in cypher.RESERVED_IN_NODES or name.startswith("_")}
    for link in ontology().links.values():
        assert not {name for name in link.properties if name in cypher.RESERVED_IN_LINKS or name.startswith("_")}


def test_no_kind_has_a_name_that_the_store_needs() -> None:
    assert not {*cypher.LABELS, "Store"} & set(ontology().kinds)
    assert not {"SPEAKS_OF", "IN_FILE"} & set(ontology().links)


def test_constraints_and_indexes_come_from_the_ontology(graph: Store, session: neo4j.Session) -> None:
    states = {row["name"]: row["state"] for row in session.run("SHOW INDEXES YIELD name, state")}
    assert {name: states.get(name) for name in cypher.schema(ontology())} == dict.fromkeys(
        cypher.schema(ontology()), "ONLINE"
    )


def test_a_graph_is_found_by_its_indexes_not_by_looking_at_every_node(graph: Store, session: neo4j.Session) -> None:
    for query in (
        "MATCH (n:Node {id: 'x'}) RETURN n",
        "MATCH (r:Record {id: 'x'}) RETURN r",
        "MATCH (n:Node) WHERE n._changed > 1 RETURN n",
    ):
        plan = session.run(f"EXPLAIN {query}").consume().plan
        assert plan is not None
        assert "IndexSeek" in str(plan)


def test_links_between_known_places_are_found_without_following_all_links_of_a_hub(session: neo4j.Session) -> None:
    # Of a thousand rows whose links lead to one hub, each would follow all of the hub's links.
    plan = session.run(f"EXPLAIN {cypher.between('CONSIGNED_BY')}", rows=[]).consume().plan
    assert plan is not None
    assert "Expand(Into)" in str(plan)
    assert "Expand(All)" not in str(plan)


# What cannot be opened


def test_a_database_with_data_of_another_program_is_refused(neo4j_store_url: str, session: neo4j.Session) -> None:
    session.run("MATCH (s:Store {id: 'headwater'}) SET s:Hidden REMOVE s:Store").consume()
    try:
        with pytest.raises(StoreIncompatible, match="another program"):
            open_store(neo4j_store_url)
    finally:
        session.run("MATCH (s:Hidden) SET s:Store REMOVE s:Hidden").consume()


def test_an_empty_database_becomes_a_store(neo4j_store_url: str, session: neo4j.Session) -> None:
    session.run("MATCH (s:Store) DELETE s").consume()
    with open_store(neo4j_store_url) as store:
        assert store.merge([MADE]).added == 1


@pytest.mark.parametrize(("step", "words"), [(1, "newer Headwater"), (-1, "older Headwater")])
def test_a_graph_of_another_schema_is_refused(
    neo4j_store_url: str, session: neo4j.Session, step: int, words: str
) -> None:
    session.run("MATCH (s:Store) SET s.schema = $schema", schema=SCHEMA + step).consume()
    with pytest.raises(StoreIncompatible, match=words):
        open_store(neo4j_store_url)


def test_a_wipe_that_was_cut_off_is_finished_when_the_store_is_opened(
    graph: Store, neo4j_store_url: str, session: neo4j.Session
) -> None:
    session.run("MATCH (s:Store) SET s.wiping = true").consume()
    session.run("MATCH (r:Record) DETACH DELETE r").consume()
    with open_store(neo4j_store_url) as store:
        assert not list(store.nodes())
        assert store.merge([MADE]).added == 1
    with open_store(neo4j_store_url) as store:
        assert len(list(store.nodes())) == 2


def test_a_wipe_that_was_cut_off_is_finished_before_an_open_store_writes(graph: Store, session: neo4j.Session) -> None:
    session.run("MATCH (s:Store) SET s.wiping = true").consume()
    session.run("MATCH (r:Record) DETACH DELETE r").consume()
    assert graph.merge([MADE]).added == 1
    assert graph.get([YONGFEI])[YONGFEI].mentions == 1
    assert len(list(graph.nodes())) == 2


def test_what_comes_after_a_wipe_is_not_wiped_by_who_was_helping(
    graph: Store, neo4j_store_url: str, session: neo4j.Session
) -> None:
    session.run("MATCH (s:Store) SET s.wiping = true").consume()
    helper = Thread(target=lambda: open_store(neo4j_store_url).close())
    with session.begin_transaction() as ending:
        ending.run("MATCH (s:Store) SET s._locked = true REMOVE s._locked, s.wiping").consume()
        helper.start()
        # It has seen the mark, which stands until this transaction ends.
        await_blocked(helper, neo4j_store_url)
    helper.join()
    assert graph.records(["companies:1"])
    assert graph.get([YONGFEI])


def await_blocked(thread: Thread, url: str) -> None:
    """Returns when the thread waits for a lock of the server, or has ended."""
    parts = urlsplit(url)
    waiting = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*)"
    auth = (parts.username or "", parts.password or "")
    with neo4j.GraphDatabase.driver(f"bolt://{parts.hostname}:{parts.port}", auth=auth) as driver:
        while thread.is_alive() and not driver.execute_query(waiting).records[0][0]:
            pass


def test_a_file_is_not_dropped_while_another_writes(graph: Store, neo4j_store_url: str, session: neo4j.Session) -> None:
    dropping = Thread(target=lambda: graph.drop_file("companies", "companies.csv"))
    with session.begin_transaction() as writing:
        writing.run("MATCH (s:Store) SET s._locked = true REMOVE s._locked").consume()
        dropping.start()
        await_blocked(dropping, neo4j_store_url)
        assert dropping.is_alive()
    dropping.join()
    assert not graph.files()


def test_a_graph_that_lost_its_mark_is_not_written(graph: Store, session: neo4j.Session) -> None:
    session.run("MATCH (s:Store {id: 'headwater'}) SET s:Hidden REMOVE s:Store").consume()
    try:
        with pytest.raises(StoreIncompatible, match="lost its Store node"):
            graph.retract(["companies:1"])
    finally:
        session.run("MATCH (s:Hidden) SET s:Store REMOVE s:Hidden").consume()


@pytest.mark.parametrize("agent", ["Neo4j/5.25.1", "Neo4j/4.4.38", "Memgraph/2.1", "", "5.26", "Neo4j/x"])
def test_what_is_no_neo4j_that_is_new_enough_is_refused(agent: str) -> None:
    with pytest.raises(StoreIncompatible, match=r"needs Neo4j 5\.26 or newer"):
        refuse_version(agent, "neo4j://host")


@pytest.mark.parametrize("agent", ["Neo4j/5.26.18", "Neo4j/5.27-aura", "Neo4j/2025.08.0"])
def test_a_neo4j_that_is_new_enough_is_taken(agent: str) -> None:
    refuse_version(agent, "neo4j://host")


def test_a_wrong_password_is_told_without_showing_it(neo4j_url: str) -> None:
    # Another user than the tests' own, which the server would lock out for a while.
    with pytest.raises(StoreUnavailable, match="refuses the user") as caught:
        open_store(with_another(neo4j_url, user="somebody", password="open-sesame"))
    error: BaseException | None = caught.value
    while error is not None:
        assert "open-sesame" not in f"{error}{error!r}"
        error = error.__cause__ or error.__context__


def test_a_database_that_is_not_there_is_told(neo4j_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="no such database"):
        open_store(with_another(neo4j_url, database="nowhere"))


def test_the_system_database_is_refused_in_our_words(neo4j_url: str) -> None:
    with pytest.raises(StoreIncompatible, match="the system database holds no graph; name another"):
        open_store(with_another(neo4j_url, database="system"))


@pytest.fixture
def silent_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_is_away_is_told_in_one_line_that_says_what_to_do(scheme: str, silent_port: int) -> None:
    url = f"{scheme}://neo4j:secret@127.0.0.1:{silent_port}/neo4j"
    with pytest.raises(StoreUnavailable) as caught:
        open_store(url)
    assert str(caught.value) == (
        f"{scheme}://neo4j@127.0.0.1:{silent_port}/neo4j: no Neo4j answers there (Connection refused); "
        "start the server, or correct host and port in the store's URL"
    )


def test_a_server_that_does_not_encrypt_is_told_apart_from_one_that_is_away(neo4j_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be encrypted; write bolt or neo4j"):
        open_store(with_another(neo4j_url).replace("bolt://", "bolt+s://"))


@pytest.mark.parametrize("password", ["a/b", "a?b", "a#b", "a@b", "a:b", "a[b", "a%b", "a b", "密码"])
def test_a_password_with_special_characters_is_taken_as_it_is_and_never_shown(password: str, silent_port: int) -> None:
    for url in (f"bolt://neo4j:{password}@127.0.0.1:{silent_port}/neo4j", f"bolt://neo4j:{password}@127.0.0.1:x"):
        with pytest.raises((StoreUnavailable, SettingError)) as caught:
            open_store(url)
        assert password not in "".join(format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        "neo4j://neo4j:open-sesame",
        "neo4j:neo4j:open-sesame@host/neo4j",
        "neo4j://neo4j:open-sesame@host:port/neo4j",
        "neo4j://neo4j:open-sesame@/neo4j",
        "neo4j://neo4j:open-sesame@host:70000/neo4j",
        "neo4j://neo4j:open-sesame@host/neo4j?encrypted=true",
        "neo4j+tls://neo4j:open-sesame@host/neo4j",
        "http://neo4j:open-sesame@host",
        "open-sesame",
        "",
    ],
)
def test_a_malformed_store_url_is_refused_with_the_form_of_one_and_without_its_password(url: str) -> None:
    with pytest.raises(SettingError, match="write sqlite:PATH, neo4j://USER:PASSWORD@HOST:PORT/DB") as caught:
        open_store(url)
    assert ":open-sesame" not in "".join(format_exception(caught.value))


def test_a_server_that_speaks_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(20)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        with pytest.raises(StoreUnavailable, match="something that speaks HTTP; Neo4j's port for programs"):
            open_store(f"bolt://neo4j:secret@127.0.0.1:{server.getsockname()[1]}/neo4j")
        thread.join()


def test_a_server_says_nothing_in_the_logs(graph: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        graph.expand([YONGFEI])
        graph.counts()
        list(graph.nodes())
    assert not caplog.records


# What goes wrong


EXPECTED: dict[type[Exception], type[StoreError]] = {
    exceptions.Neo4jError: StoreError,
    exceptions.ClientError: StoreError,
    exceptions.CypherSyntaxError: StoreIncompatible,
    exceptions.CypherTypeError: StoreError,
    exceptions.ConstraintError: StoreError,
    exceptions.AuthError: StoreUnavailable,
    exceptions.TokenExpired: StoreUnavailable,
    exceptions.Forbidden: StoreReadOnly,
    exceptions.DatabaseError: StoreError,
    exceptions.TransientError: StoreBusy,
    exceptions.DatabaseUnavailable: StoreUnavailable,
    exceptions.NotALeader: StoreBusy,
    exceptions.ForbiddenOnReadOnlyDatabase: StoreReadOnly,
    exceptions.DriverError: StoreError,
    exceptions.SessionError: StoreError,
    exceptions.TransactionError: StoreError,
    exceptions.TransactionNestingError: StoreError,
    exceptions.ResultError: StoreError,
    exceptions.ResultFailedError: StoreError,
    exceptions.ResultConsumedError: StoreError,
    exceptions.ResultNotSingleError: StoreError,
    exceptions.BrokenRecordError: StoreUnavailable,
    exceptions.SessionExpired: StoreUnavailable,
    exceptions.ServiceUnavailable: StoreUnavailable,
    exceptions.RoutingServiceUnavailable: StoreUnavailable,
    exceptions.WriteServiceUnavailable: StoreUnavailable,
    exceptions.ReadServiceUnavailable: StoreUnavailable,
    exceptions.IncompleteCommit: StoreUnavailable,
    exceptions.ConfigurationError: StoreUnavailable,
    exceptions.AuthConfigurationError: StoreUnavailable,
    exceptions.CertificateConfigurationError: StoreUnavailable,
    exceptions.UnsupportedServerProduct: StoreIncompatible,
    exceptions.ConnectionPoolError: StoreUnavailable,
    exceptions.ConnectionAcquisitionTimeoutError: StoreBusy,
}


def kinds_of_errors(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from kinds_of_errors(narrower)


@pytest.mark.parametrize(
    "kind",
    [*kinds_of_errors(exceptions.DriverError), *kinds_of_errors(exceptions.Neo4jError)],
    ids=lambda k: k.__name__,
)
def test_every_error_of_the_driver_becomes_the_one_that_says_what_it_means(kind: type[Exception]) -> None:
    said = translated(kind("detail"), "neo4j://host")
    assert type(said) is EXPECTED[kind]
    assert str(said).startswith("neo4j://host: ")


def test_a_fault_of_ours_is_not_told_as_a_server_that_is_away(graph: Store) -> None:
    with pytest.raises(StoreError) as caught:
        graph.get(["Company/\ud800"])
    assert type(caught.value) is StoreError
    assert "surrogates not allowed" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("Neo.ClientError.Security.Unauthorized", "", StoreUnavailable),
        ("Neo.ClientError.Security.AuthenticationRateLimit", "", StoreUnavailable),
        ("Neo.ClientError.Security.CredentialsExpired", "", StoreUnavailable),
        ("Neo.ClientError.Security.Forbidden", "", StoreReadOnly),
        ("Neo.ClientError.Database.DatabaseNotFound", "", StoreUnavailable),
        ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", "", StoreReadOnly),
        ("Neo.ClientError.General.WriteOnReadOnlyAccessDatabase", "", StoreReadOnly),
        ("Neo.ClientError.Statement.AccessMode", "", StoreReadOnly),
        ("Neo.ClientError.Statement.SemanticError", "not allowed on the system database", StoreIncompatible),
        ("Neo.ClientError.Statement.SyntaxError", "", StoreIncompatible),
        ("Neo.ClientError.Cluster.NotALeader", "", StoreBusy),
        ("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration", "", StoreBusy),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", "", StoreError),
        ("Neo.TransientError.Transaction.DeadlockDetected", "", StoreBusy),
        ("Neo.TransientError.General.DatabaseUnavailable", "", StoreUnavailable),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", "", StoreBusy),
        ("Neo.DatabaseError.General.OutOfMemoryError", "", StoreBusy),
        ("Neo.DatabaseError.Transaction.TransactionCommitFailed", "No space left on device", StoreReadOnly),
        ("Neo.DatabaseError.General.UnknownError", "?", StoreError),
    ],
)
def test_an_error_of_the_server_becomes_the_one_that_says_what_it_means(
    code: str, message: str, kind: type[StoreError]
) -> None:
    error = exceptions.Neo4jError._hydrate_neo4j(code=code, message=message)
    assert type(translated(error, "neo4j://host")) is kind
