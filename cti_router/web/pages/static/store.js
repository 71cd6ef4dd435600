// What the router says, as this page knows it. Changes are told once for all that came together.

import { setServerTime } from "./clock.js";

export const me = document.body.dataset.advisor;

export const world = { sites: {}, skills: [], motives: {}, profiles: {}, reasons: {}, advisors: {}, duty: null, calls: {} };
export const mine = () => world.advisors[me];
export const myTalk = () => world.calls[me] ?? null;

const watchers = [];
let told = false;

// `act` is called after anything changed.
export function watch(act) {
  watchers.push(act);
}

export function changed() {
  if (told) return;
  told = true;
  queueMicrotask(() => {
    told = false;
    for (const act of watchers) act();
  });
}

export function take(kind, data) {
  if (data && typeof data.now === "number") setServerTime(data.now);
  if (kind === "state") Object.assign(world, data);
  else if (kind === "advisor") world.advisors[data.id] = data;
  else if (kind === "duty") world.duty = data;
  else if (kind === "call") world.calls[data.advisor] = data.talk;
  else return;
  changed();
}
