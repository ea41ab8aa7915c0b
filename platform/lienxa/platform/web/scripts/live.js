// Figures that move by themselves.

import { every } from "./dom.js";

/*
 * Live figures: an element with data-live (address of the event stream) and data-fragment (address of itself).
 * A hidden page closes its stream. While the stream cannot be had, the page asks every two seconds.
 */
function live(element) {
  const POLL_MS = 2000;
  let source = null;
  let timer = 0;
  let fetching = false;
  let again = false;

  async function refresh() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      const answer = await fetch(element.dataset.fragment, { headers: { "X-Fragment": "1" }, redirect: "error" });
      if (answer.ok) swap(await answer.text());
      say(answer.ok);
    } catch {
      say(false);
    }
    fetching = false;
    if (again) {
      again = false;
      refresh();
    }
  }

  function swap(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
    if (!fresh) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const before = new Map([...element.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell.textContent]));
    element.replaceChildren(...fresh.childNodes);
    for (const cell of element.querySelectorAll("[data-cell]")) {
      const known = before.get(cell.dataset.cell);
      if (known !== undefined && known !== cell.textContent) cell.classList.add("changed");
    }
    if (focused) {
      const link = element.querySelector(`a[href="${CSS.escape(focused)}"]`);
      if (link) link.focus();
    }
  }

  function say(connected) {
    for (const state of every("[data-live-state]")) state.hidden = connected;
  }

  function open() {
    stop();
    source = new EventSource(element.dataset.live);
    source.addEventListener("rollup", refresh);
    // What was told while nobody listened is fetched as soon as somebody does.
    source.onopen = () => {
      clearInterval(timer);
      refresh();
    };
    source.onerror = poll;
  }

  function poll() {
    clearInterval(timer);
    timer = setInterval(refresh, POLL_MS);
  }

  function stop() {
    clearInterval(timer);
    if (source) source.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : open()));
  window.addEventListener("pagehide", stop);
  if (!document.hidden) open();
}

for (const element of every("[data-live]")) live(element);
