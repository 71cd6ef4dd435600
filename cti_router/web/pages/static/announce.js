// What is said to those who do not look: politely what changes, at once that a call is there. And what everybody reads
// for a moment.

import { make, one, setText } from "./dom.js";

const SHOWN_MS = 6000;

function tell(region, text) {
  region.textContent = "";
  setTimeout(() => setText(region, text), 50); // the same words twice are two announcements
}

export const politely = (text) => tell(one("#polite"), text);
export const atOnce = (text) => tell(one("#assertive"), text);

export function toast(text, kind = "ready") {
  const shown = make("p", { class: `toast ${kind}` }, text);
  one("#toasts").append(shown);
  (kind === "alert" ? atOnce : politely)(text);
  setTimeout(() => shown.remove(), SHOWN_MS);
}

// A request from a button: what it is refused for is said, and nothing else happens.
export async function attempt(act) {
  try {
    return await act();
  } catch (refused) {
    toast(refused.message, "alert");
    return undefined;
  }
}
