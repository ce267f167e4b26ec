"use strict";
// Questionnaires: at each saving, the server says what stands and what is calculated; what is hidden keeps what was typed.
(function () {
  function show(element, stands) {
    if (element && element.hidden === stands) element.hidden = !stands;
  }

  function fill(output, [value, band, lacking]) {
    const said = [["strong", value], ["span", band], ["span", lacking]].filter(([, text]) => text);
    const text = said.map(([, each]) => each).join(" ");
    if (output.textContent.replace(/\s+/g, " ").trim() === text) return;
    output.replaceChildren(...said.flatMap(([tag, each], rank) => {
      const piece = document.createElement(tag);
      piece.textContent = each;
      return rank ? [" ", piece] : [piece];
    }));
  }

  document.addEventListener("maillon:saved", function (event) {
    const { debout, groupes, calculs } = event.detail;
    if (!debout) return;
    const here = event.target;
    groupes.forEach((stands, rank) => show(here.querySelector(`[data-group="${rank}"]`), stands));
    Object.entries(debout).forEach(([code, stands]) => show(here.querySelector(`[data-question="${code}"]`), stands));
    Object.entries(calculs).forEach(([code, said]) => {
      const output = here.querySelector(`[data-calculated="${code}"]`);
      if (output) fill(output, said);
    });
  });

  // After a refusal, the list of what is missing comes first; a link of it goes to the first field of its question.
  document.addEventListener("DOMContentLoaded", function () {
    const list = document.getElementById("a-corriger");
    if (list) list.focus();
  });
  document.addEventListener("click", function (event) {
    const link = event.target.closest(".fault-list a");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    (target.matches("fieldset") ? target.querySelector("input") : target).focus();
  });
})();
