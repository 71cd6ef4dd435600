"""One YAML file as located data. YAML's traps are refused, and a text stays a text.

YAML 1.1 reads `8:30` as 510, `0712345670` as an octal number and `no` as false. Here only true and false are booleans,
null, ~ and nothing are nothing, and plain decimal numbers are numbers.
"""

import re
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode
from yaml.composer import Composer
from yaml.error import Mark, MarkedYAMLError
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from cti_router.config.errors import Place, Report
from cti_router.config.located import LocatedList, LocatedMapping, LocatedText

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_DEEPEST = 30
_ALIAS_ALLOWANCE = 10_000


def parse_yaml(file: str, content: bytes, report: Report) -> LocatedMapping | None:
    """The mapping a file holds; None when it cannot be read, which `report` then says. Comments only: an empty one."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        report.add(place, f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8")
        return None
    try:
        root = _Composer(text, file, report).get_single_node()
        value = None if root is None else _Conversion(file, report).value(root)
    except ReaderError as error:
        place = Place(
            file, text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        )
        report.add(place, f"character U+{ord(text[error.position]):04X} may not stand in a YAML file: remove it")
    except MarkedYAMLError as error:
        report.add(_place(file, error.problem_mark or error.context_mark), _syntax(error))
    except (ValueError, OverflowError):
        # PyYAML lets an escape such as "\UFFFFFFFF" through to chr(), without a mark.
        report.add(Place(file), "not valid YAML: an escape (\\U…) in quotes is no character")
    except _EndlessError as error:
        report.add(error.place, str(error))
    else:
        if value is None:
            return LocatedMapping(Place(file))
        if isinstance(value, LocatedMapping):
            return value
        report.add(Place(file), "must hold sections, such as “sites:” with its entries below it")
    return None


def _place(file: str, mark: Mark | None) -> Place:
    return Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)


def _syntax(error: MarkedYAMLError) -> str:
    advice = "; indent with spaces, not tabs" if "'\\t'" in (error.problem or "") else ""
    context = f", {error.context}" if error.context else ""
    return f"not valid YAML: {error.problem}{context}{advice}"


class _EndlessError(Exception):
    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place


class _Composer(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML's composer, which refuses tags and bottomless nesting. It resolves nothing: `_Conversion` does."""

    def __init__(self, text: str, file: str, report: Report) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._file, self._report, self._depth = file, report, 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        place = _place(self._file, event.start_mark)
        if tag := getattr(event, "tag", None):
            self._report.add(place, f"tags such as {tag} are not read: remove it")
            event.tag = None
        if self._depth == _DEEPEST:
            raise _EndlessError(place, "nested too deeply: is a bracket not closed?")
        self._depth += 1
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Conversion:
    """Nodes to located data. What an alias names is converted once, and counted each time."""

    def __init__(self, file: str, report: Report) -> None:
        self._file, self._report = file, report
        self._made: dict[int, tuple[object, int]] = {}
        self._open: set[int] = set()

    def value(self, node: Node) -> object:
        return self._convert(node)[0]

    def _convert(self, node: Node) -> tuple[object, int]:
        """The value, and how many values it holds, itself included."""
        if id(node) in self._made:
            return self._made[id(node)]
        place = _place(self._file, node.start_mark)
        if id(node) in self._open:
            raise _EndlessError(place, "contains itself: remove the alias (*)")
        self._open.add(id(node))
        value, weight = self._container(node, place)
        self._open.remove(id(node))
        if weight > len(self._made) + _ALIAS_ALLOWANCE:
            raise _EndlessError(place, "repeats itself too often through aliases (*): write the entries out")
        self._made[id(node)] = (value, weight)
        return value, weight

    def _container(self, node: Node, place: Place) -> tuple[object, int]:
        match node:
            case MappingNode():
                return self._mapping(node, place)
            case SequenceNode():
                return self._sequence(node, place)
            case ScalarNode():
                return _scalar(node, place), 1
        raise TypeError(node)

    def _sequence(self, node: SequenceNode, place: Place) -> tuple[LocatedList, int]:
        made, weight = LocatedList(place), 1
        for item in node.value:
            value, value_weight = self._convert(item)
            made.put(value, _place(self._file, item.start_mark))
            weight += value_weight
        return made, weight

    def _mapping(self, node: MappingNode, place: Place) -> tuple[LocatedMapping, int]:
        made, weight = LocatedMapping(place), 1
        for key_node, value_node in node.value:
            key_place = _place(self._file, key_node.start_mark)
            value, value_weight = self._convert(value_node)
            weight += value_weight
            if not isinstance(key_node, ScalarNode):
                self._report.add(key_place, "a key must be one word")
            elif key_node.value == "<<" and key_node.style is None:
                self._report.add(key_place, "merge keys (<<) are not read: write the entries out")
            elif key_node.value in made:
                first = made.key_place(key_node.value)
                self._report.add(key_place, f"“{key_node.value}” stands here twice, first in {first}: keep one")
            else:
                key = LocatedText(key_node.value, key_place)
                made.put(key, key_place, value, _place(self._file, value_node.start_mark))
        return made, weight


def _scalar(node: ScalarNode, place: Place) -> object:
    text = str(node.value)
    if node.style is None:
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return LocatedText(text, place)
