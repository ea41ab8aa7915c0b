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
  const followed = new Set([slug, host, username].filter((field) => !field.value));
  const follow = (field, value) => {
    if (followed.has(field)) field.value = value;
  };

  form.addEventListener("input", (event) => {
    if (event.target === name) follow(slug, slugOf(name.value));
    else followed.delete(event.target);
    if (event.target === name || event.target === slug) {
      follow(host, slug.value && `${slug.value}.${form.dataset.organForm}`);
      follow(username, slug.value && `quan-tri.${slug.value}`);
    }
  });
}
