// Figures that move by themselves: an element with data-live (address of the event stream) and data-fragment (address
// of itself). Over HTTP/1.1 a browser opens six connections to a host, so there is one stream for all its tabs: one
// visible tab leads (it holds a Web Lock), hears the stream, and passes on what it fetched (BroadcastChannel). A hidden
// tab does neither and looks again when it is shown. Without these two interfaces each visible tab has its own stream.

import { every, one } from "./dom.js";

const POLL_MS = 2000;
const OK = "ok";
const LOST = "lost";
const ENDED = "ended";

function live(element) {
  const { live: stream, fragment } = element.dataset;
  const name = `lienxa-live ${stream}`;
  const channel = "locks" in navigator && "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  let source = null;
  let timer = 0;
  let turn = null;
  let giveUp = null;
  let looking = null;

  /* Fetches the element's present content; changes that come meanwhile are fetched once more at the end. */
  function look() {
    if (looking) {
      looking.again = true;
      return looking.done;
    }
    const mine = { again: false };
    looking = mine;
    mine.done = (async () => {
      let found;
      do {
        mine.again = false;
        found = await fetched(fragment);
      } while (mine.again);
      looking = null;
      show(found);
      return found;
    })();
    return mine.done;
  }

  function show({ state, html }) {
    say(state);
    if (html) swap(element, html);
  }

  /* The leader looks for all tabs. */
  async function tell() {
    const found = await look();
    if (channel && source) channel.postMessage({ ...found, fragment });
    if (found.state === ENDED) stop();
    if (found.state === OK && source && source.readyState === EventSource.CLOSED) listen();
  }

  function heard({ data }) {
    if (document.hidden) return;
    if (data.state === OK && data.fragment !== fragment) look();
    else show(data);
  }

  function listen() {
    if (source) source.close();
    source = new EventSource(stream);
    source.addEventListener("rollup", tell);
    source.onopen = () => {
      clearInterval(timer);
      tell(); // what was told while nobody listened
    };
    source.onerror = () => {
      clearInterval(timer);
      timer = setInterval(tell, POLL_MS);
    };
  }

  function start() {
    if (document.hidden || turn) return;
    look();
    turn = new AbortController();
    if (!channel) {
      listen();
      return;
    }
    const lead = () =>
      new Promise((resolve) => {
        giveUp = resolve;
        listen();
      });
    navigator.locks.request(name, { signal: turn.signal }, lead).catch(() => {}); // its turn never came
  }

  function stop() {
    clearInterval(timer);
    if (source) source.close();
    source = null;
    if (giveUp) giveUp();
    else if (turn) turn.abort();
    giveUp = null;
    turn = null;
  }

  if (channel) channel.onmessage = heard;
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", start);
  start();
}

async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { "X-Fragment": "1" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return { state: ENDED }; // to the sign-on: the session is over
    return answer.ok ? { state: OK, html: await answer.text() } : { state: LOST };
  } catch {
    return { state: LOST };
  }
}

function swap(element, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
  if (!fresh) return;
  const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const before = new Map(every("[data-cell]", element).map((cell) => [cell.dataset.cell, cell.textContent]));
  element.replaceChildren(...fresh.childNodes);
  for (const cell of every("[data-cell]", element)) {
    const known = before.get(cell.dataset.cell);
    if (known !== undefined && known !== cell.textContent) cell.classList.add("changed");
  }
  const link = focused && one(`a[href="${CSS.escape(focused)}"]`, element);
  if (link) link.focus();
}

function say(state) {
  for (const notice of every("[data-live-state]")) notice.hidden = notice.dataset.liveState !== state;
}

/* The time of the service, which may tell another day than this machine. */
function clock(element) {
  const ahead = Date.parse(element.dataset.clock) - Date.now();
  const format = new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit" });
  const tick = () => {
    element.textContent = format.format(new Date(Date.now() + ahead));
  };
  setInterval(tick, 1000);
  tick();
}

for (const element of every("[data-live]")) live(element);
for (const element of every("[data-clock]")) clock(element);
