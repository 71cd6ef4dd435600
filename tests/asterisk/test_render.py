"""The files of a PBX, as text. What Asterisk makes of them is in tests/acceptance."""

import re
from dataclasses import replace

import pytest

from cti_router.asterisk.render import (
    ASK_ARGUMENTS,
    ASK_CONTEXT,
    ASK_EXTENSION,
    FILES,
    MANAGER_USER,
    render_site,
)
from cti_router.config.deployment import Carrier, RouterAddress, SecretError, VerdictHeader
from tests.asterisk.two_sites import ORGANISATION, TODAY, deployment

_CALL_ID = "A-Za-z0-9@._:/+=~\\-,${CHANNEL(pjsip,call-id)}"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return _rendered()


def _rendered(site: str = "caen") -> dict[str, str]:
    return render_site(ORGANISATION, deployment(), site, TODAY)


def _context(text: str, name: str) -> list[str]:
    """The lines of a section, without comments."""
    _, _, rest = text.partition(f"[{name}]\n")
    body = rest.partition("\n[")[0]
    return [line for line in body.splitlines() if line and not line.startswith(";")]


# ── routers, neighbours, phones, secrets ─────────────────────────────────────────────────────────────────────────


def test_each_router_is_asked_in_turn_and_each_may_log_in() -> None:
    two = (RouterAddress("192.0.2.10", 4573, ("192.0.2.10",)), RouterAddress("192.0.2.11", 4600, ("192.0.2.12",)))
    files = render_site(ORGANISATION, replace(deployment(), routers=two), "caen", TODAY)
    ask = _context(files["cti_extensions.conf"], ASK_CONTEXT)
    arguments = ",".join(("caen", *(f"${{CTI_{name}}}" for name in ASK_ARGUMENTS[1:])))
    assert f" same => n(router0),AGI(agi://192.0.2.10:4573/ask,{arguments})" in ask
    assert f" same => n(router1),AGI(agi://192.0.2.11:4600/ask,{arguments})" in ask
    assert " same => n,Goto(router$[${CTI_MISSED} % 2])" in ask
    end = _context(files["cti_extensions.conf"], "cti-end-v1")
    assert f" same => n,AGI(agi://192.0.2.11:4600/end,{arguments})" in end
    permitted = [line for line in _context(files["cti_manager.conf"], MANAGER_USER) if line.startswith("permit")]
    assert permitted == ["permit = 192.0.2.10/255.255.255.255", "permit = 192.0.2.12/255.255.255.255"]


@pytest.mark.parametrize("variable", ["CTI_SIP", "CTI_LEG"])
def test_a_sip_call_id_is_filtered_and_in_no_expression(files: dict[str, str], variable: str) -> None:
    lines = [line for line in files["cti_extensions.conf"].splitlines() if variable in line]
    asks = [line for line in lines if "AGI(agi://" in line]
    assert asks
    assert all(",${CTI_SIP},${CTI_LEG}," in line for line in asks)
    copy = "Set(MASTER_CHANNEL(CTI_LEG)=${CTI_LEG})"
    (set_,) = (line for line in lines if line not in asks and f"{variable}=," not in line and copy not in line)
    assert set_.endswith(f"Set({variable}=${{FILTER({_CALL_ID}):0:128}})")


