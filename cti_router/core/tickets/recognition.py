"""What a calling number tells: how surely it names a contributor, and the profile that gives."""

from typing import NamedTuple

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import Configuration, Profile
from cti_router.core.identity import Contributor


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
