// The contributor's record: the one that came with the call, another that was searched for, or the choice of several.

import { attempt, politely } from "./announce.js";
import { get, getPage, post, query } from "./api.js";
import { attachContributor } from "./contact.js";
import { keyed, make, one, setText, show } from "./dom.js";
import { call, whenCallChanges } from "./my_call.js";
import { world } from "./store.js";
import { say } from "./texts.js";

const fiche = one("#fiche");
const RECORD_WITHIN_MS = 1500; // else it is asked for
let ofCall = null; // {call, id, html, name}
let shown = null; // the contributor whose record is there

const during = () => ["offered", "talking", "over"].includes(call.phase);

function display(html, id) {
  const parsed = make("template");
  parsed.innerHTML = html; // made by our own server, which escaped what others wrote
  fiche.replaceChildren(parsed.content);
  shown = id;
  render();
}

export async function openRecord(id, { focus = true } = {}) {
  const html = await attempt(() => getPage(`/fiche/${encodeURIComponent(id)}${query({ call: during() ? call.id : null })}`));
  if (html === undefined) return;
  closeResults();
  display(html, id);
  if (focus) moveTo(fiche);
}

function moveTo(element) {
  element.tabIndex = -1;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

function newPop() {
  const { pop } = call;
  if (!pop || ofCall?.call === call.id) {
    if (pop) later(pop);
    render();
    return;
  }
  const id = pop.contributors?.length === 1 ? pop.contributors[0] : null;
  ofCall = { call: call.id, id, html: id === null ? null : (pop.record_html ?? null) };
  fiche.replaceChildren();
  shown = null;
  if (ofCall.html) display(ofCall.html, id);
  else if (id !== null) setTimeout(fetchIfMissing, RECORD_WITHIN_MS, call.id, id);
  if (pop.contributors?.length > 1) choose(pop);
  render();
}

// It came after its pop.
function later(pop) {
  if (!ofCall.html && pop.record_html) {
    ofCall.html = pop.record_html;
    if (shown === null) display(ofCall.html, ofCall.id);
  }
}

function fetchIfMissing(id, contributor) {
  if (call.id === id && shown === null) openRecord(contributor, { focus: false });
}

// Each candidate by what tells it from the others.
async function choose(pop) {
  const about = call.id;
  const files =
    pop.candidates ??
    (await Promise.all(pop.contributors.map((id) => get(`/contributors/${id}${query({ call: about })}`).catch(() => ({ id }))))); // one that fails is still a line
  if (call.id !== about) return;
  list(one("#candidates-list"), files, (file) => attach(file.id));
}

async function attach(id) {
  ofCall = { call: call.id, id, html: null };
  await openRecord(id);
  attachContributor(call.id, id, nameShown());
  render();
  politely(say("attached"));
}

const nameShown = () => one("h1, h2", fiche)?.textContent.trim() ?? "";

function list(element, files, act) {
  keyed(element, files, (file) => `${file.id}`, (file) => {
    const button = make("button", { type: "button" },
      make("span", { class: "strong" }, file.name ?? `${file.id}`),
      make("span", { class: "soft" }, [file.siret ? say("siret", spaced(file.siret)) : "", world.profiles[file.profile] ?? "", file.town ?? "", (file.accounts ?? []).join(", ")].filter(Boolean).join(" · ")));
    button.addEventListener("click", () => act(file));
    return make("li", {}, button);
  });
}

const spaced = (siret) => siret.replace(/^(\d{3})(\d{3})(\d{3})(\d{5})$/, "$1 $2 $3 $4");

async function search(event) {
  event.preventDefault();
  const asked = one("#query").value.trim();
  if (!asked) return;
  const files = await attempt(() => post("/contributors/search", { q: asked })); // what is sought stands in no address
  if (!files) return;
  if (files.length === 1) {
    openRecord(files[0].id);
    return;
  }
  show(one("#results"), true);
  setText(one("#results-said"), files.length ? say("found", files.length) : say("found_none", asked));
  one("#results-list").replaceChildren();
  list(one("#results-list"), files, (file) => openRecord(file.id));
  one("#results-list button")?.focus();
}

function closeResults() {
  show(one("#results"), false);
}

function render() {
  const live = during() && ofCall?.call === call.id;
  const others = live && shown !== null && shown !== ofCall.id;
  show(one("#other-file"), Boolean(others) && call.phase !== "offered");
  show(one("#back-to-file"), live && ofCall.id !== null);
  const candidates = live && ofCall.id === null && (call.pop?.contributors?.length ?? 0) > 1;
  show(one("#candidates"), Boolean(candidates) && shown === null);
  show(one("#no-file"), shown === null && !candidates);
  const known = live ? call.pop?.recognition : null;
  const why = known === "unknown" ? "no_file_unknown" : known === "masked" ? "no_file_masked" : live && ofCall.id !== null ? "no_file_looking" : "no_file";
  setText(one("#no-file p"), say(why));
}

export function startSearch() {
  one("#query").focus();
  one("#query").select();
}

one("#search").addEventListener("submit", search);
one("#results-close").addEventListener("click", () => {
  closeResults();
  one("#query").focus();
});
one("#attach").addEventListener("click", () => attach(shown));
one("#back-to-file").addEventListener("click", () => (ofCall.html ? (display(ofCall.html, ofCall.id), moveTo(fiche)) : openRecord(ofCall.id)));
whenCallChanges(newPop);
render();
