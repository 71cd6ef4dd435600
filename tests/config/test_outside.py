"""What the pages tell other programs, as an administrator writes it."""

from pathlib import Path

import pytest

from cti_router.config import ConfigurationErrors, load
from tests.config.test_load import replace

WEB = "  web: {address: 127.0.0.1, port: 9466, "


def with_web(directory: Path, more: str) -> None:
    replace(directory / "network.yaml", WEB, f"{WEB}{more}, ")


def test_a_crm_and_a_webhook(directory: Path) -> None:
    hook = "{url: 'https://crm.example.fr/appels', secret: {env: CRM}, events: [call_ended], with_number: true}"
    with_web(directory, f"crm_url: 'https://crm.example.fr:8443/f?s={{siret}}&c={{call}}', webhooks: [{hook}]")
    web = load(directory, {"CRM": "hush"}).deployment.web
    assert web is not None
    assert web.crm_url == "https://crm.example.fr:8443/f?s={siret}&c={call}"
    (found,) = web.webhooks
    assert (found.url, found.events, found.with_number) == (
        "https://crm.example.fr/appels", frozenset({"call_ended"}), True,
    )  # fmt: skip
    assert found.secret.reveal() == "hush"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://crm.example.fr/{siret}", "must be an https address"),
        ("https://{siret}.example.fr/", "must be an https address"),
        ("javascript:alert({siret})", "must be an https address"),
        ("https://crm.example.fr/{name}", "no other field"),
        ("https://crm.example.fr/{siret", "no other field"),
        ("https://crm.example.fr/", "the same page for everybody"),
        ("https://a@crm.example.fr/{siret}", "must be an https address"),
    ],
)
def test_what_is_no_address_of_a_crm(directory: Path, address: str, said: str) -> None:
    with_web(directory, f"crm_url: '{address}'")
    with pytest.raises(ConfigurationErrors, match=said):
        load(directory, {})


@pytest.mark.parametrize(
    "address",
    ["http://crm.example.fr/", "https://crm.example.fr/a b", "ftp://crm.example.fr/", "http://127.0.0.1.example.fr/"],
)
def test_what_no_webhook_goes_to(directory: Path, address: str) -> None:
    with_web(directory, f"webhooks: [{{url: '{address}', secret: {{env: A}}, events: [call_ended]}}]")
    with pytest.raises(ConfigurationErrors, match=r"network.yaml:.*must be an https address"):
        load(directory, {})


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080/x", "http://localhost/", "http://[::1]:80", "https://a.fr"])
def test_where_webhooks_go(directory: Path, address: str) -> None:
    with_web(directory, f"webhooks: [{{url: '{address}', secret: {{env: A}}, events: [call_ended]}}]")
    web = load(directory, {}).deployment.web
    assert web is not None
    assert web.webhooks[0].url == address


def test_one_address_is_told_once(directory: Path) -> None:
    hook = "{url: 'https://a.fr', secret: {env: A}, events: [call_ended]}"
    with_web(directory, f"webhooks: [{hook}, {hook}]")
    with pytest.raises(ConfigurationErrors, match="told things already"):
        load(directory, {})
