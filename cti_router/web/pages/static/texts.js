// What the page says, in the reader's language.

import { all, one } from "./dom.js";

const texts = new Map(all("[data-key]", one("#texts").content).map((text) => [text.dataset.key, text.textContent]));

export const hasText = (key) => texts.has(key);

// `{}` in the text stands for the values, in their order.
export function say(key, ...values) {
  if (!texts.has(key)) throw new Error(`no text ${key}`);
  return texts.get(key).replace(/\{\}/g, () => String(values.shift() ?? ""));
}

export const language = document.documentElement.lang;
