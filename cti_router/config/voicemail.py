"""The voicemail section: by when a voice message is to be done, and how long it is kept."""

from typing import Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.fields import Duration, Sound, duration
from cti_router.core.voicemail import VoicemailRules

_RULES = VoicemailRules()


class Voicemail(Entry):
    """Voice messages are work to do, and are kept no longer than needed."""

    due_in_working_days: int = Field(
        default=_RULES.due_in_working_days,
        ge=0,
        le=30,
        description="A message is due at the end of the last time slot of the working day (by the duty calendar) that "
        "comes so many after the day on which it was left; `0`: of that same day, while a slot is left in it.",
    )
    keep: Duration = Field(
        default=_RULES.keep_s,
        description="How long a message that is done is kept; then its row and its sound are deleted.",
        examples=["30d"],
    )
    keep_at_most: Duration = Field(
        default=_RULES.keep_at_most_s, description="How long any message is kept, done or not.", examples=["90d"]
    )

    @model_validator(mode="after")
    def _kept_long_enough(self, info: ValidationInfo) -> Self:
        report = reading(info).report
        if self.keep < duration("1h"):
            report.add(self.place("keep"), "must be at least 1h: a mistake can be made good so long")
        if self.keep_at_most < max(self.keep, duration("1d")):
            report.add(self.place("keep_at_most"), "must be at least 1d, and not shorter than “keep”")
        return self


class WhenClosed(Entry):
    """What a caller is offered when the service is closed, after the closing message."""

    then: Literal["voicemail"] = Field(
        default="voicemail", description="He may leave a message (`voicemail`).", examples=["voicemail"]
    )
    play: list[Sound] = Field(
        default=[], description="What he hears first: that he may speak after the tone.", examples=["[leave_message]"]
    )
    longest: Duration = Field(default=_RULES.longest_s, description="How long his message may be.", examples=["2min"])

    @model_validator(mode="after")
    def _long_enough(self, info: ValidationInfo) -> Self:
        if not 5 <= self.longest <= 600:
            reading(info).report.add(self.place("longest"), "must be from 5s to 10min")
        return self
