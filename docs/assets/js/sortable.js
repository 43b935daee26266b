// Tables inside .sortable can be sorted: each heading becomes a button, aria-sort says what stands. Without JavaScript
// the table is read as it was written. Three clicks: upwards, downwards, as written.

const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

// The number that a cell shows, or its text. Cells without a value come last whichever way is sorted.
function valueOf(cell) {
  const text = cell.textContent.trim();
  if (text === "" || text === "–") return null;
  const number = Number(text.replace(/[,\s%×]/g, ""));
  return Number.isNaN(number) ? text : number;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), document.documentElement.lang, { numeric: true });
}

function sorted(rows, column, direction) {
  if (direction === "none") return rows;
  const sign = direction === "ascending" ? 1 : -1;
  const keyed = rows.map((row) => ({ row, value: valueOf(row.cells[column]) }));
  const known = keyed.filter(({ value }) => value !== null).sort((a, b) => sign * compare(a.value, b.value));
  return [...known, ...keyed.filter(({ value }) => value === null)].map(({ row }) => row);
}

function makeSortable(table) {
  const body = table.tBodies[0];
  const asWritten = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      const direction = NEXT[head.getAttribute("aria-sort") ?? "none"];
      for (const other of heads) other.setAttribute("aria-sort", other === head ? direction : "none");
      body.append(...sorted(asWritten, column, direction));
    });
    head.append(button);
    head.setAttribute("aria-sort", "none");
  });
  table.dataset.sorts = "";
}

document$.subscribe(() => {
  for (const table of document.querySelectorAll(".sortable table:not([data-sorts])")) makeSortable(table);
});
