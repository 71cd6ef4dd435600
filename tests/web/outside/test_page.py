"""docs/webhooks.md: its example of how to check a signature, tried on what is sent."""

import re
from pathlib import Path
from typing import Any

from cti_router.live import Clock
from cti_router.web.outside.webhooks import signature

PAGE = Path("docs/webhooks.md").read_text(encoding="utf-8")


def test_the_example_takes_what_is_genuine_and_nothing_else() -> None:
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    example: dict[str, Any] = {}
    exec(found[1], example)
    body, now = '{"key": "é"}'.encode(), str(int(Clock().now()))
    headers = {"x-cti-timestamp": now, "x-cti-signature": f"v1={signature('hush', now, body)}"}
    assert example["is_genuine"]("hush", headers, body)
    assert not example["is_genuine"]("other", headers, body)
    assert not example["is_genuine"]("hush", headers, body + b" ")
    old = str(int(now) - 400)
    stale = {"x-cti-timestamp": old, "x-cti-signature": f"v1={signature('hush', old, body)}"}
    assert not example["is_genuine"]("hush", stale, body)
