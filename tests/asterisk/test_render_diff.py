"""What rendering would change, and no secret in it."""

from pathlib import Path

import pytest

from cti_router.asterisk.render_diff import render_diff

WANTED = "; notice 2\n[cti_router]\nsecret = n3w-s3cret\nread = call\n"


def _diff(folder: Path, found: str, wanted: str = WANTED) -> str:
    (folder / "m.conf").write_bytes(found.encode("latin-1"))
    return "\n".join(render_diff(folder, {"m.conf": wanted}))


def test_the_same_is_nothing(tmp_path: Path) -> None:
    assert _diff(tmp_path, WANTED) == ""


def test_a_line_that_changes_is_shown(tmp_path: Path) -> None:
    text = _diff(tmp_path, WANTED.replace("notice 2", "notice 1"))
    assert "\n-; notice 1\n+; notice 2\n" in text
    assert "# the secret changes" not in text


@pytest.mark.parametrize(
    "old",
    [
        "secret = 0ld-word",
        "secret=>0ld-word",
        "  SECRET  =  0ld-word ; was 0ld-word too",
        "secret = x ;secret = 0ld-word",
        ";secret = 0ld-word",
        "secret = 0ld-word\n; not 0ld-word any more",
        "secret = 0ld-word ; since Monday\n; after 0ld-word",
        "secret = n3w-s3cret\n; n3w-s3cret since Monday",
    ],
)
def test_neither_secret_is_ever_shown(tmp_path: Path, old: str) -> None:
    text = _diff(tmp_path, WANTED.replace("secret = n3w-s3cret", old).replace("read = call", "read = all"))
    assert "0ld-word" not in text
    assert "n3w-s3cret" not in text
    assert {"-read = all", "+read = call"} <= set(text.splitlines())


def test_a_new_secret_alone_is_told(tmp_path: Path) -> None:
    text = _diff(tmp_path, WANTED.replace("n3w-s3cret", "0ld-word"))
    assert text.endswith("\n# the secret changes")
    assert "word" not in text


@pytest.mark.parametrize("found", [WANTED.replace("\n", "\r\n"), WANTED.rstrip()])
def test_white_space_is_a_change(tmp_path: Path, found: str) -> None:
    assert _diff(tmp_path, found).endswith("\n# white space changes")


def test_a_file_in_another_encoding_is_shown_all_the_same(tmp_path: Path) -> None:
    assert "\n-; r\ufffdseau\n" in _diff(tmp_path, WANTED.replace("; notice 2", "; r\xe9seau"))
