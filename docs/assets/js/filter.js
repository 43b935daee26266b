// The tables inside [data-filter] can be filtered: a field above them keeps the rows that hold every word that was typed,
// and says how many these are. Without JavaScript and on paper all rows stand. An address of a row that is filtered away
// empties the field.

function words(text) {
  return text.normalize("NFKC").toLowerCase().replaceAll("×", "x").split(/\s+/).filter(Boolean);
}

function makeFilter(box) {
  const field = document.createElement("input");
  field.type = "search";
  field.autocomplete = "off";
  const label = document.createElement("label");
  label.append(`Filter the ${box.dataset.filter} `, field);
  const said = document.createElement("output");
  const line = document.createElement("p");
  line.className = "filter";
  line.append(label, " ", said);
  box.prepend(line);

  const rows = [...box.querySelectorAll("tbody tr")].map((row) => [row, words(row.textContent).join(" ")]);
  const show = () => {
    const wanted = words(field.value);
    for (const [row, text] of rows) row.hidden = !wanted.every((word) => text.includes(word));
    const inSight = rows.filter(([row]) => row.closest("table").checkVisibility());
    const kept = inSight.filter(([row]) => !row.hidden);
    said.textContent = `${kept.length} of ${inSight.length} shown`;
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!box.contains(target) || !target.closest("tr")?.hidden) return;
    field.value = "";
    show();
    target.scrollIntoView();
  };
  field.addEventListener("input", show);
  box.addEventListener("change", show); // another tab
  addEventListener("hashchange", follow);
  show();
}

for (const box of document.querySelectorAll("[data-filter]")) makeFilter(box);
