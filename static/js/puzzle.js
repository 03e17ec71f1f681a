// The sum that a doubtful submit asks for: a number whose SHA-256 together with the puzzle starts with zero bits.
// Without crypto.subtle (plain http on another machine) the way of those without JavaScript is left: wait a minute.

const box = document.getElementById("puzzle");
const form = document.getElementById("contact");
const said = box.querySelector("[data-said]");
const bar = box.querySelector("progress");
const BATCH = 256;

const zeros = (bytes) => {
  let count = 0;
  for (const byte of bytes) {
    count += Math.clz32(byte) - 24;
    if (byte) break;
  }
  return count;
};

async function solve(puzzle, bits) {
  const words = new TextEncoder();
  for (let start = 0; ; start += BATCH) {
    const tries = Array.from({ length: BATCH }, (_, index) => start + index);
    const sums = await Promise.all(tries.map((n) => crypto.subtle.digest("SHA-256", words.encode(`${puzzle}:${n}`))));
    const found = sums.findIndex((sum) => zeros(new Uint8Array(sum)) >= bits);
    if (found >= 0) return tries[found];
    // How likely it is to be done by now: honest, and it never runs backwards.
    bar.value = 100 * (1 - Math.exp(-(start + BATCH) / 2 ** bits));
  }
}

async function run() {
  said.hidden = bar.hidden = false;
  const button = form.querySelector("button");
  button.disabled = true;
  form.elements.namedItem("solution").value = await solve(box.dataset.puzzle, Number(box.dataset.bits));
  bar.value = 100;
  button.disabled = false;
  said.textContent = box.dataset.done;
  if (!("byHand" in box.dataset)) form.requestSubmit(button);
}

if (globalThis.crypto?.subtle) run();
else for (const note of box.querySelectorAll("noscript")) note.outerHTML = note.textContent;
