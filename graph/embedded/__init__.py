"""The embedded store: one SQLite file, one writer beside several readers.

Rows bear the 63-bit hashes of their text ids (`model.order_of`), so that a batch needs no look-ups before it is
written. Links lie in the order of their source, with one index for the way back: they lead from documents to what
documents speak of, so a node has few links out and may have many in, and the index keeps those by date.
"""

from graph.embedded.file import translated
from graph.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore", "translated"]