def test_an_offer_on_a_trunk_bears_our_header_without_a_handler_before_it_rings(files: dict[str, str]) -> None:
    dialplan, lines = files["cti_extensions.conf"], files["cti_pjsip.conf"].splitlines()
    to_rouen, *handler = _context(dialplan, "cti-trunk-v1")
    (address,) = (line.removeprefix("contact = sip:") for line in lines if line.startswith("contact = "))
    phone, call = "${FILTER(0-9,${CUT(CTI_DIAL,@,1)})}", "${FILTER(A-Za-z0-9.\\-,${CTI_CALL})}"
    assert to_rouen == f"exten => rouen,1,Set(CTI_DIAL=PJSIP/rouen/sip:{phone}@{address}?X-CTI-Call={call})"
    assert handler == [" same => n,Set(CTI_BEFORE=)", " same => n,Return()"]
    assert "set_var = CHANNEL(hangup_handler_push)=cti-dialled-v1,line_over,1" in lines
    (dial,) = (line for line in _context(dialplan, ASK_CONTEXT) if "Dial(${CTI_DIAL}" in line)
    assert dial == " same => n,Dial(${CTI_DIAL},${CTI_RING},gm${CTI_BEFORE}U(cti-answered-v1))"


def test_the_manager_tells_no_end_of_a_leg_from_another_pbx_and_nothing_of_the_line_to_the_public_network() -> None:
    lines = _context(_rendered_with(Carrier("the-carrier"))["cti_manager.conf"], MANAGER_USER)
    assert "eventfilter(action(exclude),name(Hangup),header(Context),method(regex)) = ^cti-(leg|relay|failed)-" in lines
    device = "eventfilter(action(exclude),name(DeviceStateChange),header(Device),method(exact))"
    assert f"{device} = PJSIP/the-carrier" in lines
    without = _context(_rendered_with(None)["cti_manager.conf"], MANAGER_USER)
    assert not [line for line in without if line.startswith(device)]


def test_the_sounds_of_a_number_are_in_its_language() -> None:
    english = replace(ORGANISATION.numbers[33261910001], dnis=441632960000, language="en_GB")
    numbers = {**ORGANISATION.numbers, english.dnis: english, 33261910003: replace(english, dnis=33261910003)}
    text = render_site(replace(ORGANISATION, numbers=numbers), deployment(), "caen", TODAY)["cti_extensions.conf"]
    lines = [line for line in _context(text, "cti-arrive-v1") if "language" in line]
    assert lines == [
        " same => n,Set(CHANNEL(language)=fr)",
        ' same => n,ExecIf($["${CTI_DNIS}" =~ "^[+]?(441632960000)$"]?Set(CHANNEL(language)=en_GB))',
        ' same => n,ExecIf($["${CTI_DNIS}" =~ "^[+]?(33261910003|0261910003)$"]?Set(CHANNEL(language)=en_GB))',
    ]


def test_a_caller_is_sent_on_by_the_carrier_or_not_at_all(files: dict[str, str]) -> None:
    by_carrier = _context(_rendered_with(Carrier("the-carrier"))["cti_extensions.conf"], ASK_CONTEXT)
    assert any("Dial(PJSIP/+${CTI_NUMBER}@the-carrier,${CTI_RING}," in line for line in by_carrier)
    without = _context(files["cti_extensions.conf"], ASK_CONTEXT)
    start = without.index("exten => forward,1,Set(CTI_LAST=forward_CANCEL)")
    assert " same => n,Set(DIALSTATUS=CHANUNAVAIL)" in without[start : start + 4]


def test_a_carrier_without_a_verdict_is_not_believed(files: dict[str, str]) -> None:
    for carrier in (None, Carrier("carrier")):
        text = _rendered_with(carrier)["cti_extensions.conf"]
        assert [line for line in text.splitlines() if "CTI_VERIFIED=" in line] == [
            " same => n,Set(CTI_VERIFIED=unknown)"
        ]
        assert "verstat" not in text


@pytest.mark.parametrize("header", VerdictHeader)
def test_only_the_carrier_s_endpoint_is_heard_on_the_number(header: VerdictHeader) -> None:
    text = _rendered_with(Carrier("the-carrier", header))["cti_extensions.conf"]
    lines = _context(text, "cti-arrive-v1")
    asked = lines.index(' same => n,GotoIf($["${CHANNEL(endpoint)}" != "the-carrier"]?heard)')
    assert lines[asked + 1] == f" same => n,Set(CTI_VERDICT=${{PJSIP_HEADER(read,{header})}})"
    assert text.count("PJSIP_HEADER(read,") == 3  # this one, and the two of our own trunks


