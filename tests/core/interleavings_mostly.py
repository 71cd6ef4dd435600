"""The seeded driver with other shares of its acts: advisors who move calls about, callers who listen."""

from tests.core.interleavings import CONFIGURATIONS, TREATED, Interleavings


class MovedAbout(Interleavings):
    """The same, but most of it is what advisors do with their calls."""

    configurations = tuple(each for each in CONFIGURATIONS if each not in TREATED[1:])

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._acts = [
            *self.acts_aside() * 2, *[self.a_call_goes_on] * 8, *[self.time_passes] * 5, *[self.a_choice] * 3,
            *[self.a_phone] * 2, self.a_caller_hangs_up, self.a_caller_is_gone, self.an_answer_is_lost,
            self.a_nudge_is_lost, self.the_same_ask_again, self.an_old_ask, self.a_link_is_cut,
            *[self.a_link_is_back] * 2, self.a_trunk, self.a_standstill, self.a_reload, self.an_order,
            *[self.an_undoing] * 2, self.a_pull,
        ]  # fmt: skip


class Listening(Interleavings):
    """The same, but most of it is what callers hear while they wait, as long as their plan lets them."""

    configurations = TREATED

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._acts = [
            *[self.a_call_arrives] * 2, *[self.a_call_goes_on] * 30, *[self.time_passes] * 8, self.a_choice,
            *[self.a_phone] * 2, self.an_answer_is_lost, self.a_nudge_is_lost, self.the_same_ask_again, self.an_old_ask,
            self.a_link_is_cut, *[self.a_link_is_back] * 3, self.a_standstill, self.a_reload, self.an_order,
            *[self.an_undoing] * 3, self.a_pull, self.a_fallback,
        ]  # fmt: skip
        self.a_reload()

    def time_passes(self) -> None:
        """As long as a prompt takes."""
        self._wait(self._chance.choice([0.3, 1.0, 3.0, 5.0]))
