"use strict";
// Lists: arrows go from line to line, from the search box to its results and back.
(function () {
  const titles = () => [...document.querySelectorAll("[data-lines] .line-title")];

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
