// A page that waits for something long: asks again every two seconds and shows what changed, without a flash.
// When the awaited page is another one (the organ is open, the work is done), it is loaded.
const SECONDS = 2;

async function look() {
  const shown = document.querySelector("[data-preparing]");
  if (!shown) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-preparing]");
    if (!fresh) {
      location.reload();
      return;
    }
    shown.replaceWith(document.importNode(fresh, true));
  } catch {
    // The line is weak or the service restarts: the next look will tell.
  }
  setTimeout(look, SECONDS * 1000);
}

if (document.querySelector("[data-preparing]")) setTimeout(look, SECONDS * 1000);
