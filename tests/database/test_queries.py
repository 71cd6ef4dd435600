import asyncpg
import pytest

from cti_router.database.queries import named_statements, query
from cti_router.resources import resource_folder


async def test_every_named_query_is_valid_in_the_migrated_database(dsn: str) -> None:
    names = [
        name
        for file in resource_folder("sql").joinpath("queries").iterdir()
        for name in named_statements(file.read_text())
    ]
    assert "find_contributors" in names
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await connection.execute(query("create_staging"))  # what the import's own table is for its other queries
        for name in names:
            await connection.prepare(query(name))
    await connection.close()


def test_a_file_is_cut_at_its_names() -> None:
    text = "-- for people\n-- name: one\nSELECT 1; -- name: not here\n\n-- name: two\nSELECT\n2;\n"
    assert named_statements(text) == {"one": "SELECT 1; -- name: not here", "two": "SELECT\n2;"}


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        named_statements("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        query("no_such_query")
