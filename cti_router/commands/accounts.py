"""Who may sign in to the pages: accounts, in the database."""

import re
import sys
import time
from getpass import getpass
from typing import Annotated

import typer

from cti_router.commands.common import Directory, fail, load_or_fail
from cti_router.commands.on_database import AsJson, on_database, show
from cti_router.config import Loaded
from cti_router.database.pool import RowRefused
from cti_router.web.person import Role
from cti_router.web.signing.accounts import LOGIN, Account, Accounts
from cti_router.web.signing.passwords import WeakPassword, hashed

account = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in to the pages.")

Login = Annotated[str, typer.Argument(help="What he types to sign in: small letters, digits, . _ @ -")]
AdvisorOption = Annotated[str | None, typer.Option("--advisor", help="His id in advisors.yaml, if he takes calls.")]


@account.command()
def add(
    directory: Directory,
    login: Login,
    name: Annotated[str, typer.Option(help="As people call him; an advisor's is in advisors.yaml.")] = "",
    role: Annotated[Role, typer.Option(help="What he may do.")] = Role.ADVISOR,
    advisor: AdvisorOption = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="He signs in at the identity provider, or is a program.")
    ] = False,
) -> None:
    """Add an account. Its password is asked for, or read from standard input."""
    loaded = load_or_fail(directory)
    _check_advisor(loaded, role, advisor)
    who = loaded.configuration.advisors.get(advisor or "")
    called = name.strip() or (who.name if who else "")
    if not re.fullmatch(LOGIN, login):
        fail(f"{login!r} is no login: small letters, digits, and . _ @ - inside, 64 at most")
    if not called:
        fail("tell his --name")
    added = Account(login, called, role, advisor, None if no_password else _new_password())
    try:
        on_database(loaded, lambda pool: Accounts(pool).add(added))
    except RowRefused:
        fail(f"the login {login} is taken, or that advisor has an account: see `cti-router account list`")
    typer.echo(f"{login}: added, {role}")


@account.command("list")
def list_accounts(directory: Directory, as_json: AsJson = False) -> None:
    """Show the accounts."""
    found = on_database(load_or_fail(directory), lambda pool: Accounts(pool).all())
    rows = [
        {
            "login": each.login, "name": each.name, "role": each.role, "advisor": each.advisor,
            "password": each.password_hash is not None, "provider": each.oidc_subject is not None,
            "disabled": each.disabled,
        }
        for each in found
    ]  # fmt: skip
    show(rows, as_json)


@account.command()
def password(directory: Directory, login: Login) -> None:
    """Give an account another password, asked for or read from standard input; its sessions end."""
    loaded, kept = load_or_fail(directory), _new_password()
    _must_be_there(login, on_database(loaded, lambda pool: Accounts(pool).set_password(login, kept, time.time())))
    typer.echo(f"{login}: has another password, and is signed out everywhere")


@account.command("role")
def role_(
    directory: Directory,
    login: Login,
    role: Annotated[Role, typer.Argument(help="What he may do from now on.")],
    advisor: AdvisorOption = None,
) -> None:
    """Give an account another role, which counts at once."""
    loaded = load_or_fail(directory)
    _check_advisor(loaded, role, advisor)
    try:
        done = on_database(loaded, lambda pool: Accounts(pool).set_role(login, role, advisor))
    except RowRefused:
        fail("that advisor has an account: see `cti-router account list`")
    _must_be_there(login, done)
    typer.echo(f"{login}: {role}")


@account.command()
def disable(
    directory: Directory,
    login: Login,
    undo: Annotated[bool, typer.Option("--undo", help="Let him sign in again.")] = False,
) -> None:
    """Take an account out of use: its sessions and tokens are refused at once."""
    loaded = load_or_fail(directory)
    done = on_database(loaded, lambda pool: Accounts(pool).set_disabled(login, not undo, time.time()))
    _must_be_there(login, done)
    typer.echo(f"{login}: {'may sign in again' if undo else 'disabled, and signed out everywhere'}")


def _new_password() -> str:
    """What is kept of one that is typed twice, or comes as a line."""
    if sys.stdin.isatty():
        typed = getpass("password: ")
        if getpass("once more: ") != typed:
            fail("these are two different passwords: nothing was changed")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    try:
        return hashed(typed)
    except WeakPassword as error:
        fail(f"{error}: nothing was changed")


def _check_advisor(loaded: Loaded, role: Role, advisor: str | None) -> None:
    if advisor is not None and advisor not in loaded.configuration.advisors:
        fail(f"advisors.yaml has no {advisor!r}")
    if role is Role.ADVISOR and advisor is None:
        fail("tell with --advisor who he is in advisors.yaml")


def _must_be_there(login: str, there: bool) -> None:
    if not there:
        fail(f"nobody has the login {login!r}: see `cti-router account list`")
