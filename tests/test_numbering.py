import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cti_router.core.identity import Cli
from cti_router.numbering import RAW_LIMIT, e164, parse_cli, parse_dnis


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("0261910001", 33261910001),
        ("02 61 91 00 01", 33261910001),
        ("+33261910001", 33261910001),
        ("+33 (0)2.61-91/00 01", 33261910001),
        ("0033261910001", 33261910001),
        ("33261910001", 33261910001),
        ("+12125550100", 12125550100),
        ("0012125550100", 12125550100),
        ("+390612345678", 390612345678),
        # kept for fiction, invalid to the library: possible is enough
        ("0639980000", 33639980000),
        ("+33639980000", 33639980000),
        # overseas
        ("0590276161", 590590276161),
        ("0690123456", 590690123456),
        ("0691123456", 590691123456),
        ("0594123456", 594594123456),
        ("0694123456", 594694123456),
        ("0596123456", 596596123456),
        ("0696123456", 596696123456),
        ("0697123456", 596697123456),
        ("0262123456", 262262123456),
        ("0263123456", 262263123456),
        ("0692123456", 262692123456),
        ("0693123456", 262693123456),
        ("0269601234", 262269601234),
        ("0639012345", 262639012345),
        # the same subscriber, however his number comes in
        ("+590690123456", 590690123456),
        ("+33690123456", 590690123456),
        ("00262692123456", 262692123456),
    ],
)
def test_numbers(raw: str, e164: int) -> None:
    assert parse_cli(raw) == Cli(raw, e164)
    assert parse_dnis(raw) == e164


@pytest.mark.parametrize(
    "raw", ["", "  ", "anonymous", "Anonymous", "WITHHELD", "unavailable", "restricted", "private", "unknown", "\x00"]
)
def test_withheld(raw: str) -> None:
    cli = parse_cli(raw)
    assert cli == Cli("", None)
    assert cli.masked


@pytest.mark.parametrize(
    "raw",
    ["101", "3957", "jean", "0261910001x12", "*31#0261910001", "+", "026191000", "02619100011", "٠٢٦١٩١٠٠٠١"],
)
def test_what_is_no_number_keeps_its_text(raw: str) -> None:
    assert parse_cli(raw) == Cli(raw, None)
    assert parse_dnis(raw) is None


def test_rubbish_is_made_printable_and_cut() -> None:
    assert parse_cli("a\r\nb\x1b[31m" + "9" * 100) == Cli(("ab[31m" + "9" * 100)[:RAW_LIMIT], None)


def test_another_region_reads_its_own_numbers() -> None:
    assert parse_cli("020 7946 0018", region="GB").e164 == 442079460018


@given(st.one_of(st.text(), st.text(alphabet="+0123456789 ()-.;=x#*,", max_size=80)))
def test_any_text_gives_a_cli(raw: str) -> None:
    cli = parse_cli(raw)
    assert len(cli.raw) <= RAW_LIMIT
    assert cli.raw.isprintable()
    assert cli.e164 is None or (cli.raw and 0 < cli.e164 < 10**17)
    dnis = parse_dnis(raw)
    assert dnis is None or dnis == cli.e164


@given(st.integers(100_000_000, 799_999_999))
def test_a_french_number_is_the_same_in_all_its_forms(national: int) -> None:
    forms = {parse_cli(form + str(national)).e164 for form in ("0", "+33", "0033")}
    assert len(forms) == 1


@given(st.from_regex(r"(0|\+33 ?|0033|33|\+33 \(0\)) {0,2}[0-9]( ?[0-9]{2}){4}", fullmatch=True))
@example("0639980001")
@example("0639970001")
@example("0190123456")
def test_the_short_way_for_plain_french_numbers_finds_the_same(text: str) -> None:
    assert e164(text) == e164(f"{text[:-2]}-{text[-2:]}")  # a dash takes the library's way


def test_a_french_number_with_more_spaces_than_any_number_is_none() -> None:
    assert e164("0261910001".ljust(RAW_LIMIT)) == 33261910001
    assert e164("0261910001".ljust(RAW_LIMIT + 1)) is None


def test_the_french_way_is_for_french_numbers() -> None:
    assert e164("0261910001", "GB") != 33261910001
