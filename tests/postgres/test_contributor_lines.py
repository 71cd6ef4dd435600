"""The file of an import: its forms, its bad lines, and rubbish."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cti_router.postgres.contributors_csv import RECORD_LIMIT, ContributorLine
from cti_router.postgres.importer import BadLine, ImportRefused, ImportSummary
from tests.postgres.imports import HEADER, Import, parsed, record, siret, stored

# ── bad lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "column", "value", "why"),
    [
        (record(1, profile="emploier"), "profile", "emploier", "no such profile"),
        (record(1, profile=""), "profile", "", "no such profile"),
        (record(1, in_charge="marc"), "in_charge", "marc", "no such advisor"),
        (record(1, phones="0261910001|12"), "phones", "12", "not a telephone number; several are separated by |"),
        (record(1, phones="0261910001 0261910002"), "phones", "0261910001 0261910002", "not a telephone number"),
        (record(1, phones="+49" + "1" * 14), "phones", "+49" + "1" * 14, "not a telephone number"),
        (record(1, phones="anonymous"), "phones", "anonymous", "not a telephone number"),
        (record(1, name=" "), "name", "", "there is no name"),
        (record(1, name="Roy\x1b[31m"), "name", "Roy�[31m", "cannot be shown"),
        (record(1, name="R\0y"), "name", "R�y", "cannot be shown"),
        (";Roy;employer;;\n", "siret", "", "14 digits"),
        ("7,32829E+13;Roy;employer;;\n", "siret", "7,32829E+13", "14 digits"),
        ("٠٠٠٠٠٠٠١٨٠٠٠١٥;Roy;employer;;\n", "siret", "٠٠٠٠٠٠٠١٨٠٠٠١٥", "14 digits"),
        ("00000001800016;Roy;employer;;\n", "siret", "00000001800016", "check digit"),
        ("00000001800015;Roy;employer\n", "", "00000001800015;Roy;employer", "it has 3 fields instead of 5"),
        ("00000001800015;Roy;employer;;;\n", "", "00000001800015;Roy;employer;;;", "it has 6 fields instead of 5"),
        ('"00000001800015"x;Roy;employer;;\n', "", '"00000001800015"x;Roy;employer;;', "not CSV"),
        (record(1, profile="e" * 100), "profile", "e" * 39 + "…", "no such profile"),
    ],
)
async def test_a_bad_line_is_told_and_skipped(imported: Import, line: str, column: str, value: str, why: str) -> None:
    summary = await imported(HEADER + record(8) + line + record(9))
    assert summary == ImportSummary(read=3, inserted=2, updated=0, unchanged=0, skipped=1)
    (bad,) = imported.bad
    assert (bad.line, bad.column, bad.value) == (3, column, value)
    assert why in bad.why
    assert str(bad).startswith(f"line 3: {column} “{value}”" if column else f"line 3: “{value}”")


async def test_a_bad_line_leaves_its_contributor_as_he_was(imported: Import, dsn: str) -> None:
    await imported(HEADER + record(1, phones="0261910001"))
    before = await stored(dsn)
    assert (await imported(HEADER + record(1, "Other", phones="0261910002|x"))).skipped == 1
    assert await stored(dsn) == before


async def test_a_siret_twice_names_the_first_line(imported: Import, dsn: str) -> None:
    content = HEADER + record(1, "first") + record(2) + record(1, "second", phones="0261910001") + record(1, "third")
    assert await imported(content) == ImportSummary(read=4, inserted=2, updated=0, unchanged=0, skipped=2)
    assert imported.bad == [
        BadLine(4, "siret", siret(1), "this SIRET is on line 2 already"),
        BadLine(5, "siret", siret(1), "this SIRET is on line 2 already"),
    ]
    assert (await stored(dsn))[siret(1)] == ("first", "employer", None, [])


async def test_bytes_that_are_not_utf_8(imported: Import, dsn: str) -> None:
    lines = [record(1, "Société"), record(2, "Société"), record(3, phones="026191\x810001"), record(4, "Société")]
    encodings = ["utf-8", "cp1252", "latin-1", "utf-8"]
    encoded = [line.encode(encoding) for line, encoding in zip(lines, encodings, strict=True)]
    assert (await imported(HEADER.encode() + b"".join(encoded))).skipped == 2
    assert imported.bad == [
        BadLine(3, "name", "Soci�t�", "not UTF-8 (byte 0xE9, “é” in Windows-1252): save the file as UTF-8"),
        BadLine(4, "phones", "026191�0001", "not UTF-8 (byte 0x81): save the file as UTF-8"),
    ]
    assert {row[0] for row in (await stored(dsn)).values()} == {"Société"}


def test_a_line_of_a_megabyte(tmp_path: Path) -> None:
    content = HEADER + record(1) + record(2, "x" * 1_000_000) + record(3)
    good, bad, last = parsed(tmp_path / "file", content)
    assert isinstance(bad, BadLine)
    assert (bad.line, bad.value[:17]) == (3, siret(2) + ";xx")
    assert "longer than 65536" in bad.why
    assert (good.line, last.line) == (2, 4)
    assert isinstance(last, ContributorLine)


@pytest.mark.parametrize("length", range(RECORD_LIMIT - 2, RECORD_LIMIT + 3))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_about_as_long_as_the_limit_costs_no_other(tmp_path: Path, length: int, end: str) -> None:
    line = record(1, "x").rstrip()
    line = line.replace(";x;", f";{'x' * (length - len(line) + 1)};")
    _, second, third = parsed(tmp_path / "file", HEADER + line + end + record(2) + record(3))
    assert [(second.line, type(second)), (third.line, type(third))] == [(3, ContributorLine), (4, ContributorLine)]


@pytest.mark.parametrize("lines_after", [3, 5_000])
def test_a_quote_nobody_closed_costs_its_line_only(tmp_path: Path, lines_after: int) -> None:
    others = [record(serial) for serial in range(2, 2 + lines_after)]
    bad, *good = parsed(tmp_path / "file", HEADER + record(1, '"Roy') + "".join(others))
    assert isinstance(bad, BadLine)
    assert bad.line == 2
    assert [one.line for one in good if isinstance(one, ContributorLine)] == list(range(3, 3 + lines_after))


# ── the format ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [
        HEADER + record(1, "Roy", phones="0261910001"),
        "\ufeff" + HEADER + record(1, "Roy", phones="0261910001"),
        (HEADER + record(1, "Roy", phones="0261910001")).replace("\n", "\r\n"),
        (HEADER + record(1, "Roy", phones="0261910001")).replace(";", ","),
        (HEADER + record(1, "Roy", phones="0261910001")).rstrip("\n"),
        f" Name,PHONES,siret,in_charge,profile\nRoy,0261910001,{siret(1)}, , employer \n",
        f'\ufeff"siret";"name";"profile";"phones";"in_charge"\n"{siret(1)}";"\nRoy\n";"employer";"0261910001";""\n',
        HEADER + f"{siret(1)[:9]} {siret(1)[9:]};Roy\u00a0;employer;|0261910001|+33261910001|;\n",
    ],
)
def test_forms_of_the_same_file(tmp_path: Path, content: str) -> None:
    expected = ContributorLine(2, siret(1), "Roy", "employer", None, [33261910001], ["0261910001"])
    assert parsed(tmp_path / "file", content) == [expected]


def test_lines_are_counted_as_in_an_editor(tmp_path: Path) -> None:
    content = (
        HEADER + record(1, '"Roy\r\net\nfils"') + "\n" + record(2, '"a\n""b"""', "nobody") + "\r\n" + record(3, "")
    )
    first, second, third = parsed(tmp_path / "file", content)
    assert (first.line, second.line, third.line) == (2, 6, 9)
    assert isinstance(first, ContributorLine)
    assert first.name == "Roy et fils"
    assert isinstance(second, BadLine)
    assert second.column == "profile"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty: its first line must name siret, name, profile, phones and in_charge"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\n" + HEADER.encode(), "lacks siret, lacks name"),
        (b"siret;name;profile;phones\n", "the header lacks in_charge; it must"),
        (b"siret;nom;profile;phones;in_charge\n", "the header lacks name and has an unknown column “nom”; it must"),
        (b"siret;name;profile;phones;in_charge;siret\n", "the header has siret 2 times"),
        (b"siret;name;profile;phones;in_charge;\n", "an unknown column “”"),
        (b'"siret;name\n', "no header"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (HEADER.replace("\n", "\r").encode() * 2, "no header"),
        (HEADER.replace("\n", "\r").encode() * 10_000, "CRLF"),
        (b"siret;name;profile;phones;in_charge;t\xe9l\n", "“t�l”"),
    ],
)
async def test_a_wrong_header_is_one_error_and_nothing_is_done(
    imported: Import, dsn: str, content: bytes, why: str
) -> None:
    with pytest.raises(ImportRefused, match=why):
        await imported(content)
    assert imported.bad == []
    assert await stored(dsn) == {}


