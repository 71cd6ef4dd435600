"""A call on the page: it is announced, it can be acted on, and its record is there."""

import pytest
from playwright.async_api import Browser, expect

from cti_router.database.pool import Pool
from tests.web.pages.sample import NOW, OTHER_NAME, record
from tests.web.pages.stage import ME, Stage, pop, shown, talk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_is_announced_and_takes_no_focus(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await page.keyboard.press("/")
        await page.keyboard.type("733/?n")  # in a field these are letters
        stage.tell("pop", pop())
        await expect(page.locator("#call-title")).to_have_text("Votre poste sonne")
        await expect(page.locator("#assertive")).to_have_text("Un appel arrive : Menuiserie du Bessin, Numéro reconnu")
        await expect(page.locator("#fiche")).to_contain_text("732 829 320 00074")
        await expect(page.locator("#query")).to_be_focused()
        await expect(page.locator("#query")).to_have_value("733/?n")
        facts = await page.locator("#call-facts").inner_text()
        for text in ("02 61 91 40 27", "Employeur", "Délai de paiement", "03:12", "Caen"):
            assert text in facts
        await expect(page.locator("#call-because")).to_contain_text("Pourquoi vous : Vous suivez ce dossier.")
        await expect(page.locator("#journey li")).to_have_count(5)
        stage.talk(ME, talk())
        await expect(page.locator("#call-title")).to_have_text("Appel en cours")
        await expect(page.locator("#call-time")).to_have_text("00:02", timeout=5000)


async def test_an_offer_that_went_elsewhere_leaves_nothing(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("pop", pop())
        stage.talk(ME, talk("offered"))
        await expect(page.locator("#call-title")).to_have_text("Votre poste sonne")
        stage.talk(ME, None)
        await expect(page.locator("#call")).to_be_hidden()
        await expect(page.locator("#contact")).to_be_hidden()


async def test_an_offer_that_was_over_at_once_leaves_nothing(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("pop", pop())
        await expect(page.locator("#call-title")).to_have_text("Votre poste sonne")
        stage.talk(ME, None)
        await expect(page.locator("#call")).to_be_hidden()


async def test_all_that_is_done_about_it_has_a_key(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("pop", pop())
        stage.talk(ME, talk())
        await expect(page.locator("#hold")).to_be_visible()
        await page.keyboard.press("F6")
        stage.talk(ME, talk(held=True))
        await expect(page.locator("#call-title")).to_have_text("Appelant en attente")
        await page.keyboard.press("F6")
        stage.talk(ME, talk())
        await expect(page.locator("#second-level")).to_be_visible()
        await page.keyboard.press("F7")
        await page.get_by_label("Recouvrement").check()
        await page.get_by_role("button", name="Consulter d’abord").press("Enter")
        await expect(page.locator("#level-dialog")).to_be_hidden()
        stage.talk(ME, talk(held=True, consultation="talking", expert="anne_lefevre"))
        await expect(page.locator("#consulting")).to_have_text("Vous parlez à Anne Lefèvre ; l’appelant patiente.")
        await page.keyboard.press("F7")
        await expect(page.locator(".toast")).to_have_text("Mis en relation.")
        stage.talk(ME, talk())
        await expect(page.locator("#later")).to_be_visible()
        await page.keyboard.press("F8")
        await page.get_by_label("dans 1 h").check()
        await page.keyboard.press("Enter")
        await expect(page.locator("#later-dialog")).to_be_hidden()
        await page.keyboard.press("F9")
        await expect(page.locator("#call")).to_be_visible()
    acts = [(path, body) for method, path, body in stage.asked if method == "POST"]
    assert [path for path, _ in acts] == [
        "/me/call/hold", "/me/call/retrieve", "/me/call/consult", "/me/call/connect", "/me/callbacks",
        "/me/call/hangup",
    ]  # fmt: skip
    assert acts[2][1] == {"skill": "collections", "level": 4}
    assert acts[4][1]["call"] == pop()["call"]
    assert 0 <= acts[4][1]["not_before_at"] - NOW - 3600 < 60


async def test_whom_one_is_consulted_by(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("pop", pop(kind="consultation", from_advisor="anne_lefevre"))
        stage.talk(ME, talk(kind="consultation"))
        await expect(page.locator("#call-title")).to_have_text("Anne Lefèvre vous consulte")
        await expect(page.locator("#fiche")).to_contain_text("Menuiserie du Bessin")
        await expect(page.locator("#contact")).to_be_hidden()
        await expect(page.locator("#second-level")).to_be_hidden()
        await expect(page.locator("#hang-up")).to_be_visible()


@pytest.mark.parametrize(
    ("recognition", "said", "hint"),
    [
        ("unknown", "Numéro inconnu", "Aucun dossier ne porte ce numéro"),
        ("masked", "Numéro masqué", "L’appelant masque son numéro"),
    ],
)
async def test_how_sure_it_is_who_calls(
    browser: Browser, away_pool: Pool, recognition: str, said: str, hint: str
) -> None:
    stage = Stage(away_pool)
    cli = "" if recognition == "masked" else "+33261914027"
    async with shown(browser, stage) as page:
        stranger = pop(recognition=recognition, contributors=[], record_html=None, cli=cli, verified=False, name=None)
        stage.tell("pop", stranger)
        await expect(page.locator("#call-level")).to_contain_text(said)
        await expect(page.locator("#no-file")).to_contain_text(hint)
        if cli:
            await expect(page.locator("#call-level-more")).to_contain_text("non vérifié par l’opérateur")


async def test_one_of_several_is_chosen_and_the_note_is_about_him(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    stage.records[18] = record(OTHER_NAME)
    for id_, name in ((17, "Menuiserie du Bessin"), (18, "Garage Lebrun")):
        stage.answers[f"/api/v1/contributors/{id_}"] = {"id": id_, "name": name, "siret": "73282932000074"}
    async with shown(browser, stage) as page:
        several = pop(recognition="several", contributors=[17, 18], record_html=None, name=None)
        stage.tell("pop", several)
        stage.talk(ME, talk())
        await page.locator("#candidates-list button", has_text="Garage Lebrun").click()
        await expect(page.locator("#fiche")).to_contain_text("Garage Lebrun")
        await expect(page.locator("#candidates")).to_be_hidden()
        await page.get_by_label("Répondu au premier niveau").check()
        async with page.expect_request("**/contact") as saving:
            await page.keyboard.press("Control+Enter")
        sent = (await saving.value).post_data_json
        assert sent is not None
        assert sent["contributor"] == 18


async def test_another_file_is_one_search_away(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    stage.records[18] = record(OTHER_NAME)
    stage.answers["/api/v1/contributors/search"] = [
        {"id": 18, "name": "Garage Lebrun", "siret": "73282932000074"}, {"id": 19, "name": "Garage Lebrun fils"},
    ]  # fmt: skip
    async with shown(browser, stage) as page:
        stage.tell("pop", pop())
        stage.talk(ME, talk())
        await expect(page.locator("#fiche")).to_contain_text("Menuiserie du Bessin")
        await page.keyboard.press("/")
        await page.keyboard.type("lebrun")
        await page.keyboard.press("Enter")
        await expect(page.locator("#results-said")).to_have_text("Dossiers trouvés : 2")
        await page.keyboard.press("Enter")  # the first has the focus
        await expect(page.locator("#fiche")).to_contain_text("Garage Lebrun")
        await expect(page.locator("#other-file")).to_contain_text("Ce n’est pas la fiche de cet appel.")
        await page.click("#back-to-file")
        await expect(page.locator("#fiche")).to_contain_text("Menuiserie du Bessin")
        await expect(page.locator("#other-file")).to_be_hidden()
