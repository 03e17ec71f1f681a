// The composer: drafts that survive a reload, Ctrl+Enter, an empty field after sending, the text back after Undo,
// and a word when somebody else was faster. All of it works without this, as plain forms.

const composer = () => document.getElementById("composer");
const fields = () => composer()?.querySelectorAll("[data-draft]") ?? [];
const key = (field) => `draft:${composer().dataset.user}:${composer().dataset.ticket}:${field.dataset.draft}`;

// A line of twelve short words and nothing else may be a wallet's phrase: it is never kept.
const SECRET = /(?:^|\n)\s*(?:[a-z]{3,8}\s+){11,}[a-z]{3,8}\s*(?:\n|$)/i;

function keep(field) {
  try {
    if (field.value.trim() && !SECRET.test(field.value)) localStorage.setItem(key(field), field.value);
    else localStorage.removeItem(key(field));
  } catch {
    // storage may be full or forbidden: then there is no draft, and nothing else breaks
  }
}

function restore() {
  for (const field of fields()) {
    try {
      field.value ||= localStorage.getItem(key(field)) ?? "";
    } catch {
      return;
    }
  }
}

document.addEventListener("input", (event) => event.target.matches("[data-draft]") && keep(event.target));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest?.("#composer form");
  const send = form && [...form.querySelectorAll("[data-send]")].find((button) => button.checkVisibility());
  if (!send) return;
  event.preventDefault();
  form.requestSubmit(send);
});

document.addEventListener("change", (event) => {
  const chosen = event.target.matches("#composer [type=file]") && composer().querySelector("[data-files]");
  if (chosen) chosen.textContent = [...event.target.files].map((file) => file.name).join(", ") || chosen.dataset.files;
});

function emptied(form) {
  const field = form.querySelector("[data-draft]");
  form.reset();
  field.value = "";
  keep(field);
  const once = form.elements.namedItem("submission");
  if (once) once.value = fresh();
  warn("");
}

// One form, one message: the next one needs an id of its own (randomUUID exists on https only).
function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

document.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
  if (ctx.response.status >= 400) return;
  if (target.matches?.("#composer form")) emptied(target);
  const taken = target.matches?.("[data-undo]") && target.closest(".message");
  if (taken) {
    const field = document.getElementById("reply-text");
    if (field && !field.value) field.value = taken.querySelector(".message__text")?.textContent ?? "";
    if (field) keep(field), field.focus();
  }
});

// --- Somebody else replied while this one was being written ------------------------------------------------------

const latest = () => [...document.querySelectorAll("[data-reply-by]")].at(-1);
let seen = latest()?.id;

function warn(name) {
  const notice = composer()?.querySelector("[data-overtaken]");
  if (!notice) return;
  notice.hidden = !name;
  notice.textContent = name && notice.dataset.overtaken.replace("%s", name);
}

document.addEventListener("htmx:after:swap", () => {
  const reply = latest();
  const writing = document.getElementById("reply-text")?.value.trim();
  if (reply && reply.id !== seen && writing && reply.dataset.replyBy !== composer().dataset.user) warn(reply.dataset.name);
  seen = reply?.id;
  restore();
});

restore();
