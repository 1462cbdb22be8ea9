from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest

from graph.model import Mention, Record, StatedLink
from graph.opening import open_store

CLIENT = """
import json, os, sys
from py2neo import Graph, NodeMatcher

auth = os.environ["USER_NAME"], os.environ["PASSWORD"]
graph = Graph(os.environ["SERVER"], auth=auth, name=os.environ["DATABASE"] or None)
company = NodeMatcher(graph).match("Company", key="91330304MA6QDUMH3D").first()
link = graph.relationships.match((company, None), "HAS_PHONE").first()
rows = graph.run("MATCH (r:Record)-[:SPEAKS_OF]->(c:Company) RETURN r.id AS id, c.name AS name").data()
json.dump([sorted(company.labels), company["name"], link.end_node["key"], link["records"], rows], sys.stdout)
"""


def test_a_client_with_py2neo_reads_the_graph(neo4j_store_url: str) -> None:
    if find_spec("py2neo") is None:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail("py2neo is not installed")
        pytest.skip("py2neo is not installed: install headwater[py2neo]")
    company, phone = "Company/91330304MA6QDUMH3D", "Phone/+8613800000001"
    mentions = (Mention(company, "party", {"name": "温州永飞电池厂"}), Mention(phone, "phone"))
    links = (StatedLink("HAS_PHONE", company, phone),)
    with open_store(neo4j_store_url) as store:
        store.merge([Record("companies", "1", "companies.csv", 1, "d", {}, mentions, links)])
    parts = urlsplit(neo4j_store_url)
    done = subprocess.run(
        # It warns of what Python has deprecated since its last release.
        [sys.executable, "-W", "ignore", "-c", CLIENT],
        env={
            **os.environ,
            "SERVER": f"bolt://{parts.hostname}:{parts.port}",
            "USER_NAME": parts.username or "",
            "PASSWORD": parts.password or "",
            "DATABASE": parts.path.strip("/"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        ["Company", "Node"],
        "温州永飞电池厂",
        "+8613800000001",
        ["companies:1"],
        [{"id": "companies:1", "name": "温州永飞电池厂"}],
    ]
