// A date is typed, moved by a day with the arrow keys, or picked in the browser's own calendar.

import { arrive, every, one } from "./dom.js";

const TYPED = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/;

function dayOf(written) {
  const found = TYPED.exec(written.trim());
  return found ? new Date(Date.UTC(+found[3], +found[2] - 1, +found[1])) : null;
}

function write(field, day) {
  const [year, month, date] = day.toISOString().slice(0, 10).split("-");
  field.value = `${date}/${month}/${year}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!step || !event.target.matches("[data-date]")) return;
  const day = dayOf(event.target.value);
  if (!day) return;
  event.preventDefault();
  day.setUTCDate(day.getUTCDate() + step);
  write(event.target, day);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (button) pick(one("[data-date]", button.parentElement));
});

function pick(field) {
  const calendar = calendarBeside(field);
  const day = dayOf(field.value);
  calendar.value = day ? day.toISOString().slice(0, 10) : document.body.dataset.today;
  calendar.onchange = () => {
    if (calendar.valueAsDate) write(field, calendar.valueAsDate);
    field.focus();
  };
  calendar.showPicker();
}

/* The browser's own calendar belongs to a field of its kind: an unseen one, which is never sent. */
function calendarBeside(field) {
  const there = one("input[type=date]", field.parentElement);
  if (there) return there;
  const calendar = document.createElement("input");
  calendar.type = "date";
  calendar.className = "picker";
  calendar.tabIndex = -1;
  calendar.setAttribute("aria-hidden", "true");
  field.after(calendar);
  return calendar;
}

arrive(() => {
  if (!("showPicker" in HTMLInputElement.prototype)) return;
  for (const button of every("[data-pick]")) button.hidden = false;
});
