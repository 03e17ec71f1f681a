// Rows change in place but never move under a pointer, the focus or a selection. What waits is told by a pill;
// a click on it or the key "." applies it.

const queue = document.getElementById("queue");
const rows = () => document.getElementById("rows");
const pill = () => document.getElementById("pill");
let applying = false;

function busy() {
  const list = rows();
  if (applying || !list?.querySelector("[data-row]")) return false;
  const selection = getSelection();
  return (
    (matchMedia("(hover: hover)").matches && list.matches(":hover")) ||
    list.contains(document.activeElement) ||
    (selection?.type === "Range" && list.contains(selection.anchorNode))
  );
}

const ids = (root) => [...root.querySelectorAll("[data-row]")].map((row) => row.id);

// The fresh rows, laid out as the present ones: the same places, new contents, those that left dimmed.
function frozen(present, fresh) {
  const copy = present.cloneNode(true);
  for (const row of copy.querySelectorAll("[data-row]")) {
    const next = fresh.querySelector(`#${row.id}`);
    if (next) row.replaceWith(next.cloneNode(true));
    else row.classList.add("is-gone");
  }
  return copy;
}

function label(button, present, fresh) {
  const was = new Set(ids(present));
  const added = ids(fresh).filter((id) => !was.has(id)).length;
  const moved = ids(fresh).join() !== ids(present).join();
  button.hidden = !added && !moved;
  button.firstElementChild.textContent = added ? button.dataset.new.replace("%n", added) : button.dataset.moved;
}

const unfolded = () => rows()?.querySelector("[name=breached]")?.value ?? "";

// It was asked for before somebody opened or closed the fold: ask anew.
function late({ request }) {
  return (new URL(request.action, location.href).searchParams.get("breached") ?? "") !== unfolded();
}

queue?.addEventListener("htmx:before:swap", (event) => {
  const [task] = event.detail.tasks;
  const fresh = task?.fragment.querySelector("#rows");
  if (event.target !== queue || !fresh) return;
  if (late(event.detail.ctx)) {
    event.preventDefault();
    queue.dispatchEvent(new CustomEvent("refresh"));
    return;
  }
  if (busy()) {
    label(task.fragment.querySelector("#pill"), rows(), fresh);
    fresh.replaceWith(frozen(rows(), fresh));
  }
  applying = false;
});

function apply() {
  if (!pill() || pill().hidden) return;
  applying = true;
  queue.dispatchEvent(new CustomEvent("refresh"));
}

queue?.addEventListener("click", (event) => event.target.closest("[data-apply]") && apply());
// Nobody points at the rows any more: they may fall into place.
queue?.addEventListener("pointerout", (event) => {
  if (event.target.closest?.("#rows") && !event.relatedTarget?.closest?.("#rows, #pill")) setTimeout(() => busy() || apply(), 400);
});
