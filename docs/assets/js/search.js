// What the reader types, as a question to the theme's search; and its answer, as many sections as answer well.
//
// The theme makes every word a beginning: 2 finds 224, "is" finds "isolation". Here words of no weight and short
// numerals go, endings are taken off, and a number or a size such as 1 × 1 is found whole.

const WEIGHTLESS = new Set(
  `a about am an and any are as at be been but by can could did do does for from get give had has have how i if in into is
  it its just like make me my no not of on one or our s should so some t than that the their them then there these they
  this to use used using versus vs was we what when where which while who why will with work would you your`.split(/\s+/),
);
const WORD = /\d+(?:\.\d+)*x\d+|[\p{L}\p{N}_]+(?:\.\d+)*/gu;
const EVERYWHERE = /^(?:conv(?!3d)|layer)/; // on these pages it tells little apart, but conv3d has pages of its own
const WHOLE = /^check(?:s|ed|ing)?$/; // a checkerboard is something else
const ENDING = /(?:ations?|ions?|ings?|ed|es|s|e)$/;

function clause(word) {
  const weight = EVERYWHERE.test(word) ? 1 : 3;
  if (/^\d/.test(word) || word.length < 3 || WHOLE.test(word)) return `${word}^${weight}`; // as it stands
  const stem = /[\d_]/.test(word) ? word : word.replace(ENDING, "");
  return `${stem.length < 4 ? word : stem}*^${weight}`;
}

function refined(query) {
  const joined = query.toLowerCase().replace(/(\d)\s*[x×*]\s*(?=\d)/g, "$1x").replace(/(\d),(?=\d{3})/g, "$1");
  const words = [...new Set(joined.match(WORD) ?? [])];
  const weighty = words.filter((word) => !WEIGHTLESS.has(word) && !/^.$|^\d\d$/.test(word));
  return (weighty.length ? weighty : words).map(clause).join(" ");
}

// The theme shows the best section of a page and folds the others: show up to three, if they are nearly as good.
function unfolded(group) {
  const [best] = group;
  for (const section of group.slice(0, 3)) {
    if (section.score > best.score / 2 && section.location.includes("#")) section.score = best.score;
  }
  return group;
}

// ---- browser: between the page and the theme's worker, which the theme makes once it is loaded after this file
const [QUERY, RESULT] = [2, 3];

// Lunr 2.3.9 tells the nodes of its word tree apart by labels and numbers in one row, without a mark between them. With
// digits for labels two nodes can look the same; then a number such as 569 makes the search fail. Here each pair ends.
const PAIRS_END = `lunr.TokenSet.prototype.toString = function () {
  const pairs = Object.keys(this.edges).sort().map((label) => label + this.edges[label].id + ";");
  return (this._str ??= (this.final ? "1" : "0") + pairs.join(""));
};`;

function mended(script) {
  const code = `importScripts(${JSON.stringify(new URL(script, location.href).href)});${PAIRS_END}`;
  return URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
}

// The theme asks for the index of all pages, which is heavier than most pages, whenever a page is opened. Here the request
// and the worker wait until somebody is about to search, or comes from a search.
const FIELDS = ".md-search__input, .ask input, #__search";

const wanted = new Promise((resolve) => {
  if (/[?&][qh]=/.test(location.search) || document.activeElement?.matches(FIELDS)) resolve();
  for (const act of ["focusin", "change"]) addEventListener(act, ({ target }) => target.matches?.(FIELDS) && resolve());
});

window.XMLHttpRequest = class extends XMLHttpRequest {
  open(method, url, ...rest) {
    this.waits = new URL(url, location.href).pathname.endsWith("/search/search_index.json");
    super.open(method, url, ...rest);
  }

  send(...body) {
    if (this.waits) wanted.then(() => super.send(...body));
    else super.send(...body);
  }
};

const Thread = Worker;

window.Worker = class extends EventTarget {
  constructor(script) {
    super();
    this.thread = wanted.then(() => {
      const thread = new Thread(mended(script));
      thread.addEventListener("message", ({ data }) => {
        if (data?.type === RESULT) data.data.items.forEach(unfolded);
        this.dispatchEvent(new MessageEvent("message", { data }));
      });
      return thread;
    });
  }

  postMessage(message) {
    const asked = message?.type === QUERY ? { ...message, data: refined(message.data) } : message;
    this.thread.then((thread) => thread.postMessage(asked));
  }
};

// A field on a page (home, missing pages) hands what is typed to the field of the header, which shows the answers.
addEventListener("input", ({ target, isComposing }) => {
  if (isComposing || !target.matches(".ask input")) return;
  const field = document.querySelector(".md-search__input");
  field.value = target.value;
  target.value = "";
  field.focus();
  field.dispatchEvent(new KeyboardEvent("keyup"));
});
