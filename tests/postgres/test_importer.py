import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import PIPE, run

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.fr import siret as stdnum_siret

from cti_router.core.identity import Contributor
from cti_router.numbering import parse_cli
from cti_router.postgres.contributors_csv import RECORD_LIMIT, ContributorLine, ContributorsFile, e164, is_siret
from cti_router.postgres.directory import PostgresDirectory
from cti_router.postgres.importer import BATCH, BadLine, ImportRefused, ImportSummary, import_contributors
from cti_router.postgres.pool import DatabaseAway, Pool
from tests.postgres.conftest import Postgres

PROFILES = {"employer", "self_employed"}
ADVISORS = {"sophie"}
HEADER = "siret;name;profile;phones;in_charge\n"


def siret(serial: int) -> str:
    digits = f"{serial:013}"
    return digits + luhn.calc_check_digit(digits)


def record(serial: int, name: str = "Roy", profile: str = "employer", phones: str = "", in_charge: str = "") -> str:
    return f"{siret(serial)};{name};{profile};{phones};{in_charge}\n"


def numbered(serial: int) -> str:
    """A contributor with a number of his own."""
    return record(serial, phones=f"026191{serial:04}")


class Import:
    """Imports a file written for the test, and keeps the bad lines."""

    def __init__(self, dsn: str, path: Path) -> None:
        self.dsn = dsn
        self.path = path
        self.bad: list[BadLine] = []
        self.progress: list[tuple[int, int]] = []

    async def __call__(
        self, content: str | bytes, after_batch: Callable[[int], object] = lambda done_bytes: None
    ) -> ImportSummary:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.bad.clear()
        self.progress.clear()

        def progress(done: int, total: int) -> None:
            self.progress.append((done, total))
            after_batch(done)

        return await import_contributors(self.dsn, self.path, PROFILES, ADVISORS, progress, self.bad.append)


@pytest.fixture
def imported(dsn: str, tmp_path: Path) -> Import:
    return Import(dsn, tmp_path / "contributors.csv")


async def rows(dsn: str, sql: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def stored(dsn: str) -> dict[object, tuple[object, ...]]:
    """Everything but the ids, by SIRET."""
    found = await rows(
        dsn,
        "SELECT siret, name, profile, advisor_in_charge,"
        " ARRAY(SELECT (e164, raw)::text FROM phone_number WHERE contributor_id = id ORDER BY e164) FROM contributor",
    )
    return {row[0]: row[1:] for row in found}


def parsed(path: Path, content: str | bytes) -> list[ContributorLine | BadLine]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with ContributorsFile(path, PROFILES, ADVISORS) as file:
        return list(file)


# ── what becomes of good lines ───────────────────────────────────────────────────────────────────────────────────────


async def test_contributors_are_inserted_with_their_numbers(imported: Import, dsn: str) -> None:
    forms = "0261910001 | +33 1 99 00 00 02 | 00262692123456 | 0690123456"
    summary = await imported(HEADER + record(1, "Jeanne  Roy", "self_employed", forms, "sophie") + record(2))
    assert summary == ImportSummary(read=2, inserted=2, updated=0, unchanged=0, skipped=0)
    assert imported.bad == []
    numbers = ['(33199000002,"+33 1 99 00 00 02")', "(33261910001,0261910001)"]
    numbers += ["(262692123456,00262692123456)", "(590690123456,0690123456)"]
    assert await stored(dsn) == {
        siret(1): ("Jeanne Roy", "self_employed", "sophie", numbers),
        siret(2): ("Roy", "employer", None, []),
    }


async def test_the_same_file_again_touches_nothing(imported: Import, dsn: str) -> None:
    content = HEADER + record(1, phones="0261910001|0199000002", in_charge="sophie") + record(2)
    await imported(content)
    versions = "SELECT xmin::text FROM contributor UNION ALL SELECT xmin::text FROM phone_number"
    before = await rows(dsn, versions)
    assert await imported(content) == ImportSummary(read=2, inserted=0, updated=0, unchanged=2, skipped=0)
    assert await rows(dsn, versions) == before


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Roy SARL"},
        {"profile": "self_employed"},
        {"in_charge": "sophie"},
        {"phones": "0261910001|0261910002"},
        {"phones": ""},
        {"phones": "0261910003"},
        {"phones": "02 61 91 00 01"},
    ],
)
async def test_a_change_replaces_all_of_that_contributor_and_nobody_else(
    imported: Import, dsn: str, change: dict[str, str]
) -> None:
    others = numbered(2) + record(3, in_charge="sophie")
    await imported(HEADER + record(1, phones="0261910001") + others)
    before = {row[0]: row[1:] for row in await rows(dsn, "SELECT siret, id, updated_at FROM contributor")}
    changed = HEADER + record(1, **{"phones": "0261910001", **change})
    assert await imported(changed) == ImportSummary(read=1, inserted=0, updated=1, unchanged=0, skipped=0)
    after = {row[0]: row[1:] for row in await rows(dsn, "SELECT siret, id, updated_at FROM contributor")}
    assert [number for number in before if before[number] != after[number]] == [siret(1)]
    assert after[siret(1)][0] == before[siret(1)][0]
    assert after.keys() == before.keys()
    kept = await stored(dsn)
    await rows(dsn, "DELETE FROM contributor")
    await imported(changed + others)
    assert await stored(dsn) == kept


