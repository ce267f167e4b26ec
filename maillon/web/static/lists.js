"use strict";
// Lists: arrows go from line to line, from the search box to its results and back. What is folded is passed over.
(function () {
  // Where a bar is longer than the screen, the entry where one is comes into view.
  document.querySelectorAll(".topnav, .tabs ul").forEach(function (bar) {
    const here = bar.querySelector("[aria-current]");
    if (!here || bar.scrollWidth <= bar.clientWidth) return;
    const [inner, outer] = [here.getBoundingClientRect(), bar.getBoundingClientRect()];
    bar.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  });

  const titles = () => [...document.querySelectorAll("[data-lines] .line-title")].filter((each) => each.getClientRects().length);

  document.addEventListener("keydown", function (event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const from = document.activeElement;
    const isSearch = from.matches("[data-leads-to-lines]");
    const isLine = from.matches(".line-title");
    if (!isSearch && !isLine) return;
    const all = titles();
    const place = all.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1);
    const next = place < 0 ? document.querySelector("[data-leads-to-lines]") : all[place];
    if (next) {
      next.focus();
      event.preventDefault();
    }
  });

  // A gesture that takes a line out of a list leaves the reader where they were: on the next line.
  document.addEventListener("htmx:beforeRequest", function (event) {
    const line = event.target.closest("[data-lines] .line");
    if (line) event.target.dataset.place = titles().indexOf(line.querySelector(".line-title"));
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    const asked = event.detail.requestConfig.elt.dataset.place;
    if (asked === undefined) return;
    const all = titles();
    const next = all[Math.min(Number(asked), all.length - 1)] || document.getElementById("contenu");
    next.focus({ preventScroll: true });
  });

  // « Voir plus » : the reader goes on from the first line that came.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.target.matches("[data-more]")) event.target.dataset.seen = titles().length;
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    const more = event.detail.requestConfig.elt;
    if (more && more.dataset.seen) {
      const next = titles()[Number(more.dataset.seen)];
      if (next) next.focus({ preventScroll: true });
    }
  });
})();
