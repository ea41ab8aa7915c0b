// What the other scripts share.

export const one = (selector, within = document) => within.querySelector(selector);
export const every = (selector, within = document) => [...within.querySelectorAll(selector)];

/* Whether keys that are pressed there belong to what is being written. */
export const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

export function focusOn(element) {
  element.focus();
  if (element.select) element.select();
}

/* Do `begin(document)` now, and again whenever a part of the page was exchanged. */
export function arrive(begin) {
  begin(document);
  document.addEventListener("lienxa:exchanged", () => begin(document));
}

/* A text of the page for this script: templates write them, so that they pass through the catalogue. */
export const text = (name) => document.body.dataset[name] || "";
