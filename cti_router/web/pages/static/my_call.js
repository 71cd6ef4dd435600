// The call I have, and the one I had: what came with its pop, and what the router says of it now.

import { now_s } from "./clock.js";
import { myTalk, watch } from "./store.js";

// `phase`: "none", "offered", "talking", "over". `since_at`: of the phase; `lasted_s`: of the talk, once it is over.
export const call = { phase: "none", id: null, pop: null, talk: null, since_at: null, lasted_s: null };

const listeners = [];
export const whenCallChanges = (act) => listeners.push(act);

// It comes before the phone rings, before anything else is known of the offer.
export function popped(pop) {
  const former = { phase: call.phase, id: call.id };
  Object.assign(call, { phase: "offered", id: pop.call, pop, since_at: pop.offered_at, lasted_s: null });
  call.talk = myTalk()?.call === pop.call ? myTalk() : null;
  follow(former);
}

// A record that took longer than its pop.
export function recordFollows(data) {
  if (data.call !== call.id || !call.pop) return;
  call.pop = { ...call.pop, ...data };
  follow();
}

// Nothing rings any more, and perhaps nothing was ever seen to: it was over at once.
export function nothingRings() {
  if (call.phase !== "offered" || myTalk()) return;
  const former = { phase: call.phase, id: call.id };
  forget();
  follow(former);
}

function follow(former = { phase: call.phase, id: call.id }) {
  const talk = myTalk();
  if (talk) {
    const another = talk.call !== call.id;
    Object.assign(call, { talk, id: talk.call, phase: talk.state === "offered" ? "offered" : "talking" });
    if (another) Object.assign(call, { pop: null, lasted_s: null });
    call.since_at = talk.since_at;
  } else if (call.talk) {
    // An offer that was not answered went to somebody else, and his file with it; a talk leaves its note to write.
    if (call.phase === "talking") Object.assign(call, { phase: "over", lasted_s: now_s() - call.since_at });
    else if (call.phase === "offered") forget();
    call.talk = null;
  }
  for (const act of listeners) act(former);
}

export function forget() {
  Object.assign(call, { phase: "none", id: null, pop: null, talk: null, since_at: null, lasted_s: null });
}

export const kind = () => call.talk?.kind ?? call.pop?.kind ?? "inbound";
export const isHeld = () => Boolean(call.talk?.held);
export const consultation = () => call.talk?.consultation ?? null;

// Whom it is about, in a few words that are not a secret on this screen.
export function callTitle() {
  return call.pop?.name || (call.pop?.cli ? phoneNumber(call.pop.cli) : "");
}

// +33261914027 as people here write it.
export function phoneNumber(e164) {
  const french = /^\+33(\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(e164);
  return french ? `0${french[1]} ${french.slice(2).join(" ")}` : e164;
}

watch(() => follow());
