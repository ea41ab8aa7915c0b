// Buttons that print the page: they show themselves only where this script runs.

import { arrive, every } from "./dom.js";

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

arrive(() => {
  for (const button of every("[data-print]")) button.hidden = false;
});
