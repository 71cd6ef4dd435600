"""What an Asterisk 22.10 said on its manager link, recorded in the lab; blanks at line ends are gone."""

from cti_router.asterisk.ami_frames import AmiMessage, FrameDecoder

_GREETING = "Asterisk Call Manager/11.0.0\n"


def messages(text: str) -> list[AmiMessage]:
    return FrameDecoder().feed((_GREETING + text).replace("\n", "\r\n").encode())


def message(text: str, **changes: str) -> AmiMessage:
    """One recorded message, with some of its headers changed."""
    lines = text.splitlines()
    for name, value in changes.items():
        (at,) = (n for n, line in enumerate(lines) if line.startswith(f"{name}:"))
        lines[at] = f"{name}: {value}"
    (found,) = messages("\n".join(lines) + "\n\n")
    return found


def state_change(device: str, state: str) -> AmiMessage:
    return message(DEVICE_STATE_CHANGE, Device=device, State=state)


DEVICE_STATE_CHANGE = """\
Event: DeviceStateChange
Privilege: call,all
SystemName: caen
Device: PJSIP/101
State: NOT_INUSE
"""

HANGUP = """\
Event: Hangup
Privilege: call,all
SystemName: caen
Channel: PJSIP/public-00000000
ChannelState: 6
ChannelStateDesc: Up
CallerIDNum: 0199001234
CallerIDName: <unknown>
ConnectedLineNum: 101
ConnectedLineName: 101
Language: fr
AccountCode:
Context: cti-fallback-v1
Exten: s
Priority: 15
Uniqueid: 1795470781.0
Linkedid: 1795470781.0
Cause: 16
Cause-txt: Normal Clearing
"""

STATUS_WAITING = """\
Event: Status
Privilege: Call
Channel: PJSIP/public-00000000
ChannelState: 6
ChannelStateDesc: Up
CallerIDNum: 0199001234
CallerIDName: <unknown>
ConnectedLineNum: <unknown>
ConnectedLineName: <unknown>
Language: fr
AccountCode:
Context: cti-ask-v1
Exten: missed
Priority: 9
Uniqueid: 1795470781.0
Linkedid: 1795470781.0
Type: PJSIP
DNID: +33261910001
EffectiveConnectedLineNum: <unknown>
EffectiveConnectedLineName: <unknown>
TimeToHangup: 0
BridgeID:
Application: Wait
Data: 1
Nativeformats: (alaw)
Readformat: alaw
Readtrans:
Writeformat: slin
Writetrans: (slin@8000)->(alaw@8000)
Callgroup: 0
Pickupgroup: 0
Seconds: 0
Variable: CTI_CALL=caen-1795470781.0
Variable: CTI_STATE=wait
Variable: CTI_TICKET=(null)
Variable: CTI_OFFER=(null)
Variable: CTI_ADVISOR=(null)
Variable: CTI_DNIS=+33261910001
Variable: CTI_CODE=(null)
Variable: CTI_VERIFIED=unknown
ActionID: s1
"""

STATUS_PHONE_LEG = """\
Event: Status
Privilege: Call
Channel: PJSIP/101-00000001
ChannelState: 6
ChannelStateDesc: Up
CallerIDNum: 101
CallerIDName: 101
ConnectedLineNum: 0199001234
ConnectedLineName: <unknown>
Language: fr
AccountCode:
Context: phones
Exten: s
Priority: 1
Uniqueid: 1795470787.1
Linkedid: 1795470781.0
Type: PJSIP
DNID:
EffectiveConnectedLineNum: 0199001234
EffectiveConnectedLineName: <unknown>
TimeToHangup: 0
BridgeID: afac57e6-c3ad-422b-a22f-532b02d4399b
Application: AppQueue
Data: (Outgoing Line)
Nativeformats: (alaw)
Readformat: alaw
Readtrans:
Writeformat: alaw
Writetrans:
Callgroup: 0
Pickupgroup: 0
Seconds: 0
Variable: CTI_CALL=caen-1795470781.0
Variable: CTI_STATE=(null)
Variable: CTI_TICKET=(null)
Variable: CTI_OFFER=(null)
Variable: CTI_ADVISOR=(null)
Variable: CTI_DNIS=(null)
Variable: CTI_CODE=(null)
Variable: CTI_VERIFIED=(null)
ActionID: s2
"""

STATUS_COMPLETE = """\
Event: StatusComplete
ActionID: s2
EventList: Complete
ListItems: 2
Items: 2
"""

DEVICE_STATE_LIST = "".join(
    f"Event: DeviceStateChange\nActionID: d1\nDevice: {device}\nState: {state}\n\n"
    for device, state in (
        ("PJSIP/public", "INUSE"),
        ("PJSIP/103", "UNAVAILABLE"),
        ("PJSIP/102", "UNAVAILABLE"),
        ("PJSIP/101", "INUSE"),
        ("Queue:cti-duty_pause_PJSIP/101", "NOT_INUSE"),
        ("Queue:cti-duty_pause_PJSIP/102", "NOT_INUSE"),
        ("Queue:cti-duty", "NOT_INUSE"),
        ("Queue:cti-duty_avail", "INUSE"),
        ("PJSIP/rouen", "NOT_INUSE"),
    )
)
