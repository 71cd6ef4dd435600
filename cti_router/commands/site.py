"""What runs beside each PBX."""

import ssl
import sys
from pathlib import Path
from typing import Annotated

import httpx
import structlog
import typer

from cti_router.commands.common import fail
from cti_router.site.messages import PATIENCE_S, Router, bring_all, bring_for_ever

site = typer.Typer(no_args_is_help=True, help="The unit beside a site's PBX.")


@site.callback()
def beside() -> None:
    """The unit beside a site's PBX."""


@site.command()
def messages(
    spool: Annotated[Path, typer.Option(help="The PBX's spool directory (astspooldir).", exists=True, file_okay=False)],
    router: Annotated[str, typer.Option(help="Where the router takes messages, such as https://router:9465.")],
    name: Annotated[str, typer.Option("--site", help="The site's id in the configuration.")],
    key_file: Annotated[Path, typer.Option(help="The file with the site's key, alone on one line.")],
    ca_file: Annotated[
        Path | None, typer.Option(help="With https: who vouches for the router, a PEM file; else the system's.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Bring what is there, and end: 0 when all is brought.")] = False,
) -> None:
    """Bring the voice messages that this PBX has recorded to the router; each is deleted here once it is safe there."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    if not router.startswith(("http://", "https://")):
        fail(f"{router!r} is no address of a router: write it as https://router:9465")
    try:
        trust = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        fail(f"cannot read the certificate {ca_file}: {error}")
    with httpx.Client(base_url=router, verify=trust, timeout=PATIENCE_S, trust_env=False) as client:
        door = Router(client, name, key_file)
        if once:
            raise typer.Exit(0 if bring_all(spool, name, door) else 1)
        bring_for_ever(spool, name, door)
