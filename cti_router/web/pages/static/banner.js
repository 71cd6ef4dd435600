// Everybody: the site on duty and mine first, the others folded. Who serves now and next, who waits.

import { seen, shortName } from "./advisors.js";
import { day, duration, now_s, runSince, stand, time } from "./clock.js";
import { icon, keyed, make, one, setClass, setIcon, setText, show } from "./dom.js";
import { me, mine, watch, world } from "./store.js";
import { say } from "./texts.js";

const ORDER = ["available", "talking", "offered", "wrap_up", "away", "busy", "missed", "unreachable"];
const byName = new Intl.Collator(document.documentElement.lang);

function render() {
  if (!world.duty) return;
  const teams = teamsOf();
  const own = mine()?.site;
  const first = [...new Set([world.duty.site, own])].filter((site) => teams.has(site));
  const others = [...teams.keys()].filter((site) => !first.includes(site));
  others.sort((a, b) => byName.compare(world.sites[a].name, world.sites[b].name));
  keyed(one("#sites"), first, (site) => site, makeSite, (row, site) => updateSite(row, site, teams.get(site)));
  const folded = one("#others");
  show(folded, others.length > 0);
  renderSummary(one("summary", folded), others, teams);
  keyed(one("div", folded), others, (site) => site, makeSite, (row, site) => updateSite(row, site, teams.get(site)));
  renderDuty(world.duty);
}

function teamsOf() {
  const teams = new Map(Object.keys(world.sites).map((site) => [site, []]));
  for (const advisor of Object.values(world.advisors)) teams.get(advisor.site)?.push(advisor);
  for (const [site, team] of teams) {
    if (!team.length) teams.delete(site);
    team.sort((a, b) => isOut(a) - isOut(b) || byName.compare(a.name, b.name));
  }
  return teams;
}

const isOut = (advisor) => Number(advisor.presence === "logged_out" && advisor.activity === "idle");

// How many are in each state, of those who are there.
function renderSummary(summary, sites, teams) {
  const counts = new Map();
  for (const site of sites) {
    for (const advisor of teams.get(site)) {
      const state = seen(advisor);
      if (!ORDER.includes(state.key)) continue;
      const counted = counts.get(state.key) ?? { ...state, count: 0 };
      counted.count += 1;
      counts.set(state.key, counted);
    }
  }
  const text = `${say("others")} (${sites.length})`;
  if (!summary.firstChild) summary.append(make("span"), make("span"));
  setText(summary.firstChild, text);
  const order = [...counts.values()].sort((a, b) => ORDER.indexOf(a.key) - ORDER.indexOf(b.key));
  keyed(summary.lastChild, order, (state) => state.key, (state) => make("span", { class: `who ${state.look}` }, icon(state.icon), make("span")), (chip, state) =>
    setText(chip.lastChild, `${state.count} ${state.count > 1 ? say(`many_${state.key}`) : state.word}`));
}

function makeSite() {
  return make("div", { class: "site" }, make("h2", {}, make("span"), " ", make("span", { class: "soft" })), make("ul", { class: "people" }));
}

function updateSite(row, site, team) {
  const [name, what] = one("h2", row).children;
  setText(name, world.sites[site].name);
  const onDuty = site === world.duty.site;
  const own = site === mine()?.site;
  const asleep = team.every((advisor) => !advisor.named);
  setText(what, onDuty ? say(own ? "on_duty_mine" : "on_duty") : own ? say("my_site") : asleep ? say("not_named") : "");
  keyed(one("ul", row), team, (advisor) => advisor.id, makePerson, (item, advisor) => updatePerson(item, advisor, !asleep));
}

function makePerson() {
  return make(
    "li", {}, icon("out"), make("span", { class: "strong name" }), make("span", { class: "word" }),
    make("span", { class: "num time" }), make("span", { class: "aside" }),
  );
}

function updatePerson(item, advisor, sayNotNamed) {
  const state = seen(advisor);
  const aside = [advisor.forced_by ? say("forced") : "", sayNotNamed && !advisor.named ? say("not_named") : ""];
  setClass(item, `who ${state.look}${advisor.named ? "" : " aside"}${advisor.id === me ? " own" : ""}`);
  setIcon(item, state.icon);
  setText(one(".name", item), advisor.id === me ? say("you") : shortName(advisor.name));
  item.title = [advisor.name, state.word, state.reason].filter(Boolean).join(", ");
  setText(one(".word", item), state.fixed ? state.fixed : [state.word, state.reason].filter(Boolean).join(" "));
  runSince(one(".time", item), state.since);
  setText(one(".aside", item), aside.filter(Boolean).join(", "));
}

function renderDuty(duty) {
  const [now, next, waiting] = one("#duty").children;
  const name = (site) => world.sites[site]?.name ?? "";
  if (duty.site) now.replaceChildren(make("span", { class: "strong" }, name(duty.site)), duty.until_at ? ` ${say("duty_until", time(duty.until_at))}` : "");
  else now.replaceChildren(make("span", { class: "strong" }, say("closed")), duty.closed_because ? ` : ${duty.closed_because}` : "");
  setText(next, nextText(duty, name));
  if (!duty.waiting) {
    waiting.replaceChildren(say("nobody_waits"));
    return;
  }
  const [before, after] = say("waiting", "|").split("|");
  const since = make("span", { class: "num" });
  if (duty.oldest_at == null) stand(since, duration(0));
  else runSince(since, duty.oldest_at);
  waiting.replaceChildren(make("span", { class: "strong num" }, String(duty.waiting)), ` ${before}`, since, after);
}

function nextText(duty, name) {
  if (!duty.next_at) return duty.site ? say("duty_closed_from") : "";
  const today = day(duty.next_at) === day(now_s());
  const when = today ? time(duty.next_at) : `${day(duty.next_at)} ${time(duty.next_at)}`;
  return duty.site ? say("duty_next", name(duty.next_site), when) : say("opens", when, name(duty.next_site));
}

watch(render);
