// How much waits where, in the navigation. A page that counted anyway tells; others ask at most once a minute.

import { arrive, every, one } from "./dom.js";

const KEPT = "lienxa.counts";
const A_MINUTE = 60_000;

function show(counts) {
  for (const place of every("[data-count]:not([data-told])")) {
    const count = counts[place.dataset.count] || 0;
    place.textContent = count || "";
    place.hidden = !count;
  }
}

async function refresh() {
  const side = one("[data-counts]");
  if (!side) return;
  const told = Object.fromEntries(every("[data-told]").map((place) => [place.dataset.count, +place.dataset.told]));
  const owner = side.dataset.owner;
  if (one("[data-told]", side)) {
    keep(owner, told);
    return;
  }
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const known = kept && kept.owner === owner;
  if (known) {
    Object.assign(kept.counts, told);
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
    show(kept.counts);
  }
  // What one has just done changes the counts.
  if (known && Date.now() - kept.at < A_MINUTE && !one(".notice[role=status]")) return;
  try {
    const answer = await fetch(side.dataset.counts, { redirect: "error" });
    if (!answer.ok) return;
    const counts = await answer.json();
    keep(owner, counts);
    show(counts);
  } catch {
    // Without a line the counts of a minute ago stay.
  }
}

function keep(owner, counts) {
  sessionStorage.setItem(KEPT, JSON.stringify({ owner, counts, at: Date.now() }));
}

// A notice that is opened is read by that: the next page asks again.
document.addEventListener("click", (event) => {
  if (event.target.closest(".notices a")) sessionStorage.removeItem(KEPT);
});

arrive(refresh);
