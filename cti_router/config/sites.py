"""sites.yaml: the sites and the lines between their PBXs."""

from collections.abc import Collection, Iterable
from itertools import permutations
from typing import Annotated, Any, Self, TypeAlias

from pydantic import Discriminator, Field, Tag, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import DirectNumbers, Label, Matching, Phone, SiteReference, TrunkId


class Site(Entry):
    """One office and its PBX. Its id is also the name of its PBX in the other PBXs' trunks."""

    name: Label = Field(description="The site's name, for people.", examples=["Caen"])
    voice_ports: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="How many callers its PBX treats at once, from the ring to the talk; without it, as many as come.",
        examples=[30],
    )
    public_calls: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="How many calls its PBX may place over the public network at once; none without it.",
        examples=[10],
    )
    direct_numbers: DirectNumbers | None = Field(
        default=None,
        description="The public numbers of its phones, `{phone}` standing for the extension: the way to them when no "
        "trunk leads there.",
        examples=['"+3326191{phone}"'],
    )
    phones: list[Phone] = Field(
        default=[],
        description="Its phones that are no advisor's own: anybody of the site may take one for the day.",
        examples=['["191", "192"]'],
    )


class Trunk(Entry):
    """A line from one PBX to another, in one direction: write one each way."""

    id: TrunkId | None = Field(default=None, description="The trunk's id; without it, the two sites: `caen-rouen`.")
    origin: SiteReference = Field(alias="from", description="The site whose PBX places the calls.", examples=["caen"])
    destination: SiteReference = Field(alias="to", description="The site whose PBX takes them.", examples=["rouen"])
    capacity: int = Field(ge=1, le=10_000, description="How many calls it carries at once.", examples=[10])
    via: list[SiteReference] = Field(
        default=[],
        description="The third sites that help out when it cannot, in order; without it, every site, in their order.",
        examples=["[evreux, dieppe]"],
    )

    @model_validator(mode="after")
    def _by_third_sites(self, info: ValidationInfo) -> Self:
        for index, site in enumerate(self.via):
            if site in (self.origin, self.destination):
                reading(info).report.add(
                    self.place("via", index), f"“{site}” is an end of this trunk: name a third site"
                )
            elif site in self.via[:index]:
                reading(info).report.add(self.place("via", index), f"“{site}” stands here twice: keep one")
        return self

    @property
    def named(self) -> str:
        return self.id or trunk_name(self.origin, self.destination)


def trunk_name(origin: str, destination: str) -> str:
    return f"{origin}-{destination}"


def list_or_word(value: Any) -> str:
    """Tells apart the two forms of a choice of sites."""
    return "[list]" if isinstance(value, list) else "[role]"


AllOrSome: TypeAlias = Annotated[
    Annotated[str, Matching("all", "all, or a list of sites such as [caen, rouen]"), Tag("[role]")]
    | Annotated[list[SiteReference], Field(min_length=2), Tag("[list]")],
    Discriminator(list_or_word),
]


class Mesh(Entry):
    """A trunk from each of these sites to each other, but where `trunks` has one already."""

    sites: AllOrSome = Field(description="`all`, or a list of sites.", examples=["all"])
    capacity: int = Field(ge=1, le=10_000, description="How many calls each trunk carries at once.", examples=[10])

    @model_validator(mode="after")
    def _each_site_once(self, info: ValidationInfo) -> Self:
        for index, site in enumerate(self.sites if isinstance(self.sites, list) else ()):
            if site in self.sites[:index]:
                reading(info).report.add(self.place("sites", index), f"“{site}” stands here twice: keep one")
        return self

    def pairs(self, sites: Iterable[str], trunks: Collection[Trunk]) -> list[tuple[str, str]]:
        """The trunks it adds, (from, to), to those written out. `sites` are all there are."""
        written = {(trunk.origin, trunk.destination) for trunk in trunks}
        meshed = self.sites if isinstance(self.sites, list) else sites
        return [pair for pair in permutations(meshed, 2) if pair not in written]


def trunk_ids_differ(mesh: Mesh | None, info: ValidationInfo) -> Mesh | None:
    """The ids of the trunks written out must not be those of the mesh's."""
    trunks = info.data.get("trunks", [])
    pairs = mesh.pairs(reading(info).ids["sites"] or (), trunks) if mesh is not None else []
    taken = {trunk_name(*pair) for pair in pairs}
    for trunk in trunks:
        if trunk.named in taken:
            reading(info).report.add(trunk.place("id"), f"“{trunk.named}” is a trunk of the mesh: choose another id")
    return mesh


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
