// Says that the line is down, and keeps a form from being sent into nothing.

import { every, one } from "./dom.js";

function show() {
  for (const line of every("[data-offline]")) line.hidden = navigator.onLine;
}

window.addEventListener("online", show);
window.addEventListener("offline", show);
show();

document.addEventListener(
  "submit",
  (event) => {
    const line = one("[data-offline]");
    if (navigator.onLine || !line || !event.target.matches("form[data-guard]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    line.scrollIntoView({ block: "center" });
  },
  true,
);
