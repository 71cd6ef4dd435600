import copy
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.asterisk.ami_frames import AmiMessage, BadFrame, FrameDecoder, checked

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
WIRE = (
    GREETING
    + (
        "Event: NewCallerid\r\nCallerIDName: Zoé Bénédicte ☎\r\nCallerIDNum: 0231\r\n\r\n"
        "Response: Success\r\nActionID: 7\r\nMessage: \r\n\r\n"
        "\r\n"
        "Event: Status\r\nVariable: A=1\r\nVariable: B=x: y\r\nVariable: C=\r\n\r\n"
    ).encode()
)
MESSAGES = [
    AmiMessage.of([("Event", "NewCallerid"), ("CallerIDName", "Zoé Bénédicte ☎"), ("CallerIDNum", "0231")]),
    AmiMessage.of([("Response", "Success"), ("ActionID", "7"), ("Message", "")]),
    AmiMessage.of([("Event", "Status"), ("Variable", "A=1"), ("Variable", "B=x: y"), ("Variable", "C=")]),
]


def decoded(text: str) -> AmiMessage:
    (message,) = FrameDecoder().feed(GREETING + text.encode())
    return message


@pytest.mark.parametrize("cut", range(len(WIRE) + 1))
def test_utf8_and_line_ends_may_be_split_over_tcp_chunks_anywhere(cut: int) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(WIRE[:cut]) + decoder.feed(WIRE[cut:]) == MESSAGES


@given(st.lists(st.integers(0, len(WIRE))))
def test_any_chunks_give_the_same_messages(cuts: list[int]) -> None:
    decoder = FrameDecoder()
    bounds = [0, *sorted(cuts), len(WIRE)]
    chunks = [WIRE[a:b] for a, b in pairwise(bounds)]
    assert [message for chunk in chunks for message in decoder.feed(chunk)] == MESSAGES
    assert decoder.greeting == "Asterisk Call Manager/11.0.0"


def test_an_empty_last_header_is_kept() -> None:
    message = decoded("Event: VarSet\r\nVariable: X\r\nValue: \r\n\r\n")
    assert message.has("Value")
    assert message.get("Value") == ""
    assert not message.has("Uniqueid")


def test_a_repeated_header_keeps_all_its_values_and_the_first_counts() -> None:
    message = decoded("Event: Status\r\nVariable: A=1\r\nvariable: B=2\r\nVariable: A=1\r\n\r\n")
    assert message.all("VARIABLE") == ("A=1", "B=2", "A=1")
    assert message.get("Variable") == "A=1"
    assert message.all("Event") == ("Status",)
    assert message.all("Nothing") == ()


def test_values_are_as_sent() -> None:
    message = decoded("Event: X\r\nData:  two spaces : and a colon \r\nBare:1\r\nno header\r\n\r\n")
    assert message.get("data") == " two spaces : and a colon "
    assert message.get("Bare") == "1"
    assert len(message.first) == 3


def test_bytes_that_are_not_utf8_cost_a_character_not_the_message() -> None:
    (message,) = FrameDecoder().feed(GREETING + b"Event: X\r\nName: Zo\xe9\r\nNext: 1\r\n\r\n")
    assert message.get("Name") == "Zo\ufffd"
    assert message.get("Next") == "1"


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"S", b"\r\n", b"Asterisk Call Manager/" + b"x" * 300]
)
def test_a_peer_that_is_no_asterisk_manager_is_told_by_its_greeting(greeting: bytes) -> None:
    with pytest.raises(BadFrame, match="not an Asterisk manager"):
        FrameDecoder().feed(greeting)


def test_a_message_without_an_end_is_bounded() -> None:
    decoder = FrameDecoder(max_bytes=1000)
    decoder.feed(GREETING + b"Event: X\r\n" + b"Output: x\r\n" * 90)
    with pytest.raises(BadFrame, match="more than 1000 bytes has no end"):
        decoder.feed(b"Output: x\r\n")


def test_many_messages_in_one_chunk_may_be_longer_than_one_message_may() -> None:
    assert len(FrameDecoder(max_bytes=1000).feed(GREETING + b"Event: X\r\nA: 1\r\n\r\n" * 500)) == 500


def test_a_message_is_plain_data() -> None:
    message = MESSAGES[2]
    assert copy.copy(message) == copy.deepcopy(message) == pickle.loads(pickle.dumps(message)) == message
    assert not hasattr(message, "nonsense")
    with pytest.raises(AttributeError):
        message.first = {}  # type: ignore[misc]


@pytest.mark.parametrize("bad", ["a\r\n\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
def test_crlf_injection_is_refused(bad: str) -> None:
    for fields in ({"Value": bad}, {bad: "x"}, {"Variable": ["A=1", bad]}):
        with pytest.raises(ValueError, match="line break"):
            checked(fields)


def test_what_asterisk_would_not_read_is_refused() -> None:
    longest = "x" * (1022 - len("Value: "))
    assert checked({"Value": longest}) == {"Value": longest}
    with pytest.raises(ValueError, match="more than 1022 bytes"):
        checked({"Value": longest[1:] + "é"})
    with pytest.raises(ValueError, match="surrogates"):
        checked({"Value": "\udce9"})


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text())))
def test_a_checked_field_makes_exactly_its_lines(fields: dict[str, str | list[str]]) -> None:
    try:
        safe = checked(fields)
    except ValueError:
        return
    assert safe == {name: value if isinstance(value, str) else tuple(value) for name, value in fields.items()}
    for name, value in safe.items():
        for text in (value,) if isinstance(value, str) else value:
            assert len(f"{name}: {text}\r\n".encode().split(b"\n")) == 2
