// The advisor's page, open for a whole shift: everything is begun here, and the server's events are followed.

import { politely, toast } from "./announce.js";
import { sessionIsOver, whenSessionOver } from "./api.js";
import "./banner.js";
import { freeze, now_s, timeWithSeconds } from "./clock.js";
import "./call.js";
import { hasUnsaved } from "./contact.js";
import "./copy.js";
import { anyOpen } from "./dialogs.js";
import { one, setText, show } from "./dom.js";
import "./keys.js";
import { call, nothingRings, popped, recordFollows } from "./my_call.js";
import { me, mine, take, watch } from "./store.js";
import { Stream } from "./stream.js";
import { say } from "./texts.js";
import { refreshWork } from "./work.js";

const GRACE_MS = 1200; // a link that is back so soon was not worth a word
const TAB = crypto.randomUUID?.() ?? String(Math.random()); // an origin without TLS has no UUIDs
let lostTimer = null;
let routerLost_at = null;
let reloads = false;

// Between here and the server, or between the server and the router: either way nothing more is known since then.
function lost(at = now_s()) {
  if (lostTimer !== null || document.body.dataset.link === "lost") return;
  lostTimer = setTimeout(() => {
    document.body.dataset.link = "lost";
    freeze(true);
    setText(one("#link-lost span"), say("lost", timeWithSeconds(at)));
    show(one("#link-lost"), true);
    politely(one("#link-lost span").textContent);
  }, GRACE_MS);
}

function found() {
  clearTimeout(lostTimer);
  lostTimer = null;
  if (document.body.dataset.link !== "lost") return;
  delete document.body.dataset.link;
  freeze(false);
  show(one("#link-lost"), false);
  toast(say("caught_up"));
}

function event(kind, data) {
  if (kind === "pop") popped(data);
  else if (kind === "record") recordFollows(data);
  else if (kind === "superseded") superseded();
  else if (kind === "signed_out") sessionIsOver();
  else if (kind === "link") link(data.frozen_at);
  else if (kind === "version") newVersion(data);
  else if (kind === "work") refreshWork();
  else take(kind, data);
  if (kind === "state" || (kind === "call" && data.advisor === me)) nothingRings();
  if (kind === "state") {
    link(data.frozen_at);
    if (data.pop) popped(data.pop);
    refreshWork();
  }
}

function link(frozen_at) {
  routerLost_at = frozen_at ?? null;
  if (routerLost_at === null) found();
  else lost(routerLost_at);
}

const opened = () => routerLost_at === null && found();

const stream = new Stream(`/api/v1/events?tab=${TAB}`, { event, open: opened, lost: () => lost() });

function superseded() {
  stream.stop();
  found();
  document.body.dataset.link = "other";
  show(one("#superseded"), true);
}

one("#take-back").addEventListener("click", () => {
  delete document.body.dataset.link;
  show(one("#superseded"), false);
  one("#desk").focus();
  stream.lastId = null;
  stream.start();
});

whenSessionOver(() => {
  stream.stop();
  show(one("#link-lost"), false);
  show(one("#session-over"), true);
  politely(one("#session-over span").textContent);
});

// A new page is loaded only when nobody is disturbed by it.
function newVersion(data) {
  const version = data.version ?? data;
  if (version === document.body.dataset.version) return;
  reloads = true;
  toast(say("new_version"));
  reloadWhenIdle();
}

function reloadWhenIdle() {
  const busy = call.phase === "offered" || call.phase === "talking" || mine()?.activity !== "idle";
  const writing = document.activeElement?.matches("input, textarea, select");
  if (reloads && !busy && !hasUnsaved() && !anyOpen() && !writing) location.reload();
}

watch(reloadWhenIdle);
setInterval(reloadWhenIdle, 5000);
setInterval(refreshWork, 60000); // what was in time is overdue now
stream.start();
