// The form of a new organ: while its name is typed, the address and the administrator's name follow from it.

import { one } from "./dom.js";

const plain = (text) =>
  text
    .replaceAll("đ", "d")
    .replaceAll("Đ", "D")
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();

const slugOf = (name) => (plain(name).match(/[a-z0-9]+/g) ?? []).join("-");

const form = one("[data-organ-form]");
if (form) {
  const { name, slug, host, username } = form.elements;
  const derived = new Map([
    [slug, () => slugOf(name.value)],
    [host, () => slug.value && `${slug.value}.${form.dataset.organForm}`],
    [username, () => slug.value && `quan-tri.${slug.value}`],
  ]);
  // What stands in a form that was refused follows further, unless it was typed by hand.
  const followed = new Set([...derived.keys()].filter((field) => !field.value || field.value === derived.get(field)()));
  const follow = (field) => {
    if (followed.has(field)) field.value = derived.get(field)();
  };

  form.addEventListener("input", (event) => {
    if (event.target === name) follow(slug);
    else followed.delete(event.target);
    if (event.target === name || event.target === slug) {
      follow(host);
      follow(username);
    }
  });
}
