// The server's events, followed for a whole shift. Read with fetch, not EventSource: it says why it ended (a session
// that is over is not a link that is lost), and asks again with the last event's id whatever ended it.

import { sessionIsOver } from "./api.js";

const SILENT_MS = 30000; // the server says something more often than that
const FIRST_MS = 300;
const LONGEST_MS = 8000;

export class Stream {
  // `tell`: {event(kind, data), open(), lost()}
  constructor(url, tell) {
    this.url = url;
    this.tell = tell;
    this.lastId = null;
    this.lastHeard = Date.now();
    this.running = false;
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.abort?.abort());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  start() {
    if (!this.running) {
      this.running = true;
      this.run();
    }
  }

  stop() {
    this.running = false;
    this.abort?.abort();
    this.hurry();
  }

  hurry() {
    this.wake?.();
  }

  async run() {
    let wait = FIRST_MS;
    while (this.running) {
      try {
        await this.follow(() => {
          wait = FIRST_MS;
        });
      } catch {
        // Whatever cut it: asked again below.
      }
      if (!this.running) return;
      this.tell.lost();
      await this.pause(wait * (0.7 + 0.6 * Math.random()));
      wait = Math.min(wait * 2, LONGEST_MS);
    }
  }

  pause(ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  async follow(opened) {
    this.abort = new AbortController();
    const headers = { accept: "text/event-stream" };
    if (this.lastId !== null) headers["last-event-id"] = this.lastId;
    let watch = setTimeout(() => this.abort.abort(), SILENT_MS);
    try {
      const response = await fetch(this.url, { headers, signal: this.abort.signal, cache: "no-store" });
      if (response.status === 401 || response.status === 403) {
        this.running = false;
        sessionIsOver();
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      opened();
      this.tell.open();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => this.abort.abort(), SILENT_MS);
        this.lastHeard = Date.now();
        const pieces = (text + value).replace(/\r\n?/g, "\n").split("\n\n");
        text = pieces.pop();
        for (const piece of pieces) this.take(piece);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  take(piece) {
    let kind = "message";
    const data = [];
    for (const line of piece.split("\n")) {
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === "event") kind = value;
      else if (field === "data") data.push(value);
      else if (field === "id") this.lastId = value;
    }
    if (data.length) this.tell.event(kind, JSON.parse(data.join("\n")));
  }
}
