from cti_router.web.signing import pace
from cti_router.web.signing.pace import Pace


def test_so_many_at_once_then_one_at_a_time() -> None:
    of = Pace(3, 10.0)
    for _ in range(3):
        assert of.wait_s("a", 100.0) == 0.0
        of.tried("a", 100.0)
    assert of.wait_s("a", 100.0) == 10.0
    assert of.wait_s("a", 109.5) == 0.5
    assert of.wait_s("a", 110.0) == 0.0
    assert of.wait_s("b", 100.0) == 0.0
    of.tried("a", 110.0)
    assert of.wait_s("a", 110.0) == 10.0
    assert of.wait_s("a", 130.0 + 30.0) == 0.0


def test_the_last_try_is_taken_back() -> None:
    of = Pace(1, 10.0)
    of.tried("a", 0.0)
    of.forgive("a", 0.0)
    assert of.wait_s("a", 0.0) == 0.0


def test_it_remembers_a_bounded_number() -> None:
    of = Pace(1, 1e9)
    for number in range(pace.MOST_KEYS + 5):
        of.tried(str(number), 0.0)
    assert of.wait_s("4", 0.0) == 0.0
    assert of.wait_s("5", 0.0) > 0.0
