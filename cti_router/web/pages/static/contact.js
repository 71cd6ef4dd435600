// What is written down about a call. A form that is being filled in never closes and never changes under one's hands:
// the next call's waits beside it, and a note that is left is one click away until it is saved or thrown away.

import { politely } from "./announce.js";
import { put } from "./api.js";
import { fromField, moment, now_s, time, toField } from "./clock.js";
import { ask } from "./dialogs.js";
import { hideAndKeepFocus, keyed, make, one, setText, show } from "./dom.js";
import * as drafts from "./drafts.js";
import { call, callTitle, kind, whenCallChanges } from "./my_call.js";
import { mine, watch, world } from "./store.js";
import { say } from "./texts.js";

const DAY_S = 86400;
const form = one("#contact-form");
const card = one("#contact");
const open = new Map(drafts.kept().map((draft) => [draft.call, draft]));
let shown = null;
let saved_at = null;

export const hasUnsaved = () => [...open.values()].some((draft) => draft.touched);
const current = () => (["talking", "over"].includes(call.phase) && kind() !== "consultation" ? call.id : null);
const isWriting = () => form.contains(document.activeElement) && open.get(shown)?.touched;

// The file this call is about is known, or chosen.
export function attachContributor(callId, contributor, about) {
  const draft = open.get(callId);
  if (!draft) return;
  Object.assign(draft, { contributor, about: about || draft.about });
  if (draft.touched) drafts.keep(draft);
  render();
}

function follow() {
  const id = current();
  if (id && !open.has(id)) {
    const { pop } = call;
    const files = pop?.contributors ?? [];
    open.set(id, drafts.empty(id, callTitle(), pop?.arrived_at ?? now_s(), pop?.motive ?? "", files.length === 1 ? files[0] : null));
    if (!isWriting()) display(id);
  }
  // Nothing was written about a former call: nothing to keep.
  for (const draft of open.values()) if (draft.call !== id && draft.call !== shown && !draft.touched) open.delete(draft.call);
  render();
}

function display(id) {
  const left = open.get(shown);
  if (left && !left.touched && left.call !== current()) open.delete(left.call);
  shown = id;
  saved_at = null;
  const draft = open.get(id);
  if (draft) fill(draft);
  problem("");
}

function fill(draft) {
  form.elements.note.value = draft.note;
  fillMotives(draft.motive);
  for (const choice of form.elements.outcome) choice.checked = choice.value === draft.outcome;
  form.elements.due.value = draft.due;
  show(one("#due-field"), draft.outcome === "follow_up");
}

function fillMotives(chosen) {
  const select = form.elements.motive;
  const motives = [["", say("no_motive")], ...Object.entries(world.motives)];
  if (chosen && !world.motives[chosen]) motives.push([chosen, chosen]);
  select.replaceChildren(...motives.map(([id, name]) => make("option", { value: id }, name)));
  select.value = chosen;
}

function changedByHand() {
  const draft = open.get(shown);
  if (!draft) return;
  Object.assign(draft, {
    note: form.elements.note.value, motive: form.elements.motive.value, outcome: form.elements.outcome.value,
    due: form.elements.due.value, touched: true,
  });
  if (draft.outcome === "follow_up" && !draft.due) draft.due = form.elements.due.value = toField(nextMorning());
  show(one("#due-field"), draft.outcome === "follow_up");
  saved_at = null;
  drafts.keep(draft);
  problem("");
  render();
}

// Ten in the morning of the next day that is no Saturday nor Sunday.
function nextMorning() {
  let at = now_s() + DAY_S;
  while ([0, 6].includes(new Date(`${toField(at)}Z`).getUTCDay())) at += DAY_S;
  return fromField(`${toField(at).slice(0, 10)}T10:00`);
}

function problem(why) {
  const said = one("#contact-problem");
  setText(said, why);
  show(said, Boolean(why));
}

export async function save() {
  const draft = open.get(shown);
  if (!draft || card.hidden || form.dataset.saving) return;
  if (!draft.outcome) return refuse(say("choose_outcome"), form.elements.outcome[0]);
  const due_at = draft.outcome === "follow_up" ? fromField(draft.due) : null;
  if (draft.outcome === "follow_up" && due_at === null) return refuse(say("choose_due"), form.elements.due);
  form.dataset.saving = "1";
  const sent = JSON.stringify(draft);
  try {
    const { note, motive, outcome, contributor } = draft;
    await put(`/calls/${encodeURIComponent(draft.call)}/contact`, { note, motive: motive || null, outcome, due_at, contributor });
  } catch (refused) {
    return problem(refused.message);
  } finally {
    delete form.dataset.saving;
  }
  politely(say("saved"));
  if (JSON.stringify(draft) !== sent) return undefined; // written on meanwhile: that is still to be saved
  draft.touched = false;
  drafts.drop(draft.call);
  if (shown === draft.call) saved_at = now_s();
  document.dispatchEvent(new CustomEvent("cti:saved", { detail: draft }));
  if (draft.call !== current()) {
    open.delete(draft.call);
    display(current());
  }
  return render();
}

function refuse(why, field) {
  problem(why);
  field.focus();
}

async function throwAway() {
  const draft = open.get(shown);
  await ask(one("#drop-dialog"), async () => {
    drafts.drop(draft.call);
    open.delete(draft.call);
    follow();
    display(current());
    render();
    return true;
  });
}

export function write() {
  if (current() && shown !== current()) display(current());
  render();
  if (!card.hidden) form.elements.note.focus();
}

function render() {
  const waiting = [...open.values()].filter((draft) => draft.call !== shown && (draft.touched || draft.call === current()));
  if (!open.get(shown) && waiting.length && !current()) {
    display(waiting.shift().call);
  }
  const draft = open.get(shown);
  const finished = draft && !draft.touched && draft.call !== current();
  const rests = draft && saved_at && call.phase === "over" && mine()?.activity === "idle";
  if (!draft || finished || (rests && !form.contains(document.activeElement))) hideAndKeepFocus(card, one("#desk"));
  else show(card, true);
  if (!draft) return;
  setText(one("#contact-about"), [draft.about, draft.call === current() ? "" : moment(draft.at)].filter(Boolean).join(", "));
  show(one("#unsaved"), waiting.length > 0);
  setText(one("#unsaved-label span"), say("unsaved"));
  keyed(one("#unsaved .row"), waiting, (other) => other.call, (other) => {
    const button = make("button", { type: "button", class: "small" });
    button.addEventListener("click", () => {
      display(other.call);
      render();
      form.elements.note.focus();
    });
    return button;
  }, (button, other) => {
    const name = other.call === current() ? say("this_call") : other.about || say("call_of", time(other.at));
    setText(button, other.call === current() ? name : `${name}, ${moment(other.at)}`);
    button.classList.toggle("primary", other.call === current());
  });
  setText(one("#contact-state span"), saved_at ? say("saved_at", time(saved_at)) : draft.touched ? say("draft_kept") : "");
  show(one("#drop"), draft.touched && !saved_at);
}

form.addEventListener("input", changedByHand);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
one("#drop").addEventListener("click", throwAway);
window.addEventListener("pagehide", () => open.get(shown)?.touched && drafts.keep(open.get(shown)));
whenCallChanges(follow);
watch(render);
if (open.size) politely(say("draft_back"));
