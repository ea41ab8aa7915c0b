// A link with data-dialog shows the content of its page in a dialog. Without this script it simply leads there.

import { one, text } from "./dom.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.href, link);
});

export async function show(address, opener) {
  try {
    const answer = await fetch(address, { redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = one("#noi-dung .main", page);
    if (!answer.ok || !content) throw new Error(answer.status);
    open(content, opener);
  } catch {
    location.assign(address);
  }
}

function open(content, opener) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  for (const link of content.querySelectorAll(".back-link")) link.remove();
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet dialog-close";
  close.textContent = text("close");
  close.addEventListener("click", () => dialog.close());
  dialog.append(...content.childNodes, close);
  const title = one("h1", dialog);
  if (title) {
    title.id = "dialog-title";
    dialog.setAttribute("aria-labelledby", title.id);
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener && opener.isConnected) opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  document.dispatchEvent(new Event("lienxa:exchanged"));
  const first = one("input:not([type=hidden]), select, textarea", dialog) || close;
  first.focus();
}
