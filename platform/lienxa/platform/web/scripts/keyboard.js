// Keys: "/" search; j, k and Enter walk the rows of a list; Ctrl+Enter sends the form one writes in.

import { every, focusOn, one, typing } from "./dom.js";

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") go(event, one("[data-search]"));
  if (event.key === "j" || event.key === "k") walk(event, event.key === "j" ? 1 : -1);
});

function go(event, element) {
  if (!element) return;
  event.preventDefault();
  focusOn(element);
}

function walk(event, step) {
  const links = every("[data-rows] tbody tr").map((row) => one("a", row)).filter(Boolean);
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  go(event, links[next]);
}
