// Hears the page's one stream (<div id="live">) and lets the parts marked [data-live] fetch themselves anew:
// at once, then less than two seconds apart with jitter, so that two hundred open queues are no herd.

const live = document.getElementById("live");
const offline = document.getElementById("offline");
const announce = document.getElementById("announce");
const GAP = 1_400, JITTER = 400, PATIENCE = 3_000, LONGEST_WAIT = 30_000;

const stale = new Set();
let last = 0, timer = 0;

function refresh() {
  timer = 0;
  last = Date.now();
  for (const part of stale) part.dispatchEvent(new CustomEvent("refresh"));
  stale.clear();
}

// A part that names its ticket wants that ticket's events only.
function concerned(data) {
  const numbers = String(data).match(/\d+/g) ?? [];
  return [...document.querySelectorAll("[data-live]")].filter(
    ({ dataset }) => !dataset.ticket || !numbers.length || numbers.includes(dataset.ticket),
  );
}

function changed(data) {
  for (const part of concerned(data)) stale.add(part);
  if (!stale.size || timer) return;
  const wait = last + GAP - Date.now();
  timer = setTimeout(refresh, wait > 0 ? wait + Math.random() * JITTER : 0);
}

// --- Trouble on the line -----------------------------------------------------------------------------------------

let connection = null, wait = 1_000, worry = 0;

function trouble() {
  worry ||= setTimeout(() => (offline.hidden = false), PATIENCE);
}

function fine(event) {
  clearTimeout(worry);
  worry = 0;
  wait = 1_000;
  connection = event.detail.connection;
  offline.hidden = true;
}

// htmx reconnects a stream that once stood; a first connect that failed is ours to try again.
function retry() {
  trouble();
  setTimeout(() => live.dispatchEvent(new CustomEvent("connect")), wait * (0.8 + Math.random() * 0.4));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

async function bye() {
  connection = null;
  try {
    const page = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (!page.ok) return location.reload(); // signed out: the page itself knows where to go
  } catch {
    // no line at all: keep what is on the screen
  }
  retry();
}

if (live) {
  live.addEventListener("htmx:before:sse:message", ({ detail: { message } }) => {
    if (message.event !== "bye") changed(message.data);
  });
  live.addEventListener("htmx:after:sse:connection", fine);
  live.addEventListener("htmx:sse:error", trouble);
  live.addEventListener("htmx:sse:close", ({ detail }) => detail.reason === "message" && bye());
  live.addEventListener("htmx:finally:request", () => connection || retry());
  addEventListener("offline", trouble);
  // The old line may hang for minutes without an error: let it go, and htmx draws a new one.
  addEventListener("online", () => connection?.reader?.cancel());
  // htmx looks at the page as soon as its own script has run, and then overlooks this element if the extension's comes
  // later. Modules come last, so the connection begins here; hx-sync="drop" keeps a second look from making two.
  window.htmx.process(live, true);
  live.dispatchEvent(new CustomEvent("connect"));
}

// --- Said once, politely -----------------------------------------------------------------------------------------

const count = (part) => part.querySelectorAll(part.dataset.count).length;
const before = new WeakMap();

document.addEventListener("htmx:before:swap", ({ target }) => target.matches?.("[data-say]") && before.set(target, count(target)));
document.addEventListener("htmx:after:swap", ({ target }) => {
  if (target.matches?.("[data-say]") && count(target) > before.get(target)) announce.textContent = target.dataset.say;
});
