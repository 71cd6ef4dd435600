"""Who calls, keyed on a real telephone: SIRET, account number, the end of a SIRET, and wrong digits."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from deploy.lab.contributors import FictionalContributor, shared_numbers
from deploy.lab.phone import Phone
from tests.acceptance import keying
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

SOUNDS = {"ask": "digits/1", "ask_several": "digits/2", "again": "digits/3"}
IDENTIFY = f"  identify: {{{', '.join(f'{what}: [{sound}]' for what, sound in SOUNDS.items())}, tries: 2}}\n"


@pytest_asyncio.fixture(loop_scope="session")
async def asking(centre: Centre) -> AsyncIterator[Centre]:
    """Callers whom their number does not tell are asked who they are."""
    async with centre.reconfigured("service.yaml", ("service:\n", f"service:\n{IDENTIFY}")):
        yield centre
        await centre.hang_up_all()


async def keys(centre: Centre, caller: Phone, **answers: str) -> dict[str, Any]:
    """He keys these, each when he is asked so, and waits; his call as it stands once it is settled who he is."""

    async def settled() -> bool:
        return (await centre.newest_call())["profile"] is not None

    await keying.keys(centre, caller, {SOUNDS[asked]: f"{digits}#" for asked, digits in answers.items()}, settled)
    return await centre.newest_call()


@pytest.mark.parametrize("number", ["siret", "account"])
async def test_a_masked_caller_keys_who_he_is(
    asking: Centre, contributors: list[FictionalContributor], number: str
) -> None:
    employer = next(each for each in contributors if each.profile == "employer")
    caller = await asking.ring_in("anonymous")
    call = await keys(asking, caller, ask=getattr(employer, number), again=getattr(employer, number))
    assert (call["cli"], call["recognition"], call["profile"]) == ("", "keyed", "employer")
    assert call["contributor"] is not None
    await asking.available("damien_hebert")
    await asking.answers("damien_hebert")
    assert await asking.talk_together(caller, "damien_hebert")
    assert not any(getattr(employer, number) in line for line in asking.router_log())


async def test_who_keys_a_wrong_number_twice_is_served_as_unknown(
    asking: Centre, contributors: list[FictionalContributor]
) -> None:
    wrong = str(int(contributors[0].siret) + 1).zfill(14)
    caller = await asking.ring_in("anonymous")
    call = await keys(asking, caller, ask=wrong, again="12")
    assert (call["recognition"], call["profile"], call["contributor"]) == ("masked", "unknown", None)
    assert "n’a rien saisi de juste pour s’identifier" in call["because"]
    await asking.available("elodie_francois")
    await asking.answers("elodie_francois")
    assert await asking.talk_together(caller, "elodie_francois")


async def test_who_shares_a_number_keys_the_end_of_his_siret(
    asking: Centre, contributors: list[FictionalContributor]
) -> None:
    number = shared_numbers(contributors)[0]
    one, *others = [each for each in contributors if number in each.e164]
    assert all(other.siret[-5:] != one.siret[-5:] for other in others)
    caller = await asking.ring_in(f"0{str(number)[2:]}")
    call = await keys(asking, caller, ask_several=one.siret[-5:], again=one.siret[-5:])
    assert (call["recognition"], call["profile"]) == ("keyed", one.profile)
    assert call["contributor"] is not None
