// What is being written survives a lost session and a lost line: kept in this tab until the act has succeeded.
// Never kept: passwords, files, hidden fields, and forms or fields that say data-no-draft.

import { arrive, every, one, text } from "./dom.js";

const PREFIX = "lienxa.draft:";
const SENT = "lienxa.sent";
const DONE = "lx_done=1";
const KEPT = "input:not([type=hidden]):not([type=password]):not([type=file]):not([type=submit]):not([data-no-draft]), select, textarea";
const person = document.body.dataset.person;

const nameOf = (form) => `${PREFIX}${person}:${form.getAttribute("action")}`;
const fieldsOf = (form) => every(KEPT, form).filter((field) => field.name);
const valueOf = (field) => (field.matches("[type=checkbox], [type=radio]") ? field.checked : field.value);
const snapshot = (form) => JSON.stringify(fieldsOf(form).map((field) => [field.name, field.value, valueOf(field)]));

const drafted = (form) => person && form && form.matches("form.form[data-guard]:not([data-no-draft])");

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!drafted(form) || !event.target.matches(KEPT)) return;
  // Of a paper that is secret nothing is kept, not even in this tab.
  const secrecy = one("[name=secrecy]", form);
  if (secrecy && secrecy.value !== "open") {
    sessionStorage.removeItem(nameOf(form));
    return;
  }
  sessionStorage.setItem(nameOf(form), JSON.stringify({ at: new Date().toTimeString().slice(0, 5), fields: snapshot(form) }));
});

document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/dang-xuat") forget(() => true);
  else if (drafted(event.target)) sessionStorage.setItem(SENT, nameOf(event.target));
});

/* The server says with a cookie of a moment that the act has succeeded. */
function settle() {
  const sent = sessionStorage.getItem(SENT);
  if (!document.cookie.includes(DONE)) return;
  document.cookie = "lx_done=; path=/; max-age=0";
  if (sent) sessionStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

function forget(which) {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX) && which(name)) sessionStorage.removeItem(name);
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(nameOf(form)) || "null");
  // A form that came back with its faults already holds what was typed.
  if (form.dataset.draft || !kept || one(".field-wrong", form) || kept.fields === snapshot(form)) return;
  form.dataset.draft = "1";
  const fields = fieldsOf(form);
  for (const [name, value, state] of JSON.parse(kept.fields)) put(fields, name, value, state);
  // An act that is folded away is unfolded: what was being written must be seen.
  for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  say(form, kept.at);
}

function put(fields, name, value, state) {
  const choice = typeof state === "boolean";
  const field = fields.find((each) => each.name === name && (!choice || each.value === value));
  // What a file says came after it was left empty.
  if (!field || (!value && field.closest(".field-proposed"))) return;
  if (choice) field.checked = state;
  else if (!field.matches("select") || one(`option[value="${CSS.escape(value)}"]`, field)) field.value = value;
}

function say(form, at) {
  const line = document.createElement("p");
  line.className = "draft-line";
  line.setAttribute("role", "status");
  line.append(`${text("draft")} ${at}. `);
  if (one("input[type=file]", form)) line.append(`${text("draftFile")} `);
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "button small";
  drop.textContent = text("dropDraft");
  drop.addEventListener("click", () => {
    sessionStorage.removeItem(nameOf(form));
    form.reset();
    line.remove();
  });
  line.append(drop);
  form.prepend(line);
}

settle();
arrive(() => every("form").filter(drafted).forEach(restore));
