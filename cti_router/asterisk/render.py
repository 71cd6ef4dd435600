"""From the configuration to the files of each PBX: its dialplan, trunks, manager user and fallback queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment, FunctionLoader, StrictUndefined

from cti_router.asterisk.fallback_calendar import dated_days, week_lines, week_zones
from cti_router.config.deployment import Deployment
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.heard import without_values
from cti_router.recordings import LEAST_BYTES
from cti_router.resources import resource_folder

FILES = ("cti_extensions.conf", "cti_pjsip.conf", "cti_manager.conf", "cti_queues.conf")
MANAGER_USER = "cti_router"
ASK_CONTEXT = "cti-ask-v1"
"""Versioned: the former one stays for a release, so that a dialplan reload finds callers in a context that exists."""
ASK_EXTENSION = "s"
CALLBACK_CONTEXT = "cti-callback-v1"

ASK_ARGUMENTS = (
    "SITE", "CALL", "SEQ", "LAST", "DNIS", "TICKET", "OFFER", "ADVISOR", "CODE", "MISSED", "TALKED_MS", "AGE",
    "VERIFIED", "SIP", "LEG", "KEYS", "FAILED",
)  # fmt: skip
"""What an ask carries, in order: the PBX's site, then the channel variables CTI_…; `asks.py` reads them back."""

CALLBACK_ASK_ARGUMENTS = ("SITE", "CALL", "LAST", "OFFER", "ADVISOR", "TALKED_MS")
"""The same for the ask of a leg that was rung for a callback; `callback_asks.py` reads them back."""

ASIDE_CONTEXT = "cti-aside-v1"
LEG_ASK_ARGUMENTS = ("SITE", "CALL", "ASKED", "LAST", "OFFER", "ADVISOR", "EXPERT_OFFER", "TALKED_MS")
"""The same for the ask of an advisor's leg; `leg_asks.py` reads them back."""


@dataclass(frozen=True, slots=True)
class _Neighbour:
    name: SiteId
    host: str
    sip_port: int


@dataclass(frozen=True, slots=True)
class _DirectNumber:
    number: str
    name: str
    phone: str


def render_site(configuration: Configuration, deployment: Deployment, site: SiteId, today: date) -> dict[str, str]:
    """The files of one site's PBX by name. `today` begins the dated days of the fallback's calendar.

    Raises what `Secret.reveal` raises when the manager's secret is missing.
    """
    facts = {
        "notice": f"Rendered by cti-router for {site}, configuration {configuration.version}: edit the YAML, not this.",
        "site": site,
        "routers": deployment.routers,
        "ask_arguments": _arguments(site, ASK_ARGUMENTS),
        "leg_ask_arguments": _arguments(site, LEG_ASK_ARGUMENTS),
        "callback_ask_arguments": _arguments(site, CALLBACK_ASK_ARGUMENTS),
        "callback_context": CALLBACK_CONTEXT,
        "ask_context": ASK_CONTEXT,
        "aside_context": ASIDE_CONTEXT,
        "neighbours": _neighbours(configuration, deployment, site),
        "advisors": [advisor for advisor in configuration.advisors.values() if advisor.site == site],
        "direct_numbers": _direct_numbers(configuration, site),
        "numbers": list(configuration.numbers.values()),
        "closed_sounds": {
            number.dnis: without_values(number.closed_sounds) for number in configuration.numbers.values()
        },
        "timezone": configuration.calendar.timezone,
        "days": dated_days(configuration.calendar, today),
        "zones": week_zones(configuration.calendar),
        "week": week_lines(configuration.calendar),
        "least_message_bytes": LEAST_BYTES,
        "wrap_up_s": configuration.rules.wrap_up_s,
        "early_media": configuration.early_media,
        "carrier": deployment.pbxs[site].carrier,
        "ami_secret": deployment.pbxs[site].ami_secret.reveal(),
    }
    return {name: _TEMPLATES.get_template(f"{name}.j2").render(facts) for name in FILES}


def _arguments(site: SiteId, names: Sequence[str]) -> str:
    return ",".join((site, *(f"${{CTI_{name}}}" for name in names[1:])))


def _direct_numbers(configuration: Configuration, site: SiteId) -> list[_DirectNumber]:
    """The public numbers of a site's phones, where they have some."""
    pattern = configuration.sites[site].direct_numbers
    advisors = configuration.advisors.values() if pattern else ()
    return [
        _DirectNumber(pattern.format(phone=advisor.phone), advisor.name, advisor.phone)
        for advisor in advisors
        if advisor.site == site
    ]


def _neighbours(configuration: Configuration, deployment: Deployment, site: SiteId) -> list[_Neighbour]:
    peers = {
        end
        for trunk in configuration.trunks.values()
        if site in (trunk.origin, trunk.destination)
        for end in (trunk.origin, trunk.destination)
    }
    pbxs = deployment.pbxs
    return [_Neighbour(peer, pbxs[peer].host, pbxs[peer].sip_port) for peer in sorted(peers - {site})]


def _template(name: str) -> str:
    return resource_folder("asterisk_conf").joinpath(name).read_text(encoding="utf-8")


_TEMPLATES = Environment(
    loader=FunctionLoader(_template),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 — Asterisk's configuration is no HTML; what goes in is checked by config/
)
