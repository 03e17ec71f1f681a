// One-letter keys. Letters go by their place on the keyboard, so that they work on a Persian layout and beside a
// Chinese input method; signs go by what was typed. <html data-keys="off"> turns all of them off (WCAG 2.1.4).

const SIGNS = { ".": "Period", "?": "?", "？": "?", "؟": "?", "/": "Slash", "／": "Slash", "、": "Slash", "。": "Period" };
const EDITABLE = "input, textarea, select, [contenteditable]";

function code(event) {
  if (event.key in SIGNS) return SIGNS[event.key];
  if (/^[\x21-\x7e]$/.test(event.key) && !/^Key/.test(event.code)) return ""; // a sign that is not ours, in this layout
  return event.shiftKey ? (event.code === "Slash" ? "?" : "") : event.code;
}

function ours(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return false;
  return !event.target.closest?.(EDITABLE) && !document.querySelector("dialog[open]");
}

function move(step) {
  const links = [...document.querySelectorAll("[data-row] .row__link")].filter((link) => link.checkVisibility());
  const here = links.indexOf(document.activeElement?.closest?.("[data-row]")?.querySelector(".row__link"));
  const next = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
  next?.focus();
  next?.closest("[data-row]").scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

// Within the focused row first; then anywhere outside rows, so that no key acts on a row nobody chose.
function bearer(key) {
  const row = document.activeElement?.closest?.("[data-row]");
  const inRow = row?.querySelector(`[data-key="${key}"]`);
  if (inRow) return inRow;
  return [...document.querySelectorAll(`[data-key="${key}"]`)].find((e) => !e.closest("[data-row]") && e.checkVisibility());
}

function press(key) {
  if (key === "KeyJ") return move(1);
  if (key === "KeyK") return move(-1);
  if (key === "?") return document.getElementById("keys")?.showModal() ?? true;
  const element = key && bearer(key);
  if (!element) return false;
  element.click();
  // At once: the next letter may already be meant for the field.
  document.getElementById(element.dataset.focus)?.focus();
  if (element.matches("summary")) element.parentElement.querySelector(".menu__item")?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (ours(event) && press(code(event))) event.preventDefault();
});
