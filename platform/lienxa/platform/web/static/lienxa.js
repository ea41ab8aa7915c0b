// Everything here is a comfort: each page works without it.
(() => {
  "use strict";

  // A form that is on its way is not sent again; it wakes up when the person comes back to the page.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
    });
  });

  const writing = (target) => target.matches("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey && event.target.form) return event.target.form.requestSubmit();
    if (event.ctrlKey || event.altKey || event.metaKey || writing(event.target)) return;
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!wanted) return;
    event.preventDefault();
    wanted.focus();
  });

  const errors = document.querySelector(".errors");
  if (errors) errors.focus();

  document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => print()));

  // Live figures: an event says that something changed, the fragment is then fetched and put in place.
  const live = document.querySelector("[data-live]");
  if (!live) return;
  let source = null;
  let polling = 0;
  const refresh = async () => {
    const answer = await fetch(live.dataset.fragment, { headers: { Accept: "text/html" } });
    if (answer.ok) live.innerHTML = await answer.text();
  };
  const stop = () => {
    if (source) source.close();
    source = null;
    clearInterval(polling);
    polling = 0;
  };
  const start = () => {
    if (source || document.hidden) return;
    refresh();
    source = new EventSource(live.dataset.live);
    source.addEventListener("changed", refresh);
    source.onopen = () => { clearInterval(polling); polling = 0; };
    source.onerror = () => { if (!polling) polling = setInterval(refresh, 2000); };
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
})();
