"use strict";
// Filters every row of the page; all rows are in the document, so it reads and prints without this script as well.
(() => {
  const form = document.getElementById("filter");
  const count = document.getElementById("count");
  const rows = [...document.querySelectorAll("main tbody tr:not(.sum)")].map((row) => {
    // The rows of a control say outcome and layer in their cells; there are too many of them to say it twice.
    const control = row.closest("details.control");
    return {
      row,
      outcome: control ? row.cells[0].textContent : row.dataset.o || "",
      layer: control ? row.cells[2].textContent : row.dataset.l || "",
      requirements: (row.dataset.q || row.closest("[data-q]")?.dataset.q || "").split(" "),
      words: () => (row.textContent + " " + (control ? control.firstElementChild.textContent : "")).toLowerCase(),
    };
  });
  const holders = [...document.querySelectorAll("main .scroll, main details.control")];
  const opened = new Map();

  // Texts are read when somebody looks for words, and kept.
  function includes(item, words) {
    if (!words.length) return true;
    if (typeof item.words === "function") item.words = item.words();
    return words.every((word) => item.words.includes(word));
  }

  function apply() {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.words.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const active = Boolean(wanted.requirement || wanted.layer || wanted.outcome || words.length);
    let shown = 0;
    for (const item of rows) {
      const fits =
        (!wanted.requirement || item.requirements.includes(wanted.requirement)) &&
        (!wanted.layer || item.layer === wanted.layer) &&
        (!wanted.outcome || item.outcome === wanted.outcome) &&
        includes(item, words);
      item.row.hidden = !fits;
      shown += fits;
    }
    for (const holder of holders) {
      holder.hidden = active && !holder.querySelector("tbody tr:not([hidden]):not(.sum)");
    }
    count.value = active ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (!pick) return;
    form.requirement.value = pick.dataset.pick;
    apply();
    document.getElementById("compliance").scrollIntoView();
    form.requirement.focus({ preventScroll: true });
  });
  // What is folded is not printed; figures and their sources are, when they are asked for on paper.
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not(.control)")) {
      opened.set(part, part.open);
      part.open = true;
    }
  });
  addEventListener("afterprint", () => opened.forEach((state, part) => (part.open = state)));
  apply();
})();
