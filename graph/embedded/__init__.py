"""The embedded store: one SQLite file, one writer beside several readers.

Nodes and records are numbered as they come, so that what a batch writes lies together; their place in the fixed order
(`model.order_of`) stands beside, and nodes are looked up by it. Links lie in the order of their source, with one index
for the way back: they lead from documents to what documents speak of, so a node has few links out and may have many in,
and the index keeps those by date.
"""

from graph.embedded.file import translated
from graph.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore", "translated"]
