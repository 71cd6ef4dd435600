"""Who owns what, wired together: each part of the state has one owner, who knows only those he needs."""

from cti_router.core.advisors.roster import Roster
from cti_router.core.callbacks.attempts import Attempts
from cti_router.core.callbacks.by_key import CallbacksByKey
from cti_router.core.callbacks.callbacks import Callbacks
from cti_router.core.callbacks.noting import Noting
from cti_router.core.callbacks.placing import Placing
from cti_router.core.calls.arrivals import Arrivals
from cti_router.core.calls.call_requests import CallRequests
from cti_router.core.calls.calls import Calls
from cti_router.core.calls.identification import Identification
from cti_router.core.calls.keyed_identity import KeyedIdentities
from cti_router.core.calls.questions import Keyed, Questions
from cti_router.core.calls.second_level import SecondLevel
from cti_router.core.calls.settling import Settling
from cti_router.core.calls.treating import Treating
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.deadlines import Deadlines
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.duty.duties import Duties
from cti_router.core.identity import CallId
from cti_router.core.matching.kinds import Kinds
from cti_router.core.matching.matching import Matching
from cti_router.core.orders.orders import Orders
from cti_router.core.orders.pulls import Pulls
from cti_router.core.question import Asked
from cti_router.core.resync import Resync
from cti_router.core.serving.awaited import Awaited
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.endings import Endings
from cti_router.core.serving.matches import Matches
from cti_router.core.serving.offers import Offers
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.treating.information import InformationOfTheDay
from cti_router.core.turn import Turn
from cti_router.core.ways.trunk_watch import TrunkWatch
from cti_router.core.ways.trunks import Trunks
from cti_router.core.ways.voice_ports import VoicePorts


class Owners:
    """Built once; a new configuration reaches each in turn."""

    def __init__(self, configuration: Configuration, kinds: Kinds | None = None) -> None:
        """`kinds`: as `prepared.prepared` made them, else they are made here."""
        self.configuration = configuration
        calls: dict[CallId, Call] = {}
        linked: set[SiteId] = set()
        kinds = kinds or Kinds.of(configuration)
        deadlines = self._deadlines = Deadlines()
        self._askers: dict[Asked, Keyed] = {}
        self.matching = Matching(kinds)
        self.trunks = Trunks(configuration.trunks.values(), configuration.sites)
        self._trunk_watch = TrunkWatch(self.trunks, deadlines)
        self.voice_ports = VoicePorts(configuration.sites)
        self.expected = ExpectedWaits(configuration, kinds, self.matching)
        self.roster = Roster(configuration, self.matching, self.expected, deadlines)
        self._clerk = Clerk(configuration, self.matching, self.roster)
        self.offers = Offers(
            configuration, calls, self.matching, self.expected, self.roster, self._clerk, self.trunks,
            self._trunk_watch, self.voice_ports, deadlines,
        )  # fmt: skip
        self.matches = Matches(
            configuration, calls, self.matching, self.roster, self._clerk, self.trunks, self.offers
        )  # fmt: skip
        self._awaited = Awaited(
            configuration, calls, self.matching, self.roster, self._clerk, self.trunks, deadlines
        )  # fmt: skip
        endings = Endings(self.trunks)
        self._duties = Duties(configuration)
        self._waiting = Waiting(
            configuration, calls, self.matching, self.expected, self._clerk, endings, self._duties, deadlines, linked
        )
        self._information = InformationOfTheDay(configuration)
        self._treating = Treating(
            configuration, self._information, self.expected, self._clerk, self._waiting, self._duties
        )
        self._askers[Asked.MOTIVE] = self._treating.motive_keyed
        self._settling = Settling(configuration, self._waiting)
        self._keyed_identities = KeyedIdentities(configuration, self._waiting, self._settling, deadlines)
        self._askers |= dict.fromkeys((Asked.WHO, Asked.WHICH), self._keyed_identities.keyed)
        self._identification = Identification(
            configuration, calls, self._waiting, self._settling, self._keyed_identities, deadlines
        )
        self._second_level = SecondLevel(
            configuration, calls, self.offers, self._waiting, self._clerk, deadlines, linked
        )  # fmt: skip
        self._requests = CallRequests(
            configuration, calls, self.roster, self.offers, self._second_level, self._duties, linked
        )
        self._arrivals = Arrivals(
            configuration, calls, self.matching, self._waiting, self._identification, self._second_level,
            self.voice_ports, endings, self._duties, linked,
        )  # fmt: skip
        self._calls = Calls(
            configuration, calls, self.matching, self.offers, self.expected, self._waiting, self._arrivals,
            self._identification, Questions(self._askers), self._treating, self._second_level, self.voice_ports,
            endings, deadlines, linked,
        )  # fmt: skip
        pulls = Pulls(configuration, calls, self.matching, self.roster, self.offers, self.matches, self._duties)
        self.orders = Orders(
            configuration, pulls, self.roster, self._waiting, self._duties, self._information, deadlines, linked
        )  # fmt: skip
        self.callbacks = Callbacks(
            configuration, calls, self.matching, self._waiting, self._identification, self._clerk, self._duties,
            deadlines, linked,
        )  # fmt: skip
        self._noting = Noting(
            configuration, calls, self.callbacks, self._waiting, endings, self._clerk, self.trunks, deadlines
        )
        self._askers |= CallbacksByKey(self._noting, self._waiting).askers()
        self._placing = Placing(configuration, self.callbacks, self.offers, self.roster, self.trunks, linked)
        self._attempts = Attempts(
            self._noting, self._placing, self.callbacks, self.offers, self.roster, self.trunks, self._trunk_watch,
            deadlines, linked,
        )  # fmt: skip
        self._resync = Resync(
            configuration, self._calls, self._arrivals, self.offers, self._second_level, self._trunk_watch,
            self.callbacks, self._attempts, deadlines, linked,
        )  # fmt: skip

    @property
    def ordered(self) -> CalendarOrders:
        """What is ordered over the calendar now, and was lately."""
        return self._duties.ordered

    def configure(self, configuration: Configuration, kinds: Kinds | None, turn: Turn) -> None:
        """The pools and queues first, empty; then those who fill them again."""
        self.configuration = configuration
        kinds = kinds or Kinds.of(configuration)
        self._duties.configure(configuration)
        self.matching.configure(kinds)
        self.expected.configure(configuration, kinds)
        self.voice_ports.configure(configuration.sites)
        self._trunk_watch.configure(configuration, turn)
        self._clerk.configure(configuration, turn)
        self.offers.configure(configuration, turn)
        self.matches.configure(configuration, turn)
        self.roster.configure(configuration, turn)
        self._information.configure(configuration)
        self._treating.configure(configuration, turn)
        self._arrivals.configure(configuration, turn)
        self._calls.configure(configuration, turn)
        self._settling.configure(configuration, turn)
        self._keyed_identities.configure(configuration, turn)
        self._identification.configure(configuration, turn)
        self._second_level.configure(configuration, turn)
        self._requests.configure(configuration, turn)
        self._awaited.configure(configuration, turn)
        self.orders.configure(configuration, turn)
        self.callbacks.configure(configuration, turn)
        self._noting.configure(configuration, turn)
        self._placing.configure(configuration, turn)
        self._waiting.configure(configuration, turn)
        self._resync.configure(configuration, turn)
