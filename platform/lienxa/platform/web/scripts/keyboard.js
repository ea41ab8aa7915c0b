// Keys: "/" search, "g" and a letter to a module, "j" "k" Enter in lists, "x" select, "?" help, Ctrl+Enter send.
// The single keys can be switched off on the page of the help (WCAG 2.1.4); the browser remembers it.

import { show } from "./dialogs.js";
import { arrive, every, focusOn, one, typing } from "./dom.js";

const OFF = "lienxa.single-keys-off";
const LEADER_MS = 1500;
let led = 0;

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (localStorage.getItem(OFF) || one("dialog[open]")) return;
  if (act(event)) event.preventDefault();
});

function act(event) {
  if (Date.now() - led < LEADER_MS) {
    led = 0;
    return lead(event.key.toLowerCase());
  }
  switch (event.key) {
    case "g":
      led = Date.now();
      return true;
    case "/":
      return focus(one("[data-search]"));
    case "j":
      return walk(1);
    case "k":
      return walk(-1);
    case "x":
      return select();
    case "?":
      return help();
    default:
      return false;
  }
}

function focus(element) {
  if (element) focusOn(element);
  return Boolean(element);
}

function lead(letter) {
  const link = one(`[data-key="${CSS.escape(letter)}"]`);
  if (link) link.click();
  return Boolean(link);
}

const rows = () => every("[data-rows] tbody tr, [data-rows] > li").filter((row) => one("a", row));

function walk(step) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  return focus(all[next] && one("a", all[next]));
}

function select() {
  const row = rows().find((each) => each.contains(document.activeElement));
  const box = row && one("input[type=checkbox]", row);
  if (box) box.click();
  return Boolean(box);
}

function help() {
  const link = one("a[data-help]");
  if (link) show(link.href, document.activeElement);
  return Boolean(link);
}

arrive(() => {
  for (const box of every("[data-single-keys]")) {
    box.closest("[hidden]")?.removeAttribute("hidden");
    box.checked = !localStorage.getItem(OFF);
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-single-keys]")) return;
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});
