"""The garbage collector stands aside: a young process of its own, since it is set for the whole of one."""

import subprocess
import sys

from cti_router.garbage import LOOKED_THROUGH_AFTER

_TOLD = """
import gc
from cti_router.garbage import collect_seldom

collect_seldom()
frozen, seen = gc.get_freeze_count(), []
gc.callbacks.append(lambda phase, info: seen.append(info["generation"]))
kept = [[] for _ in range({made})]
print(frozen > 1000, gc.isenabled(), len(seen))
"""


def _after(made: int) -> list[str]:
    program = [sys.executable, "-c", _TOLD.format(made=made)]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stdout.split()


def test_what_was_loaded_is_kept_and_what_decisions_make_is_seldom_looked_through() -> None:
    assert _after(LOOKED_THROUGH_AFTER // 2) == ["True", "True", "0"]


def test_circles_are_found_all_the_same() -> None:
    frozen, enabled, begun_or_ended = _after(3 * LOOKED_THROUGH_AFTER)
    assert (frozen, enabled) == ("True", "True")
    assert int(begun_or_ended) >= 2
