// Questions on top of the page. The focus goes in, and comes back to where it was.

import { all, one, setText, show } from "./dom.js";

export const anyOpen = () => one("dialog[open]") !== null;

export function complain(dialog, why) {
  const problem = one(".problem", dialog);
  setText(problem, why);
  show(problem, true);
  return false;
}

// Open it; `act` gets what was filled in and the button's value, and says whether that is all. What it is refused for
// is said in the dialog, which stays.
export function ask(dialog, act) {
  const before = document.activeElement;
  const form = one("form", dialog);
  const problem = one(".problem", dialog);
  if (dialog.open) return Promise.resolve();
  for (const other of all("dialog[open]")) other.close();
  if (problem) show(problem, false);
  return new Promise((done) => {
    const submitted = async (event) => {
      event.preventDefault();
      if (problem) show(problem, false);
      const button = event.submitter;
      try {
        if (await act(new FormData(form), button?.value ?? "")) dialog.close();
      } catch (refused) {
        complain(dialog, refused.message);
      }
    };
    form.addEventListener("submit", submitted);
    dialog.addEventListener(
      "close",
      () => {
        form.removeEventListener("submit", submitted);
        const back = before?.isConnected && before.getClientRects().length ? before : one("#desk");
        back.focus();
        done();
      },
      { once: true },
    );
    dialog.showModal();
    firstIn(dialog).focus();
  });
}

// What is asked first: of several choices the one that is made.
function firstIn(dialog) {
  const first = one("input:not(:disabled), select, textarea", dialog) ?? one("button.primary, button", dialog);
  return first.type === "radio" ? (one(`input[name="${first.name}"]:checked`, dialog) ?? first) : first;
}

for (const button of all("dialog .close")) button.addEventListener("click", () => button.closest("dialog").close());

// A field beside a choice is for that choice only.
for (const pills of all("fieldset.pills")) {
  pills.addEventListener("change", (event) => {
    const field = one("input:not([type=radio])", pills);
    if (!field || event.target === field) return;
    field.disabled = !["until", "at"].includes(event.target.value);
    if (!field.disabled) field.focus();
  });
}
