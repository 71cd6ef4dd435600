// One key for each thing. A single character never acts while one types; the F keys act everywhere.

import { hangUp, holdOrBack, later, secondLevel } from "./call_actions.js";
import { save, write } from "./contact.js";
import { anyOpen, ask } from "./dialogs.js";
import { one, show } from "./dom.js";
import { toast } from "./announce.js";
import { beAvailable, beAway, wrapUpOver } from "./me.js";
import { startSearch } from "./record.js";
import { say } from "./texts.js";

const ANYWHERE = {
  F2: beAvailable, F3: beAway, F4: wrapUpOver, F6: holdOrBack, F7: secondLevel, F8: later, F9: hangUp,
};
const OUTSIDE_FIELDS = { "?": showKeys, "/": startSearch, n: write, N: write };

const isField = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox]), [contenteditable]");

window.addEventListener(
  "keydown",
  (event) => {
    if (event.isComposing) return;
    const bare = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "Enter" && event.ctrlKey && !event.altKey && !anyOpen()) return act(event, save);
    if (bare && !event.shiftKey && ANYWHERE[event.key]) return act(event, ANYWHERE[event.key]);
    if (bare && OUTSIDE_FIELDS[event.key] && !anyOpen() && !isField(event.target)) act(event, OUTSIDE_FIELDS[event.key]);
    return undefined;
  },
  { capture: true },
);

function act(event, what) {
  event.preventDefault();
  if (!event.repeat) what();
}

export async function showKeys() {
  const allow = one("#allow-notices");
  show(allow, "Notification" in window && Notification.permission === "default");
  await ask(one("#keys-dialog"), async () => true);
}

one("#show-keys").addEventListener("click", showKeys);
one("#allow-notices").addEventListener("click", async () => {
  const given = await Notification.requestPermission();
  show(one("#allow-notices"), false);
  one("#keys-dialog button.primary").focus();
  toast(say(given === "granted" ? "notices_on" : "notices_off"), given === "granted" ? "ready" : "wrap");
});