async def test_several_contributors_share_a_number_and_one_gives_it_up(imported: Import, dsn: str, pool: Pool) -> None:
    directory = PostgresDirectory(pool, patience_s=5)
    await imported(HEADER + record(1, "Anne", phones="0261910001") + record(2, "Jean", phones="+33261910001"))
    assert [found.name for found in await directory.find(33261910001)] == ["Anne", "Jean"]
    await imported(HEADER + record(1, "Anne", phones="0261910009"))
    assert [found.name for found in await directory.find(33261910001)] == ["Jean"]


async def test_many_batches(imported: Import, dsn: str) -> None:
    count = 3 * BATCH + 7
    content = HEADER + "".join(record(serial, phones=f"026191{serial % 10_000:04}") for serial in range(count))
    assert await imported(content) == ImportSummary(count, count, 0, 0, 0)
    assert await rows(dsn, "SELECT count(*) FROM phone_number") == [(count,)]
    assert imported.progress == sorted(imported.progress)
    assert {total for _, total in imported.progress} == {len(content)}
    assert len({done for done, _ in imported.progress}) >= 3
    assert imported.progress[-1] == (len(content), len(content))


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


@given(st.one_of(st.integers(0, 10**13 - 1).map(siret), st.from_regex(r"[0-9]{14}", fullmatch=True)))
def test_sirets(text: str) -> None:
    if luhn.is_valid(text[:9]):  # the standard library of numbers checks the SIREN in it, too
        assert is_siret(text) == stdnum_siret.is_valid(text)
    assert is_siret(text) == luhn.is_valid(text)


@given(st.integers(0, 99_999))
@example(48)
def test_sirets_of_la_poste(office: int) -> None:
    assert is_siret(f"356000000{office:05}") == stdnum_siret.is_valid(f"356000000{office:05}")


@given(st.from_regex(r"(0|\+33 ?|0033|33|\+33 \(0\))[0-9]( ?[0-9]{2}){4}", fullmatch=True))
@example("0639980001")
@example("0639970001")
def test_the_fast_way_finds_the_same_number(text: str) -> None:
    assert e164(text) == parse_cli(text).e164


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


@given(rubbish)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
async def test_rubbish_in_a_file_is_bad_lines_and_the_database_takes_the_rest(imported: Import, content: bytes) -> None:
    summary = await imported(HEADER.encode() + content)
    assert summary.skipped == len(imported.bad)
    assert summary.read == summary.inserted + summary.updated + summary.unchanged + summary.skipped
    assert all(str(bad).isprintable() for bad in imported.bad)
    assert all(len(bad.value) <= 40 and bad.why for bad in imported.bad)


# ── all or nothing ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def before(imported: Import, dsn: str) -> dict[object, tuple[object, ...]]:
    """What the database has when an import begins."""
    await imported(HEADER + "".join(numbered(serial) for serial in range(100)))
    return await stored(dsn)


LONG = HEADER + "".join(record(serial, "Other") for serial in range(3 * BATCH))


