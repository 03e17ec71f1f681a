// Keeps the times on a page true: [data-due] counts down, [data-since] counts up, [data-undo] runs out.
// Minutes are enough; seconds show, and are counted, only under two minutes.

const [DAY, HOUR, MINUTE, SECOND] = (document.documentElement.dataset.units || "d h m s").split(" ");
// The mark keeps the sign before its number where the words run from right to left.
const MINUS = document.documentElement.dir === "rtl" ? "\u200e−" : "−";
const SOON = 3600, URGENT = 900, SECONDS_UNDER = 120;
const SLOW = 10_000, FAST = 1_000, SKEW_WORTH_CARE = 10;

// The server's clock counts: a desk computer may be minutes off.
const served = Number(document.documentElement.dataset.now) || 0;
const skew = served - Date.now() / 1000;
const offset = served && Math.abs(skew) > SKEW_WORTH_CARE ? skew : 0;
const now = () => Date.now() / 1000 + offset;

const pad = (n) => String(n).padStart(2, "0");

function span(seconds, split) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${MINUTE}`;
  if (split && minutes < 600) return `${Math.floor(minutes / 60)}${HOUR}${pad(minutes % 60)}${MINUTE}`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)}${HOUR}` : `${Math.floor(minutes / 1440)}${DAY}`;
}

function countdown(left) {
  if (left < 0) return `${MINUS}${span(Math.max(-left, 60), true)}`;
  return left < SECONDS_UNDER ? `${left}${SECOND}` : span(left, true);
}

const level = (left) => (left < 0 ? "late" : left < URGENT ? "urgent" : left < SOON ? "soon" : "calm");

function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let timer = 0;

function tick() {
  clearTimeout(timer);
  const at = now();
  let fast = false;
  for (const element of document.querySelectorAll("[data-due]")) {
    const left = Math.floor(Number(element.dataset.due) - at);
    show(element, countdown(left));
    if (element.dataset.level !== level(left)) element.dataset.level = level(left);
    fast ||= left >= 0 && left < SECONDS_UNDER + SLOW / 1000;
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    show(element, span(Math.max(at - Number(element.dataset.since), 0), false));
  }
  for (const form of document.querySelectorAll("[data-undo]")) {
    const left = Math.ceil(Number(form.dataset.undo) - at);
    form.hidden = left <= 0;
    const seconds = form.querySelector("[data-seconds]");
    if (seconds) show(seconds, String(Math.max(left, 0)));
    fast ||= left > 0;
  }
  timer = setTimeout(tick, fast ? FAST : SLOW);
}

document.addEventListener("htmx:after:swap", tick);
document.addEventListener("visibilitychange", () => document.hidden || tick());
tick();
