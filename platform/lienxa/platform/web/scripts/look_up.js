// The QR code of a receipt carries the citizen's secret behind the #, where no server sees it: fill it in.

import { one } from "./dom.js";

const field = one("[data-from-address]");
if (field && location.hash.length > 1) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}
