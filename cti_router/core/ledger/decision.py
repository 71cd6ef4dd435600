"""The decision ledger: what was decided of a call, when, by which rule and configuration, and what was passed over.

A decision keeps what the matcher touched, and counts the rest by step; one advisor's "why not me?" is worked out again
from the journal.
"""

from collections.abc import Callable
from typing import NamedTuple

from cti_router.core.history import Counted, DecisionRecord
from cti_router.core.identity import Instant
from cti_router.core.ledger.ledger import Reason


class Decision(NamedTuple):
    """`what`: an offer's fate ("offered", "pulled", "no_answer", …), "waits", "widened", or the call's outcome.

    `ticket`: its number. `rejected`: who else was looked at, and why he was not taken. `rule`: how the plan
    chooses, "" where nobody chose.
    """

    at: Instant
    ticket: int
    what: str
    version: str
    because: tuple[Reason, ...]
    rejected: tuple[Reason, ...] = ()
    counted: tuple[Counted, ...] = ()
    rule: str = ""

    def says(self, ticket: int, what: str, because: tuple[Reason, ...], counted: tuple[Counted, ...]) -> bool:
        """The same, whenever it was said: it need not be kept twice."""
        return (
            self.what == what and self.ticket == ticket and self.counted == counted and self.because == because
        )  # fmt: skip

    def told(self, sentence: Callable[[Reason], str]) -> DecisionRecord:
        """As it is kept and read, its reasons in the words of `ledger_in_french.py` or `ledger_in_english.py`."""
        return DecisionRecord(
            self.at, self.ticket, self.what, self.version, tuple(map(sentence, self.because)),
            tuple(map(sentence, self.rejected)), self.counted, self.rule,
        )  # fmt: skip

    def repeats(self, before: "Decision") -> bool:
        """The same again, only later."""
        return before.says(self.ticket, self.what, self.because, self.counted)
