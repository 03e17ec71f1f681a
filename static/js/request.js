// The request's page asks now and then whether there is something new; without this, reloading does it.

const PAUSE = 15_000;
const announce = document.getElementById("announce");
const count = (part) => part.querySelectorAll(".message").length;

async function look() {
  const story = document.getElementById("story");
  if (document.hidden || !story) return;
  try {
    const answer = await fetch(story.dataset.live, { headers: { "HX-Request": "true" }, redirect: "error" });
    if (!answer.ok) return;
    const news = document.createElement("template");
    news.innerHTML = await answer.text();
    replace(story, news.content.querySelector("#story"));
  } catch {
    // no line: what is on the screen stays, and the next look may succeed
  }
}

function replace(story, fresh) {
  if (!fresh || fresh.innerHTML === story.innerHTML) return;
  const more = count(fresh) > count(story);
  story.replaceWith(fresh);
  if (more) announce.textContent = fresh.dataset.say;
}

setInterval(look, PAUSE);
document.addEventListener("visibilitychange", look);
