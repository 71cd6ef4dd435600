from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.config.errors import ConfigurationErrors, Report
from cti_router.config.yaml_file import parse_yaml
from tests.config.conftest import EXAMPLE


def value_of(text: str) -> object:
    report = Report()
    parsed = parse_yaml("a.yaml", f"key: {text}".encode(), report)
    report.close()
    assert parsed is not None
    return parsed["key"]


def said(content: bytes) -> str:
    report = Report()
    parse_yaml("a.yaml", content, report)
    with pytest.raises(ConfigurationErrors) as caught:
        report.close()
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "8:30", "12:30:00", "08.30", "2026-12-24", "0712345670", "+33261910001", "00", "-01", "1_000", "0x1F", "0o17",
        "0b1", "1e3", ".5", "5.", "1.2.3", ".inf", ".nan", "9" * 19, "no", "on", "yes", "Off", "True", "NULL", "=",
    ],
)  # fmt: skip
def test_what_other_readers_would_turn_into_something_else_stays_a_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("false", False), ("0", 0), ("-7", -7), ("42", 42),
        ("1.50", 1.5), ("-0.25", -0.25), ('"42"', "42"), ("'true'", "true"), ('""', ""), ('"~"', "~"),
    ],
)  # fmt: skip
def test_core_values(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert isinstance(found, type(value))


def test_keys_stay_texts() -> None:
    parsed = parse_yaml("a.yaml", b"{101: a, true: b, null: c}", Report())
    assert parsed == {"101": "a", "true": "b", "null": "c"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a: 1\nb:\n  a: 2\n  a: 3", "a.yaml:4:3: “a” stands here twice, first in a.yaml:3:3: keep one"),
        (b"a: !!python/none x", "a.yaml:1:4: tags such as tag:yaml.org,2002:python/none are not read: remove it"),
        (b"a: ! x", "a.yaml:1:4: tags such as ! are not read: remove it"),
        (b"a: &a {b: 1}\nc:\n  <<: *a", "a.yaml:3:3: merge keys (<<) are not read: write the entries out"),
        (b"a: &a [*a]", "a.yaml:1:4: contains itself: remove the alias (*)"),
        (b"a: *nobody", "a.yaml:1:4: not valid YAML: found undefined alias 'nobody'"),
        (b"? [a, b]\n: c", "a.yaml:1:3: a key must be one word"),
        (
            b"a: 1\n---\nb: 2",
            "a.yaml:2:1: not valid YAML: but found another document, expected a single document in the stream",
        ),
        (b"- a", "a.yaml:1:1: must hold sections, such as “sites:” with its entries below it"),
        (b"sites", "a.yaml:1:1: must hold sections, such as “sites:” with its entries below it"),
        (b"a: [" * 100, "a.yaml:1:61: nested too deeply: is a bracket not closed?"),
        (b"a: 1\nb: \x07", "a.yaml:2:4: character U+0007 may not stand in a YAML file: remove it"),
        (b"a: 1\n\nb: \xc3\x28", "a.yaml:3:4: byte 0xc3 is not UTF-8: save the file as UTF-8"),
        (b'a: "\\UFFFFFFFF"', "a.yaml:1:1: not valid YAML: an escape (\\U…) in quotes is no character"),
        (b"\xff\xfea\0:\0", "a.yaml:1:1: byte 0xff is not UTF-8: save the file as UTF-8"),
    ],
)
def test_what_is_refused(content: bytes, text: str) -> None:
    assert said(content) == text


def test_an_alias_bomb_is_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert said("\n".join(lines).encode()) == (
        "a.yaml:4:5: repeats itself too often through aliases (*): write the entries out"
    )


def test_every_tag_and_duplicate_is_said() -> None:
    assert len(said(b"a: !x 1\na: !y 2\nb: {c: 1, c: 2, c: 3}").splitlines()) == 5


def test_comments_only_are_an_empty_mapping() -> None:
    assert parse_yaml("a.yaml", b"\xef\xbb\xbf# nothing\n", Report()) == {}


FRAGMENTS = [b"!!x ", b"&a ", b"*a", b"<<: ", b"? ", b"- ", b"{", b"]", b'"\\', b"|\n", b"%YAML 9", b"---\n"]

CALENDAR = (EXAMPLE / "calendar.yaml").read_bytes()


def _inserted(position: int, fragment: bytes) -> bytes:
    return CALENDAR[:position] + fragment + CALENDAR[position:]


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="ab:-[]{}\"'\\&*!|>%@#?,\n\t 0U~<\u2028\U0001f600", max_size=60).map(str.encode),
        st.tuples(st.integers(0, 2000), st.sampled_from(FRAGMENTS)).map(lambda at: _inserted(*at)),
    )
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    parsed = parse_yaml("a.yaml", content, Report())
    assert parsed is None or isinstance(parsed, Mapping)
