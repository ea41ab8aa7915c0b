// Entering a paper from its file: a PDF that is chosen or dropped is read at once, and beside the form what is still
// being made is fetched without touching what is being typed.

import { every, one } from "./dom.js";

const SECONDS = 2;
const readable = (file) => file.type === "application/pdf" || /\.pdf$/i.test(file.name);

function read(form) {
  const say = one("[data-reading]", form);
  if (say) say.hidden = false;
  form.requestSubmit(one("[data-read]", form));
}

function begin(form) {
  const field = one("input[type=file]", form);
  const place = one("[data-drop]", form);
  one("[data-drop-hint]", form).hidden = false;
  field.addEventListener("change", () => {
    if (field.files.length && readable(field.files[0])) read(form);
  });
  // Dropped anywhere on the form: a file that misses the box would replace the page, and what was typed with it.
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
  form.addEventListener("dragleave", () => place.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    if (!event.dataTransfer.files.length || form.dataset.sent) return;
    field.files = event.dataTransfer.files;
    if (readable(field.files[0])) read(form);
  });
}

const untouched = (field) =>
  every("input, textarea", field).every((one) => one.value === one.defaultValue) &&
  every("option", field).every((one, at, all) => one.selected === (one.defaultSelected || (at === 0 && !all.some((other) => other.defaultSelected))));

/* Takes over from the fresh page what was not typed into: a field that somebody has written in stays as it is. */
function fill(form, fresh) {
  for (const field of every(".field", form)) {
    const control = one("[id^=f-]", field);
    const found = control && fresh.getElementById(control.id);
    if (found && untouched(field) && !field.contains(document.activeElement)) field.replaceWith(document.importNode(found.closest(".field"), true));
  }
  form.dataset.draft = "1"; // what was kept of the form is older than what has just been filled in
  document.dispatchEvent(new Event("lienxa:exchanged"));
  form.elements.body.dispatchEvent(new Event("input", { bubbles: true })); // keep it as it stands now
}

/* The pictures of the pages come when they are drawn, the fields when a scan has been read. */
async function look() {
  if (!one("[data-awaited]")) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const pane = one("[data-beside] .paper-pane", fresh);
    if (pane && one("[data-beside] [data-awaited]") && !one("[data-awaited]", pane)) one("[data-beside] .paper-pane").replaceWith(document.importNode(pane, true));
    const told = one("[data-told]", fresh);
    if (told && one("[data-told] [data-awaited]") && !one("[data-awaited]", told)) {
      fill(one("[data-beside]").parentElement.querySelector("form"), fresh);
      one("[data-told]").replaceWith(document.importNode(told, true));
    }
  } catch {
    // The line is weak: the next look will tell.
  }
  setTimeout(look, SECONDS * 1000);
}

/* What was read and is then written otherwise is no proposal any more. */
document.addEventListener("input", (event) => {
  const field = event.target.closest(".field-proposed");
  if (field) field.classList.remove("field-proposed");
});

for (const form of every("form[data-reads]")) begin(form);
if (one("[data-awaited]")) setTimeout(look, SECONDS * 1000);
