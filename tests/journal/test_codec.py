"""Every word of the core goes to JSON and back unchanged, also those that are still to be invented."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum, StrEnum
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_router.core.configuration import Configuration
from cti_router.core.effects import StepOutcome
from cti_router.core.inputs import Input
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.journal.codec import CodecError, Codecs
from tests.core.board import CONFIGURATION

st.register_type_strategy(float, st.floats(allow_nan=False))  # which never equals itself
_SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.times() | st.dates()
st.register_type_strategy(
    Reason, st.builds(Reason, st.sampled_from(Why), st.lists(_SCALAR | st.tuples(_SCALAR, _SCALAR)).map(tuple))
)
WHOLE = settings(
    max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)


class Colour(StrEnum):
    RED = "red"


class Size(Enum):
    LARGE = 3


@dataclass(frozen=True, slots=True)
class Leaf:
    text: str = "é\udcff"


@dataclass(frozen=True, slots=True)
class Empty:
    pass


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything a new word of the core may hold."""

    colour: Colour = Colour.RED
    size: Size = Size.LARGE
    either: Leaf | Empty | Colour | tuple[str, ...] | None = None
    perhaps: Leaf | None = None
    pairs: tuple[tuple[int, float], ...] = ((1, 0.1),)
    by_size: Mapping[Size, str] | None = None
    by_name: Mapping[str, Leaf | None] | None = None
    sites: frozenset[str] = frozenset()
    when: tuple[date, datetime, time] = (date(2026, 1, 2), datetime(2026, 1, 2, 3), time(4, 5))  # noqa: DTZ001
    anything: tuple[object, ...] = (1, 1.0, "a", None, True, (time(1), date(2026, 1, 2)))
    below: tuple["Tree", ...] = ()


TREES = (
    Tree(),
    Tree(either=Leaf(), perhaps=Leaf("x"), by_size={Size.LARGE: "a"}, by_name={"": None, "b": Leaf()}),
    Tree(either=Empty(), sites=frozenset(("a", "b")), below=(Tree(either=Colour.RED), Tree(either=("a", "b")))),
)


def again(kind: Any, value: Any) -> Any:
    codec = Codecs().of(kind)
    return codec.value(json.loads(json.dumps(codec.plain(value))))


@pytest.mark.parametrize("kind", get_args(Input), ids=lambda kind: kind.__name__)
def test_every_input_comes_back(kind: type) -> None:
    codec = Codecs().of(Input)

    @WHOLE
    @given(st.from_type(kind))
    def comes_back(input_: Any) -> None:
        plain = json.loads(json.dumps(codec.plain(input_)))
        assert list(plain) == [kind.__name__]
        assert codec.value(plain) == input_

    comes_back()


@WHOLE
@given(st.from_type(StepOutcome))
def test_every_outcome_comes_back(outcome: StepOutcome) -> None:
    assert again(StepOutcome, outcome) == outcome


def test_a_configuration_comes_back() -> None:
    assert again(Configuration, CONFIGURATION) == CONFIGURATION


@pytest.mark.parametrize("tree", TREES)
def test_whatever_a_new_word_holds_comes_back(tree: Tree) -> None:
    found = again(Tree, tree)
    assert found == tree
    assert repr(found) == repr(tree)  # types too: a list is no tuple, text no enum


@given(st.floats())
def test_numbers_are_exact(number: float) -> None:
    found = again(float, number)
    assert (found == number and math.copysign(1, found) == math.copysign(1, number)) or math.isnan(number)


def test_sets_are_written_in_the_same_order_by_everybody() -> None:
    assert Codecs().of(frozenset[str]).plain(frozenset("cab")) == ["a", "b", "c"]


LEAF = {"Leaf": {"text": "x"}}
WRONG: dict[str, tuple[Any, Any, str]] = {
    "a missing field": (Leaf, {}, "lacks text"),
    "an unknown field": (Leaf, {"text": "x", "colour": 1}, "has no colour"),
    "a number for text": (Leaf, {"text": 1}, "text: 1 is no text"),
    "text for a number": (float, "1", "'1' is no number"),
    "a truth value for a number": (int, True, "True is no whole number"),
    "a fraction for a whole number": (int, 1.0, "1.0 is no whole number"),
    "no object": (Leaf, [], r"\[\] is no object"),
    "no list": (tuple[int, ...], {}, "{} is no list"),
    "an unknown member": (Leaf | Empty, {"Tree": {}}, "'Tree' is none of Leaf, Empty"),
    "two members": (Leaf | Empty, {**LEAF, "Empty": {}}, "is not an object with one key"),
    "nothing where something must be": (Leaf | Empty, None, "None is not an object"),
    "an unknown word": (Colour, "blue", "'blue' is no Colour"),
    "no day": (date, "soon", "'soon' is no date"),
    "too few items": (tuple[int, int], [1], "has 1 items, not 2"),
    "the same key twice": (Mapping[int, int], [[1, 2], [1, 3]], "1 is there twice"),
    "no scalar": (object, {"Leaf": {}}, "'Leaf' is none of date, datetime, time"),
    "deep inside": (Mapping[str, tuple[Leaf | Empty, ...]], {"a": [{"Leaf": {"text": 1}}]}, r"a\.0\.Leaf\.text: 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_its_place(what: str) -> None:
    kind, plain, said = WRONG[what]
    with pytest.raises(CodecError, match=said):
        Codecs().of(kind).value(plain)


def test_a_word_of_another_kind_is_not_written_as_if_it_were_one() -> None:
    with pytest.raises(TypeError, match="is none of Leaf, Empty"):
        Codecs().of(Leaf | Empty).plain(Tree())
    with pytest.raises(TypeError, match="is no Leaf"):
        Codecs().of(Leaf).plain(Empty())
    with pytest.raises(TypeError, match="is no scalar"):
        Codecs().of(object).plain(Leaf())


def test_a_type_that_no_json_can_say_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="no JSON is known for"):
        Codecs().of(bytes)


def test_a_key_can_be_written_in_the_callers_own_way() -> None:
    class Marked:
        def plain(self, value: str) -> str:
            return f"<{value}>"

        def value(self, plain: str) -> str:
            return plain[1:-1]

    codec = Codecs({str: Marked()}).of(Leaf)
    assert codec.plain(Leaf("x")) == {"text": "<x>"}
    assert codec.value({"text": "<x>"}) == Leaf("x")
