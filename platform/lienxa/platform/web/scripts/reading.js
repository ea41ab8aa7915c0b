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

/* The pictures of the pages come when they are drawn. */
async function look() {
  const waiting = one("[data-beside] [data-awaited]");
  if (!waiting) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const pane = one("[data-beside] .paper-pane", fresh);
    if (pane && !one("[data-awaited]", pane)) one("[data-beside] .paper-pane").replaceWith(document.importNode(pane, true));
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
if (one("[data-beside] [data-awaited]")) setTimeout(look, SECONDS * 1000);
