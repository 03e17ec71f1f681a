// The public forms: drafts that survive a dropped line or a reload, for as long as the tab lives. Never a secret.

const form = document.querySelector("form[data-drafts]");
const key = (field) => `draft:${form.action}:${field.name}`;

// What may be a phrase or a key is left out of the draft; the words around it are kept.
const SECRET = /(?:\b[a-z]{3,8}\b[\s,.;:\d)-]+){11,}[a-z]{3,8}\b|\b[0-9a-f]{60,}\b/gi;

function keep(field) {
  try {
    const draft = field.value.replace(SECRET, "…");
    if (draft.trim()) sessionStorage.setItem(key(field), draft);
    else sessionStorage.removeItem(key(field));
  } catch {
    // storage may be full or forbidden: then there is no draft, and nothing else breaks
  }
}

function restore(field) {
  try {
    field.value ||= sessionStorage.getItem(key(field)) ?? "";
  } catch {
    return;
  }
}

// The request's page says which form has arrived.
function forget(action) {
  try {
    const prefix = `draft:${new URL(action, location.href)}:`;
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix)) sessionStorage.removeItem(name);
  } catch {
    // as above
  }
}

const arrived = document.querySelector("[data-arrived]");
if (arrived) forget(arrived.dataset.arrived);
if (form) {
  for (const field of form.querySelectorAll("[data-draft]")) restore(field);
  form.addEventListener("input", (event) => event.target.matches("[data-draft]") && keep(event.target));
  document.querySelector("[aria-invalid=true]")?.focus();
}
