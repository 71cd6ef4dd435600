"""Contributors from a CSV file, record by record, in bounded memory. What is wrong with a record costs that record."""

import csv
import os
import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from cti_router.core.tickets.keyed_numbers import ACCOUNT_DIGITS, is_account, is_siret
from cti_router.numbering import e164, parse_cli

COLUMNS = ("siret", "name", "profile", "phones", "in_charge")
ACCOUNTS = "accounts"  # a column that need not be there
SEPARATOR = "|"  # of telephone numbers, and of account numbers
RECORD_LIMIT = 65_536  # characters: more than that is a quote nobody closed
LONGEST_E164 = 15  # digits, by ITU-T E.164

_VALUE_SHOWN = 40
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BAD_BYTE = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of bytes that are not UTF-8


class ImportRefused(Exception):
    """The file as a whole cannot be imported; nothing was done."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A record that was skipped: the line of the file where it begins (the header is line 1), and the first thing wrong
    in it. `column` is "" when the whole record is. `value` is printable and short.
    """

    line: int
    column: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.column and f'{self.column} '}“{self.value}”: {self.why}"


class ContributorLine(NamedTuple):
    """A record that can be imported. `e164` (in ascending order, each once) and `raw` go together.

    `accounts` are in ascending order, each once; None: the file does not tell them.
    """

    line: int
    siret: str
    name: str
    profile: str
    advisor_in_charge: str | None
    e164: list[int]
    raw: list[str]
    accounts: list[str] | None = None


class ContributorsFile:
    """An open file whose header is right. Raises `ImportRefused` when it is not, OSError when it cannot be read.

    Iterating gives each record, good or bad; blank lines are none. `accounts_checked`: account numbers end in their
    check digits.
    """

    def __init__(
        self, path: Path, profiles: Collection[str], advisors: Collection[str], *, accounts_checked: bool = True
    ) -> None:
        self._profiles = frozenset(profiles)
        self._advisors = frozenset(advisors)
        self._accounts_checked = accounts_checked
        self._bytes = path.open("rb")
        try:
            self.size = os.fstat(self._bytes.fileno()).st_size
            _refuse_utf_16(self._bytes.peek(2))
            text = TextIOWrapper(self._bytes, encoding="utf-8-sig", errors="surrogateescape", newline="\n")
            self._lines = _Lines(text)
            self._read_header()
        except BaseException:
            self._bytes.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.close()

    @property
    def position(self) -> int:
        """Bytes taken from the file, up to `size`."""
        return self._bytes.tell()

    def __iter__(self) -> Iterator[ContributorLine | BadLine]:
        while True:
            line = self._lines.begin_record()
            try:
                fields = next(self._reader)
                if fields:
                    yield self._contributor(line, fields)
            except StopIteration:
                return
            except _Fault as fault:
                yield fault.on(line)
            except (csv.Error, _RecordTooLong) as error:
                why = f"not CSV: {error}" if isinstance(error, csv.Error) else str(error)
                yield _Fault("", self._lines.first_of_record(), why).on(line)
                self._lines.go_back_to_second_of_record()

    def _read_header(self) -> None:
        self._lines.begin_record()
        try:
            first = next(self._lines)
        except StopIteration:
            raise ImportRefused(f"the file is empty: its first line must name {_and(COLUMNS)}") from None
        except _RecordTooLong:
            raise ImportRefused("the first line is too long for a header: lines must end in LF or CRLF") from None
        delimiter = ";" if ";" in first else ","
        try:
            (names,) = csv.reader([first], delimiter=delimiter, strict=True)
        except csv.Error as error:
            raise ImportRefused(f"the first line is no header: {error}") from error
        _check_header([name.strip().lower() for name in names])
        positions = {name.strip().lower(): position for position, name in enumerate(names)}
        self._columns = len(positions)
        self._in_order = itemgetter(*(positions[column] for column in COLUMNS))
        self._accounts_at = positions.get(ACCOUNTS)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)

    def _contributor(self, line: int, fields: list[str]) -> ContributorLine:
        if len(fields) != self._columns:
            raise _Fault("", self._lines.first_of_record(), f"it has {len(fields)} fields instead of {self._columns}")
        siret, name, profile, phones, in_charge = self._in_order(fields)
        numbers = _phones(phones)
        return ContributorLine(
            line,
            _siret(siret),
            _name(name),
            _known("profile", profile, self._profiles, "no such profile"),
            _known("in_charge", in_charge, self._advisors, "no such advisor") if in_charge.strip() else None,
            list(numbers),
            list(numbers.values()),
            None if self._accounts_at is None else _accounts(fields[self._accounts_at], checked=self._accounts_checked),
        )


class _RecordTooLong(Exception):
    """More than `RECORD_LIMIT` characters."""

    def __str__(self) -> str:
        return f"longer than {RECORD_LIMIT} characters; is there a quote that is not closed?"


