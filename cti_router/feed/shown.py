"""What the pages show, as plain values: the advisors, the duty, who talks with whom. Pure.

The fields' names are the JSON's keys: docs/live-events.md tells what each means.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from cti_router.core.advisors.advisor import Activity, AdvisorState
from cti_router.core.configuration import AdvisorId, Configuration, SiteId
from cti_router.core.duty.calendar import Closed, Duty, duty_at
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.duty.duties import OPEN_AT_MOST_S
from cti_router.core.identity import Instant
from cti_router.core.presence import ALWAYS_KNOWN
from cti_router.core.switchboard import Switchboard
from cti_router.core.tickets.ticket import TicketState
from cti_router.talks import TalkNow, talk_of

_IN_THE_QUEUE = (TicketState.ARRIVED, TicketState.WAITING, TicketState.OFFERED)


class ShownAdvisor(NamedTuple):
    """One row of the banner."""

    id: AdvisorId
    name: str
    site: SiteId
    phone: str
    phone_state: str | None
    presence: str
    reason: str
    presence_since_at: Instant
    until_at: Instant | None
    activity: str
    activity_since_at: Instant
    wrap_up_until_at: Instant | None
    forced_by: str | None
    named: bool


class ShownDuty(NamedTuple):
    """Who serves now and next, and who waits."""

    site: SiteId | None
    backups: tuple[SiteId, ...]
    until_at: Instant | None
    next_site: SiteId | None
    next_at: Instant | None
    closed_because: str | None
    waiting: int
    oldest_at: Instant | None


class ShownTalk(NamedTuple):
    """The call an advisor has."""

    call: str
    offer: str
    kind: str
    state: str
    since_at: Instant
    serves: bool
    held: bool
    consultation: str | None
    expert: AdvisorId | None


class OnDuty(NamedTuple):
    """What the calendar says of a moment: the duty's part of `ShownDuty`."""

    site: SiteId | None
    backups: tuple[SiteId, ...]
    until_at: Instant | None
    next_site: SiteId | None
    next_at: Instant | None
    closed_because: str | None


def advisor_of(
    switchboard: Switchboard, state: AdvisorState, named: Collection[AdvisorId], wrapping_since_at: Instant | None
) -> ShownAdvisor:
    """`wrapping_since_at`: since when he is in wrap-up, where that was seen."""
    return ShownAdvisor(
        state.who.id, state.who.name, state.who.site, state.who.phone, state.phone, state.presence, state.reason,
        state.presence_since_at, state.until_at, state.activity,
        _since_at(switchboard, state, wrapping_since_at), state.wrap_up_until_at,
        state.forced.order if state.forced else None, state.who.id in named,
    )  # fmt: skip


def _since_at(switchboard: Switchboard, state: AdvisorState, wrapping_since_at: Instant | None) -> Instant:
    match state.activity:
        case Activity.OFFERED | Activity.TALKING:
            talk = talk_of(switchboard, state)
            return state.idle_since_at if talk is None else talk.since_at
        case Activity.WRAP_UP if wrapping_since_at is not None:
            return wrapping_since_at
        case Activity.WRAP_UP if state.wrap_up_until_at is not None:  # it began before this router did
            return state.wrap_up_until_at - switchboard.configuration.rules.wrap_up_s
        case _:
            return state.idle_since_at


def talk_shown(switchboard: Switchboard, state: AdvisorState) -> ShownTalk | None:
    talk = talk_of(switchboard, state)
    return None if talk is None else shown(talk)


def shown(talk: TalkNow) -> ShownTalk:
    return ShownTalk(
        talk.call, talk.offer, talk.kind, talk.state, talk.since_at, talk.serves, talk.held, talk.consultation,
        talk.expert,
    )  # fmt: skip


def on_duty(configuration: Configuration, orders: CalendarOrders, now: Instant) -> OnDuty:
    """A site that stays on duty from one time slot to the next, whoever helps it, serves until the last one ends."""
    calendar = configuration.calendar
    duty = duty_at(calendar, now, orders)
    if isinstance(duty, Closed):
        following = duty_at(calendar, duty.until_at, orders) if duty.until_at is not None else None
        opens = following.site if isinstance(following, Duty) else None
        return OnDuty(None, (), duty.until_at, opens, duty.until_at, duty.because)
    until_at, following = duty.until_at, duty_at(calendar, duty.until_at, orders)
    while isinstance(following, Duty) and following.site == duty.site and until_at < now + OPEN_AT_MOST_S:
        until_at, following = following.until_at, duty_at(calendar, following.until_at, orders)
    if isinstance(following, Duty):
        return OnDuty(duty.site, duty.backups, until_at, following.site, until_at, None)
    opens_at = following.until_at
    after = duty_at(calendar, opens_at, orders) if opens_at is not None else None
    return OnDuty(
        duty.site, duty.backups, until_at, after.site if isinstance(after, Duty) else None, opens_at, None
    )  # fmt: skip


def duty_of(switchboard: Switchboard, on: OnDuty) -> ShownDuty:
    """With those who wait now: callers, not who is to be called back."""
    since = [
        ticket.waits_since_at
        for call in switchboard.calls.values()
        if call.callback is None and (ticket := call.ticket).state in _IN_THE_QUEUE
    ]
    return ShownDuty(*on, len(since), min(since, default=None))


def _always_known(configuration: Configuration) -> dict[str, str]:
    return {id_: name for id_, name in ALWAYS_KNOWN.items() if id_ not in configuration.reasons}


def names_of(configuration: Configuration) -> dict[str, Any]:
    """What the configuration calls things."""
    return {
        "version": configuration.version,
        "sites": {site.id: {"name": site.name} for site in configuration.sites.values()},
        "skills": list(configuration.skills),
        "motives": {motive.id: motive.name for motive in configuration.motives.values()},
        "profiles": {profile.id: profile.name for profile in configuration.profiles.values()},
        "reasons": {**{id_: each.name for id_, each in configuration.reasons.items()}, **_always_known(configuration)},
    }


def state_of(
    configuration: Configuration, now: Instant, advisors: Iterable[ShownAdvisor], duty: ShownDuty,
    talks: Iterable[tuple[AdvisorId, ShownTalk]],
) -> dict[str, Any]:  # fmt: skip
    """Everything at once."""
    return {
        "now": now,
        **names_of(configuration),
        "advisors": {advisor.id: advisor._asdict() for advisor in advisors},
        "duty": duty._asdict(),
        "calls": {advisor: talk._asdict() for advisor, talk in talks},
    }
