"""Who waits, and what is expected of it: as values for programs, as lines for people."""

import json
from typing import Any

from cti_router.core.callback import Heard
from cti_router.core.configuration import ExpectedWaitRules
from cti_router.core.identity import Cli
from cti_router.core.inputs import Configure, Last
from cti_router.metrics import Metrics
from cti_router.status import as_text, judged, open_callbacks, queue
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, PARIS, Board, waiting_for_preferred, with_expected_wait
from tests.core.callback_board import CallbackBoard
from tests.core.test_expected_wait import busy, serve
from tests.desk import ORDER
from tests.test_metrics import samples

STATUS: dict[str, Any] = {
    "clock": "2026-11-23T09:00:00+01:00",
    "configuration": "abc",
    "reload_refused": "",
    "offers_open": True,
    "duty": {"site": "rouen", "backups": ["caen"]},
    "closed": None,
    "orders": [],
    "waiting": 0,
    "queue": [],
    "expected_waits": [],
    "pages": None,
    "links": {"caen": True, "rouen": True},
    "voice_ports": {"rouen": {"count": None, "in_use": 7, "ports": []}},
    "advisors": {
        "rose": {"presence": "available", "ready": False, "talk": None},
        "remi": {"presence": "not_ready", "ready": False, "talk": None},
    },
}


def speaking() -> Board:
    """One outcome is enough to speak; two employers wait."""
    board = busy("rose", "remi", configuration=with_expected_wait(ExpectedWaitRules(least_outcomes=1)))
    board.arrive("before")
    serve(board, "before", "rose")
    board.wait(1)
    board.arrive("first")
    board.wait(1)
    board.arrive("second")
    board.wait(60)
    return board


def test_each_waiting_ticket_tells_what_is_expected_and_why() -> None:
    board = speaking()
    first, second = queue(board.switchboard, board.now)
    assert (first["call"], first["kind"], first["state"], first["plan"], first["profile"]) == (
        "first", "inbound", "waiting", "standard", "employer",
    )  # fmt: skip
    assert (first["waited_s"], first["step"], first["steps"]) == (61.0, 3, 3)
    said = second["expected_wait"]
    assert said["p10_s"] < said["median_s"] < said["p90_s"]
    assert (said["silent"], said["ahead"], said["advisors"]) == (None, 1.0, 2)
    assert (said["hit_rate"], said["outcomes"]) == (1.0, 1)
    assert first["expected_wait"]["median_s"] < said["median_s"]
    json.dumps([first, second])


def test_who_is_looked_up_or_offered_waits_for_nothing_that_could_be_told() -> None:
    board = busy("rose")
    board.ask("new", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))  # the directory has not answered yet
    board.present("remi")
    board.arrive("offered")
    assert [(each["call"], each["state"], each["expected_wait"]) for each in queue(board.switchboard, board.now)] == [
        ("new", "arrived", None),
        ("offered", "offered", None),
    ]


def test_a_silent_class_tells_why_and_no_figure() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    (said,) = (each["expected_wait"] for each in queue(board.switchboard, board.now))
    assert (said["median_s"], said["p10_s"], said["p90_s"], said["silent"]) == (None, None, None, "learning")
    assert (said["hit_rate"], said["outcomes"]) == (None, 0)


def test_who_waits_for_one_advisor_says_for_whom_and_nothing_is_told() -> None:
    board = busy("rose", "remi", configuration=waiting_for_preferred(45.0))
    board.arrive("waits", ties=("remi", None))
    told = json.loads(json.dumps(queue(board.switchboard, board.now)))
    (waits,) = told
    assert (waits["awaits"], waits["expected_wait"]["silent"], waits["expected_wait"]["median_s"]) == (
        "remi", "awaits", None,
    )  # fmt: skip
    assert as_text(STATUS | {"waiting": 1, "queue": told}).splitlines()[5:] == [
        "  inbound waits, employer: waiting since 0 s, step 1 of 3, for remi",
        "    nothing told: it waits for one advisor",
    ]


def test_what_came_true_is_told_by_class() -> None:
    board = speaking()
    assert judged(board.switchboard) == [
        {"plan": "standard", "asks": "employer", "hit_rate": 1.0, "outcomes": 1, "silent": None}
    ]
    board.give(Configure(CONFIGURATION))
    assert [each["silent"] for each in judged(board.switchboard)] == ["learning"]


