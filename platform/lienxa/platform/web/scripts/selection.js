// Rows that can be selected: how many are, all at once, and the bar with what can be done with them.

import { arrive, every, one } from "./dom.js";

const boxes = (form) => every("tbody input[type=checkbox][name=chon]", form);

function count(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked).length;
  for (const place of every("[data-selected]", form)) place.textContent = chosen;
  for (const button of every("[data-bulk] button", form)) button.disabled = chosen === 0;
  // On a phone the bar does not cover the list while there is nothing to do.
  for (const bar of every("[data-bulk]", form)) bar.classList.toggle("idle", chosen === 0);
  const everything = one("[data-select-all]", form);
  if (!everything) return;
  everything.hidden = false;
  everything.checked = chosen > 0 && chosen === all.length;
  everything.indeterminate = chosen > 0 && chosen < all.length;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-selection]");
  if (!form) return;
  if (event.target.matches("[data-select-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
  count(form);
});

arrive(() => every("form[data-selection]").forEach(count));
