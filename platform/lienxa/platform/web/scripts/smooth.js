// Filters, pages and tabs exchange what differs instead of the whole page. Only what says hx-boost, and only reading.

import htmx from "htmx.org/dist/htmx.esm.js";

import { one } from "./dom.js";

// "Back" asks the server again: what lies there now is shown, not what lay there then.
htmx.config.history = "reload";

htmx.registerExtension("lienxa", {
  // Markup that somebody smuggled in must not be able to act: what changes something is always a plain form.
  htmx_config_request: (element, detail) => {
    if (detail.ctx.request.method !== "GET") detail.cancelled = true;
  },
  htmx_after_swap: () => document.dispatchEvent(new Event("lienxa:exchanged")),
  htmx_error: (element, detail) => {
    if (detail.ctx) failed(detail.ctx.request.action);
  },
});

/* The line is down or the session has ended; the plain link tries again and leads through the sign-on if need be. */
function failed(address) {
  const line = one("[data-failed]");
  if (!line) {
    location.assign(address);
    return;
  }
  one("a", line).href = address;
  line.hidden = false;
  line.scrollIntoView({ block: "nearest" });
}
