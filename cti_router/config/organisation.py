"""sites.yaml, skills.yaml, advisors.yaml: the sites and the lines between them, what is known, and by whom."""

from pydantic import Field, ValidationInfo

from cti_router.config.entry import Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import Duration, Label, Level, Phone, SiteReference, SkillReference, TrunkId


class Site(Entry):
    """One office and its PBX. Its id is also the name of its PBX in the other PBXs' trunks."""

    name: Label = Field(description="The site's name, for people.", examples=["Caen"])


class Trunk(Entry):
    """A line from one PBX to another, in one direction: write one each way."""

    id: TrunkId | None = Field(default=None, description="The trunk's id; without it, the two sites: `caen-rouen`.")
    origin: SiteReference = Field(alias="from", description="The site whose PBX places the calls.", examples=["caen"])
    destination: SiteReference = Field(alias="to", description="The site whose PBX takes them.", examples=["rouen"])
    capacity: int = Field(ge=1, le=10_000, description="How many calls it carries at once.", examples=[10])

    @property
    def named(self) -> str:
        return self.id or f"{self.origin}-{self.destination}"


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


class Advisor(Entry):
    """Somebody who answers."""

    name: Label = Field(description="The advisor's name, for people.", examples=["Anne Lefèvre"])
    site: SiteReference = Field(description="Where the phone is.", examples=["caen"])
    phone: Phone = Field(description="The phone's extension at that site, in quotes.", examples=['"101"'])
    skills: dict[SkillReference, Level] = Field(
        description="The advisor's level (1 to 5, 5 = expert) in each skill.", examples=["{employers: 4, health: 2}"]
    )


def trunks_differ(trunks: list[Trunk], info: ValidationInfo) -> list[Trunk]:
    pairs: dict[tuple[str, str], Place] = {}
    ids: dict[str, Place] = {}
    report = reading(info).report
    for trunk in trunks:
        pair = (trunk.origin, trunk.destination)
        if trunk.origin == trunk.destination:
            report.add(trunk.place("to"), f"a trunk leads to another site, not from “{trunk.origin}” to itself")
        elif pair in pairs:
            report.add(
                trunk.place(), f"there is a trunk from “{pair[0]}” to “{pair[1]}” already in {pairs[pair]}: keep one"
            )
        elif trunk.named in ids:
            report.add(
                trunk.place("id"), f"trunk “{trunk.named}” is there already in {ids[trunk.named]}: choose another id"
            )
        pairs.setdefault(pair, trunk.place())
        ids.setdefault(trunk.named, trunk.place())
    return trunks


def phones_differ(advisors: dict[str, Advisor], info: ValidationInfo) -> dict[str, Advisor]:
    holders: dict[tuple[str, str], tuple[str, Place]] = {}
    for name, advisor in advisors.items():
        phone = (advisor.site, advisor.phone)
        if phone in holders:
            other, place = holders[phone]
            reading(info).report.add(
                advisor.place("phone"),
                f"phone {advisor.phone} at “{advisor.site}” is that of “{other}” in {place}: give each advisor his own",
            )
        holders.setdefault(phone, (name, advisor.place("phone")))
    return advisors
