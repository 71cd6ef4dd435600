"""The public network as its subscribers know it: it finds a site by its numbers, and anybody else by his own.

An Asterisk like the others, with the sites' PBXs and its subscribers around it. Callers who only ring in do without it.
"""

from collections.abc import Mapping
from pathlib import Path

CARRIER_SITE = "carrier"

_SITE = """
[{site}]
type = endpoint
transport = udp
context = from-sites
disallow = all
allow = alaw,ulaw
direct_media = no
rtp_symmetric = yes
trust_id_inbound = yes
aors = {site}

[{site}]
type = aor
contact = sip:{address}:5060

[{site}]
type = identify
endpoint = {site}
match = {address}
"""

_DIALPLAN = """
[from-sites]
{numbers}
exten => _+X!,1,Dial(PJSIP/${{EXTEN:1}},60)
 same => n,Hangup(${{HANGUPCAUSE}})
"""


def write_carrier(directory: Path, sites: Mapping[str, str], numbers: Mapping[str, str]) -> Path:
    """The files of the carrier's PBX, as `LabPbx` takes them. `sites`: the PBXs' addresses; `numbers`: which site has
    which of the public numbers, as dialplan patterns ("_+3326191120X")."""
    directory.mkdir(parents=True, exist_ok=True)
    endpoints = (_SITE.format(site=site, address=address) for site, address in sites.items())
    (directory / "cti_pjsip.conf").write_text("".join(endpoints))
    lines = (f"exten => {number},1,Dial(PJSIP/${{EXTEN}}@{site},60)" for number, site in numbers.items())
    (directory / "cti_extensions.conf").write_text(_DIALPLAN.format(numbers="\n".join(lines)))
    return directory
