"""What a calling number tells, or what is keyed: how surely it names a contributor, and the profile that gives."""

from typing import NamedTuple

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import Configuration, Number, Profile
from cti_router.core.heard import KeyedIdentity
from cti_router.core.identity import Contributor
from cti_router.core.question import Asked


class Caller(NamedTuple):
    """`contributor` is the one found, None when there are none or several."""

    recognition: Recognition
    profile: Profile
    contributor: Contributor | None = None


def recognise(configuration: Configuration, contributors: tuple[Contributor, ...], *, masked: bool = False) -> Caller:
    """Who calls, from those who have his number. Several with the same profile keep it; a profile that the
    configuration does not have is as good as none."""
    unknown = configuration.profiles[configuration.rules.unknown_profile]
    if masked:
        return Caller(Recognition.MASKED, unknown)
    if not contributors:
        return Caller(Recognition.UNKNOWN, unknown)
    first, *others = contributors
    profile = configuration.profiles.get(first.profile, unknown)
    if not others:
        return Caller(Recognition.RECOGNISED, profile, first)
    alike = all(other.profile == first.profile for other in others)
    return Caller(Recognition.SEVERAL, profile if alike else unknown)


def recognise_keyed(configuration: Configuration, contributors: tuple[Contributor, ...]) -> Caller:
    """Who calls, from those whom his keys name. He may have keyed another's: a hint, as his number is."""
    caller = recognise(configuration, contributors)
    keyed = caller.recognition is Recognition.RECOGNISED
    return caller._replace(recognition=Recognition.KEYED) if keyed else caller


def asked_of(identity: KeyedIdentity | None, number: Number | None, recognition: Recognition) -> Asked | None:
    """What a caller of whom his calling number tells so much is asked to key in; None: nothing."""
    if identity is None or number is None or number.relay:
        return None
    if recognition in (Recognition.UNKNOWN, Recognition.MASKED) and identity.ask:
        return Asked.WHO
    if recognition is Recognition.SEVERAL and identity.ask_several:
        return Asked.WHICH
    return None
