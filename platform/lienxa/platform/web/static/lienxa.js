// What the pages can do beyond HTML. Every page works without it.
"use strict";

(() => {
  const one = (selector) => document.querySelector(selector);
  const every = (selector) => [...document.querySelectorAll(selector)];

  /* A form is sent once: a second click while it is under way does nothing. */
  function guardForms() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (!form.matches("form[data-guard]")) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
    });
    // The page comes out of the browser's memory after "back": it may be sent again.
    window.addEventListener("pageshow", () => {
      for (const form of every("form[data-sent]")) {
        delete form.dataset.sent;
        for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
      }
    });
  }

  /* 05032026 becomes 05/03/2026, 830 becomes 08:30. */
  function tidyFields() {
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
  }

  /* Menus close by Escape and by a click elsewhere. */
  function closeMenus() {
    const close = (except) => {
      for (const menu of every("details[data-menu][open]")) if (menu !== except) menu.open = false;
    };
    document.addEventListener("click", (event) => close(event.target.closest("details[data-menu]")));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const menu = one("details[data-menu][open]");
      if (!menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  /* "/" search; j, k and Enter walk the rows of a list; Ctrl+Enter sends the form one writes in. */
  function keyboard() {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
        event.target.form.requestSubmit();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (event.key === "/") focusOn(event, one("[data-search]"));
      if (event.key === "j" || event.key === "k") walk(event, event.key === "j" ? 1 : -1);
    });
  }

  function focusOn(event, element) {
    if (!element) return;
    event.preventDefault();
    element.focus();
    if (element.select) element.select();
  }

  function walk(event, step) {
    const links = every("[data-rows] tbody tr").map((row) => row.querySelector("a")).filter(Boolean);
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    focusOn(event, links[next]);
  }

  /*
   * Live figures: an element with data-live (address of the event stream) and data-fragment (address of itself).
   * A hidden page closes its stream. While the stream cannot be had, the page asks every two seconds.
   */
  function live(element) {
    const POLL_MS = 2000;
    let source = null;
    let timer = 0;
    let fetching = false;
    let again = false;

    async function refresh() {
      if (fetching) {
        again = true;
        return;
      }
      fetching = true;
      try {
        const answer = await fetch(element.dataset.fragment, { headers: { "X-Fragment": "1" }, redirect: "error" });
        if (answer.ok) swap(await answer.text());
        say(answer.ok);
      } catch {
        say(false);
      }
      fetching = false;
      if (again) {
        again = false;
        refresh();
      }
    }

    function swap(html) {
      const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
      if (!fresh) return;
      const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      const before = new Map([...element.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell.textContent]));
      element.replaceChildren(...fresh.childNodes);
      for (const cell of element.querySelectorAll("[data-cell]")) {
        const known = before.get(cell.dataset.cell);
        if (known !== undefined && known !== cell.textContent) cell.classList.add("changed");
      }
      if (focused) {
        const link = element.querySelector(`a[href="${CSS.escape(focused)}"]`);
        if (link) link.focus();
      }
    }

    function say(connected) {
      for (const state of every("[data-live-state]")) state.hidden = connected;
    }

    function open() {
      stop();
      source = new EventSource(element.dataset.live);
      source.addEventListener("rollup", refresh);
      // What was told while nobody listened is fetched as soon as somebody does.
      source.onopen = () => {
        clearInterval(timer);
        refresh();
      };
      source.onerror = poll;
    }

    function poll() {
      clearInterval(timer);
      timer = setInterval(refresh, POLL_MS);
    }

    function stop() {
      clearInterval(timer);
      if (source) source.close();
      source = null;
    }

    document.addEventListener("visibilitychange", () => (document.hidden ? stop() : open()));
    window.addEventListener("pagehide", stop);
    if (!document.hidden) open();
  }

  /* A filter that has only choices applies itself; its button stays for those without this script. */
  function applyFilters() {
    document.addEventListener("change", (event) => {
      if (event.target.matches("form[data-apply] select, form[data-apply] input[type=checkbox]")) event.target.form.requestSubmit();
    });
  }

  function begin() {
    guardForms();
    tidyFields();
    closeMenus();
    keyboard();
    applyFilters();
    for (const button of every("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
    const faults = one("[data-focus]");
    if (faults) faults.focus();
    for (const element of every("[data-live]")) live(element);
  }

  begin();
})();
