"""How the doors are served, through the real sockets."""

import os
import socket
import stat
from pathlib import Path

import pytest

from cti_router.control import serve_on_tcp, status_application
from tests.desk import Desk, speaking_to


async def test_only_its_owner_may_open_the_socket_and_it_goes_with_the_router(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "run" / "control.sock"
    before = os.umask(0o022)
    os.umask(before)
    async with speaking_to(desk, path) as client:
        assert (await client.get("/status")).status_code == 200
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        assert os.umask(before) == before
    assert not path.exists()


async def test_the_file_a_dead_router_left_is_replaced(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    async with speaking_to(desk, path) as client:
        assert (await client.get("/status")).status_code == 200


async def test_an_address_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="Address already in use"):
        await serve_on_tcp(status_application(Desk()), "127.0.0.1", taken.getsockname()[1])
