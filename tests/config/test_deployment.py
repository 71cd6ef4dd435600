from pathlib import Path

import pytest

from cti_router.config import load
from cti_router.config.deployment import Carrier, HostPort, RouterAddress, Secret, SecretError, VerdictHeader
from tests.config.conftest import EXAMPLE
from tests.config.test_load import replace


def test_deployment_of_the_example_loads_without_any_secret() -> None:
    deployment = load(EXAMPLE, {}).deployment
    assert deployment.routers == (RouterAddress("192.0.2.10", 4573, ("192.0.2.10",)),)
    assert deployment.listen == HostPort("192.0.2.10", 4573)
    assert deployment.status == HostPort("127.0.0.1", 9464)
    assert deployment.state_directory == Path("/var/lib/cti-router")
    assert deployment.control_socket == Path("/run/cti-router/control.sock")
    assert list(deployment.pbxs) == ["caen", "rouen", "le-havre", "dieppe", "evreux", "saint-lo"]
    caen = deployment.pbxs["caen"]
    assert (caen.host, caen.sip_port, caen.ami_port, caen.ask_from) == ("10.14.0.1", 5060, 5038, ("10.14.0.1",))
    with pytest.raises(SecretError, match="CTI_AMI_CAEN is not set"):
        caen.ami_secret.reveal()


def test_what_is_not_told_has_a_default(directory: Path) -> None:
    (directory / "network.yaml").write_text(
        """
network:
  routers: [{address: 192.0.2.10}, {address: 192.0.2.11, ami_from: [192.0.2.12]}]
  pbxs:
    caen: {address: 10.14.0.1, ami_secret: {env: A}, carrier: {endpoint: sfr, verdict: p_asserted_identity}}
    rouen: {address: 10.76.0.1, ami_secret: {env: B}, ask_from: [10.76.0.1, 10.76.0.2]}
    le-havre: {address: 10.76.1.1, ami_secret: {env: D}}
    dieppe: {address: 10.76.2.1, ami_secret: {env: E}}
    evreux: {address: 10.27.0.1, ami_secret: {env: F}}
    saint-lo: {address: 10.50.0.1, ami_secret: {env: G}}
  database: {dsn: {env: C}}
"""
    )
    deployment = load(directory, {}).deployment
    assert deployment.routers[1] == RouterAddress("192.0.2.11", 4573, ("192.0.2.12",))
    assert deployment.pbxs["rouen"].ask_from == ("10.76.0.1", "10.76.0.2")
    assert (deployment.pbxs["caen"].sip_port, deployment.pbxs["caen"].ami_port) == (5060, 5038)
    assert deployment.status == HostPort("127.0.0.1", 9464)
    assert deployment.pbxs["caen"].carrier == Carrier("sfr", VerdictHeader.P_ASSERTED_IDENTITY)
    assert deployment.pbxs["rouen"].carrier is None


def test_a_secret_from_the_environment_is_never_shown() -> None:
    secret = load(EXAMPLE, {"CTI_DSN": "postgresql://hush"}).deployment.dsn
    assert secret.reveal() == "postgresql://hush"
    assert repr(secret) == "Secret(source='CTI_DSN')"


def test_relative_paths_are_relative_to_the_configuration(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory.parent)
    replace(directory / "network.yaml", "{env: CTI_DSN}", "{file: secrets/dsn}")
    replace(directory / "network.yaml", "/var/lib/cti-router ", "state ")
    (directory / "secrets").mkdir()
    (directory / "secrets" / "dsn").write_text("postgresql://hush\n")
    deployment = load(Path(directory.name), {}).deployment
    monkeypatch.chdir("/")
    assert deployment.dsn.reveal() == "postgresql://hush"
    assert deployment.state_directory == directory / "state"


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), (b"\n", "is empty"), (b"a\nb\n", "one line"), (b"\xe9", "not UTF-8")],
)
def test_a_secret_file_that_holds_none(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SecretError, match=why):
        Secret(tmp_path / "secret", {}).reveal()
