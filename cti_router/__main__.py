"""The command line."""

import typer

from cti_router.commands.accounts import account
from cti_router.commands.callbacks import callback
from cti_router.commands.configuration import calendar, check, explain_, render, schema
from cti_router.commands.database import import_, migrate_
from cti_router.commands.events import events
from cti_router.commands.messages import messages
from cti_router.commands.orders import close, notice, orders, pull, swap, undo
from cti_router.commands.prompts import prompts
from cti_router.commands.routing import replay, run
from cti_router.commands.running import calls, presence, reload, status, trace, why
from cti_router.commands.sessions import sessions, token
from cti_router.commands.site import site
from cti_router.commands.talking import call_out, cancel, connect, consult, hangup, hold, retrieve, transfer
from cti_router.commands.web import web
from cti_router.commands.webhooks import webhooks

COMMANDS = (
    run, web, check, explain_, calendar, schema, import_, render, migrate_, presence, reload, status,
    events, calls, why, trace, transfer, consult, connect, cancel, hold, retrieve, hangup, call_out, replay,
    close, swap, notice, pull, orders, undo,
)  # fmt: skip

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
for command in COMMANDS:
    app.command(name=command.__name__.rstrip("_").replace("_", "-"))(command)

app.add_typer(callback, name="callback")
app.add_typer(messages, name="messages")
app.add_typer(site, name="site")
app.add_typer(prompts, name="prompts")
app.add_typer(account, name="account")
app.add_typer(sessions, name="sessions")
app.add_typer(token, name="token")
app.add_typer(webhooks, name="webhooks")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
