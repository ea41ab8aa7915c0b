// What the other scripts share.

export const one = (selector, within = document) => within.querySelector(selector);
export const every = (selector, within = document) => [...within.querySelectorAll(selector)];

/* Whether keys that are pressed there belong to what is being written. */
export const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

export function focusOn(element) {
  element.focus();
  if (element.select) element.select();
}
