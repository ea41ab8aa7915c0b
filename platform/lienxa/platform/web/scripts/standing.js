// The operator's page of how things stand: looks again every 15 seconds while somebody sees it and is at work. A page
// that was left alone stops asking, so that the session still ends by itself.
import { one } from "./dom.js";

const LOOK_MS = 15_000;
const LEFT_ALONE_MS = 10 * 60_000;

let touched = Date.now();

async function look() {
  const shown = one("[data-standing]");
  if (!shown) return;
  if (document.hidden || Date.now() - touched > LEFT_ALONE_MS) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = one("[data-standing]", page);
    if (!fresh || shown.contains(document.activeElement)) return; // nothing is taken from under the focus
    shown.replaceChildren(...document.importNode(fresh, true).childNodes);
  } catch {
    // The line is weak or the service restarts: the next look will tell.
  }
}

if (one("[data-standing]")) {
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
    document.addEventListener(kind, () => (touched = Date.now()), { passive: true });
  }
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_MS);
}
