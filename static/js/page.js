// What every page can do: menus that close, dialogs that open, notes that leave, refusals that say so.

const toasts = document.getElementById("toasts");

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  at("[data-dismiss]")?.closest(".toast")?.remove();
  const opens = at("[data-open]");
  if (opens) document.getElementById(opens.dataset.open)?.showModal();
  const focuses = at("[data-focus]");
  // The browser moves the focus after a click on a label; ours comes later.
  if (focuses) setTimeout(() => document.getElementById(focuses.dataset.focus)?.focus());
  closeMenus(opens || at(".menu__item") ? null : at("details.menu"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const menu = document.querySelector("details.menu[open]");
  if (menu?.contains(document.activeElement)) menu.querySelector("summary").focus();
  else if (document.activeElement?.matches("input, textarea, select")) document.activeElement.blur();
  closeMenus(null);
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

// A request that never arrived, or an answer that is no fragment of ours (a proxy's page, a limit's plain line).
function broken(words = "") {
  const template = document.getElementById("toast-broken");
  if (!template || toasts.querySelector("[data-broken]")) return;
  toasts.append(template.content.cloneNode(true));
  toasts.lastElementChild.dataset.broken = "";
  if (words) toasts.lastElementChild.querySelector("p").textContent = words;
}

const isPage = (text) => /^\s*<(!doctype|html)/i.test(text);

document.addEventListener("htmx:before:swap", (event) => {
  const { response, text = "", swap } = event.detail.ctx;
  if (swap === "none" || !response || response.status < 400) return;
  const type = response.headers.get("Content-Type") ?? "";
  if (type.includes("text/html") && !isPage(text)) return;
  event.preventDefault();
  broken(type.includes("text/plain") && text.length < 200 ? text : "");
});

document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  // The stream, and refreshes that nobody asked for, show their trouble in another way.
  if (ctx && ctx.sourceElement.id !== "live" && !ctx.sourceElement.matches("[data-live]")) broken();
});

// Signed out meanwhile: a request was led to another page. Follow it as a page, never into a fragment's place.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (!raw.redirected || event.detail.ctx.sourceElement.id === "live") return;
  const to = new URL(raw.url);
  if (to.pathname === location.pathname) return;
  event.preventDefault();
  location.assign(to.pathname.startsWith("/accounts/") ? location.href : raw.url);
});
