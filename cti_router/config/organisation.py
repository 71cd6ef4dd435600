"""skills.yaml, advisors.yaml, supervisors.yaml: what is known, and who works where."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import Field, ValidationInfo

from cti_router.config.entry import Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import (
    AbsenceLength,
    Duration,
    Label,
    Level,
    Phone,
    SiteReference,
    SkillReference,
    TreatmentReference,
)


class Skill(Entry):
    """A subject that advisors know more or less well."""

    name: Label = Field(description="The skill's name, for people.", examples=["Employeurs"])


class Profile(Entry):
    """A kind of contributor."""

    name: Label = Field(description="The profile's name, for people.", examples=["Employeur"])
    skills: dict[SkillReference, Level] = Field(
        description="What it takes to answer: the least level (1 to 5) in each skill.", examples=["{employers: 3}"]
    )
    bonus: Duration = Field(default=0.0, description="How much earlier he counts as having arrived.", examples=["1min"])
    treatment: TreatmentReference | None = Field(
        default=None,
        description="What he hears while he waits; without it, what the service says.",
        examples=["employer"],
    )


class Motive(Entry):
    """Why somebody calls."""

    name: Label = Field(description="The motive's name, for people.", examples=["Délai de paiement"])
    skills: dict[SkillReference, Level] = Field(
        default={},
        description="What it takes to answer, besides what his profile asks for; of the same skill the higher level.",
        examples=["{collections: 3}"],
    )


class Reason(Entry):
    """Why an advisor is absent."""

    name: Label = Field(description="The reason's name, for people.", examples=["Déjeuner"])
    lasts: AbsenceLength | None = Field(
        default=None,
        description="How long such an absence lasts when the advisor does not say so: then he is available again by "
        "himself. Without it, until he says that he is back.",
        examples=["15min"],
    )


class Advisor(Entry):
    """Somebody who answers."""

    name: Label = Field(description="The advisor's name, for people.", examples=["Anne Lefèvre"])
    site: SiteReference = Field(description="Where the phone is.", examples=["caen"])
    phone: Phone = Field(description="The phone's extension at that site, in quotes.", examples=['"101"'])
    skills: dict[SkillReference, Level] = Field(
        description="The advisor's level (1 to 5, 5 = expert) in each skill.", examples=["{employers: 4, health: 2}"]
    )


class Supervisor(Entry):
    """Somebody who watches over the service."""

    name: Label = Field(description="The supervisor's name, for people.", examples=["Hélène Aubry"])
    site: SiteReference = Field(description="Where the phone is.", examples=["evreux"])
    phone: Phone = Field(description="The phone's extension at that site, in quotes.", examples=['"590"'])


_People = TypeVar("_People", bound=Mapping[str, Advisor] | Mapping[str, Supervisor])


def phones_differ(people: _People, info: ValidationInfo) -> _People:
    """A phone is one person's; who is both advisor and supervisor, under one id, has it twice."""
    holders: dict[tuple[str, str], tuple[str, Place]] = {}
    for name, person in [*info.data.get("advisors", {}).items(), *people.items()]:
        phone = (person.site, person.phone)
        other, place = holders.setdefault(phone, (name, person.place("phone")))
        if other != name:
            reading(info).report.add(
                person.place("phone"),
                f"phone {person.phone} at “{person.site}” is that of “{other}” in {place}: give each person another",
            )
    return people
