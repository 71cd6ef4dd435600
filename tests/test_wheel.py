"""The wheel, installed where there is no checkout: what it needs is inside."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cti_router.asterisk.render import FILES
from cti_router.config import load
from tests.postgres import conftest

postgres, empty_dsn = conftest.postgres, conftest.empty_dsn

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "deploy" / "example"


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel, and an empty virtual environment it was installed into."""

    wheel: Path
    bin: Path
    away: Path

    def run(self, program: str, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program of that environment from an empty directory."""
        self.away.mkdir(exist_ok=True)
        command = [str(self.bin / program), *map(str, words)]
        return subprocess.run(
            command, cwd=self.away, env=_clean(environ), capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    base = tmp_path_factory.mktemp("wheel")
    _uv("build", "--wheel", "--quiet", "--out-dir", base / "dist", ROOT)
    (wheel,) = (base / "dist").glob("*.whl")
    # The versions of the lock file, which the other tests run with.
    locked = _uv("export", "--frozen", "--no-default-groups", "--no-emit-project", "--no-hashes", cwd=ROOT)
    (base / "locked.txt").write_text(locked)
    _uv("venv", "--quiet", base / "venv")
    python = base / "venv" / "bin" / "python"
    _uv("pip", "install", "--quiet", "--python", python, "--constraint", base / "locked.txt", wheel)
    return Installed(wheel, base / "venv" / "bin", base / "away")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the example's configuration."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "configuration"))


def _clean(extra: Mapping[str, str]) -> dict[str, str]:
    """An environment that leads nobody to the checkout."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", **extra}


def _uv(*words: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        ["uv", *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _secrets() -> dict[str, str]:
    return {str(pbx.ami_secret.source): "secret" for pbx in load(EXAMPLE, {}).deployment.pbxs.values()}


def test_sql_and_templates_are_inside_and_tests_are_not(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
    for folder in ("sql", "asterisk_conf"):
        expected = {
            f"cti_router/_data/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*") if path.is_file()
        }
        assert expected
        assert expected == {name for name in names if name.startswith(f"cti_router/_data/{folder}/")}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"cti_router"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_is_the_installed_package_that_runs(installed: Installed) -> None:
    found = installed.run("python", "-c", "import cti_router; print(cti_router.__file__)")
    assert Path(found.stdout.strip()).is_relative_to(installed.bin.parent)


def test_check(installed: Installed, directory: Path) -> None:
    checked = installed.run("cti-router", "check", directory)
    assert checked.returncode == 0, checked.stderr
    assert f"{directory}: correct (" in checked.stdout


def test_render(installed: Installed, directory: Path, tmp_path: Path) -> None:
    rendered = installed.run("cti-router", "render", directory, "--out", tmp_path / "out", **_secrets())
    assert rendered.returncode == 0, rendered.stderr
    sites = load(directory, {}).configuration.sites
    written = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.conf"))
    assert written == sorted(f"{site}/{name}" for site in sites for name in FILES)
    assert all((tmp_path / "out" / name).stat().st_size for name in written)


async def test_migrate(installed: Installed, directory: Path, empty_dsn: str) -> None:
    first = installed.run("cti-router", "migrate", directory, CTI_DSN=empty_dsn)
    assert first.returncode == 0, first.stderr
    numbered = sorted(path.name for path in (ROOT / "sql").glob("*.sql"))
    applied = [line.removeprefix("applied ") for line in first.stdout.splitlines()]
    assert [Path(name).stem for name in applied] == [Path(name).stem for name in numbered]
    again = installed.run("cti-router", "migrate", directory, CTI_DSN=empty_dsn)
    assert (again.returncode, again.stdout) == (0, "nothing to apply\n")
