// Notes that are not saved yet. They are kept in this browser as they are typed, each under its call and its author.

const prefix = `cti.note.${document.body.dataset.login}.`;
const FIELDS = ["note", "motive", "outcome", "due"];

export const empty = (callId, about = "", at = null, motive = "", contributor = null) => ({
  call: callId, about, at, contributor, motive, note: "", outcome: "", due: "", touched: false,
});

export function keep(draft) {
  try {
    localStorage.setItem(prefix + draft.call, JSON.stringify(draft));
    return true;
  } catch {
    return false; // full, or forbidden: the note is still on the screen
  }
}

export const drop = (callId) => localStorage.removeItem(prefix + callId);

export function kept() {
  const found = [];
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(prefix)) continue;
    try {
      const draft = JSON.parse(localStorage.getItem(key));
      if (draft && typeof draft.call === "string" && FIELDS.every((name) => typeof draft[name] === "string")) found.push(draft);
    } catch {
      localStorage.removeItem(key);
    }
  }
  return found.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
}
