"""Files that travel inside the wheel: numbered SQL and Asterisk templates."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_CHECKOUT = Path(__file__).parent.parent


def resource_folder(name: str) -> Traversable:
    """The folder `name` ("sql" or "asterisk_conf"), from the wheel, else from the checkout it was built from."""
    packed = files("cti_router").joinpath("_data", name)
    return packed if packed.is_dir() else _CHECKOUT / name
