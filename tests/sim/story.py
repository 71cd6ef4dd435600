"""What happened in a simulated day, told from outside: the inputs and the history, never the core's own tables.

Two wrongs are looked for, each with its own reading of the plan: an *inversion* (somebody with a better place was
eligible for that advisor, and waited on) and a *beside* (a caller waits while an eligible advisor is idle).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from cti_router.core.configuration import Advisor, Configuration, Reach
from cti_router.core.effects import Decided, StepOutcome
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import Instant
from cti_router.core.inputs import Ask, Input, Last, PhoneChanged, PhoneState
from cti_router.sim.day import Day
from tests.sim.organisation import SITES

TOLERANCE_S = 0.002  # the history keeps milliseconds


@dataclass
class Story:
    """A witness of every step."""

    arrived: dict[str, Instant] = field(default_factory=dict)
    greeted: dict[str, Instant] = field(default_factory=dict)
    missed: dict[str, list[Instant]] = field(default_factory=lambda: defaultdict(list))
    talked: dict[str, float] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    dismissed: dict[str, Instant] = field(default_factory=dict)
    phones: list[tuple[Instant, tuple[str, str], PhoneState]] = field(default_factory=list)

    def __call__(self, now: Instant, input_: Input, outcome: StepOutcome) -> None:
        for effect in outcome.effects:
            if isinstance(effect, Decided) and effect.decision.what == Outcome.UNSERVED:
                self.dismissed[effect.call] = now
        match input_:
            case Ask(call=call, ended=True):
                self.ended.append(call)
            case Ask(call=call, last=Last.ARRIVED):
                self.arrived[call] = now
            case Ask(call=call, last=Last.PLAYED):
                self.greeted.setdefault(call, now)
            case Ask(call=call, last=Last.NO_ANSWER):
                self.missed[call].append(now)
            case Ask(call=call, last=Last.TALKED, talked_s=talked_s):
                self.talked[call] = talked_s
                self.waited[call] = now - talked_s - self.arrived[call]
            case PhoneChanged(site=site, phone=phone, state=state):
                self.phones.append((now, (site, phone), state))


@dataclass(frozen=True)
class Waiting:
    """One caller in music from `from_at` to `until_at`."""

    row: CallRecord
    place: float
    from_at: Instant
    until_at: Instant


def waits(configuration: Configuration, day: Day, story: Story) -> Iterator[Waiting]:
    for row in day.records:
        profile = configuration.profiles[row.profile or "unknown"]
        since = story.greeted.get(row.id)
        misses = iter(story.missed[row.id])
        for offer in row.tickets[0].offers:
            assert since is not None
            yield Waiting(row, row.arrived_at - profile.bonus_s, since, offer.offered_at)
            since = next(misses, None)
        if since is not None and row.ended_at is not None:
            until_at = story.dismissed.get(row.id, row.ended_at)
            yield Waiting(row, row.arrived_at - profile.bonus_s, since, until_at)


def inversions(configuration: Configuration, day: Day, story: Story) -> list[str]:
    """Each offer against everybody who waited at that instant."""
    everybody = list(waits(configuration, day, story))
    found = []
    for row in day.records:
        place = row.arrived_at - configuration.profiles[row.profile or "unknown"].bonus_s
        for offer in row.tickets[0].offers:
            at, advisor = offer.offered_at, configuration.advisors[offer.advisor]
            found += [
                f"{other.row.id} waited on when {advisor.id} was offered {row.id} at {at}"
                for other in everybody
                if other.from_at + TOLERANCE_S < at < other.until_at - TOLERANCE_S
                and other.place < place - TOLERANCE_S
                and eligible(configuration, other.row, advisor, at)
            ]
    return found


def besides(configuration: Configuration, day: Day, story: Story, back_after_s: float) -> list[str]:
    """Each wait against each advisor's idle times. One duty for the whole day, so that who is eligible stays so."""
    idle = _idle_times(configuration, day, story, back_after_s)
    found = []
    for waiting in waits(configuration, day, story):
        for advisor_id, times in idle.items():
            advisor = configuration.advisors[advisor_id]
            for begins, ends in times:
                at = min(ends, waiting.until_at) - TOLERANCE_S
                beside = at > max(begins, waiting.from_at) + TOLERANCE_S
                if beside and eligible(configuration, waiting.row, advisor, at - TOLERANCE_S):
                    found.append(f"{waiting.row.id} waited beside {advisor_id} at {at}")
    return found


def eligible(configuration: Configuration, row: CallRecord, advisor: Advisor, at: Instant) -> bool:
    """Has a step been reached that names his site, for levels he has?"""
    duty = SITES[int(at % 86400) // 14400]
    profile = configuration.profiles[row.profile or "unknown"]
    for step in configuration.plans["general"].steps:
        here = {Reach.DUTY: advisor.site == duty, Reach.BACKUPS: advisor.site != duty, Reach.ALL: True}
        assert isinstance(step.reach, Reach)
        if here[step.reach] and step.after_s is not None and at - row.arrived_at > step.after_s + TOLERANCE_S:
            wanted = ((w.skill, max(1, w.level - step.lower_levels)) for w in profile.requirements)
            if all(advisor.skills.get(skill, 0) >= level for skill, level in wanted):
                return True
    return False


def _idle_times(
    configuration: Configuration, day: Day, story: Story, back_after_s: float
) -> dict[str, list[tuple[Instant, Instant]]]:
    busy: dict[str, list[tuple[Instant, Instant]]] = {advisor: [] for advisor in configuration.advisors}
    for row in day.records:
        misses = iter(story.missed[row.id])
        for offer in row.tickets[0].offers:
            assert row.ended_at is not None
            match offer.result:
                case "answered":
                    ends = row.ended_at + configuration.rules.wrap_up_s
                case "no_answer":
                    ends = next(misses) + back_after_s
                case _:
                    ends = row.ended_at
            busy[offer.advisor].append((offer.offered_at, ends))
    return {
        advisor: [
            (left, back)
            for (_, left), (back, _) in pairwise([(0.0, day.from_at), *sorted(times), (day.until_at, day.until_at)])
            if left < back
        ]
        for advisor, times in busy.items()
    }
