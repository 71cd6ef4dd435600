"""The contracts on imports hold, and each one catches what it is there for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

VIOLATIONS = {
    "the core reads a clock": ("core/deadlines.py", "import time", "The core is pure"),
    "the core has tasks": ("core/switchboard.py", "import asyncio", "The core is pure"),
    "the core knows an adapter": ("core/talk.py", "from cti_router.asterisk import agi", "The house has floors"),
    "one adapter knows another": ("postgres/spool.py", "from cti_router.asterisk import agi", "The house has floors"),
    "the driver knows an adapter": ("live.py", "from cti_router.postgres import pool", "The house has floors"),
    "the configuration knows its users": ("config/load.py", "from cti_router import live", "The house has floors"),
    "a second file knows panoramisk": ("asterisk/pbx.py", "import panoramisk", "panoramisk is fenced"),
    "two files of the core know each other": (
        "core/identity.py",
        "from cti_router.core.plans import plan",
        "No circles",
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package and its contracts, to be broken."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "cti_router", tmp_path / "cti_router", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(house: Path) -> subprocess.CompletedProcess[str]:
    """`lint-imports` in that directory: the package there comes before the installed one."""
    program = (
        "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as l; l(['--no-cache'])"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=house, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_package_as_it_is_keeps_every_contract(house: Path) -> None:
    linted = _lint(house)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert " 0 broken" in linted.stdout


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_violation_breaks_its_contract(house: Path, violation: str) -> None:
    name, line, contract = VIOLATIONS[violation]
    path = house / "cti_router" / name
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    linted = _lint(house)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    (broken,) = [line for line in linted.stdout.splitlines() if line.startswith(contract) and " BROKEN" in line]
    assert broken


def test_a_new_module_must_be_given_its_floor(house: Path) -> None:
    (house / "cti_router" / "attic.py").write_text("")
    linted = _lint(house)
    assert linted.returncode == 1
    assert "cti_router.attic" in linted.stdout
