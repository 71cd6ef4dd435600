"""Two sites as a renderer sees them: an organisation with accents in its names, and where its machines are."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path

from cti_router.config.deployment import Deployment, HostPort, PbxAddress, RouterAddress, Secret
from cti_router.core.configuration import Advisor, Calendar, Configuration, ExceptionalDay, Number, Site, Slot
from tests.core.board import CONFIGURATION

TODAY = date(2026, 11, 23)  # a Monday
SECRETS = {"CTI_AMI_CAEN": "caen-secret", "CTI_AMI_ROUEN": "rouen-secret"}


def _day(weekday: int, morning: str, afternoon: str) -> tuple[Slot, Slot]:
    return (
        Slot(weekday, time(8, 30), time(12, 30), morning, (afternoon,)),
        Slot(weekday, time(13, 30), time(17), afternoon, (morning,)),
    )


_WEEK = tuple(
    slot for day in range(5) for slot in (_day(day, "rouen", "caen") if day % 2 == 0 else _day(day, "caen", "rouen"))
)

ORGANISATION: Configuration = replace(
    CONFIGURATION,
    sites={"caen": Site("caen", "Caen-la-Mère"), "rouen": Site("rouen", "Rouen Préfecture")},
    advisors={
        "celine": Advisor("celine", "Céline d'Aubigny", "caen", "101", {}),
        "anais": Advisor("anais", 'Anaïs "Nana" Noël;', "caen", "102", {}),
        "remi": Advisor("remi", "Rémi ${EPOCH}", "rouen", "201", {}),
    },
    numbers={33261910001: Number(33261910001, "Numéro unique", "standard", ("hello",), ("im-sorry", "goodbye"))},
    calendar=Calendar(
        "Europe/Paris",
        _WEEK,
        {
            date(2026, 12, 24): ExceptionalDay("Veille de Noël", _day(3, "caen", "rouen")[:1]),
            date(2026, 12, 25): ExceptionalDay("Noël", ()),
            date(2027, 1, 1): ExceptionalDay("Jour de l’An", ()),
        },
    ),
)

NIGHTS = tuple(
    slot
    for day in range(7)
    for slot in (
        Slot(day, time(6), time(8), "caen", (), "America/New_York"),  # noon to two; or eleven to one, in between
        Slot(day, time(16), time(22), "caen", ("rouen",)),
        Slot(day, time(22), time(2, 30), "rouen", ("caen",)),
        Slot(day, time(2, 30), time(6, 30), "caen", ()),
    )
)
AROUND_THE_CLOCK = Calendar(
    "Europe/Paris",
    NIGHTS,
    {
        date(2026, 10, 24): ExceptionalDay("Veille", (Slot(5, time(23), time(2, 15), "caen", ()),)),
        date(2026, 11, 11): ExceptionalDay("Armistice", ()),
        date(2027, 3, 27): ExceptionalDay("Veille", (Slot(5, time(20), time(2, 45), "caen", ("rouen",)),)),
    },
)
"""Nights, another time zone, exceptional days next to both changes of the clock."""


def deployment(
    router: str = "192.0.2.10", caen: str = "10.14.0.1", rouen: str = "10.76.0.1", secrets: dict[str, str] = SECRETS
) -> Deployment:
    pbxs = {
        site: PbxAddress(host, 5060, 5038, Secret(f"CTI_AMI_{site.upper()}", secrets), (host,))
        for site, host in (("caen", caen), ("rouen", rouen))
    }
    return Deployment(
        (RouterAddress(router, 4573, (router,)),), HostPort(router, 4573), HostPort("127.0.0.1", 9464),
        Path("/nowhere/state"), 0.0, Path("/nowhere/control.sock"), pbxs, Secret("CTI_DSN", secrets),
    )  # fmt: skip
