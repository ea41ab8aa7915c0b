// How much waits where, in the navigation. A page that counted anyway tells; others ask at most once a minute.

import { arrive, every, one } from "./dom.js";

const KEPT = "lienxa.counts";
const A_MINUTE = 60_000;

function show(counts) {
  for (const place of every("[data-count]")) {
    const count = counts[place.dataset.count] || 0;
    place.textContent = count || "";
    place.hidden = !count;
  }
}

async function refresh() {
  const side = one("[data-counts]");
  if (!side) return;
  const told = every("[data-count]").filter((place) => place.dataset.told !== undefined);
  const owner = side.dataset.owner;
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  if (told.length) {
    keep(owner, Object.fromEntries(told.map((place) => [place.dataset.count, +place.dataset.told])));
    return;
  }
  const known = kept && kept.owner === owner;
  if (known) show(kept.counts);
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

arrive(refresh);
