// Sends forms without leaving the page: the live stream brings what they did. A form with data-plain goes the plain way.

const composer = document.getElementById("composer");
const text = composer?.elements.text;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-plain")) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  const clear = form === composer ? takeDraft() : null;
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-From-Script": "1" } }).catch(() => null);
  if (answer?.ok) return form === composer ? say("") : undefined;
  clear?.();
  say(answer?.status === 422 ? await answer.text() : "That did not go out. Is the sandbox running?");
});

// Empties the composer at once, as a phone does; gives a function that puts the draft back.
function takeDraft() {
  const kept = { text: text.value, reply: composer.elements.reply_to.value, edit: composer.elements.edit.value };
  composer.reset();
  leave();
  text.focus();
  return () => {
    text.value ||= kept.text;
    composer.elements.reply_to.value = kept.reply;
    composer.elements.edit.value = kept.edit;
  };
}

function say(words) {
  const error = composer?.querySelector(".composer__error");
  if (!error) return;
  error.textContent = words;
  error.hidden = !words;
}

function about(words, field, value) {
  leave();
  const context = composer.querySelector(".composer__context");
  context.firstElementChild.textContent = words;
  context.hidden = false;
  composer.elements[field].value = value;
  text.focus();
}

function leave() {
  composer.querySelector(".composer__context").hidden = true;
  composer.elements.reply_to.value = "";
  composer.elements.edit.value = "";
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reply], [data-edit], .composer__drop");
  if (!button || !composer) return;
  button.closest("details")?.removeAttribute("open");
  const { reply, edit, author } = button.dataset;
  if (reply) return about(`${author}: ${button.dataset.text}`, "reply_to", reply);
  if (!edit) return leave();
  about(`Editing: ${button.dataset.text}`, "edit", edit);
  text.value = button.dataset.text;
});

text?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

composer?.elements.files.addEventListener("change", (event) => {
  const names = [...event.target.files].map((file) => file.name);
  composer.querySelector(".composer__attach").title = names.join(", ") || "Attach a picture or a file";
  composer.classList.toggle("composer--files", names.length > 0);
  if (names.length) say("");
});
composer?.addEventListener("reset", () => composer.classList.remove("composer--files"));
