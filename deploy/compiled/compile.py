"""The core compiled by mypyc, from its sources and nothing else, into the folder that `CTI_ROUTER_CORE` is to name.

`python -m deploy.compiled.compile FOLDER` takes about two minutes of processor time; it needs a C compiler and the
headers of the Python that will load it (Debian: gcc, python3-dev).
"""

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from mypyc.build import mypycify
from setuptools import Distribution

from cti_router.compiled import DIGEST, core_digest
from deploy.compiled.annotated import copy_annotated

PACKAGE = Path(__file__).parents[2] / "cti_router"


def is_current(folder: Path) -> bool:
    """Was what is there made of the core's present sources?"""
    try:
        return (folder / DIGEST).read_text(encoding="utf-8").strip() == core_digest()
    except OSError:
        return False


def compile_core(folder: Path) -> None:
    """Fill the folder; what was there goes. What mypyc or the C compiler finds wrong is said, and ends the process."""
    digest = core_digest()
    with TemporaryDirectory() as directory:
        made = _compile(Path(directory))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    (folder / DIGEST).write_text(f"{digest}\n", encoding="utf-8")


def _compile(directory: Path) -> Path:
    """In a copy: mypyc writes beside what it reads, and errors are told by the path it was given."""
    (directory / PACKAGE.name).mkdir()
    (directory / PACKAGE.name / "__init__.py").touch()
    copies = copy_annotated(PACKAGE / "core", directory / PACKAGE.name / "core")
    made, former = directory / "made", Path.cwd()
    os.chdir(directory)
    try:
        extensions = mypycify(
            ["--ignore-missing-imports", "--cache-dir=types", *(str(path.relative_to(directory)) for path in copies)],
            opt_level="3", multi_file=True, group_name=f"{PACKAGE.name}_core",
        )  # fmt: skip
        distribution = Distribution({"name": "core", "ext_modules": extensions})
        build = distribution.get_command_obj("build_ext")
        build.build_lib, build.build_temp, build.parallel = str(made), "objects", os.cpu_count()
        distribution.run_command("build_ext")
    finally:
        os.chdir(former)
    return made


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m deploy.compiled.compile FOLDER\n\n{__doc__}")
    folder = Path(sys.argv[1]).absolute()
    if not is_current(folder):
        print(f"compiling the core into {folder}", file=sys.stderr)
        compile_core(folder)


if __name__ == "__main__":
    main()
