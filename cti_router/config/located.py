"""What a YAML file says, as dicts, lists and texts that know where they stand."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from cti_router.config.errors import Place


class LocatedText(str):
    """A text and the place of its first character."""

    __slots__ = ("place",)
    place: Place

    def __new__(cls, text: str, place: Place) -> "LocatedText":
        made = super().__new__(cls, text)
        made.place = place
        return made


class LocatedMapping(dict[str, Any]):
    """A mapping with the place of each key and of each value."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._places: dict[str, tuple[Place, Place]] = {}

    def put(self, key: str, key_place: Place, value: object, value_place: Place) -> None:
        self[key] = value
        self._places[key] = (key_place, value_place)

    def key_place(self, key: str) -> Place:
        return self._places[key][0]

    def value_place(self, key: str) -> Place:
        return self._places[key][1]

    def parts(self) -> Iterator["LocatedMapping"]:
        """Each entry alone."""
        for key, value in self.items():
            part = LocatedMapping(self.place)
            part.put(key, self.key_place(key), value, self.value_place(key))
            yield part


class LocatedList(list[Any]):
    """A list with the place of each item."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._places: list[Place] = []

    def put(self, value: object, place: Place) -> None:
        self.append(value)
        self._places.append(place)

    def item_place(self, index: int) -> Place:
        return self._places[index]

    def parts(self) -> Iterator["LocatedList"]:
        """Each item alone."""
        for value, place in zip(self, self._places, strict=True):
            part = LocatedList(self.place)
            part.put(value, place)
            yield part


def place_of(root: LocatedMapping | LocatedList, path: Sequence[int | str]) -> Place:
    """Where the value at `path` stands. Ends in "[key]" for a key; what the file does not have is passed over."""
    value: object = root
    place = root.place
    for step, after in zip_longest(path, path[1:]):
        if isinstance(value, LocatedMapping) and step in value:
            key = str(step)
            place = value.key_place(key) if after == "[key]" else value.value_place(key)
            value = value[key]
        elif isinstance(value, LocatedList) and isinstance(step, int) and step < len(value):
            place = value.item_place(step)
            value = value[step]
    return place


def place_of_missing(root: LocatedMapping | LocatedList, path: Sequence[int | str]) -> Place:
    """Where a value that is not there would be looked for: the key of what should have it."""
    parent = path[:-1]
    return place_of(root, [*parent, "[key]"] if parent and isinstance(parent[-1], str) else parent)
