"""The fictional contributors of the lab, as the database takes them."""

import asyncpg
import phonenumbers
import pytest
from stdnum.fr import siret

from deploy.lab.contributors import (
    FICTION_RANGES,
    LIMIT,
    PROFILES,
    fictional_contributors,
    fill,
    own_number_of_each_profile,
    shared_numbers,
)

CONTRIBUTORS = fictional_contributors(600, 1, ["sophie", "marc"])


def test_the_same_seed_makes_the_same_contributors() -> None:
    assert fictional_contributors(600, 1, ["sophie", "marc"]) == CONTRIBUTORS
    assert fictional_contributors(600, 2, ["sophie", "marc"]) != CONTRIBUTORS


def test_numbers_belong_to_nobody_and_can_be_dialled() -> None:
    for contributor in CONTRIBUTORS:
        for phone, number in zip(contributor.phones, contributor.e164, strict=True):
            assert phone.startswith(FICTION_RANGES)
            parsed = phonenumbers.parse(phone, "FR")
            assert phonenumbers.is_possible_number(parsed)
            assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == f"+{number}"


def test_sirets_are_valid_and_unique() -> None:
    assert all(siret.is_valid(contributor.siret) for contributor in CONTRIBUTORS)
    assert len({contributor.siret for contributor in CONTRIBUTORS}) == len(CONTRIBUTORS)


def test_there_is_some_of_everything() -> None:
    assert {contributor.profile for contributor in CONTRIBUTORS} == set(PROFILES)
    assert {len(contributor.phones) for contributor in CONTRIBUTORS} == {1, 2, 3}
    assert {contributor.advisor_in_charge for contributor in CONTRIBUTORS} == {None, "sophie", "marc"}
    assert shared_numbers(CONTRIBUTORS)


def test_each_profile_has_a_number_that_names_one_contributor() -> None:
    own = own_number_of_each_profile(CONTRIBUTORS)
    assert set(own) == set(PROFILES)
    for profile, number in own.items():
        assert [contributor.profile for contributor in CONTRIBUTORS if number in contributor.e164] == [profile]
    assert set(own_number_of_each_profile(fictional_contributors(5, 1, []))) == set(PROFILES)


def test_the_numbers_suffice_up_to_the_limit_and_it_says_so_above() -> None:
    assert len(fictional_contributors(LIMIT, 3, [])) == LIMIT
    with pytest.raises(ValueError, match="40000"):
        fictional_contributors(LIMIT + 1, 3, [])


async def test_filling_twice_leaves_each_once(dsn: str) -> None:
    await fill(dsn, CONTRIBUTORS)
    await fill(dsn, CONTRIBUTORS)
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM contributor") == len(CONTRIBUTORS)
    numbers = sum(len(contributor.phones) for contributor in CONTRIBUTORS)
    assert await connection.fetchval("SELECT count(*) FROM phone_number") == numbers
    await connection.close()
