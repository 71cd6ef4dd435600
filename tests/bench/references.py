"""What others do for the same choice, written straightforwardly: a scan over the members, a join polled in SQL."""

import sqlite3
import time
from collections.abc import Callable, Iterable
from random import Random

from cti_router.core.configuration import Advisor, AdvisorId, Configuration, Profile

POLL_S = 0.1
"""mod_callcenter looks so often; a caller waits half of it on average before anybody looks."""

_BEGIN = 1_800_000_000.0


class LinearScan:
    """As app_queue does: every member is looked at for every caller; the longest idle of those who may is taken."""

    def __init__(self, advisors: Iterable[Advisor], ready: dict[AdvisorId, float]) -> None:
        self._members = list(advisors)
        self._ready = ready

    def choose(self, profile: Profile) -> AdvisorId | None:
        best: tuple[float, AdvisorId] | None = None
        for member in self._members:
            since = self._ready.get(member.id)
            if since is None or any(member.skills.get(each.skill, 0) < each.level for each in profile.requirements):
                continue
            if best is None or (since, member.id) < best:
                best = (since, member.id)
        return best[1] if best else None


class PolledJoin:
    """As mod_callcenter does: agents and tiers in tables, joined for each caller who waits when it is time to look."""

    def __init__(self, advisors: Iterable[Advisor], ready: dict[AdvisorId, float]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.executescript(
            "CREATE TABLE agents (name TEXT PRIMARY KEY, idle_since REAL);"
            "CREATE TABLE tiers (skill TEXT, agent TEXT, level INTEGER, PRIMARY KEY (skill, agent));"
        )
        advisors = list(advisors)
        agents = [(advisor.id, ready.get(advisor.id)) for advisor in advisors]
        tiers = [(skill, advisor.id, level) for advisor in advisors for skill, level in advisor.skills.items()]
        self._database.executemany("INSERT INTO agents VALUES (?, ?)", agents)
        self._database.executemany("INSERT INTO tiers VALUES (?, ?, ?)", tiers)

    def choose(self, profile: Profile) -> AdvisorId | None:
        first, *others = profile.requirements
        query = (
            "SELECT agents.name FROM agents JOIN tiers ON tiers.agent = agents.name "
            "WHERE tiers.skill = ? AND tiers.level >= ? AND agents.idle_since IS NOT NULL"
        )
        wanted: list[object] = [first.skill, first.level]
        for each in others:
            query += " AND EXISTS (SELECT 1 FROM tiers t WHERE t.agent = agents.name AND t.skill = ? AND t.level >= ?)"
            wanted += [each.skill, each.level]
        found = self._database.execute(f"{query} ORDER BY agents.idle_since, agents.name LIMIT 1", wanted).fetchone()
        return str(found[0]) if found else None


def some_ready(configuration: Configuration, share: float, seed: int = 1) -> dict[AdvisorId, float]:
    """Since when those are idle who are."""
    chance = Random(seed)
    free = chance.sample(list(configuration.advisors), round(share * len(configuration.advisors)))
    return {advisor: _BEGIN + place for place, advisor in enumerate(free)}


def mean_us(choose: Callable[[Profile], AdvisorId | None], profiles: Iterable[Profile]) -> float:
    """What one choice takes."""
    asked = list(profiles)
    began = time.thread_time_ns()
    for profile in asked:
        choose(profile)
    return (time.thread_time_ns() - began) / 1000 / len(asked)
