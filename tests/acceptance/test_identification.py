"""Who calls: what a calling number tells, in whatever form a network shows it."""

import asyncpg
import pytest

from deploy.lab.callers import place_calls
from deploy.lab.contributors import FictionalContributor, shared_numbers
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

_ASSERTED = "sip:+33199001234;verstat={}@operator.invalid;user=phone"
_PASSED = _ASSERTED.format("TN-Validation-Passed")
VERDICTS = {
    "passed": (f"<{_PASSED}>", "yes"),
    "failed": (f"<{_ASSERTED.format('TN-Validation-Failed')}>", "no"),
    "not looked at": (f"<{_ASSERTED.format('No-TN-Validation')}>", "unknown"),
    "no word": ("<sip:+33199001234@operator.invalid>", "unknown"),
    "no header": ("", "unknown"),
    "as a telephone address": ("<tel:+33199001234;verstat=TN-Validation-Passed-A>", "yes"),
    # What the caller calls himself is not the carrier's word.
    "in his name": (f'"<{_PASSED}>" <sip:+33199001234@operator.invalid>', "unknown"),
    "in a name that ends a function": (f'"<{_PASSED}>):0:60" <sip:+33199001234@operator.invalid>', "unknown"),
    "in a name that denies": (f'"<{_ASSERTED.format("TN-Validation-Failed")}" <{_PASSED}>', "yes"),
}
"""What the carrier asserts, and what is made of it."""

OVERSEAS = "0690001234"
OVERSEAS_E164 = 590_690_001_234


async def test_a_masked_number_is_served_as_unknown(centre: Centre) -> None:
    await centre.available("elodie_francois")  # an unknown caller takes one who knows employers a little
    caller = await centre.ring_in("anonymous")
    await centre.answers("elodie_francois")
    assert await centre.talk_together(caller, "elodie_francois")
    call = await centre.newest_call()
    assert (call["cli"], call["recognition"], call["profile"]) == ("", "masked", "unknown")
    assert "numéro masqué : Appelant non reconnu" in call["because"]


async def test_a_number_of_two_contributors_names_neither(
    centre: Centre, contributors: list[FictionalContributor]
) -> None:
    for number in shared_numbers(contributors)[:2]:
        profiles = {contributor.profile for contributor in contributors if number in contributor.e164}
        call = await centre.call_from(f"0{str(number)[2:]}")
        assert (call["recognition"], call["contributor"]) == ("several", None)
        assert call["profile"] == (profiles.pop() if len(profiles) == 1 else "unknown")
        assert "plusieurs dossiers pour ce numéro" in call["because"]


async def test_each_form_of_a_number_names_the_same_contributor(centre: Centre) -> None:
    national = centre.number_of("health_practitioner")
    calls = [await centre.call_from(f"{prefix}{national[1:]}") for prefix in ("0", "0033", "+33")]
    assert {(call["recognition"], call["profile"]) for call in calls} == {("recognised", "health_practitioner")}
    assert len({call["contributor"] for call in calls}) == 1
    assert len({call["cli"] for call in calls}) == 3  # kept as it was shown


async def test_an_overseas_number_is_found_under_its_own_country_code(centre: Centre) -> None:
    connection = await asyncpg.connect(centre.service.dsn)
    try:
        contributor = await connection.fetchval(
            "INSERT INTO contributor (name, siret, profile) VALUES ('Marie Galante', '00000000000000', 'association') "
            "RETURNING id"
        )
        await connection.execute(
            "INSERT INTO phone_number (e164, contributor_id, raw) VALUES ($1, $2, $3)",
            OVERSEAS_E164, contributor, OVERSEAS,
        )  # fmt: skip
        for shown in (OVERSEAS, f"+{OVERSEAS_E164}"):
            call = await centre.call_from(shown)
            assert (call["recognition"], call["contributor"]) == ("recognised", contributor)
            assert call["profile"] == "association"
    finally:
        await connection.execute("DELETE FROM contributor WHERE siret = '00000000000000'")
        await connection.close()


@pytest.mark.parametrize("verdict", VERDICTS)
async def test_what_the_carrier_says_of_a_number(centre: Centre, verdict: str) -> None:
    asserted, verified = VERDICTS[verdict]
    lab = centre.service.lab
    counts = await place_calls(
        number=f"+{centre.service.number}", pbx=lab.pbxs["caen"].sip, source=lab.callers, clis=["0199001234"],
        asserted=asserted, patience_s=10, stay_s=1,
    )  # fmt: skip
    assert counts.left == 1
    call = await centre.newest_call()
    assert call["verified"] == verified
    assert (await centre.history_of(call["id"]))["verified"] == verified
