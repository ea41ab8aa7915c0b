// Menus close by Escape and by a click elsewhere.

import { every, one } from "./dom.js";

document.addEventListener("click", (event) => {
  const clicked = event.target.closest("details[data-menu]");
  for (const menu of every("details[data-menu][open]")) if (menu !== clicked) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && one("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  one("summary", menu).focus();
});
