"""What the audit log keeps of nodes and queries: keyed hashes, by which one can ask for a node but not read it out."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection
from hashlib import blake2b
from itertools import islice

from api.state import derived

_BYTES = 12  # 96 bits: two nodes never share them, and base64 writes them in 16 letters without a rest
_LETTERS = 16


class NodeHash:
    """Keyed hashes of ids, of sets of ids and of texts."""

    def __init__(self, secret: bytes) -> None:
        self._node = blake2b(key=derived(secret, "audit nodes"), digest_size=_BYTES)
        self._text = blake2b(key=derived(secret, "audit texts"), digest_size=_BYTES)

    def node(self, id_: str) -> str:
        """The hash of a node's id."""
        return self.nodes((id_,), 1)[0]

    def nodes(self, ids: Collection[str], most: int) -> list[str]:
        """The hashes of the first ids."""
        digests = []
        for id_ in islice(ids, most):
            one = self._node.copy()
            one.update(id_.encode("utf-8", "surrogatepass"))
            digests.append(one.digest())
        letters = urlsafe_b64encode(b"".join(digests)).decode()
        return [letters[at : at + _LETTERS] for at in range(0, len(letters), _LETTERS)]

    def all(self, ids: Collection[str]) -> str:
        """One hash over a set of ids, whatever their order."""
        return self.text("\n".join(sorted(ids)))

    def text(self, text: str | bytes) -> str:
        """The hash of a text."""
        one = self._text.copy()
        one.update(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return urlsafe_b64encode(one.digest()).decode()
