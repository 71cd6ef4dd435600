"""Loopback addresses that no other lab on this machine uses."""

import errno
import random
import socket
from types import TracebackType

_RESERVATION_PORT = 5059


class NoFreeAddresses(Exception):
    """Every block that was tried is in use."""


class AddressBlock:
    """A /24 of 127.0.0.0/8, ours until closed.

    What reserves it is a bound socket, so that a killed lab leaves no lock behind.
    """

    def __init__(self) -> None:
        for _ in range(50):
            # Outside 127.0.0.0/16, where other programs listen.
            prefix = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}"
            reservation = _bind(f"{prefix}.254", _RESERVATION_PORT)
            if reservation is None:
                continue
            if port_is_free(f"{prefix}.1", 5060):
                self._prefix, self._reservation = prefix, reservation
                return
            reservation.close()
        raise NoFreeAddresses("no free block of loopback addresses found")

    def host(self, number: int) -> str:
        """The address of host `number`, 1 to 253."""
        if not 1 <= number <= 253:
            raise ValueError(f"host number {number} is not in 1..253")
        return f"{self._prefix}.{number}"

    def close(self) -> None:
        self._reservation.close()

    def __enter__(self) -> "AddressBlock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def port_is_free(address: str, port: int) -> bool:
    """Whether this UDP port can be bound now."""
    probe = _bind(address, port)
    if probe is None:
        return False
    probe.close()
    return True


def free_udp_port(address: str) -> int:
    """A UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _bind(address: str, port: int) -> socket.socket | None:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return bound
