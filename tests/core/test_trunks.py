"""Lines between PBXs: one way, a number of places, up until told otherwise."""

from cti_router.core.configuration import Trunk
from cti_router.core.trunks import Trunks

TO_ROUEN = Trunk("caen-rouen", "caen", "rouen", 2)
PATH = ("caen", "rouen")


def test_at_home_no_line_is_needed() -> None:
    trunks = Trunks([])
    assert trunks.path("caen", "caen", 0.0) == ("caen",)
    trunks.reserve(("caen",), "o1")
    assert not trunks.free(("caen",), "o1")


def test_a_line_goes_one_way() -> None:
    trunks = Trunks([TO_ROUEN])
    assert trunks.path("caen", "rouen", 0.0) == PATH
    assert trunks.path("rouen", "caen", 0.0) is None
    assert trunks.path("caen", "brest", 0.0) is None


def test_a_full_line_is_no_way_until_a_place_is_free_again() -> None:
    trunks = Trunks([TO_ROUEN])
    trunks.reserve(PATH, "o1")
    assert trunks.path("caen", "rouen", 0.0) == PATH
    trunks.reserve(PATH, "o2")
    assert trunks.path("caen", "rouen", 0.0) is None
    assert trunks.free(PATH, "o1")  # it was full: somebody may wait for it
    assert trunks.path("caen", "rouen", 0.0) == PATH
    assert not trunks.free(PATH, "o2")
    assert trunks.in_use("caen-rouen") == 0


def test_an_offer_holds_one_place_however_often_it_is_told() -> None:
    trunks = Trunks([TO_ROUEN])
    for _ in range(2):
        trunks.reserve(PATH, "o1")
    assert trunks.in_use("caen-rouen") == 1
    for _ in range(2):
        trunks.free(PATH, "o1")
    assert trunks.in_use("caen-rouen") == 0


def test_a_line_that_is_down_is_no_way_and_keeps_its_places() -> None:
    trunks = Trunks([TO_ROUEN])
    trunks.reserve(PATH, "o1")
    trunks.changed("caen", "rouen", reachable=False)
    assert trunks.path("caen", "rouen", 0.0) is None
    trunks.changed("caen", "rouen", reachable=True)
    assert trunks.path("caen", "rouen", 0.0) == PATH
    assert trunks.in_use("caen-rouen") == 1


def test_the_news_of_an_unknown_line_is_harmless() -> None:
    trunks = Trunks([TO_ROUEN])
    trunks.changed("caen", "brest", reachable=False)
    trunks.changed("caen", "brest", reachable=True)
    assert trunks.path("caen", "brest", 0.0) is None
    assert trunks.path("caen", "rouen", 0.0) == PATH