def _rendered_with(carrier: Carrier | None) -> dict[str, str]:
    there = deployment()
    pbxs = {site: replace(address, carrier=carrier) for site, address in there.pbxs.items()}
    return render_site(ORGANISATION, replace(there, pbxs=pbxs), "caen", TODAY)


def test_the_ask_context_has_the_extension_nudges_go_to(files: dict[str, str]) -> None:
    assert any(
        line.startswith(f"exten => {ASK_EXTENSION},1,") for line in _context(files["cti_extensions.conf"], ASK_CONTEXT)
    )


@pytest.mark.parametrize(
    ("site", "peer", "host"), [("caen", "rouen", "10.76.0.1"), ("rouen", "caen", "10.14.0.1")]
)  # fmt: skip
def test_a_trunk_has_an_endpoint_at_both_ends(site: str, peer: str, host: str) -> None:
    found = re.findall(r"\[(\w+)\]\n(type = .*?)(?=\n\n|\Z)", _rendered(site)["cti_pjsip.conf"], re.DOTALL)
    sections = [section for _, section in found]
    assert {name for name, _ in found} == {peer}
    assert [section.splitlines()[0] for section in sections] == ["type = endpoint", "type = aor", "type = identify"]
    assert "context = cti-from-site" in sections[0]
    assert f"contact = sip:{host}:5060" in sections[1]
    assert f"match = {host}" in sections[2]


def test_a_site_without_lines_has_no_neighbour() -> None:
    alone = replace(ORGANISATION, trunks={})
    files = render_site(alone, deployment(), "caen", TODAY)
    assert "[" not in files["cti_pjsip.conf"]
    assert '"(-)$"' in files["cti_extensions.conf"]  # a pattern no endpoint matches


def test_the_fallback_queue_has_the_site_s_own_phones(files: dict[str, str]) -> None:
    members = [line for line in _context(files["cti_queues.conf"], "cti-duty") if line.startswith("member")]
    assert members == [
        "member => PJSIP/101,0,celine,PJSIP/101",
        "member => PJSIP/102,0,anais,PJSIP/102",
    ]
    assert f"wrapuptime = {ORGANISATION.rules.wrap_up_s:.0f}\n" in files["cti_queues.conf"]


def test_each_number_has_its_closing_message(files: dict[str, str]) -> None:
    closed = _context(files["cti_extensions.conf"], "cti-closed-v1")
    assert "exten => 33261910001,1,Gosub(cti-say-v1,s,1(im-sorry&goodbye))" in closed


@pytest.mark.parametrize(
    ("sounds", "played"),
    [
        (("cti/closed", "cti/opening-1", "{opening}", "cti/opening-3", "cti/bye"), "cti/closed&cti/bye"),
        (("cti/opening-1", "{opening}"), "goodbye"),
    ],
)
def test_the_fallback_says_nothing_that_only_a_router_knows(sounds: tuple[str, ...], played: str) -> None:
    numbers = {dnis: replace(number, closed_sounds=sounds) for dnis, number in ORGANISATION.numbers.items()}
    files = render_site(replace(ORGANISATION, numbers=numbers), deployment(), "caen", TODAY)
    closed = _context(files["cti_extensions.conf"], "cti-closed-v1")
    assert f"exten => 33261910001,1,Gosub(cti-say-v1,s,1({played}))" in closed


@pytest.mark.parametrize("early", [False, True])
def test_callers_are_answered_at_once_or_by_an_advisor(early: bool) -> None:
    text = render_site(replace(ORGANISATION, early_media=early), deployment(), "caen", TODAY)["cti_extensions.conf"]
    pick_up = _context(text, "cti-pick-up-v1")
    assert (" same => n,Answer()" in pick_up) is not early
    assert any("Progress()" in line for line in pick_up) is early
    duty = text.partition("exten => duty,1,")[2].partition("[cti-leg-v1]")[0]
    assert ("Answer()" in duty) is not early
    assert "exten => take_message,1,Answer()" in text  # what is recorded is paid for


