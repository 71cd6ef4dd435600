// What is done about the call, by a button or a key.

import { attempt, toast } from "./announce.js";
import { post } from "./api.js";
import { fromField, now_s, toField } from "./clock.js";
import { ask, complain } from "./dialogs.js";
import { one } from "./dom.js";
import { call, callTitle } from "./my_call.js";
import { say } from "./texts.js";

const can = (id) => !one(`#${id}`).hidden && !one("#call").hidden;
const plain = (id, what, said) => async () => {
  if (!can(id)) return;
  await attempt(async () => {
    await post(`/me/call/${what}`);
    if (said) toast(say(said));
  });
};

export const answer = plain("answer", "answer");
export const hold = plain("hold", "hold");
export const retrieve = plain("retrieve", "retrieve");
export const connect = plain("connect", "connect", "connected");
export const cancel = plain("cancel", "cancel");
export const hangUp = plain("hang-up", "hangup");

export const holdOrBack = () => (can("answer") ? answer() : can("retrieve") ? retrieve() : can("cancel") ? cancel() : hold());

export async function secondLevel() {
  if (can("connect")) return connect();
  if (!can("second-level")) return undefined;
  const dialog = one("#level-dialog");
  return ask(dialog, async (form, how) => {
    if (!form.get("skill")) return complain(dialog, say("choose_skill"));
    await post(`/me/call/${how || "consult"}`, { skill: form.get("skill"), level: Number(form.get("level")) });
    if (how === "transfer") toast(say("transferred"));
    return true;
  });
}

export async function later() {
  if (!can("later")) return;
  const dialog = one("#later-dialog");
  const about = call.id;
  one("#later-whom").textContent = callTitle();
  const at = one("[name=at]", dialog);
  at.disabled = true;
  at.min = toField(now_s());
  at.value = toField(now_s() + 86400);
  one("[name=when]", dialog).checked = true;
  await ask(dialog, async (form) => {
    const when = form.get("when");
    const not_before_at = when === "at" ? fromField(form.get("at")) : when === "0" ? null : now_s() + Number(when) * 60;
    if (when === "at" && !(not_before_at > now_s())) return complain(dialog, say("choose_time"));
    await post("/me/callbacks", { call: about, not_before_at });
    toast(say("callback_noted"));
    return true;
  });
}

const acts = { answer, hold, retrieve, connect, cancel, later, "second-level": secondLevel, "hang-up": hangUp };
for (const [id, act] of Object.entries(acts)) one(`#${id}`).addEventListener("click", act);
