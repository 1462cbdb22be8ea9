"""Markets that figures are measured on and that nothing is ever fitted to: learn from any other seed."""

from __future__ import annotations

from bench.making.habits import Habits

MEASURED: dict[str, tuple[int, Habits]] = {
    "plain": (101, Habits(clues=240)),
    "crowded": (
        202,
        Habits(clues=240, cities=6, passed_on=0.5, shared_site=0.6, sharers=80, in_common=0.25, authorised=0.25),
    ),
    "noisy": (303, Habits(clues=240, noise=1.5)),
}
"""Name -> seed and habits.

The second has few cities, more traders and more shops to a warehouse; the third half as much noise again.
"""
