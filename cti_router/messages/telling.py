"""A voice message as `cti-router messages` tells it."""

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from cti_router.core.identity import Instant
from cti_router.core.voice_message import VoiceMessage

_INSTANTS = ("taken_at", "due_at", "done_at")


def message_to_json(message: VoiceMessage, now: Instant, zone: tzinfo) -> dict[str, Any]:
    """Instants in local time. `late`: it is to be done still, and should be by now."""
    told = asdict(message)
    for name in _INSTANTS:
        at = told[name]
        told[name] = None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
    return {"id": told.pop("call"), **told, "late": message.done_at is None and message.due_at < now}
