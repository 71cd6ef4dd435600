"""calendar.yaml: which site is on duty for all, and when."""

from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Literal, Self, TypeAlias, get_args

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from cti_router.config.entry import EachEntry, EachItem, Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import Day, EndTime, Label, LocalTime, SiteReference, Timezone, wrong
from cti_router.config.public_holidays import Holidays

DayName: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[DayName, ...] = get_args(DayName)

_MIDNIGHT = time(0)


def _not_when_it_begins(end: time, info: ValidationInfo) -> time:
    if end == info.data.get("start") != _MIDNIGHT:
        raise wrong('must not be when the slot begins; a whole day is from "00:00" to "24:00"')
    return end


class Slot(Entry):
    """A time slot: from a time of day (included) to another (excluded). It belongs to the day on which it begins."""

    start: LocalTime = Field(alias="from", description="First minute of the slot.", examples=['"08:30"'])
    end: Annotated[EndTime, AfterValidator(_not_when_it_begins)] = Field(
        alias="to",
        description='First minute after the slot; "24:00" is midnight; earlier than `from`, it is on the next day.',
        examples=['"12:30"'],
    )
    duty: SiteReference = Field(description="The site that answers for all.", examples=["rouen"])
    backups: list[SiteReference] = Field(default=[], description="The sites that help, in order.", examples=["[caen]"])
    timezone: Timezone | None = Field(
        default=None,
        description="The time zone of both times, when it is not the service's.",
        examples=["Indian/Reunion"],
    )

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> Self:
        report = reading(info).report
        for index, site in enumerate(self.backups):
            place = self.place("backups", index)
            if site == self.duty:
                report.add(place, f"“{site}” is on duty in this slot: it cannot be its own backup")
            elif site in self.backups[:index]:
                report.add(place, f"“{site}” stands here twice: keep one")
        return self


Slots: TypeAlias = Annotated[list[Slot], EachItem]
SomeSlots: TypeAlias = Annotated[list[Slot], Field(min_length=1), EachItem]


class ExceptionalDay(Entry):
    """A dated day that wins over the week; a slot of the day before still goes on past midnight."""

    date: Day = Field(description="The day.", examples=["2026-12-24"])
    name: Label = Field(description="The day's name, for people.", examples=["Veille de Noël"])
    closed: bool = Field(default=False, description="`true`: nobody answers all day.", examples=["true"])
    slots: SomeSlots | None = Field(default=None, description="The slots that begin on that day, not the week's.")

    @model_validator(mode="after")
    def _open_or_closed(self) -> Self:
        if self.closed == (self.slots is not None):
            raise wrong("write either the “slots” of that day, or “closed: true”")
        return self


def _dates_differ(days: list[ExceptionalDay], info: ValidationInfo) -> list[ExceptionalDay]:
    first: dict[date, Place] = {}
    for day in days:
        place = day.place("date")
        if day.date in first:
            reading(info).report.add(place, f"{day.date} is there already in {first[day.date]}: keep one")
        first.setdefault(day.date, place)
    return days


class Swap(Entry):
    """On one date two sites exchange their places in the time slots: duty and backups."""

    date: Day = Field(description="The day.", examples=["2026-12-01"])
    give: SiteReference = Field(description="The site that gives its duty away.", examples=["caen"])
    take: SiteReference = Field(description="The site that takes it.", examples=["dieppe"])


def _one_swap_a_day(swaps: list[Swap], info: ValidationInfo) -> list[Swap]:
    report = reading(info).report
    first: dict[tuple[date, str], Place] = {}
    for swap in swaps:
        if swap.give == swap.take:
            report.add(swap.place("take"), f"“{swap.take}” cannot swap with itself: name another site")
            continue
        for key, site in (("give", swap.give), ("take", swap.take)):
            if (place := first.get((swap.date, site))) is not None:
                report.add(swap.place(key), f"“{site}” swaps already on {swap.date} in {place}: one swap a day")
            first.setdefault((swap.date, site), swap.place(key))
    return swaps


class Calendar(Entry):
    """The duty calendar."""

    week: Annotated[dict[DayName, Slots], EachEntry] = Field(
        description="The time slots of each day, `monday` to `sunday`; a day that is not there is closed."
    )
    holidays: Holidays | None = Field(default=None, description="Public holidays, on which the service is closed.")
    exceptions: Annotated[list[ExceptionalDay], EachItem, AfterValidator(_dates_differ)] = Field(
        default=[], description="Dated days that win over the week and over the public holidays."
    )
    swaps: Annotated[list[Swap], EachItem, AfterValidator(_one_swap_a_day)] = Field(
        default=[], description="Days on which two sites exchange their places."
    )

    def slots_on(self, day: date) -> Sequence[Slot]:
        """The slots in force on a day, before its swaps."""
        exception = next((exception for exception in self.exceptions if exception.date == day), None)
        if exception is not None:
            return exception.slots or []
        if self.holidays is not None and day in self.holidays.days:
            return []
        return self.week.get(DAYS[day.weekday()], [])

    @model_validator(mode="after")
    def _who_gives_is_on_duty(self, info: ValidationInfo) -> Self:
        known = reading(info).ids["sites"] or ()
        for swap in self.swaps:
            on_duty = list(dict.fromkeys(slot.duty for slot in self.slots_on(swap.date)))
            # An unknown site is an error already; with it, nobody can tell.
            if swap.give not in on_duty and all(site in known for site in (*on_duty, swap.give)):
                who = f"on duty that day: {', '.join(on_duty)}" if on_duty else "the service is closed that day"
                reading(info).report.add(
                    swap.place("give"), f"“{swap.give}” is not on duty on {swap.date}, it has nothing to give; {who}"
                )
        return self
