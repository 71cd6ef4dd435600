// Requests to the server. What is refused says why, in a sentence for people.

import { say } from "./texts.js";

const API = "/api/v1";
const PATIENCE_MS = 15000;

export class Refused extends Error {
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

const onSessionOver = new EventTarget();
export const whenSessionOver = (act) => onSessionOver.addEventListener("over", act);
export const sessionIsOver = () => onSessionOver.dispatchEvent(new Event("over"));

async function send(method, path, body) {
  const headers = { accept: "application/json", "x-csrf": document.body.dataset.csrf };
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store",
    });
  } catch {
    throw new Refused(0, say("no_link"));
  }
  if (response.ok) return response;
  if (response.status === 401) sessionIsOver();
  const told = await response.json().catch(() => ({}));
  throw new Refused(response.status, told.why || say("no_link"));
}

const json = async (response) => (response.status === 204 ? null : response.json());

export const get = async (path) => json(await send("GET", API + path));
export const post = async (path, body = {}) => json(await send("POST", API + path, body));
export const put = async (path, body) => json(await send("PUT", API + path, body));
export const remove = async (path) => json(await send("DELETE", API + path));
export const getPage = async (path) => (await send("GET", path)).text();

export const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value != null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
};
