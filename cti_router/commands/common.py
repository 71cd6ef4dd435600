"""What commands share: the configuration's directory, and how they fail."""

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cti_router.config import ConfigurationErrors, Loaded, load

Directory = Annotated[Path, typer.Argument(help="The directory with the YAML files.", exists=True, file_okay=False)]
MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
DAYS = ["%Y-%m-%d"]


def load_or_fail(directory: Path) -> Loaded:
    try:
        return load(directory, os.environ)
    except ConfigurationErrors as errors:
        fail(str(errors))


def fail(*whys: str) -> NoReturn:
    for why in whys:
        typer.echo(why, err=True)
    raise typer.Exit(1)
