// Earlier messages that came meanwhile must not drop out again: a refresh that was asked for before them asks anew.

const start = () => document.getElementById("thread-start")?.value ?? "";

document.addEventListener("htmx:before:swap", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement.id !== "ticket-live") return;
  const asked = new URL(request.action, location.href).searchParams.get("from") ?? "";
  if (asked === start()) return;
  event.preventDefault();
  sourceElement.dispatchEvent(new CustomEvent("refresh"));
});
