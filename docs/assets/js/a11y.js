// Repairs what the theme's markup leaves undone for keyboards and screen readers. Runs again after each instant navigation.

// Printed tabs stand one below the other: each needs its name.
function nameTabs() {
  for (const set of document.querySelectorAll(".tabbed-set")) {
    const labels = set.querySelectorAll(":scope > .tabbed-labels > label");
    set.querySelectorAll(":scope > .tabbed-content > .tabbed-block").forEach((block, index) => {
      block.dataset.label = labels[index]?.textContent ?? "";
    });
  }
}

// The menu and search buttons are labels of hidden checkboxes, out of reach for a keyboard: put real buttons in their place.
function makeButtons() {
  for (const [toggle, name] of Object.entries({ __drawer: "Menu", __search: "Search" })) {
    const label = document.querySelector(`label.md-header__button[for=${toggle}]`);
    if (!label) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = label.className;
    button.dataset.toggle = toggle;
    button.setAttribute("aria-label", name);
    button.append(...label.childNodes);
    button.addEventListener("click", () => document.getElementById(toggle).click());
    label.replaceWith(button);
  }
  document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
}

// Escape closes the menu, as it closes the search.
addEventListener("keydown", (event) => {
  const drawer = document.getElementById("__drawer");
  if (event.key !== "Escape" || !drawer?.checked) return;
  drawer.click();
  document.querySelector(".md-header__button[data-toggle=__drawer]").focus();
});

function repair() {
  nameTabs();
  makeButtons();
}

let waiting = 0;
function repairSoon() {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(repair);
}

document$.subscribe(() => {
  repair();
  new MutationObserver(repairSoon).observe(document.querySelector("[data-md-component=container]"), {
    childList: true,
    subtree: true,
  });
});
