"""The kinds of nodes and links as options of a command, with a hint when one is misspelt."""

from __future__ import annotations

from difflib import get_close_matches

import click

from graph.caption import kind_label
from graph.ontology import ontology


class Kind(click.ParamType[str]):
    """A kind by its name in the ontology, whatever its case, or by its label in either language."""

    name = "kind"

    def __init__(self, nodes: bool, links: bool) -> None:
        self.nodes = nodes
        self.links = links

    def known(self) -> list[str]:
        """The names of the kinds that may be given."""
        known = ontology()
        return [*(known.kinds if self.nodes else ()), *(known.links if self.links else ())]

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The kind's name."""
        known = self.known()
        spelled = {
            spelling.casefold(): kind for kind in known for spelling in (kind_label(kind, "en"), kind_label(kind, "zh"))
        }
        spelled |= {kind.casefold(): kind for kind in known}
        found = spelled.get(value.casefold())
        if found is None:
            near = get_close_matches(value.casefold(), spelled, n=3, cutoff=0.5)
            likely = list(dict.fromkeys(spelled[name] for name in near))
            hint = f"did you mean {' or '.join(likely)}?" if likely else f"known are {', '.join(known)}"
            self.fail(f"there is no kind {value!r}; {hint}", param, ctx)
        return found


NODE_KIND = Kind(nodes=True, links=False)
LINK_KIND = Kind(nodes=False, links=True)
ANY_KIND = Kind(nodes=True, links=True)