class _Lines:
    """The lines of a text. A record that cannot be read costs its first line only: the others are given again."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self._length = 0
        self._number = 0

    def begin_record(self) -> int:
        """The number of the line that comes next."""
        self._record.clear()
        self._length = 0
        return self._number + 1

    def first_of_record(self) -> str:
        return self._record[0]

    def go_back_to_second_of_record(self) -> None:
        others = self._record[1:]
        self._again.extendleft(reversed(others))
        self._number -= len(others)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self._number += 1
        self._record.append(line)
        self._length += len(line)
        if self._length >= RECORD_LIMIT:
            raise _RecordTooLong
        return line

    def _read(self) -> str:
        """The next line; only its beginning, `RECORD_LIMIT` characters, when it is longer."""
        line = piece = self._text.readline(RECORD_LIMIT)
        while len(piece) == RECORD_LIMIT and not piece.endswith("\n"):
            piece = self._text.readline(RECORD_LIMIT)
        return line


class _Fault(Exception):
    def __init__(self, column: str, value: str, why: str) -> None:
        super().__init__(why)
        self._column, self._value, self._why = column, value, why

    def on(self, line: int) -> BadLine:
        bad_byte = _BAD_BYTE.search(self._value)
        return BadLine(line, self._column, _shown(self._value), _encoding(bad_byte[0]) if bad_byte else self._why)


def _refuse_utf_16(beginning: bytes) -> None:
    if beginning.startswith(_UTF_16_MARKS):
        raise ImportRefused("the file is in UTF-16: save it as UTF-8")


def _check_header(names: list[str]) -> None:
    wrong = [f"lacks {column}" for column in COLUMNS if column not in names]
    known = (*COLUMNS, ACCOUNTS)
    wrong += [f"has an unknown column “{_shown(name)}”" for name in dict.fromkeys(names) if name not in known]
    wrong += [f"has {column} {names.count(column)} times" for column in known if names.count(column) > 1]
    if wrong:
        raise ImportRefused(f"the header {_and(wrong)}; it must name {_and(COLUMNS)}, separated by ; or ,")


def _siret(value: str) -> str:
    siret = "".join(value.split())
    if not is_siret(siret):
        digits = siret.isascii() and siret.isdigit() and len(siret) == 14
        raise _Fault("siret", value, "the check digit is wrong" if digits else "not a SIRET: it has 14 digits")
    return siret


def _name(value: str) -> str:
    name = " ".join(value.split())
    if not name:
        raise _Fault("name", value, "there is no name")
    if not name.isprintable():
        raise _Fault("name", value, "it has characters that cannot be shown")
    return name


def _known(column: str, value: str, ids: Collection[str], why: str) -> str:
    identifier = value.strip()
    if identifier not in ids:
        raise _Fault(column, value, why)
    return identifier


def _phones(value: str) -> dict[int, str]:
    """Each number once, in ascending order, with the text that gave it first."""
    numbers: dict[int, str] = {}
    for phone in value.split(SEPARATOR):
        raw = " ".join(phone.split())
        if not raw:
            continue
        number = e164(raw) if raw.isprintable() else parse_cli(raw).e164
        if number is None or number >= 10**LONGEST_E164 or _BAD_BYTE.search(raw):
            raise _Fault("phones", phone, f"not a telephone number; several are separated by {SEPARATOR}")
        numbers.setdefault(number, raw if raw.isprintable() else parse_cli(raw).raw)
    return dict(sorted(numbers.items())) if len(numbers) > 1 else numbers


def _accounts(value: str, *, checked: bool) -> list[str]:
    accounts = {"".join(account.split()) for account in value.split(SEPARATOR)} - {""}
    for account in accounts:
        if not is_account(account, checked=checked):
            why = (
                "the last two digits do not check it" if is_account(account, checked=False) else "not an account number"
            )
            raise _Fault(
                ACCOUNTS, account, f"{why}; it has {ACCOUNT_DIGITS} digits, several are separated by {SEPARATOR}"
            )
    return sorted(accounts)


def _encoding(bad_byte: str) -> str:
    byte = bad_byte.encode("utf-8", "surrogateescape")
    character = byte.decode("cp1252", "replace")
    meant = f", “{character}” in Windows-1252" if character.isprintable() and character != "\ufffd" else ""
    return f"not UTF-8 (byte 0x{byte.hex().upper()}{meant}): save the file as UTF-8"


def _shown(value: str) -> str:
    """On one line, without what a terminal would obey, and short."""
    head = " ".join(value[: 4 * _VALUE_SHOWN].split())
    printable = "".join(character if character.isprintable() else "\ufffd" for character in head)
    return printable if len(printable) <= _VALUE_SHOWN else f"{printable[: _VALUE_SHOWN - 1]}…"


def _and(parts: Collection[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
