// The call card: who calls, how sure that is, why me, and what can be done about it.

import { atOnce, politely } from "./announce.js";
import { duration, runSince, stand } from "./clock.js";
import { keyed, make, one, setClass, setIcon, setText, show } from "./dom.js";
import { call, callTitle, consultation, isHeld, kind, phoneNumber, whenCallChanges } from "./my_call.js";
import { mine, watch, world } from "./store.js";
import { hasText, say } from "./texts.js";

const LEVELS = {
  recognised: ["ready", "ready"], keyed: ["ready", "ready"], several: ["wrap", "question"],
  unknown: ["away", "question"], masked: ["away", "question"], looking: ["away", "question"],
};

function render(former) {
  const { phase, pop } = call;
  show(one("#call"), phase !== "none");
  show(one("#no-call"), phase === "none");
  show(one("#journey-card"), phase !== "none" && Boolean(pop?.journey?.length));
  if (phase === "none") return;
  setText(one("#call-title"), title());
  setClass(one("#call"), `card ${phase === "offered" ? "ringing" : ""} ${phase === "over" ? "over" : ""}`.trim());
  const clock = one("#call-time");
  clock.dataset.own = "1";
  if (phase === "over") stand(clock, duration(call.lasted_s));
  else runSince(clock, call.since_at);
  renderLevel(pop);
  keyed(one("#call-facts"), facts(pop), ([name]) => name, makeFact, updateFact);
  const because = pop?.because ?? [];
  show(one("#call-because"), because.length > 0);
  setText(one("#call-because"), say("why_you", `${because.join(". ")}.`));
  const steps = pop?.journey ?? [];
  const began = pop?.arrived_at ?? steps[0]?.at;
  keyed(one("#journey ol"), steps.map((step, index) => ({ ...step, index })), (step) => `${call.id} ${step.index}`, (step) =>
    make("li", {}, make("span", { class: "num soft" }, duration(step.at - began)), make("span", {}, step.what)));
  renderActions(phase);
  tell(former);
}

function title() {
  const from = world.advisors[call.pop?.from_advisor]?.name;
  if (call.phase === "over") return say("call_over");
  if (kind() === "consultation" && from) return say("consultation_for_me", from);
  if (kind() === "transfer" && from && call.phase === "offered") return say("transfer_for_me", from);
  if (call.phase === "offered") return say("call_ringing");
  if (isHeld() || consultation()) return say("call_held");
  return kind() === "outgoing" ? say("call_outgoing") : say("call_talking");
}

function renderLevel(pop) {
  const level = pop ? (pop.recognition ?? "looking") : "looking";
  const [look, sign] = LEVELS[level] ?? LEVELS.looking;
  const badge = one("#call-level");
  show(badge.parentElement, Boolean(pop) && kind() !== "outgoing");
  setClass(badge, `state ${look}`);
  setIcon(badge, sign);
  setText(one("span", badge), say(hasText(level) ? level : "looking"));
  const more = [level === "looking" ? "" : say(`${level}_more`), pop && pop.cli && pop.verified === false ? say("not_verified") : ""];
  setText(one("#call-level-more"), more.filter(Boolean).join(", "));
}

function facts(pop) {
  if (!pop) return [];
  const who = say(["outgoing", "callback"].includes(pop.kind) ? "called" : "caller");
  const found = [[who, pop.cli ? phoneNumber(pop.cli) : say("hidden_number"), pop.cli]];
  if (pop.profile) found.push([say("profile"), world.profiles[pop.profile] ?? pop.profile]);
  if (pop.motive) found.push([say("motive"), world.motives[pop.motive] ?? pop.motive]);
  if (kind() !== "outgoing") found.push([say("waited"), duration(pop.offered_at - pop.arrived_at)]);
  if (pop.entry_site) found.push([say("arrived_by"), world.sites[pop.entry_site]?.name ?? pop.entry_site]);
  return found;
}

function makeFact([, , copied]) {
  const value = make("dd", {}, make("span"));
  if (copied) value.append(" ", make("button", { type: "button", class: "small", "data-copy": copied, "aria-label": say("copy_number") }, say("copy")));
  return make("div", {}, make("dt"), value);
}

function updateFact(row, [name, value, copied]) {
  const [term, what] = row.children;
  setText(term, name);
  setText(what.firstElementChild, value);
  const button = one("button", what);
  if (button && copied) button.dataset.copy = copied;
}

function renderActions(phase) {
  const talking = phase === "talking";
  const consulting = consultation();
  const own = talking && kind() !== "consultation";
  const answered = consulting === "talking";
  const shown = {
    answer: phase === "offered" && Boolean(call.talk?.answerable ?? mine()?.answerable),
    hold: own && !isHeld() && !consulting,
    retrieve: own && isHeld() && !consulting,
    "second-level": own && !consulting,
    connect: own && answered,
    cancel: own && Boolean(consulting),
    later: (own || phase === "over") && Boolean(call.pop?.cli),
    "hang-up": talking,
  };
  let kept = null;
  for (const [id, wanted] of Object.entries(shown)) {
    const button = one(`#${id}`);
    if (button === document.activeElement && !wanted) kept = button;
    show(button, wanted);
  }
  if (kept) (one("#call-actions button:not([hidden])") ?? one("#desk")).focus();
  show(one("#consulting"), own && Boolean(consulting));
  if (consulting) {
    const expert = world.advisors[call.talk.expert]?.name ?? say("a_colleague");
    setText(one("#consulting"), say(answered ? "consulting_talking" : consulting === "offered" ? "consulting_offered" : "consulting_waiting", expert));
  }
  show(one("#call-actions"), Object.values(shown).some(Boolean));
}

// A call is said at once; all that follows can wait for the end of a sentence.
function tell(former) {
  if (!former || (former.phase === call.phase && former.id === call.id)) return;
  if (call.phase === "offered") {
    atOnce(say("call_announced", [callTitle(), one("#call-level span").textContent].filter(Boolean).join(", ")));
    notify();
  } else politely(title());
}

// No name, no number: others see the desktop.
function notify() {
  if (document.hidden && "Notification" in window && Notification.permission === "granted") {
    new Notification(say("call_arrives"), { icon: document.body.dataset.icon, tag: "call" });
  }
}

function renderNoCall() {
  const advisor = mine();
  if (!advisor) return;
  const phone = advisor.phone_state === "unreachable" ? "no_call_phone" : null;
  setText(one("#no-call-why"), say(phone ?? (advisor.presence === "available" ? "no_call_ready" : "no_call_away")));
}

whenCallChanges(render);
watch(renderNoCall);
