"""Days that are not like the week's: whose turn it is, and what a caller hears when it is nobody's."""

import pytest

from deploy.lab.phone import What
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

CLOSED = {
    "a public holiday": ("2026-12-25T10:00", "fermé : Noël ; réouverture lundi 28/12 à 08:30"),
    "the afternoon of an exception": ("2026-12-24T14:00", "réouverture lundi 28/12 à 08:30"),
    "a dated closed day": ("2027-01-04T10:00", "fermé : Inventaire ; réouverture mardi 05/01 à 08:30"),
    "the lunch gap": ("2026-12-01T13:00", "hors des tranches horaires ; réouverture mardi 01/12 à 13:30"),
}

OPEN = {
    # On a Thursday morning it would be Évreux, on a Tuesday morning Caen.
    "an exception": ("2026-12-24T10:00", "caen", "anne_lefevre", "Caen est de permanence (jeudi 08:30–12:30)"),
    "a swap": ("2026-12-01T09:00", "dieppe", "sandrine_cauchy", "Dieppe est de permanence (mardi 08:30–12:30)"),
    "a plain Tuesday": ("2026-12-08T09:00", "caen", "anne_lefevre", "Caen est de permanence (mardi 08:30–12:30)"),
}

OF_EACH_SITE = ("anne_lefevre", "damien_hebert", "maelle_renault", "sandrine_cauchy", "yann_bellanger")


@pytest.mark.parametrize("day", CLOSED)
async def test_closed_a_message_and_nobody_rings(centre: Centre, day: str) -> None:
    clock, why = CLOSED[day]
    await centre.clear(clock)
    await centre.available(*OF_EACH_SITE)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.hears_something(caller)
    await caller.wait_for(What.ENDED, 15)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["duty_site"], call["advisor"]) == ("closed", None, None)
    assert why in call["because"]
    assert centre.rang() == set()


@pytest.mark.parametrize("day", OPEN)
async def test_open_the_day_s_own_site_answers(centre: Centre, day: str) -> None:
    clock, site, advisor, why = OPEN[day]
    await centre.clear(clock)
    await centre.available(*OF_EACH_SITE)
    caller = await centre.ring_in(centre.number_of("employer"), site="rouen")
    await centre.answers(advisor)
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["duty_site"], call["advisor"], call["advisor_site"]) == (site, advisor, site)
    assert why in call["because"]
    assert centre.rang() == {advisor}
    await centre.until_state(advisor, activity="idle")  # a wrap-up would outlast the way back to an earlier day
