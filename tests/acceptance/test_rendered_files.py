"""A real Asterisk takes the rendered files, and its fallback's calendar agrees with the router's."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import date

import pytest
import pytest_asyncio

from cti_router.asterisk.pbx import AsteriskPbxs
from cti_router.asterisk.render import ASIDE_CONTEXT, ASK_CONTEXT, CALLBACK_CONTEXT, MANAGER_USER, render_site
from cti_router.config.deployment import Deployment
from cti_router.core.configuration import Calendar
from cti_router.core.duty.calendar import Closed, Duty, duty_at
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from deploy.lab.asterisk import LabPbx
from deploy.lab.lab import Lab
from tests.asterisk.two_sites import AROUND_THE_CLOCK, ORGANISATION, TODAY, deployment
from tests.core.board import at

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

INSTANTS = (
    "2026-11-23 00:00:00",
    "2026-11-23 08:29:59",
    "2026-11-23 08:30:00",
    "2026-11-23 12:29:59",
    "2026-11-23 12:30:00",
    "2026-11-23 13:29:59",
    "2026-11-23 13:30:00",
    "2026-11-23 16:59:59",
    "2026-11-23 17:00:00",
    "2026-11-23 23:59:59",
    "2026-11-24 09:00:00",  # Tuesday: the other site in the morning
    "2026-11-28 10:00:00",  # Saturday
    "2026-11-29 10:00:00",  # Sunday
    "2026-12-24 09:00:00",  # an exceptional day: its morning
    "2026-12-24 14:00:00",  # … and no afternoon
    "2026-12-25 10:00:00",  # closed
    "2027-01-01 10:00:00",
    "2027-01-21 14:00:00",  # the last dated day
    "2027-01-22 08:29:59",  # beyond: the plain week
    "2027-01-22 08:30:00",
    "2027-01-23 10:00:00",
    "2027-01-24 10:00:00",
    "2027-03-26 14:00:00",
    "2027-03-30 08:30:00",  # summer time
    "2027-03-30 07:30:00",
)

NIGHTS = (
    "2026-10-24 22:59:59",
    "2026-10-24 23:00:00",  # the exceptional eve's own slot
    "2026-10-25 00:00:00",
    "2026-10-25 02:14:59",
    "2026-10-25 02:15:00",
    "2026-10-25 02:29:59",
    "2026-10-25 02:30:00",
    "2026-10-25 03:00:00",  # after the hour that came twice
    "2026-10-26 11:00:00",  # New York is an hour nearer for a week
    "2026-10-26 13:00:00",
    "2026-11-02 11:00:00",
    "2026-11-02 13:00:00",
    "2026-11-10 23:30:00",
    "2026-11-11 02:29:59",  # yesterday's night goes on into the holiday
    "2026-11-11 02:30:00",
    "2026-11-12 03:00:00",
    "2026-11-29 23:30:00",  # the last dated day
    "2026-11-30 00:30:00",  # beyond: the plain week, from Sunday to Monday
    "2026-11-30 02:30:00",
    "2027-01-03 23:00:00",
    "2027-01-04 02:29:59",
    "2027-01-04 12:30:00",
)

# The calendars, each in its context, with the instants to ask at.
CALENDARS = {
    "cti-calendar": (ORGANISATION.calendar, TODAY, INSTANTS),
    "nights-calendar": (AROUND_THE_CLOCK, date(2026, 10, 1), NIGHTS),
}

MAY = ("Ping", "Redirect", "Hangup", "Status", "DeviceStateList", "ShowDialPlan", "Getvar", "PJSIPQualify", "Originate")
MAY_NOT = ("Command", "GetConfig", "UpdateConfig", "DBPut", "QueueLog", "Reload")

# What is ordered over it, and the instants to ask at.
ORDERS = CalendarOrders(
    (
        Closure(at("2026-11-23 09:00"), at("2026-11-23 10:00"), "helene", "feu", ("cti/feu", "goodbye")),
        Closure(at("2026-11-23 12:45"), at("2026-11-23 16:00"), "helene", "eau", ("cti/eau",), "caen"),
        Closure(at("2026-11-24 09:00"), at("2026-11-24 12:00"), "helene", "eau", ("cti/eau",), "caen"),
        Closure(at("2026-11-24 10:00"), at("2026-11-24 11:00"), "helene", "panne", (), "rouen"),
    ),
    (
        DutySwap(at("2026-11-23 11:00"), at("2026-11-23 17:00"), "helene", "rouen", "caen"),
        DutySwap(at("2026-11-25 00:00"), at("2026-11-26 00:00"), "helene", "caen", "rouen"),
        DutySwap(at("2026-11-25 09:00"), at("2026-11-25 10:00"), "helene", "rouen", "caen"),
    ),
)
UNDER_ORDERS = (
    "2026-11-23 08:59:59",
    "2026-11-23 09:00:00",
    "2026-11-23 09:59:59",
    "2026-11-23 10:00:00",
    "2026-11-23 11:00:00",
    "2026-11-23 13:00:00",  # lunch
    "2026-11-23 15:30:00",
    "2026-11-23 16:30:00",
    "2026-11-24 08:45:00",
    "2026-11-24 09:30:00",
    "2026-11-24 10:30:00",  # both closed
    "2026-11-24 11:30:00",
    "2026-11-25 08:45:00",
    "2026-11-25 09:30:00",  # exchanged twice
    "2026-11-26 09:00:00",
)

# At each instant of LEFT, with the clock's offset set for it, the calendar's answer goes to Asterisk's database.
# The clock moves on meanwhile: an answer that took more than one second is asked again.
_PROBE = """
[probe-{name}]
exten => s,1,Set(LEFT={instants})
 same => n(next),Set(AT=${{SHIFT(LEFT,&)}})
 same => n,GotoIf($["${{AT}}" = ""]?done)
 same => n(again),Set(BEGAN=${{EPOCH}})
 same => n,Set(GLOBAL(CTI_CLOCK_OFFSET)=$[${{AT}} - ${{BEGAN}}])
 same => n,Set(CTI_DUTY=)
 same => n,Gosub({context},now,1)
 same => n,ExecIf($["{name}" = "orders"]?Gosub(cti-orders-v1,s,1))
 same => n,GotoIf($[${{EPOCH}} != ${{BEGAN}}]?again)
 same => n,Set(DB({name}/${{AT}})=${{CTI_DUTY}}.${{CTI_CLOSED}})
 same => n,Goto(next)
 same => n(done),Set(DB({name}/done)=1)
