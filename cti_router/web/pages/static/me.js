// My own state, and what I choose.

import { attempt, politely } from "./announce.js";
import { MISSED, seen } from "./advisors.js";
import { post, remove } from "./api.js";
import { now_s, runSince, runUntil, stand, time, todayAt } from "./clock.js";
import { hideAndKeepFocus, make, one, setClass, setIcon, setText, show } from "./dom.js";
import { ask, complain } from "./dialogs.js";
import { me, mine, watch, world } from "./store.js";
import { say } from "./texts.js";

const WRAP_UP_MORE_S = 60;
const SHORTEST_S = 60;
let announced = "";

function render() {
  const advisor = world.advisors[me];
  if (!advisor) return;
  const state = seen(advisor);
  const badge = one("#my-state");
  setClass(badge, `state ${state.look}`);
  setIcon(badge, state.icon);
  setText(one(".word", badge), capital(state.word));
  const clock = one(".time", badge);
  const wrapUp = advisor.activity === "wrap_up";
  if (wrapUp && advisor.wrap_up_until_at) runUntil(clock, advisor.wrap_up_until_at, say("left", "{}"));
  else if (state.fixed) stand(clock, state.fixed);
  else runSince(clock, state.since);
  clock.dataset.own = "1";
  const busy = advisor.activity !== "idle";
  setText(one("#next-label"), say(busy ? "next" : "my_state"));
  press(one("#be-available"), advisor.presence === "available");
  press(one("#be-away"), advisor.presence === "not_ready");
  for (const button of [one("#wrap-over"), one("#wrap-more")]) {
    if (wrapUp) show(button, true);
    else hideAndKeepFocus(button, one("#be-available"));
  }
  const missed = advisor.presence === "not_ready" && advisor.reason === MISSED && !busy;
  show(one("#missed"), missed);
  if (missed) setText(one("#missed span"), say("missed_call", time(advisor.presence_since_at)));
  show(one("#forced"), Boolean(advisor.forced_by));
  if (advisor.forced_by) setText(one("#forced span"), say("forced_by"));
  announce(state, missed);
}

function announce(state, missed) {
  const text = missed ? one("#missed span").textContent : [state.word, state.reason, state.fixed].filter(Boolean).join(" ");
  if (announced && announced !== text) politely(text);
  announced = text;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const press = (button, pressed) => {
  button.setAttribute("aria-pressed", String(pressed));
  button.classList.toggle("primary", pressed);
};

export const beAvailable = () => attempt(() => post("/me/presence", { presence: "available", reason: "", for_s: null }));

export async function beAway() {
  const dialog = one("#away-dialog");
  const field = one(".reasons", dialog);
  const chosen = one("input:checked", field)?.value ?? mine()?.reason;
  const reasons = Object.entries(world.reasons).filter(([id]) => id !== MISSED);
  field.replaceChildren(
    one("legend", field),
    ...reasons.map(([id, name]) =>
      make("label", {}, make("input", { type: "radio", name: "reason", value: id, checked: id === chosen || reasons.length === 1 }), ` ${name}`),
    ),
  );
  show(field, reasons.length > 0);
  one("[name=length]", dialog).checked = true;
  one("[name=until]", dialog).disabled = true;
  await ask(dialog, async (form) => {
    const reason = form.get("reason") ?? "";
    if (!reason && reasons.length) return complain(dialog, say("choose_reason"));
    const length = form.get("length");
    let for_s = length && length !== "until" ? Number(length) * 60 : null;
    if (length === "until") {
      const at = todayAt(form.get("until"));
      if (at === null) return complain(dialog, say("choose_time"));
      for_s = Math.max(SHORTEST_S, Math.round(at - now_s()));
    }
    await post("/me/presence", { presence: "not_ready", reason, for_s });
    return true;
  });
}

export const wrapUpOver = () =>
  mine()?.activity === "wrap_up" ? attempt(() => remove("/me/wrap-up")) : undefined;
export const wrapUpMore = () => attempt(() => post("/me/wrap-up", { extend_s: WRAP_UP_MORE_S }));

one("#be-available").addEventListener("click", beAvailable);
one("#be-away").addEventListener("click", beAway);
one("#wrap-over").addEventListener("click", wrapUpOver);
one("#wrap-more").addEventListener("click", wrapUpMore);
watch(render);
