// Boxes that scroll sideways: each can be reached by keyboard, says at which edge it goes on, and long lines of code
// wrap at a tap. A box is measured when the browser has laid it out, never before. Code gets its bar of buttons then,
// too: a chapter has a hundred blocks, and a browser carries every element that is there.

const withoutBar = ".language-python + .language-text *, .handbook-long .language-text *"; // copied with the code above
const boxes = "pre > code, .md-typeset__scrollwrap, div.arithmatex, .handbook-drawing, .lab-drawing";

function measure(found) {
  const seen = found.map((box) => [box, box.scrollWidth - box.clientWidth, Math.abs(box.scrollLeft), box.clientWidth]);
  for (const [box, room, at, width] of seen) {
    if (!width) continue;  // not laid out
    const bar = box.matches("pre > code") && !box.matches(withoutBar) && barOf(box);
    const edges = [at > 1 ? "left" : "", room - at > 1 ? "right" : ""].filter(Boolean).join(" ");
    if (room > 1) {
      box.setAttribute("tabindex", "0");
      box.dataset.more = edges;
      box.removeAttribute("data-fits");
      if (bar) offerWrapping(box, bar);
    } else {
      if (box.scrollHeight <= box.clientHeight + 1) box.removeAttribute("tabindex");
      box.removeAttribute("data-more");
      box.dataset.fits = "";
    }
  }
}

// The bar above a block, with the button that copies it; the theme does the copying.
let blocks = 0;
function barOf(code) {
  const above = code.previousElementSibling;
  if (above?.matches(".md-code__nav")) return above;
  code.id ||= `__block_${++blocks}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "md-code__button";
  button.title = "Copy to clipboard";
  button.dataset.clipboardTarget = `#${code.id}`;
  button.dataset.mdType = "copy";
  const bar = document.createElement("div");
  bar.className = "md-code__nav";
  bar.append(button);
  code.before(bar);
  return bar;
}

// A button beside the one that copies.
function offerWrapping(code, bar) {
  if (bar.querySelector(".code-wrap")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "code-wrap";
  button.textContent = "Wrap";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const wrapped = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!wrapped));
    if (wrapped) unwrap(code);
    else wrap(code);
  });
  bar.prepend(button);
}

const unwrapped = new WeakMap();

// One element a line. A token of several lines (a docstring) is closed at the end of each and opened again.
function wrap(code) {
  unwrapped.set(code, [...code.childNodes]);
  const lines = code.innerHTML.replace(/\n$/, "").split("\n");
  let open = "";
  const made = lines.map((line) => {
    const whole = open + line;
    const tags = whole.match(/<\/?span[^>]*>/g) ?? [];
    open = tags.length && tags.at(-1) !== "</span>" ? tags.at(-1) : "";
    const indent = line.match(/^ */)[0].length;
    return `<span class="line" style="--indent:${indent}ch">${whole}${open && "</span>"}</span>`;
  });
  code.innerHTML = made.join("\n") + "\n";
}

function unwrap(code) {
  code.replaceChildren(...unwrapped.get(code));
}

const watched = new WeakSet();
const laidOut = new ResizeObserver((entries) => measure(entries.map(({ target }) => target)));

function watch() {
  for (const box of document.querySelectorAll(boxes)) {
    if (watched.has(box)) continue;
    watched.add(box);
    box.setAttribute("tabindex", "0"); // until it is known whether it scrolls
    laidOut.observe(box);
  }
}

addEventListener("scroll", ({ target }) => target.matches?.(boxes) && measure([target]), { capture: true, passive: true });

addEventListener("resize", () => {
  const every = [...document.querySelectorAll(boxes)];
  for (const box of every) box.setAttribute("tabindex", "0");
  requestAnimationFrame(() => measure(every));
});

// Letters of formulas come after the first layout, and are narrower than those that stood in for them.
document.fonts?.addEventListener("loadingdone", () => measure([...document.querySelectorAll("div.arithmatex[data-more]")]));

let watching = 0;
function watchSoon() {
  cancelAnimationFrame(watching);
  watching = requestAnimationFrame(watch);
}

document$.subscribe(() => {
  watch();
  const container = document.querySelector("[data-md-component=container]");
  new MutationObserver(watchSoon).observe(container, { childList: true, subtree: true });
});