def test_the_status_for_people() -> None:
    board = speaking()
    status = STATUS | {"waiting": 2, "queue": json.loads(json.dumps(queue(board.switchboard, board.now)))}
    lines = as_text(status).splitlines()
    assert lines[1:6] == [
        "duty      rouen, backups caen",
        "links     2 of 2 up",
        "advisors  1 of 2 available, 0 ready",
        "waiting   2",
        "  inbound first, employer: waiting since 1.0 min, step 3 of 3",
    ]
    assert lines[6].startswith("    expected ")
    assert lines[6].endswith(": 0 ahead, 2 advisors, 100% of 1 came true")


def test_the_status_for_people_tells_what_is_amiss() -> None:
    waits = {"call": "c1", "kind": "inbound", "state": "waiting", "profile": None, "waited_s": 5.0, "step": None}
    waits["awaits"] = None
    silent = {"silent": "unsure", "ahead": 2.5, "advisors": 4, "hit_rate": 0.5, "outcomes": 50}
    nobody = silent | {"silent": "nobody_works"}
    status = STATUS | {
        "reload_refused": "plans.yaml:3:4: no",
        "duty": None,
        "closed": {"because": "alerte incendie", "until": "2026-11-23T10:00+01:00"},
        "orders": [ORDER],
        "offers_open": False,
        "waiting": 2,
        "pages": {"state": "ready", "origin": "https://accueil.example.fr", "restarts": 0, "pid": 7},
        "links": {"caen": True, "rouen": False},
        "queue": [waits | {"expected_wait": silent}, waits | {"expected_wait": nobody}],
    }
    assert as_text(status).splitlines()[1:] == [
        "refused   plans.yaml:3:4: no",
        "duty      closed: alerte incendie, until 2026-11-23 10:00",
        "order     close-261123-090000  in_force  2026-11-23 09:00 to 2026-11-23 10:00"
        "  the whole service closed: alerte incendie (helene)",
        "links     1 of 2 up: not rouen",
        "advisors  1 of 2 available, 0 ready",
        "pages     ready: https://accueil.example.fr",
        "waiting   2, no offers before the PBXs are synced",
        "  inbound c1, not identified yet: waiting since 5 s",
        "    nothing told (unsure): 2.5 ahead, 4 advisors, 50% of 50 came true",
        "  inbound c1, not identified yet: waiting since 5 s",
        "    nobody works for it",
    ]


def test_rows_become_gauges_when_prometheus_asks() -> None:
    metrics, rows = Metrics(), dict[tuple[str, ...], float]()
    metrics.watch_table("cti_rates", "Hits / outcomes.", ("plan", "asks"), lambda: rows)
    assert not [name for name, _ in samples(metrics) if name == "cti_rates"]
    rows["general", "employer"] = 0.82
    assert samples(metrics)["cti_rates", ("employer", "general")] == 0.82


def test_who_is_to_be_called_back_is_told_and_waits_in_the_queue() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    (told,) = open_callbacks(board.switchboard, PARIS)
    assert (told["id"], told["number"], told["state"], told["author"]) == (id_, "+33261910101", "seeking", "paul")
    assert told["called_from"] is None
    assert (told["asked_at"], told["attempts"], told["attempts_allowed"]) == ("2026-11-23T09:00:00+01:00", 0, 3)
    assert [(each["call"], each["kind"]) for each in queue(board.switchboard, board.now)] == [(id_, "callback")]
    board.present("rose")
    ring = board.rings()
    board.picks_up(ring)
    board.leg(ring, Heard.BUSY)
    (told,) = open_callbacks(board.switchboard, PARIS)
    assert (told["state"], told["attempts"], told["not_before_at"]) == ("resting", 1, "2026-11-23T09:05:00+01:00")
    assert queue(board.switchboard, board.now) == []


def test_the_ports_of_each_pbx_and_what_is_done_on_them_are_told() -> None:
    states = ("waiting", "treating", "free", "waiting")
    ports = [{"number": number, "state": state, "call": None} for number, state in enumerate(states, 1)]
    rouen = {"count": 20, "in_use": 0, "ports": []}
    status = STATUS | {"voice_ports": {"caen": {"count": 30, "in_use": 3, "ports": ports}, "rouen": rouen}}
    told = [line for line in as_text(status).splitlines() if line.startswith("ports")]
    assert told == ["ports     caen: 3 of 30 in use: 1 treating, 2 waiting", "ports     rouen: 0 of 20 in use"]