def test_the_secret_is_in_the_manager_s_file_only() -> None:
    for site, secret in (("caen", "caen-secret"), ("rouen", "rouen-secret")):
        assert [name for name, text in _rendered(site).items() if secret in text] == ["cti_manager.conf"]


def test_without_the_secret_nothing_is_rendered_and_the_error_says_what_to_do() -> None:
    with pytest.raises(SecretError, match="environment variable CTI_AMI_CAEN is not set: set it to the secret"):
        render_site(ORGANISATION, deployment(secrets={}), "caen", TODAY)


# ── whatever is in the configuration ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("site", ["caen", "rouen"])
def test_every_file_is_there_and_says_where_it_comes_from(site: str) -> None:
    files = _rendered(site)
    assert tuple(files) == FILES
    for text in files.values():
        assert text.startswith(f"; Rendered by cti-router for {site}, configuration {ORGANISATION.version}:")
        assert text.endswith("\n")


@pytest.mark.parametrize("name", FILES)
def test_no_template_word_is_left(files: dict[str, str], name: str) -> None:
    assert not re.search(r"\{\{|\}\}|\{%|%\}|\{#|#\}|Undefined|None", files[name])


@pytest.mark.parametrize("name", FILES)
def test_every_bracket_is_closed_on_its_line(files: dict[str, str], name: str) -> None:
    for line in files[name].splitlines():
        if line.startswith(";"):
            continue
        open_: list[str] = []
        for character in line:
            if character in "([{":
                open_.append({"(": ")", "[": "]", "{": "}"}[character])
            elif character in ")]}":
                assert open_, line
                assert open_.pop() == character, line
        assert not open_, line


@pytest.mark.parametrize("name", FILES)
def test_names_for_people_never_reach_asterisk(files: dict[str, str], name: str) -> None:
    text = files[name]
    assert text.replace("─", "").isascii()
    people = [
        *(advisor.name for advisor in ORGANISATION.advisors.values()),
        *(number.name for number in ORGANISATION.numbers.values()),
        *(site.name for site in ORGANISATION.sites.values()),
        *(day.name for day in ORGANISATION.calendar.exceptions.values()),
    ]
    assert [one for one in people if one in text] == []


# ── over the public network ──────────────────────────────────────────────────────────────────────────────────────


def test_a_pbx_goes_to_the_public_network_by_its_carrier_only() -> None:
    lines = _context(_rendered_with(Carrier("the-carrier"))["cti_extensions.conf"], ASK_CONTEXT)
    assert " same => n,Set(CTI_DIAL=PJSIP/+${CTI_NUMBER}@the-carrier)" in lines
    without = _context(_rendered_with(None)["cti_extensions.conf"], ASK_CONTEXT)
    begins = without.index("exten => dial_out,1,Set(CTI_STATE=dial)")
    assert without[begins + 1] == " same => n,Set(CTI_LAST=dial_CHANUNAVAIL)"


def test_a_phone_s_own_number_rings_it_without_the_router() -> None:
    sites = {id_: replace(site, direct_numbers="3326191{phone}") for id_, site in ORGANISATION.sites.items()}
    text = render_site(replace(ORGANISATION, sites=sites), deployment(), "caen", TODAY)["cti_extensions.conf"]
    inbound = _context(text, "cti-inbound")
    phone = next(advisor.phone for advisor in ORGANISATION.advisors.values() if advisor.site == "caen")
    assert f"exten => +3326191{phone},1,Goto(cti-leg-v1,{phone},1)" in inbound
    assert f"exten => 026191{phone},1,Goto(cti-leg-v1,{phone},1)" in inbound
