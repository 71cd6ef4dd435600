// What is to be done besides calls: what was promised, voice messages, callbacks that failed.

import { attempt, toast } from "./announce.js";
import { get, post, query } from "./api.js";
import { moment, now_s } from "./clock.js";
import { ask } from "./dialogs.js";
import { keyed, make, one, setClass, setText, show } from "./dom.js";
import { phoneNumber } from "./my_call.js";
import { openRecord } from "./record.js";
import { mine, world } from "./store.js";
import { say } from "./texts.js";

let items = [];
let everywhere = false;

export async function refreshWork() {
  const own = mine()?.site;
  if (!own) return;
  const found = await get(`/work${query({ site: everywhere ? "" : own })}`).catch(() => null); // the next change asks again
  if (!found) return;
  items = found;
  render();
}

const isOverdue = (item) => item.due_at != null && item.due_at < now_s();

function render() {
  keyed(one("#work-list"), items, (item) => `${item.kind} ${item.id}`, makeItem, updateItem);
  show(one("#work-none"), items.length === 0);
  const late = items.filter(isOverdue).length;
  setText(one("#work-count"), late ? say("overdue_count", items.length, late) : String(items.length));
}

function makeItem(item) {
  const row = make("li", {}, make("p", { class: "row" }, make("span", { class: "strong kind" }), make("span", { class: "small due" })), make("p", { class: "what" }));
  if (item.kind === "message") {
    row.append(make("audio", { controls: true, preload: "none", src: item.sound ?? `/api/v1/work/message/${encodeURIComponent(item.id)}/sound`, "aria-label": say("listen") }));
  }
  const buttons = make("p", { class: "row" });
  const button = (text, act) => {
    const made = make("button", { type: "button", class: "small" }, text);
    made.addEventListener("click", act);
    buttons.append(made);
  };
  if (item.number) button(say("call_them"), () => callOut(item.number, item.contributor));
  if (item.contributor != null) button(say("open_file"), () => openRecord(item.contributor));
  button(say("done"), () => done(item));
  row.append(buttons);
  return row;
}

function updateItem(row, item) {
  const late = isOverdue(item);
  setClass(row, late ? "overdue" : "");
  setText(one(".kind", row), say(`work_${item.kind}`));
  setText(one(".due", row), item.due_at == null ? "" : say(late ? "overdue" : "due", moment(item.due_at)));
  setText(one(".what", row), about(item).filter(Boolean).join(" · "));
}

function about(item) {
  const owner = world.advisors[item.owner]?.name ?? item.owner;
  return [item.name, item.number ? phoneNumber(item.number) : "", item.note, everywhere ? world.sites[item.site]?.name : "", owner];
}

async function done(item) {
  const dialog = one("#done-dialog");
  one("#done-what").textContent = [say(`work_${item.kind}`), ...about(item)].filter(Boolean).join(" · ");
  one("#done-note").value = "";
  await ask(dialog, async (form) => {
    await post(`/work/${item.kind}/${encodeURIComponent(item.id)}/done`, { note: form.get("note") });
    toast(say("done_said"));
    refreshWork();
    return true;
  });
}

export const callOut = (number, contributor) =>
  attempt(async () => {
    await post("/me/call-out", { number, contributor: contributor ?? null });
    toast(say("calling_out"));
  });

function from(all) {
  everywhere = all;
  one("#work-all").setAttribute("aria-pressed", String(all));
  one("#work-mine").setAttribute("aria-pressed", String(!all));
  refreshWork();
}

one("#work-all").addEventListener("click", () => from(true));
one("#work-mine").addEventListener("click", () => from(false));
document.addEventListener("cti:saved", () => refreshWork());
