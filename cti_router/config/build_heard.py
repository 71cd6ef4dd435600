"""What callers hear, from the YAML to the core's frozen data."""

from types import MappingProxyType

from cti_router.config import treatments
from cti_router.config.prompts import Wording
from cti_router.core.heard import (
    Announcement,
    CallbackOffer,
    Comfort,
    Information,
    KeyedIdentity,
    Menu,
    Treatment,
)


def build_treatment(id_: str, treatment: treatments.Treatment, wording: Wording) -> Treatment:
    told, comfort, menu, offer = treatment.announcement, treatment.comfort, treatment.menu, treatment.callback
    return Treatment(
        id_,
        wording.prompts(treatment.welcome),
        treatment.music or "",
        _announcement(told, wording) if told else None,
        Comfort(comfort.every, wording.prompts(comfort.play)) if comfort else None,
        _menu(menu, wording) if menu else None,
        _offer(offer, wording) if offer else None,
    )


def build_information(id_: str, information: treatments.Information, wording: Wording) -> Information:
    return Information(
        id_,
        wording.prompts(information.play),
        information.first,
        information.until,
        frozenset(information.profiles),
        frozenset(information.due),
    )


def build_identity(identify: treatments.Identify, wording: Wording) -> KeyedIdentity:
    return KeyedIdentity(
        wording.sounds(identify.ask),
        wording.sounds(identify.ask_several),
        wording.sounds(identify.again),
        identify.tries,
        identify.timeout,
        identify.check_accounts,
    )


def _announcement(told: treatments.Announcement, wording: Wording) -> Announcement:
    return Announcement(told.first, told.every, wording.prompts(told.position), wording.prompts(told.expected_wait))


def _menu(menu: treatments.Menu, wording: Wording) -> Menu:
    return Menu(wording.sounds(menu.ask), MappingProxyType(dict(menu.keys)), menu.tries, menu.timeout)


def _offer(offer: treatments.CallbackOffer, wording: Wording) -> CallbackOffer:
    return CallbackOffer(
        offer.first,
        offer.every,
        wording.sounds(offer.ask),
        wording.sounds(offer.confirm),
        wording.sounds(offer.other),
        wording.sounds(offer.read_back),
        wording.sounds(offer.impossible),
        offer.key,
        offer.timeout,
    )
