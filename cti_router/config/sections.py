"""The sections of the YAML: which there are, and in which file an administrator looks for them."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from cti_router.config.callback import Callback
from cti_router.config.days import slots_do_not_overlap
from cti_router.config.due_dates import DueDate
from cti_router.config.duty import Calendar
from cti_router.config.entry import EachEntry, EachItem, Entry, reading
from cti_router.config.fields import Id, SiteId
from cti_router.config.network import Network
from cti_router.config.organisation import Advisor, Motive, Profile, Reason, Skill, Supervisor, phones_differ
from cti_router.config.prompts import Prompt
from cti_router.config.routing import Number, Plan, Service, numbers_differ
from cti_router.config.sites import Mesh, Site, Trunk, trunk_ids_differ, trunks_differ
from cti_router.config.treatments import Information, Treatment
from cti_router.config.voicemail import Voicemail

HOME: Mapping[str, str] = {
    "service": "service.yaml",
    "numbers": "service.yaml",
    "callback": "service.yaml",
    "voicemail": "service.yaml",
    "sites": "sites.yaml",
    "trunks": "sites.yaml",
    "mesh": "sites.yaml",
    "skills": "skills.yaml",
    "profiles": "skills.yaml",
    "motives": "skills.yaml",
    "advisors": "advisors.yaml",
    "supervisors": "supervisors.yaml",
    "reasons": "reasons.yaml",
    "plans": "plans.yaml",
    "prompts": "prompts.yaml",
    "treatments": "treatments.yaml",
    "information": "treatments.yaml",
    "due_dates": "due_dates.yaml",
    "calendar": "calendar.yaml",
    "network": "network.yaml",
}
"""The file each section is expected in; it is found in any."""

_NotEmpty = Field(min_length=1)


class Sections(Entry):
    """All files together."""

    service: Service = Field(description="Settings of the whole service.")
    numbers: Annotated[list[Number], _NotEmpty, EachItem, AfterValidator(numbers_differ)] = Field(
        description="The public numbers."
    )
    callback: Callback | None = Field(
        default=None, description="How contributors are called back; nobody is without this section."
    )
    voicemail: Voicemail | None = Field(
        default=None, description="What becomes of voice messages; with the defaults without this section."
    )
    sites: Annotated[dict[SiteId, Site], _NotEmpty, EachEntry] = Field(description="The sites.")
    trunks: Annotated[list[Trunk], EachItem, AfterValidator(trunks_differ)] = Field(
        default=[], description="The lines between the PBXs, written out."
    )
    mesh: Annotated[Mesh | None, AfterValidator(trunk_ids_differ)] = Field(
        default=None, description="The lines between all PBXs, or some, told at once."
    )
    skills: Annotated[dict[Id, Skill], _NotEmpty, EachEntry] = Field(description="The skills.")
    profiles: Annotated[dict[Id, Profile], _NotEmpty, EachEntry] = Field(description="The profiles.")
    motives: Annotated[dict[Id, Motive], EachEntry] = Field(default={}, description="The motives: why somebody calls.")
    due_dates: Annotated[dict[Id, DueDate], EachEntry] = Field(
        default={}, description="The days by which some must declare or pay."
    )
    advisors: Annotated[dict[Id, Advisor], _NotEmpty, EachEntry, AfterValidator(phones_differ)] = Field(
        description="The advisors."
    )
    supervisors: Annotated[dict[Id, Supervisor], EachEntry, AfterValidator(phones_differ)] = Field(
        default={}, description="The supervisors."
    )
    reasons: Annotated[dict[Id, Reason], EachEntry] = Field(
        default={},
        description="Why advisors are absent, in the order in which they choose. “absent” and “rona” (he did not "
        "answer) are always there. Without this section every word is taken for a reason.",
    )
    plans: Annotated[dict[Id, Plan], _NotEmpty, EachEntry] = Field(description="The routing plans.")
    prompts: Annotated[dict[Id, Prompt], EachEntry] = Field(
        default={}, description="The texts that callers hear, by the name that the lists of sounds call them."
    )
    treatments: Annotated[dict[Id, Treatment], EachEntry] = Field(
        default={}, description="What callers hear while they wait."
    )
    information: Annotated[dict[Id, Information], EachEntry] = Field(
        default={}, description="What callers are told on some days."
    )
    calendar: Annotated[Calendar, AfterValidator(slots_do_not_overlap)] = Field(description="The duty calendar.")
    network: Network = Field(description="Addresses, ports and secrets.")

    @model_validator(mode="after")
    def _every_pbx_can_call_out(self, info: ValidationInfo) -> Self:
        without = {
            "its “carrier” in “network.pbxs”": [site for site, pbx in self.network.pbxs.items() if pbx.carrier is None],
            "its “public_calls” in “sites”": [id_ for id_, site in self.sites.items() if not site.public_calls],
        }
        for plan in self.plans.values():
            for what, sites in without.items() if plan.end.then == "other_number" else ():
                if sites:
                    reading(info).report.add(
                        plan.end.place("then"),
                        f"the PBX of {', '.join(sites)} has no way to another number: tell {what}",
                    )
        return self

    @model_validator(mode="after")
    def _spare_phones_are_nobody_s(self, info: ValidationInfo) -> Self:
        holders = {(person.site, person.phone): name for name, person in self.advisors.items()}
        holders |= {(person.site, person.phone): name for name, person in self.supervisors.items()}
        for id_, site in self.sites.items():
            for index, phone in enumerate(site.phones):
                if (holder := holders.get((id_, phone))) is not None:
                    why = f"phone {phone} is that of “{holder}”: remove it, everybody at “{id_}” may take it already"
                    reading(info).report.add(site.place("phones", index), why)
                elif phone in site.phones[:index]:
                    reading(info).report.add(site.place("phones", index), f"phone {phone} stands here twice: keep one")
        return self

    @model_validator(mode="after")
    def _somebody_can_be_called_back(self, info: ValidationInfo) -> Self:
        wanted = [plan.end.place("then") for plan in self.plans.values() if plan.end.then == "callback"]
        wanted += [treatment.place("callback") for treatment in self.treatments.values() if treatment.callback]
        for place in wanted if self.callback is None else ():
            reading(info).report.add(place, "nobody is called back: add a section “callback”")
        return self

    @model_validator(mode="after")
    def _some_carrier_vouches(self, info: ValidationInfo) -> Self:
        told = any(pbx.carrier is not None and pbx.carrier.verdict for pbx in self.network.pbxs.values())
        for number in self.numbers if not told else ():
            for rule in number.plan if isinstance(number.plan, list) else ():
                if rule.when is not None and rule.when.verified:
                    reading(info).report.add(
                        rule.when.place("verified"),
                        "no PBX has a carrier that says whether it vouches for a number: tell its “verdict” in "
                        "“network.pbxs”, or remove this condition",
                    )
        return self
