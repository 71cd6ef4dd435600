"""What must hold between any two inputs, from the middle of a consultation on."""

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from cti_router.core.aside import (
    Held,
)
from cti_router.core.inputs import (
    PhoneState,
)
from tests.core.board import CONFIGURATION
from tests.core.test_invariants import ADVISORS, Switchboards


class InTheMiddle(Switchboards):
    """The same, but it begins in the middle of a consultation."""

    @initialize(available=st.sets(st.sampled_from(ADVISORS)), depth=st.integers(0, 4))
    def opens(self, available: set[str], depth: int) -> None:
        super().opens({"remi"}, CONFIGURATION, ["employer"])
        for advisor in sorted(available | {"rose"} if depth else available):
            self.board.present(advisor)
        if depth:
            self.board.consult("c1", "remi", "rose")
            self.told["c1"] = Held(5.0)
        if depth > 1:
            self.board.phone("rose", PhoneState.RINGING)
        if depth > 2:
            self.board.phone("rose", PhoneState.IN_USE)
        if depth > 3:
            self.board.leg_ends("c1", self.board.call("c1").leg)


TestInTheMiddle = InTheMiddle.TestCase
TestInTheMiddle.settings = settings(
    max_examples=int(os.environ.get("SOAK_EXAMPLES", "100")), stateful_step_count=25, deadline=None
)