"""


def _rendered(calendar: Calendar, machines: Deployment, today: date) -> dict[str, str]:
    return render_site(replace(ORGANISATION, calendar=calendar), machines, "caen", today)


@dataclass(frozen=True, slots=True)
class _Caen:
    pbx: LabPbx
    router: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[_Caen]:
    directory = tmp_path_factory.mktemp("rendered-pbx")
    phones = {"caen": ("101", "102"), "rouen": ("201",)}
    async with Lab(phones, directory=directory / "pbx") as lab:
        machines = deployment(lab.router, lab.address("caen"), lab.address("rouen"))
        routers = (replace(machines.routers[0], ami_from=(lab.router, "127.0.0.1")),)
        machines = replace(machines, routers=routers)
        rendered = directory / "rendered"
        rendered.mkdir()
        for name, content in _rendered(ORGANISATION.calendar, machines, TODAY).items():
            (rendered / name).write_text(content)
        with (rendered / "cti_extensions.conf").open("a") as extensions:
            for context, (calendar, today, instants) in CALENDARS.items():
                if context != "cti-calendar":
                    text = _rendered(calendar, machines, today)["cti_extensions.conf"]
                    _, found, section = text.partition("[cti-calendar]\n")
                    extensions.write((found + section).replace("cti-calendar", context))
                extensions.write(_PROBE.format(name=context, context=context, instants=_left(instants)))
            extensions.write(_PROBE.format(name="orders", context="cti-calendar", instants=_left(UNDER_ORDERS)))
        yield _Caen(await lab.start_pbx("caen", rendered=rendered), lab.router)


async def test_the_dialplan_is_there_and_nothing_was_complained_of(caen: _Caen) -> None:
    shown = await caen.pbx.cli(f"dialplan show {ASK_CONTEXT}")
    extensions = re.findall(r"^  '(\w+)' =>", shown, re.MULTILINE)
    assert sorted(extensions) == [
        "T",
        "collect",
        "dial",
        "dial_out",
        "forward",
        "held",
        "i",
        "join",
        "keyed",
        "missed",
        "play",
        "refuse",
        "release",
        "s",
        "take_message",
        "wait",
    ]
    assert f"AGI(agi://{caen.router}:4573/ask,caen,${{CTI_CALL}}," in shown
    shown = await caen.pbx.cli(f"dialplan show {ASIDE_CONTEXT}")
    extensions = re.findall(r"^  '(\w+)' =>", shown, re.MULTILINE)
    assert sorted(extensions) == [
        "T", "alone", "ask", "dial", "dial_out", "hold", "i", "missed", "release", "s", "take",
    ]  # fmt: skip
    assert f"AGI(agi://{caen.router}:4573/aside,caen,${{CTI_CALL}}," in shown
    shown = await caen.pbx.cli(f"dialplan show {CALLBACK_CONTEXT}")
    extensions = re.findall(r"^  '(\w+)' =>", shown, re.MULTILINE)
    assert sorted(extensions) == ["T", "ask", "call_out", "i", "missed", "over", "release", "s"]
    assert f"AGI(agi://{caen.router}:4573/callback,caen,${{CTI_CALL}}," in shown
    log = (caen.pbx.home / "log" / "messages").read_text()
    assert [line for line in log.splitlines() if re.search(r"(WARNING|ERROR)\[.*(pbx_config|extensions)", line)] == []


async def test_every_context_a_jump_names_is_there(caen: _Caen) -> None:
    text = (caen.pbx.home / "etc" / "cti_extensions.conf").read_text()
    named = set(re.findall(r"\b(cti-[a-z]+(?:-[a-z]+)?-v\d|cti-calendar|cti-inbound|cti-phones|cti-from-site)\b", text))
    assert ASK_CONTEXT in named
    for context in named:
        assert f"[ Context '{context}' created" in await caen.pbx.cli(f"dialplan show {context}")


async def test_the_trunk_the_queue_and_the_manager_are_taken(caen: _Caen) -> None:
    assert "rouen" in await caen.pbx.cli("pjsip show endpoint rouen")
    queue = await caen.pbx.cli("queue show cti-duty")
    assert sorted(re.findall(r"\(PJSIP/(\d+)\)", queue)) == ["101", "102"]
    manager = await caen.pbx.cli(f"manager show user {MANAGER_USER}")
    assert f"allow - {caen.router}/255.255.255.255" in manager
    assert re.search(r"read perm: call\s", manager)


@pytest.mark.parametrize(("action", "may"), [*((a, True) for a in MAY), *((a, False) for a in MAY_NOT)])
async def test_the_manager_user_may_do_what_the_router_does_and_nothing_else(
    caen: _Caen, action: str, may: bool
) -> None:
    said = await _manage(caen, caen.router, action)
    assert "Authentication accepted" in said
    assert ("Permission denied" in said) is not may


async def test_the_manager_user_comes_from_the_router_s_address_only(caen: _Caen) -> None:
    assert "Authentication failed" in await _manage(caen, "127.0.0.9", "Ping")


async def _manage(caen: _Caen, source: str, action: str) -> str:
    """What the PBX says to our manager user who logs in from `source`, wants something, and goes."""
    manager = (caen.pbx.home / "etc" / "cti_manager.conf").read_text()
    (secret,) = re.findall(r"(?m)^secret = (.+)$", manager)
    login = f"Action: Login\r\nUsername: {MANAGER_USER}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
    reader, writer = await asyncio.open_connection(caen.pbx.address, 5038, local_addr=(source, 0))
    try:
        writer.write(f"{login}Action: {action}\r\n\r\nAction: Logoff\r\n\r\n".encode())
        async with asyncio.timeout(5):
            return (await reader.read(-1)).decode()
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("context", CALENDARS)
async def test_at_every_instant_the_fallback_and_the_router_name_the_same_sites(caen: _Caen, context: str) -> None:
    calendar, _, instants = CALENDARS[context]
    told = {at: sites for at, (sites, _) in (await _probed(caen.pbx, context)).items()}
    assert {instant: told[f"{at(instant):.0f}"] for instant in instants} == {
        instant: _sites(calendar, at(instant)) for instant in instants
    }
    assert len(set(told.values())) >= 3  # closed, and each site first


async def test_with_orders_too_and_least_rights_are_enough_to_tell_them(caen: _Caen) -> None:
    """By the router's own AMI user; a second list is written beside the first, and an older one is not read."""
    machines = deployment("127.0.0.1", caen.pbx.address, "127.0.0.2")
    pbxs = AsteriskPbxs(ORGANISATION, machines.pbxs, lambda _fact: None)
    running = asyncio.get_running_loop().create_task(pbxs.run())
    try:
        async with asyncio.timeout(10):
            while not pbxs.up("caen"):
                await asyncio.sleep(0.05)
        await pbxs.tell_orders("caen", CalendarOrders(ORDERS.closures))
        await asyncio.gather(*(pbxs.tell_orders("caen", orders) for orders in (NO_ORDERS, ORDERS)))
        told = await _probed(caen.pbx, "orders")
        assert {instant: told[f"{at(instant):.0f}"] for instant in UNDER_ORDERS} == {
            instant: (_sites(ORGANISATION.calendar, at(instant), ORDERS), _closing(at(instant)))
            for instant in UNDER_ORDERS
        }
        assert len({sites for sites, _ in told.values()}) >= 4
        await pbxs.tell_orders("caen", NO_ORDERS)
        assert re.search(r"^/cti/orders *: [ab]0", await caen.pbx.cli("database show cti"), re.MULTILINE)
    finally:
        running.cancel()


