"""Accounts, sessions and tokens, as an administrator types them."""

import asyncio
import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from cti_router.__main__ import app
from cti_router.database.pool import Pool
from cti_router.live import Clock
from cti_router.web.person import Role
from cti_router.web.signing.accounts import Accounts
from cti_router.web.signing.sessions import Sessions
from cti_router.web.signing.tokens import Tokens
from tests.desk import started
from tests.web.kit import EXAMPLE
from tests.web.signing.kit import HELENE, PASSWORD, add

NOW = Clock().now()


@pytest.fixture(autouse=True)
def database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_DSN", dsn)


async def typed(*words: object, stdin: str = "") -> Result:
    group, command, *rest = map(str, words)
    argv = [group, command, str(EXAMPLE), *rest]
    return await asyncio.to_thread(CliRunner().invoke, app, argv, stdin)


async def test_an_advisor_gets_an_account_with_a_password(pool: Pool) -> None:
    words = ("account", "add", "damien.hebert", "--advisor", "damien_hebert")
    result = await typed(*words, stdin=f"{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (0, "damien.hebert: added, advisor\n")
    account = await Accounts(pool).one("damien.hebert")
    assert account is not None
    assert (account.name, account.advisor) == ("Damien Hébert", "damien_hebert")
    assert str(account.password_hash).startswith("$argon2id$")
    assert PasswordHasher().verify(str(account.password_hash), PASSWORD)
    again = await typed(*words, stdin=f"{PASSWORD}\n")
    assert (again.exit_code, again.stderr.startswith("the login damien.hebert is taken")) == (1, True)


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("damien", "--advisor", "damien_hebert"), "court\n", "a password is one line of 12 to 200 characters"),
        (("damien",), f"{PASSWORD}\n", "tell with --advisor who he is"),
        (("damien", "--advisor", "personne"), f"{PASSWORD}\n", "advisors.yaml has no 'personne'"),
        (("Damien !", "--advisor", "damien_hebert"), f"{PASSWORD}\n", "'Damien !' is no login"),
        (("helene", "--role", "supervisor"), f"{PASSWORD}\n", "tell his --name"),
    ],
)
async def test_what_is_no_account_is_refused(pool: Pool, words: tuple[str, ...], stdin: str, said: str) -> None:
    result = await typed("account", "add", *words, stdin=stdin)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert await Accounts(pool).all() == []


async def test_accounts_are_listed_without_their_passwords(pool: Pool) -> None:
    await add(pool, HELENE)
    result = await typed("account", "list", "--json")
    assert json.loads(result.stdout) == [
        {
            "login": "helene.aubry", "name": "Hélène Aubry", "role": "supervisor", "advisor": None, "password": True,
            "provider": False, "disabled": False,
        }
    ]  # fmt: skip
    assert "Hélène" in (await typed("account", "list")).stdout


async def test_another_password_role_and_end_of_an_account(pool: Pool) -> None:
    await add(pool, HELENE)
    assert (await typed("account", "password", HELENE.login, stdin="une autre phrase\n")).exit_code == 0
    assert (await typed("account", "role", HELENE.login, "auditor")).exit_code == 0
    assert (await typed("account", "disable", HELENE.login)).exit_code == 0
    account = await Accounts(pool).one(HELENE.login)
    assert account is not None
    assert (account.role, account.disabled) == ("auditor", True)
    assert PasswordHasher().verify(str(account.password_hash), "une autre phrase")
    assert (await typed("account", "disable", HELENE.login, "--undo")).exit_code == 0
    account = await Accounts(pool).one(HELENE.login)
    assert account is not None
    assert not account.disabled
    for words in (("password",), ("disable",)):
        result = await typed("account", *words, "personne", stdin=f"{PASSWORD}\n")
        assert (result.exit_code, "nobody has the login 'personne'" in result.stderr) == (1, True)


async def test_who_is_signed_in_is_listed_and_put_out(pool: Pool) -> None:
    await add(pool, HELENE)
    for _ in range(2):
        await Sessions(pool).open(HELENE.login, NOW, 3600.0, "fr", "Firefox\x00")
    first, _ = json.loads((await typed("sessions", "list", "--json")).stdout)
    assert (first["login"], first["user_agent"]) == ("helene.aubry", "Firefox")
    assert (await typed("sessions", "revoke", first["id"])).stdout == f"{first['id']}: 1 ended\n"
    assert (await typed("sessions", "revoke", HELENE.login)).stdout == "helene.aubry: 1 ended\n"
    assert json.loads((await typed("sessions", "list", "--json")).stdout) == []
    result = await typed("sessions", "revoke", HELENE.login)
    assert (result.exit_code, result.stderr) == (1, "no session of 'helene.aubry' is open\n")


async def test_a_token_is_shown_once(pool: Pool) -> None:
    await add(pool, HELENE)
    result = await typed("token", "add", "grafana", "--login", HELENE.login, "--scope", "description")
    token = result.stdout.strip()
    person = await Tokens(pool).person(token, NOW)
    assert person is not None
    assert (person.login, person.role, person.scopes) == (HELENE.login, Role.SUPERVISOR, frozenset({"description"}))
    listed = (await typed("token", "list", "--json")).stdout
    assert [each["scopes"] for each in json.loads(listed)] == [["description"]]
    assert token not in listed
    assert (await typed("token", "revoke", "grafana")).exit_code == 0
    assert await Tokens(pool).person(token, NOW) is None
    assert (await typed("token", "revoke", "grafana")).stderr == "no token 'grafana' is in use\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grafana", "--login", "personne", "--scope", "description"), "nobody has the login personne"),
        (("grafana", "--login", "helene.aubry", "--scope", "tout"), "no such scope: tout; there are "),
        (("grafana", "--login", "helene.aubry", "--scope", "session"), "no such scope: session"),
        (("Gra fana", "--login", "helene.aubry", "--scope", "description"), "is no name of a token"),
        (("g", "--login", "helene.aubry", "--scope", "description", "--lasts", "9"), "--lasts: must be a duration"),
    ],
)
async def test_what_is_no_token_is_refused(pool: Pool, words: tuple[str, ...], said: str) -> None:
    await add(pool, HELENE)
    result = await typed("token", "add", *words)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr


def test_without_a_database_it_says_what_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_DSN", f"postgresql://nobody@/nothing?host={tmp_path}")
    result = CliRunner().invoke(app, ["account", "list", str(EXAMPLE)])
    assert (result.exit_code, result.stderr.startswith("the database does not take it: ")) == (1, True)


def test_a_password_is_never_an_argument() -> None:
    assert "--password" not in started("account", "add", "--help").stdout
