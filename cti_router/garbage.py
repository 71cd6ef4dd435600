"""How the garbage collector is set: what a decision makes must not stop the next one."""

import gc

LOOKED_THROUGH_AFTER = 50_000
"""So many more objects are made than freed before the collector looks for circles among them: it stops the router for
some milliseconds then. Whoever is gone is freed at once, by counting; nothing that a call leaves is a circle."""


def collect_seldom() -> None:
    """What is there now stays, and is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOKED_THROUGH_AFTER, 10, 10)
