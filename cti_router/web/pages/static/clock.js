// The service's time. It is the server's, in the service's zone, wherever and whenever this browser believes it is.

import { all, setText } from "./dom.js";
import { language } from "./texts.js";

const zone = document.body.dataset.timezone;
let offset_s = 0;
let frozen = false;

export const now_s = () => Date.now() / 1000 + offset_s;

export function setServerTime(server_s) {
  offset_s = server_s - Date.now() / 1000;
}

// While the link is lost what others do is no longer known: their time stands still.
export function freeze(whether) {
  frozen = whether;
  tick();
}

const two = (number) => String(number).padStart(2, "0");

export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

const format = (options) => {
  const formatter = new Intl.DateTimeFormat(language, { timeZone: zone, hour12: false, ...options });
  return (at) => formatter.format(at * 1000);
};

export const time = format({ hour: "2-digit", minute: "2-digit" });
export const timeWithSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const day = format({ weekday: "short", day: "numeric", month: "short" });
const dayKey = format({ year: "numeric", month: "2-digit", day: "2-digit" });

// The hour alone for today, the day with it otherwise.
export const moment = (at) => (dayKey(at) === dayKey(now_s()) ? time(at) : `${day(at)} ${time(at)}`);

const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});

// An instant as <input type="datetime-local"> has it, in the service's zone; and back.
export function toField(at) {
  const found = Object.fromEntries(parts.formatToParts(at * 1000).map(({ type, value }) => [type, value]));
  return `${found.year}-${found.month}-${found.day}T${found.hour}:${found.minute}`;
}

export function fromField(text) {
  if (!text) return null;
  const wanted = Date.parse(`${text}Z`) / 1000;
  if (Number.isNaN(wanted)) return null;
  // The zone's distance from UTC, asked again at the instant it leads to: right across both changes of the hour.
  let at = wanted;
  for (let turn = 0; turn < 2; turn += 1) at = wanted - (Date.parse(`${toField(at)}Z`) / 1000 - Math.floor(at / 60) * 60);
  return at;
}

// Today at this hour, "HH:MM"; null when that is over.
export function todayAt(hour) {
  const at = hour ? fromField(`${toField(now_s()).slice(0, 10)}T${hour}`) : null;
  return at !== null && at > now_s() ? at : null;
}

function tick() {
  const now = now_s();
  for (const element of all("[data-since]")) {
    if (!frozen || element.dataset.own) setText(element, duration(now - Number(element.dataset.since)));
  }
  for (const element of all("[data-left]")) {
    const left = duration(Number(element.dataset.left) - now);
    setText(element, (element.dataset.leftText ?? "{}").replace("{}", left));
  }
}

// A time that runs: since or until an instant. Null takes it away.
export function runSince(element, at) {
  delete element.dataset.left;
  if (at == null) delete element.dataset.since;
  else if (element.dataset.since !== String(at)) {
    element.dataset.since = at;
    setText(element, duration(now_s() - at));
  }
  if (at == null) setText(element, "");
}

export function runUntil(element, at, text) {
  delete element.dataset.since;
  element.dataset.left = at;
  element.dataset.leftText = text;
  setText(element, text.replace("{}", duration(at - now_s())));
}

export function stand(element, text) {
  delete element.dataset.since;
  delete element.dataset.left;
  setText(element, text);
}

function beat() {
  tick();
  setTimeout(beat, 1000 - (Date.now() % 1000));
}
beat();
