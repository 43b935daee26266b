// Of the twenty ways to port a layer one is shown: two selects choose it, the address names it. Without JavaScript the
// page shows all of them.

const ways = [...document.querySelectorAll(".port")];

function select(label, names) {
  const box = document.createElement("select");
  box.append(...names.map((name) => new Option(name)));
  const around = document.createElement("label");
  around.append(`${label} `, box);
  return [around, box];
}

function choose() {
  const names = [...new Set(ways.map((way) => way.dataset.from))];
  const [fromLabel, from] = select("From", names);
  const [toLabel, to] = select("to", names);
  const chooser = document.createElement("p");
  chooser.className = "port-chooser";
  chooser.append(fromLabel, " ", toLabel);
  ways[0].before(chooser);

  const show = () => {
    for (const option of to.options) option.disabled = option.value === from.value;
    if (to.value === from.value || !to.value) to.value = names.find((name) => name !== from.value);
    for (const way of ways) way.hidden = way.dataset.from !== from.value || way.dataset.to !== to.value;
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const way = target?.closest(".port");
    if (way) [from.value, to.value] = [way.dataset.from, way.dataset.to];
    show();
    if (way) target.scrollIntoView();
  };
  from.addEventListener("change", show);
  to.addEventListener("change", show);
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => ways.forEach((way) => (way.hidden = false)));
  addEventListener("afterprint", show);
  [from.value, to.value] = ["PyTorch", "Keras"];
  follow();
}

if (ways.length) choose();
