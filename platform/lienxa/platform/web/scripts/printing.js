// Buttons that print the page: they show themselves only where this script runs.

import { every } from "./dom.js";

for (const button of every("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
