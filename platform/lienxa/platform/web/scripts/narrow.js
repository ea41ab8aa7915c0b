// A list that narrows while somebody types: `data-narrow` on the field, `data-row` on what can go, `data-group` around
// rows that go together. Words may be begun, in any order and without marks, or given by their initials: "dkks".
// With `data-narrow-open` Enter opens what is left if that is one thing; between several a person chooses, not the order
// of the page. Then, and without this script, the field is sent and the server searches.

import { every, one } from "./dom.js";

const fold = (text) =>
  text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{M}/gu, "");

const field = one("[data-narrow]");

if (field) {
  const rows = every("[data-row]").map((element) => {
    const words = fold(element.textContent).split(/[^a-z0-9.]+/).filter(Boolean);
    return { element, words, initials: words.map((word) => word[0]).join("") };
  });
  const fits = ({ words, initials }, typed) =>
    typed.every((part) => words.some((word) => word.startsWith(part)) || (part.length > 1 && initials.includes(part)));

  const narrow = () => {
    const typed = fold(field.value).split(/\s+/).filter(Boolean);
    for (const row of rows) row.element.hidden = !fits(row, typed);
    for (const group of every("[data-group]")) group.hidden = !one("[data-row]:not([hidden])", group);
    const left = rows.filter((row) => !row.element.hidden).length;
    for (const count of every("[data-narrow-count]")) count.textContent = String(left);
    for (const nothing of every("[data-narrow-nothing]")) nothing.hidden = left > 0;
  };

  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !field.value || !field.hasAttribute("data-narrow-open")) return;
    const left = rows.filter((row) => !row.element.hidden).map((row) => one("a", row.element));
    if (new Set(left.map((link) => link.href)).size !== 1) return;
    event.preventDefault();
    left[0].click();
  });
  narrow();
}
