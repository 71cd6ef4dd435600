"""The AGI conversation, from bytes: what Asterisk says, and what it might."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.asterisk.agi import AgiConversation, AgiError, AgiHangup, AgiReply, AgiRequest, set_variables

HEADERS = b"agi_network: yes\nagi_network_script: ask\nagi_callerid: 0261910101\nagi_arg_1: caen\nagi_arg_2: c1\n\n"


def _opened() -> AgiConversation:
    conversation = AgiConversation()
    conversation.receive(HEADERS)
    return conversation


def test_a_request_has_headers_script_and_arguments_in_order() -> None:
    (request,) = AgiConversation().receive(HEADERS)
    assert isinstance(request, AgiRequest)
    assert request.script == "ask"
    assert request.headers["callerid"] == "0261910101"
    assert request.arguments == ("caen", "c1")


@given(cuts=st.lists(st.integers(0, len(HEADERS)), max_size=8))
def test_it_does_not_matter_how_the_bytes_are_cut(cuts: list[int]) -> None:
    conversation, found, places = AgiConversation(), [], sorted([0, *cuts, len(HEADERS)])
    for start, end in pairwise(places):
        found += conversation.receive(HEADERS[start:end])
    assert found == AgiConversation().receive(HEADERS)


def test_an_empty_argument_keeps_its_place() -> None:
    (request,) = AgiConversation().receive(b"agi_arg_1: a\nagi_arg_2: \nagi_arg_3: c\n\n")
    assert isinstance(request, AgiRequest)
    assert request.arguments == ("a", "", "c")


def test_a_name_in_latin_1_costs_nobody_his_call() -> None:
    (request,) = AgiConversation().receive(b"agi_calleridname: Zo\xe9\n\n")
    assert isinstance(request, AgiRequest)
    assert request.headers["calleridname"] == "Zo�"


def test_a_hangup_line_is_no_reply() -> None:
    assert _opened().receive(b"HANGUP\n200 result=1\n") == [AgiHangup(), AgiReply(200, "result=1")]


def test_a_value_called_hangup_is_no_hangup() -> None:
    assert _opened().receive(b"200 result=1 (HANGUP)\n") == [AgiReply(200, "result=1 (HANGUP)")]


def test_a_usage_of_several_lines_is_one_reply() -> None:
    text = (
        b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\nmore\n520 End of proper usage.\n200 result=1\n"
    )
    usage, following = _opened().receive(text)
    assert isinstance(usage, AgiReply)
    assert usage.code == 520
    assert following == AgiReply(200, "result=1")


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n", b"\n", b"agi_x: " + b"y" * 20_000, (b"agi_x: " + b"y" * 900 + b"\n") * 20],
    ids=["http", "empty", "long line", "many headers"],
)
def test_what_is_not_agi_is_refused(data: bytes) -> None:
    with pytest.raises(AgiError):
        AgiConversation().receive(data)


@given(st.binary(max_size=2000))
def test_rubbish_is_read_or_refused_but_never_crashes(data: bytes) -> None:
    try:
        AgiConversation().receive(data)
        _opened().receive(data)
    except AgiError:
        pass


def test_all_variables_are_set_by_one_command_in_order() -> None:
    assert set_variables([("A", "1/2"), ("B", "PJSIP/201@rouen")]) == b'EXEC MSet "A=1/2,B=PJSIP/201@rouen"\n'


@pytest.mark.parametrize("value", ["a\nEXEC System id", "a\rb", "a\0b", 'a"b', "a,b", "${X}", "a\\", "é"])
def test_a_value_cannot_leave_its_place(value: str) -> None:
    with pytest.raises(ValueError, match="may not be in it"):
        set_variables([("X", value)])
