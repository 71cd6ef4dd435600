"""How often somebody may try."""

from collections import OrderedDict

from cti_router.core.identity import Instant

MOST_KEYS = 10_000


class Pace:
    """`burst` tries at once, then one each `every_s` seconds, for each key (a login, an address).

    The generic cell rate algorithm (ATM Forum TM 4.0, 1996): one instant a key. In memory; of too many keys the one
    not seen for longest is forgotten.
    """

    def __init__(self, burst: int, every_s: float) -> None:
        self._every_s = every_s
        self._slack_s = (burst - 1) * every_s
        self._due_at: OrderedDict[str, Instant] = OrderedDict()

    def wait_s(self, key: str, now: Instant) -> float:
        """How long until the next try is taken; 0.0: now."""
        return max(0.0, self._due_at.get(key, now) - self._slack_s - now)

    def tried(self, key: str, now: Instant) -> None:
        self._due_at[key] = max(self._due_at.get(key, now), now) + self._every_s
        self._due_at.move_to_end(key)
        if len(self._due_at) > MOST_KEYS:
            self._due_at.popitem(last=False)

    def forgive(self, key: str, now: Instant) -> None:
        """Take the last try back."""
        due_at = self._due_at.pop(key, now) - self._every_s
        if due_at > now:
            self._due_at[key] = due_at
