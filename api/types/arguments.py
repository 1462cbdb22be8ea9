"""Arguments that several fields have, each with what the schema says of it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.types.scalars import Day, Direction, Language, LinkKind, NodeKind

First = Annotated[int, strawberry.argument(description="How many to give, from 0 to 1,000.")]
After = Annotated[
    str | None, strawberry.argument(description="The cursor behind which to begin: the `endCursor` of a page.")
]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Their ids, from 1 to 1,000.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
LinkKinds = Annotated[
    list[LinkKind] | None, strawberry.argument(description="Only links of these kinds; null: of all.")
]
NodeKinds = Annotated[
    list[NodeKind] | None, strawberry.argument(description="Only nodes of these kinds; null: of all.")
]
Way = Annotated[Direction, strawberry.argument(description="Only links that lead from the node, or to it, or both.")]
Start = Annotated[
    Day | None,
    strawberry.argument(
        description="Only links that hold on this day or later, and undated ones. For one day, give it as both."
    ),
]
End = Annotated[
    Day | None, strawberry.argument(description="Only links that hold on this day or earlier, and undated ones.")
]
Words = Annotated[Language | None, strawberry.argument(description="Its language; null: that of the request.")]
Threshold = Annotated[
    float,
    strawberry.argument(
        description="How probable a link of identity must be to join, in 0..1; what people judged joins at any."
    ),
]
PerRole = Annotated[int, strawberry.argument(description="How many candidates of each role, from 1 to 100.")]