def _closing(instant: float) -> str:
    """What callers hear by order when it is closed."""
    found = duty_at(ORGANISATION.calendar, instant, ORDERS)
    return "&".join(found.sounds(())) if isinstance(found, Closed) else ""


async def _probed(pbx: LabPbx, name: str) -> dict[str, tuple[str, str]]:
    """By instant: the sites, and what callers hear by order."""
    await pbx.cli(f"channel originate Local/s@probe-{name} application NoOp")
    async with asyncio.timeout(20):
        while "done" not in (told := await _told(pbx, name)):
            await asyncio.sleep(0.1)
    del told["done"]
    return told


async def _told(pbx: LabPbx, name: str) -> dict[str, tuple[str, str]]:
    shown = await pbx.cli(f"database show {name}")
    rows = re.findall(rf"^/{name}/(\w+) *: ([^.\s]*)\.?(\S*)", shown, re.MULTILINE)
    return {key: (sites, closed) for key, sites, closed in rows}


def _left(instants: Iterable[str]) -> str:
    return "&".join(f"{at(instant):.0f}" for instant in instants)


def _sites(calendar: Calendar, instant: float, orders: CalendarOrders = NO_ORDERS) -> str:
    duty = duty_at(calendar, instant, orders)
    return "&".join((duty.site, *duty.backups)) if isinstance(duty, Duty) else ""
