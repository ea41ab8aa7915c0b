// Forms: sent once, digits typed without signs, faults first, filters that apply themselves.

import { arrive, every, one } from "./dom.js";

/* A form is sent once: a second click while it is under way does nothing. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-guard]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of every("button[type=submit]", form)) button.setAttribute("aria-disabled", "true");
});

// The page comes out of the browser's memory after "back": it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of every("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of every("[aria-disabled]", form)) button.removeAttribute("aria-disabled");
  }
});

/* 05032026 becomes 05/03/2026, 830 becomes 08:30. */
document.addEventListener("change", (event) => {
  const field = event.target;
  const digits = field.value ? field.value.trim() : "";
  if (field.matches("[data-date]") && /^\d{8}$/.test(digits)) {
    field.value = `${digits.slice(0, 2)}/${digits.slice(2, 4)}/${digits.slice(4)}`;
  }
  if (field.matches("[data-time]") && /^\d{3,4}$/.test(digits)) {
    field.value = `${digits.slice(0, -2).padStart(2, "0")}:${digits.slice(-2)}`;
  }
});

/* A filter that has only choices applies itself; its button stays for those without this script. */
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-apply] select, form[data-apply] input[type=checkbox]")) event.target.form.requestSubmit();
});

arrive(() => {
  const faults = one("[data-focus]");
  if (faults) faults.focus();
});
