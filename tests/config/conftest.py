import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the example's configuration, to be broken."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "configuration"))
