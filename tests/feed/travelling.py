"""A caller with a treatment, and what is noted of his journey."""

from typing import Any

from cti_router.core.configuration import Configuration
from cti_router.core.effects import StepOutcome
from cti_router.core.inputs import Input
from cti_router.feed.journey_in_french import journey_of
from cti_router.feed.journeys import Journeys
from tests.core.treated import TreatedBoard


class Travelling(TreatedBoard):
    """`known`: the calls of which it became known who calls, in order."""

    def __init__(self, configuration: Configuration, **more: Any) -> None:
        super().__init__(configuration, **more)
        self.journeys = Journeys(self.switchboard)
        self.known: list[tuple[str, tuple[int, ...]]] = []

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        if (call := self.journeys.observe(input_, outcome.answer, self.now)) is not None:
            self.known.append((call, self.journeys.of(call).contributors))
        return outcome

    def told(self, call: str = "c1") -> list[tuple[float, str]]:
        """What an advisor to whom it came now would read, with the seconds since the board was made."""
        of = self.call(call)
        lines = journey_of(self.switchboard.configuration, of, self.journeys.of(call), of.ticket)
        return [(round(line.at - self.began, 3), line.what) for line in lines]

    def texts(self, call: str = "c1") -> list[str]:
        return [text for _, text in self.told(call)]
