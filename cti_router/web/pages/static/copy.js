// What has `data-copy` is copied by a click; what has `data-call` is called.

import { politely, toast } from "./announce.js";
import { setText } from "./dom.js";
import { say } from "./texts.js";
import { callOut } from "./work.js";

const SHOWN_MS = 1500;

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    toast(say("not_copied"), "alert");
    return;
  }
  politely(say("copied"));
  const before = button.textContent;
  if (before === say("copied")) return;
  setText(button, say("copied"));
  setTimeout(() => setText(button, before), SHOWN_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-call]");
  if (!button) return;
  if (button.dataset.copy !== undefined) copy(button);
  else callOut(button.dataset.call, button.dataset.contributor ? Number(button.dataset.contributor) : null);
});
