// The page's elements: found, made, shown. Text is always text, never markup.

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function setIcon(element, name) {
  const use = one("use", element);
  if (use.getAttribute("href") !== `#i-${name}`) use.setAttribute("href", `#i-${name}`);
}

// Touch only what changes: a screen reader, a selection and the focus stay where they are.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setClass(element, name) {
  if (element.className !== name) element.className = name;
}

export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

// The focus never falls out of the page because what had it has gone.
export function hideAndKeepFocus(element, next) {
  const had = element.contains(document.activeElement);
  show(element, false);
  if (had) next.focus();
}

// The children of `list` for these items, in this order; those that stay are not made again.
export function keyed(list, items, keyOf, makeOne, update) {
  const present = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let at = list.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = present.get(key);
    present.delete(key);
    if (!child) {
      child = makeOne(item);
      child.dataset.key = key;
    }
    if (child === at) at = at.nextElementSibling;
    else list.insertBefore(child, at);
    update?.(child, item);
  }
  for (const gone of present.values()) gone.remove();
}
