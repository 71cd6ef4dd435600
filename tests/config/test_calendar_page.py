"""The example of docs/calendar.md is a calendar, and its preview is what the command prints.

python -m tests.config.test_calendar_page      writes the preview into the page
"""

import re
import shutil
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from cti_router.config import load
from cti_router.core.duty.calendar_in_french import preview
from tests.config.conftest import EXAMPLE

PAGE = Path(__file__).parents[2] / "docs" / "calendar.md"
_PREVIEW = re.compile(r"```text\n(.*?)```", re.DOTALL)


def _page_with_current_preview(directory: Path) -> str:
    page = PAGE.read_text(encoding="utf-8")
    shutil.copytree(EXAMPLE, directory, dirs_exist_ok=True)
    (written,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (directory / "calendar.yaml").write_text(written, encoding="utf-8")
    shown = preview(load(directory, {}).configuration, date(2026, 11, 30), 2)
    return _PREVIEW.sub(lambda _: f"```text\n{shown}\n```", page)


def test_the_page_is_current(tmp_path: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == _page_with_current_preview(tmp_path)


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        current = _page_with_current_preview(Path(directory))
    PAGE.write_text(current, encoding="utf-8")
