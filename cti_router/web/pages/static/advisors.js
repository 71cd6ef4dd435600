// An advisor's state in a word, an icon, a colour and a time.

import { time } from "./clock.js";
import { world } from "./store.js";
import { say } from "./texts.js";

export const MISSED = "rona";
const ABSENT = "absent";

// {key, look, icon, word, reason, since, fixed}: `fixed` is a text in place of a running time.
export function seen(advisor) {
  const busy = {
    talking: ["talk", "talk", "talking"],
    offered: ["ring", "ring", "offered"],
    wrap_up: ["wrap", "wrap", "wrap_up"],
  }[advisor.activity];
  if (busy) return of(busy, advisor.activity_since_at);
  if (advisor.presence === "logged_out") return of(["out", "out", "logged_out"], null);
  if (advisor.presence === "not_ready") {
    if (advisor.reason === MISSED) return of(["alert", "alert", "missed"], advisor.presence_since_at);
    const reason = reasonOf(advisor.reason);
    const state = of(["away", "away", "away"], advisor.presence_since_at);
    if (advisor.until_at) return { ...state, since: null, fixed: `${reason} ${say("until", time(advisor.until_at))}`.trim() };
    return { ...state, reason };
  }
  if (advisor.phone_state === "unreachable") return of(["alert", "alert", "unreachable"], advisor.presence_since_at);
  if (advisor.phone_state === "in_use") return of(["away", "talk", "busy"], null);
  return of(["ready", "ready", "available"], Math.max(advisor.presence_since_at, advisor.activity_since_at || 0));
}

const of = ([look, icon, key], since) => ({ look, icon, key, word: say(key), since, fixed: "", reason: "" });

// As a word inside a line; an absence without a reason is just that.
export function reasonOf(reason) {
  const name = reason === ABSENT ? "" : (world.reasons[reason] ?? "");
  return name.charAt(0).toLowerCase() + name.slice(1);
}

// "A. Lefèvre": a line has room for many.
export function shortName(name) {
  const [first, ...rest] = name.split(" ");
  return rest.length ? `${first[0]}. ${rest.join(" ")}` : name;
}
