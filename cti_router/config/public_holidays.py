"""Public holidays by country, from the `holidays` package."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.errors import suggestion
from cti_router.config.fields import Day, wrong

YEARS = range(2020, 2046)


@cache
def public_holidays(country: str, subdivision: str | None = None) -> Mapping[date, str]:
    """The days of `YEARS` with their names, in the country's own language.

    `country` and `subdivision` are among `subdivisions()`.
    """
    import holidays  # here: a fifth of a second that only those pay who use it

    # Told no language, the package would follow the machine's: LANGUAGE, LC_ALL, LANG.
    language = holidays.country_holidays(country).default_language
    days = holidays.country_holidays(country, subdiv=subdivision, years=YEARS, language=language)
    return MappingProxyType({day: days[day] for day in sorted(days)})


@cache
def subdivisions() -> Mapping[str, tuple[str, ...]]:
    """By country, the codes of its subdivisions; some of them may have no days of their own."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return MappingProxyType({country: tuple(codes) for country, codes in known.items()})


def _country(value: str) -> str:
    if value not in subdivisions():
        raise wrong("must be the two letters of a country whose holidays are known, such as FR")
    return value


def _subdivision(value: str | None, info: ValidationInfo) -> str | None:
    country = info.data.get("country")
    if value is None or country is None:
        return value
    # The package takes some unknown words in silence, and gives the country's days for them.
    if value not in (known := subdivisions()[country]):
        raise wrong(f"unknown subdivision “{value}” of {country}{suggestion(value, known) or _listed(known)}")
    if public_holidays(country, value) == public_holidays(country):
        raise wrong(f"“{value}” has no public holidays of its own: remove it, {country} alone gives the same days")
    return value


def _listed(codes: tuple[str, ...]) -> str:
    return f"; known: {', '.join(codes)}" if codes else "; none are known: remove it"


Country: TypeAlias = Annotated[str, AfterValidator(_country)]


class Holidays(Entry):
    """Public holidays: closed all day, unless an exceptional day says otherwise."""

    country: Country = Field(description="The country, by its two letters (ISO 3166).", examples=["FR"])
    subdivision: Annotated[str | None, AfterValidator(_subdivision)] = Field(
        default=None,
        description="A part of the country that has more of them, by its code: `6AE` is Alsace.",
        examples=["6AE"],
    )
    but: list[Day] = Field(
        default=[], alias="except", description="Holidays on which the service answers.", examples=["[2027-05-17]"]
    )

    @property
    def days(self) -> Mapping[date, str]:
        """The closed days with their names."""
        known = public_holidays(self.country, self.subdivision)
        return {day: name for day, name in known.items() if day not in self.but}

    @model_validator(mode="after")
    def _exceptions_are_holidays(self, info: ValidationInfo) -> Self:
        known = public_holidays(self.country, self.subdivision)
        for index, day in enumerate(self.but):
            if day not in known:
                why = f"is no public holiday from {YEARS[0]} to {YEARS[-1]}: remove it"
                reading(info).report.add(self.place("except", index), f"{day} {why}")
        return self