async def test_a_header_alone(imported: Import) -> None:
    assert await imported(HEADER) == ImportSummary(0, 0, 0, 0, 0)
    assert imported.progress == [(len(HEADER), len(HEADER))]


# ── rubbish ──────────────────────────────────────────────────────────────────────────────────────────────────────────

pieces = st.sampled_from([*HEADER, *'";,|\n\r\0\t', siret(1), siret(2), "employer", "0261910001", "\r\n", ';"', "é"])
rubbish = st.one_of(
    st.binary(),
    st.lists(pieces, max_size=60).map("".join).map(str.encode),
    st.lists(st.sampled_from([record(1).encode(), record(2).encode(), b'"', b"\xff", b"\0", b";", b"\n"])).map(
        b"".join
    ),
    st.text().map(lambda name: record(1, name).encode("utf-8", "surrogatepass")),
    st.text().map(lambda phones: record(1, phones=phones).encode("utf-8", "surrogatepass")),
)


@given(rubbish)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rubbish_instead_of_a_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ImportRefused):
        parsed(tmp_path / "file", content)


@example(b"\xad")  # a soft hyphen in Windows-1252
@given(rubbish)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
async def test_rubbish_in_a_file_is_bad_lines_and_the_database_takes_the_rest(imported: Import, content: bytes) -> None:
    summary = await imported(HEADER.encode() + content)
    assert summary.skipped == len(imported.bad)
    assert summary.read == summary.inserted + summary.updated + summary.unchanged + summary.skipped
    assert all(str(bad).isprintable() for bad in imported.bad)
    assert all(len(bad.value) <= 40 and bad.why for bad in imported.bad)
