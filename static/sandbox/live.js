// Listens to the sandbox and fetches anew what has changed on this page.

const waiting = new Map();
const SOON = 120; // ms: several messages in one go are one fetch

function refresh(part) {
  if (waiting.has(part)) return;
  waiting.set(part, setTimeout(async () => {
    waiting.delete(part);
    const answer = await fetch(part.dataset.fragment).catch(() => null);
    if (answer?.ok) show(part, await answer.text());
  }, SOON));
}

function show(part, markup) {
  const atEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 80;
  const open = [...part.querySelectorAll("[id]:has(> details[open])")].map((element) => element.id);
  const focus = part.contains(document.activeElement) ? focusPath(document.activeElement) : null;
  part.innerHTML = markup; // our own server's template, escaped there
  for (const id of open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
  if (focus) part.querySelector(focus)?.focus();
  if (part.hasAttribute("data-tail") && atEnd) part.scrollTop = part.scrollHeight;
}

function focusPath(element) {
  const { name, value } = element;
  return name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(value ?? "")}"]` : null;
}

function isHere(change) {
  const { chat, thread } = document.body.dataset;
  const everywhere = ["confirmed", "deleted", "reaction", "edited"];
  if (change.chat && change.chat !== chat) return false;
  return everywhere.includes(change.kind) || String(change.thread) === thread;
}

function mark(change) {
  const face = document.querySelector(`[data-person-chat="${CSS.escape(change.chat)}"]:not([aria-current])`);
  if (change.kind === "message" && face && !change.chat.endsWith(`.${change.by}`)) face.dataset.unread = "";
}

function onChange(change) {
  if (["reset", "contact", "migrated", "topic", "role"].includes(change.kind)) {
    if (change.kind !== "contact" || change.chat === document.body.dataset.chat) location.reload();
    return;
  }
  if (change.kind === "answered") return toast(change);
  mark(change);
  for (const part of document.querySelectorAll("[data-on=change]")) {
    if (part.id !== "thread" || isHere(change)) refresh(part);
  }
}

// What the bot says to whoever pressed a button: for a moment, over the chat, to that person alone.
function toast({ chat, toast: words }) {
  const place = document.getElementById("toast");
  if (!place || !words || chat !== document.body.dataset.chat) return;
  place.textContent = words;
  place.hidden = false;
  clearTimeout(place.timer);
  place.timer = setTimeout(() => (place.hidden = true), 5000);
}

function listen() {
  const source = new EventSource(document.body.dataset.live);
  source.addEventListener("change", (event) => onChange(JSON.parse(event.data)));
  source.addEventListener("scene", () => document.querySelectorAll("[data-on=scene]").forEach(refresh));
  addEventListener("pagehide", () => source.close());
}

// A page that comes back from the browser's cache has missed what happened meanwhile.
addEventListener("pageshow", (event) => event.persisted && location.reload());

const tail = document.querySelector("[data-tail]");
if (tail) tail.scrollTop = tail.scrollHeight;
listen();
