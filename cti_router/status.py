"""What goes on now: who waits and what is expected of it, as plain values, and the whole status for people. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.advisors.advisor import AdvisorState
from cti_router.core.identity import Instant
from cti_router.core.switchboard import Switchboard
from cti_router.core.tickets.expected_wait import ExpectedWait
from cti_router.core.tickets.ticket import Ticket, TicketState
from cti_router.core.ways.voice_ports import PortState
from cti_router.ordering import orders_as_text
from cti_router.talks import talk_of

IN_THE_QUEUE = (TicketState.ARRIVED, TicketState.WAITING, TicketState.OFFERED)


def queue(switchboard: Switchboard, now: Instant) -> list[dict[str, Any]]:
    """The tickets not answered yet, in the order of their places; those that wait with what is expected of it."""
    tickets = [
        ticket
        for call in switchboard.calls.values()
        for ticket in call.live_tickets()
        if ticket.state in IN_THE_QUEUE and not call.rests
    ]
    return [_queued(switchboard, ticket, now) for ticket in sorted(tickets, key=lambda ticket: ticket.place)]


def talk(switchboard: Switchboard, advisor: AdvisorState) -> dict[str, Any] | None:
    """The call an advisor has: whether it is his, or he is only asked about it; who is with whom; his question."""
    now = talk_of(switchboard, advisor)
    if now is None or now.state is not TicketState.TALKING:
        return None
    return {
        "call": now.call,
        "serves": now.serves,
        "caller": now.caller,
        "on_hold": now.held,
        "consultation": now.consultation,
    }


def open_callbacks(switchboard: Switchboard, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Who is to be called back, in the order of their places. Instants are ISO 8601, in local time."""

    def local(at: Instant) -> str:
        return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")

    callbacks = switchboard.callbacks
    calls = sorted((switchboard.calls[id_] for id_ in callbacks.open.values()), key=lambda call: call.ticket.place)
    return [
        {
            "id": call.id,
            "number": f"+{callback.stored.e164}",
            "called_from": f"+{callback.stored.called_from}" if callback.stored.called_from else None,
            "site": call.site,
            "state": callback.state,
            "profile": call.ticket.profile,
            "arrived_at": local(call.ticket.arrived_at),
            "asked_at": local(callback.stored.asked_at),
            "asked_in": callback.stored.asked_in,
            "author": callback.stored.author,
            "attempts": callback.stored.attempts,
            "attempts_allowed": callbacks.rules.attempts,
            "not_before_at": local(callback.stored.not_before_at),
        }
        for call in calls
        if (callback := call.callback) is not None
    ]


def judged(switchboard: Switchboard) -> list[dict[str, Any]]:
    """How often each class of waits came true, and whether it speaks."""
    expected = switchboard.expected
    return [
        {"plan": of.plan, "asks": of.asks, "hit_rate": hits.value, "outcomes": hits.n, "silent": expected.silence(of)}
        for of, hits in sorted(expected.hit_rates.items())
    ]


def _queued(switchboard: Switchboard, ticket: Ticket, now: Instant) -> dict[str, Any]:
    waits = ticket.state is TicketState.WAITING and ticket.steps
    return {
        "call": ticket.call,
        "ticket": ticket.number,
        "kind": ticket.kind,
        "state": ticket.state,
        "plan": ticket.wait_class.plan or None,
        "profile": ticket.profile,
        "waited_s": round(now - ticket.waits_since_at, 3),
        "awaits": ticket.awaits if waits else None,
        "step": ticket.step + 1 if ticket.steps else None,
        "steps": len(ticket.steps),
        "expected_wait": _expected(switchboard.expected.of(ticket, now)) if waits else None,
    }


def _expected(said: ExpectedWait) -> dict[str, Any]:
    told = said.told
    return {
        "median_s": round(told.median_s, 1) if told else None,
        "p10_s": round(told.p10_s, 1) if told else None,
        "p90_s": round(told.p90_s, 1) if told else None,
        "silent": said.silent,
        "ahead": round(said.ahead, 1),
        "advisors": said.advisors,
        "hit_rate": said.hit_rate,
        "outcomes": said.outcomes,
    }


def as_text(status: Mapping[str, Any]) -> str:
    """What `/status` gave, for people."""
    return "\n".join(_lines(status))


def _lines(status: Mapping[str, Any]) -> Iterator[str]:
    duty, links, advisors = status["duty"], status["links"], status["advisors"].values()
    backups = f", backups {', '.join(duty['backups'])}" if duty and duty["backups"] else ""
    yield f"clock     {status['clock']}, configuration {status['configuration']}"
    if status["reload_refused"]:
        yield f"refused   {status['reload_refused']}"
    yield f"duty      {duty['site'] + backups if duty else _closed(status['closed'])}"
    for order in status["orders"]:
        yield f"order     {orders_as_text([order])}"
    down = [site for site, up in links.items() if not up]
    yield f"links     {len(links) - len(down)} of {len(links)} up{': not ' + ', '.join(down) if down else ''}"
    available = sum(advisor["presence"] == "available" for advisor in advisors)
    yield f"advisors  {available} of {len(advisors)} available, {sum(advisor['ready'] for advisor in advisors)} ready"
    for name, advisor in status["advisors"].items():
        if advisor["talk"] and (consults := advisor["talk"]["consultation"]) and advisor["talk"]["serves"]:
            yield f"  {name}: asks an expert ({consults})"
    for site, ports in status["voice_ports"].items():
        if ports["count"] is not None:
            yield f"ports     {site}: {_ports(ports)}"
    if (pages := status["pages"]) is not None:
        yield f"pages     {pages['state']}: {pages['origin']}"
    yield f"waiting   {status['waiting']}" + ("" if status["offers_open"] else ", no offers before the PBXs are synced")
    for each in status["queue"]:
        what = f"{each['kind']} {each['call']}, {each['profile'] or 'not identified yet'}"
        step = f", step {each['step']} of {each['steps']}" if each["step"] else ""
        awaits = f", for {each['awaits']}" if each["awaits"] else ""
        yield f"  {what}: {each['state']} since {_time(each['waited_s'])}{step}{awaits}"
        if each["expected_wait"]:
            yield f"    {_expectation(each['expected_wait'])}"


def _ports(ports: Mapping[str, Any]) -> str:
    """How many of a PBX's ports are taken, and what is done on them."""
    states = Counter(port["state"] for port in ports["ports"] if port["state"] != PortState.FREE)
    doing = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"{ports['in_use']} of {ports['count']} in use" + (f": {doing}" if doing else "")


def _expectation(said: Mapping[str, Any]) -> str:
    if said["silent"] == "nobody_works":
        return "nobody works for it"
    rate = "no outcome yet" if said["hit_rate"] is None else f"{said['hit_rate']:.0%} of {said['outcomes']} came true"
    grounds = f"{said['ahead']:g} ahead, {said['advisors']} advisors, {rate}"
    if said["silent"] == "awaits":
        return "nothing told: it waits for one advisor"
    if said["silent"]:
        return f"nothing told ({said['silent']}): {grounds}"
    low, middle, high = (_time(said[key]) for key in ("p10_s", "median_s", "p90_s"))
    return f"expected {middle} more, {low} to {high}: {grounds}"


def _closed(closed: Mapping[str, Any]) -> str:
    because = f": {closed['because']}" if closed["because"] else ""
    return f"closed{because}" + (f", until {closed['until'][:16].replace('T', ' ')}" if closed["until"] else "")


def _time(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"
