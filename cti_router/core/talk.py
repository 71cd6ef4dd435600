"""Caller and advisor, together or apart. Everything that moves them is in one table."""

from enum import StrEnum


class Talk(StrEnum):
    TOGETHER = "together"  # they talk, or nobody talks with the caller yet
    FETCHING = "fetching"  # the caller is being brought out of the talk, to be transferred
    PARTING = "parting"  # both are being brought out of the talk, each to his own ask
    ASIDE = "aside"  # the caller hears music; his advisor is aside, with an expert or by himself


class TalkMoved(StrEnum):
    """What moves a talk."""

    FETCH_ASKED = "fetch_asked"
    PART_ASKED = "part_asked"
    PARTED = "parted"
    NOT_MOVED = "not_moved"
    TAKEN = "taken"  # an advisor's leg was told to take the caller
    OVER = "over"  # the caller is nobody's any more


TALK: dict[tuple[Talk, TalkMoved], Talk] = {
    (Talk.TOGETHER, TalkMoved.FETCH_ASKED): Talk.FETCHING,
    (Talk.TOGETHER, TalkMoved.PART_ASKED): Talk.PARTING,
    (Talk.FETCHING, TalkMoved.NOT_MOVED): Talk.TOGETHER,
    (Talk.PARTING, TalkMoved.NOT_MOVED): Talk.TOGETHER,
    (Talk.PARTING, TalkMoved.PARTED): Talk.ASIDE,
    (Talk.TOGETHER, TalkMoved.TAKEN): Talk.TOGETHER,
    (Talk.PARTING, TalkMoved.TAKEN): Talk.TOGETHER,
    (Talk.ASIDE, TalkMoved.TAKEN): Talk.TOGETHER,
    **{(talk, TalkMoved.OVER): Talk.TOGETHER for talk in Talk},
}
"""In `Talk.ASIDE` an expert may ring, talk or be gone again: that is the state of the consultation's ticket."""
