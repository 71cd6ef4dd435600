"""due_dates.yaml: the days by which some must declare or pay."""

from typing import Annotated, Self, TypeAlias

from pydantic import Field, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.fields import Day, Duration, Label, ProfileReference, wrong

DayOfMonth: TypeAlias = Annotated[int, Field(ge=1, le=31)]
Month: TypeAlias = Annotated[int, Field(ge=1, le=12)]


class DueDate(Entry):
    """Days of each year, or dates, that make some callers more urgent for a while."""

    name: Label = Field(description="The due date's name, for people.", examples=["Cotisations mensuelles"])
    days: list[DayOfMonth] = Field(
        default=[],
        description="Days of the month; one that a month does not have is its last day.",
        examples=["[5, 15]"],
    )
    months: list[Month] = Field(
        default=[], description="The months of these `days`, 1 to 12; all when not told.", examples=["[1, 4, 7, 10]"]
    )
    dates: list[Day] = Field(default=[], description="Single dates.", examples=["[2027-05-20]"])
    profiles: list[ProfileReference] = Field(
        min_length=1, description="Whom it concerns.", examples=["[employer, association]"]
    )
    days_before: int = Field(
        default=0,
        ge=0,
        le=31,
        description="How many days before it counts already. It counts to its end, or, where the service is closed "
        "that day, to the end of the next day on which it answers.",
        examples=[3],
    )
    bonus: Duration = Field(
        default=0.0,
        description="How much earlier those callers count as having arrived meanwhile, besides their profile's bonus; "
        "of several due dates at once, the largest.",
        examples=["2min"],
    )

    @model_validator(mode="after")
    def _has_days(self, info: ValidationInfo) -> Self:
        if not self.days and not self.dates:
            raise wrong("write the “days” of the month, or “dates”")
        if self.months and not self.days:
            reading(info).report.add(self.place("months"), "months without “days”: say which days of these months")
        return self