async def test_who_stops_it_while_it_reads_leaves_all_as_it_was(
    imported: Import, dsn: str, before: dict[object, tuple[object, ...]]
) -> None:
    async def stopped_half_way() -> None:
        task = asyncio.current_task()
        assert task is not None
        await imported(LONG, lambda done: done > len(LONG) / 2 and task.cancel())

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(stopped_half_way(), 60)
    assert imported.progress[-1][0] < len(LONG)
    assert await stored(dsn) == before
    assert (await imported(LONG)).updated == 100


async def changing(dsn: str) -> None:
    """Returns when an import waits, its changes begun, for a row that somebody holds."""
    async with asyncio.timeout(60):
        while not await rows(dsn, "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("end", ["cancelled", "connection lost", "row let go"])
async def test_callers_are_recognised_throughout_and_the_end_is_all_or_nothing(
    imported: Import, dsn: str, pool: Pool, before: dict[object, tuple[object, ...]], end: str
) -> None:
    directory = PostgresDirectory(pool, patience_s=5)
    holder = await asyncpg.connect(dsn)
    async with asyncio.TaskGroup() as group, holder.transaction():
        await holder.execute("SELECT FROM contributor WHERE siret = $1 FOR UPDATE", siret(50))
        importing = group.create_task(outcome(imported(LONG)))
        await changing(dsn)
        (found,) = await directory.find(33261910050)
        assert found == Contributor(found.id, "Roy", "employer")
        if end == "cancelled":
            importing.cancel()
        if end == "connection lost":
            await holder.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
        if end != "row let go":
            await asyncio.wait([importing])
    await holder.close()
    if end == "row let go":
        assert importing.result() == ImportSummary(3 * BATCH, 3 * BATCH - 100, 100, 0, 0)
        assert await directory.find(33261910050) == ()
        return
    assert importing.cancelled() if end == "cancelled" else isinstance(importing.result(), DatabaseAway)
    assert await stored(dsn) == before
    assert (await imported(LONG)).updated == 100


async def outcome(importing: "asyncio.Future[ImportSummary] | object") -> object:
    try:
        return await importing  # type: ignore[misc]
    except DatabaseAway as error:
        return error


async def test_ctrl_c(imported: Import, dsn: str, before: dict[object, tuple[object, ...]]) -> None:
    imported.path.write_text(LONG)
    program = f"""
import asyncio, os, signal
from pathlib import Path
from cti_router.postgres.importer import import_contributors
def progress(done, total):
    print(done)
    os.kill(os.getpid(), signal.SIGINT)
asyncio.run(import_contributors({dsn!r}, Path({str(imported.path)!r}), {PROFILES}, {ADVISORS}, progress, print))
"""
    ended = await asyncio.to_thread(run, [sys.executable, "-c", program], stdout=PIPE, stderr=PIPE, env=os.environ)
    assert ended.returncode == -signal.SIGINT
    assert ended.stdout.count(b"\n") == 1
    assert ended.stderr.endswith(b"KeyboardInterrupt\n")
    assert await stored(dsn) == before


async def test_two_imports_at_once_take_turns(imported: Import, dsn: str, tmp_path: Path) -> None:
    def of(name: str) -> str:
        return HEADER + "".join(record(serial, name, phones="0261910001") for serial in range(500))

    imports: Sequence[Import] = [Import(dsn, tmp_path / name) for name in ("a", "b", "c")]
    summaries = await asyncio.gather(*(one(of(one.path.name)) for one in imports))
    assert sorted((summary.inserted, summary.updated) for summary in summaries) == [(0, 500), (0, 500), (500, 0)]
    assert len({row[0] for row in (await stored(dsn)).values()}) == 1


async def test_an_error_of_who_is_told_stops_it(imported: Import, dsn: str) -> None:
    def full(done: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await imported(LONG, full)
    assert await stored(dsn) == {}


# ── what it needs ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_is_not_migrated(empty_dsn: str, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"contributor.*cti-router migrate"):
        await Import(empty_dsn, tmp_path / "file")(HEADER + record(1))


async def test_no_database(imported: Import, postgres: Postgres) -> None:
    async with postgres.away():
        with pytest.raises(OSError, match=r"."):
            await imported(HEADER + record(1))


async def test_a_database_that_refuses(dsn: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="no_such"):
        await Import(dsn.replace("/test_", "/no_such_"), tmp_path / "file")(HEADER + record(1))


async def test_no_file(imported: Import, dsn: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await import_contributors(dsn, tmp_path / "none", PROFILES, ADVISORS, print, print)
