"use strict";
// Keys. Single letters may be switched off (WCAG 2.1.4); the choice stays in this browser and says nothing of a patient.
(function () {
  const CHOICE = "maillon.raccourcis";
  const areOn = () => localStorage.getItem(CHOICE) !== "non";
  const dialog = () => document.getElementById("raccourcis");
  const isTyping = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  function search() {
    const box = document.querySelector("main [data-search]") || document.querySelector("[data-search]");
    if (box) {
      box.focus();
      box.select();
    }
    return Boolean(box);
  }

  function help() {
    if (!dialog()) return false;
    dialog().showModal();
    return true;
  }

  // « j » and « k » go down and up the lines, as the arrows do; the first « j » enters the list.
  function step(key) {
    const all = [...document.querySelectorAll("[data-lines] .line-title")].filter((each) => each.getClientRects().length);
    const place = all.findIndex((each) => each.closest(".line").contains(document.activeElement));
    const next = place < 0 ? (key === "j" ? all[0] : null) : all[place + (key === "j" ? 1 : -1)];
    if (next) next.focus();
    return all.length > 0;
  }

  // An action of the line in focus, else the only one of the page.
  function act(key) {
    const line = document.activeElement.closest(".line");
    const found = [...(line || document).querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
    if (found.length !== 1) return false;
    if (found[0].tagName === "FORM") found[0].requestSubmit();
    else found[0].click();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    const here = document.activeElement;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && here.form) {
      here.form.requestSubmit();
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !areOn() || isTyping(here) || document.querySelector("dialog[open]")) return;
    const isDone = event.key === "/" ? search() : event.key === "?" ? help() : event.key === "j" || event.key === "k" ? step(event.key) : event.key.length === 1 && act(event.key.toLowerCase());
    if (isDone) event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-help]") && help()) event.preventDefault();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-single-keys]")) localStorage.setItem(CHOICE, event.target.checked ? "oui" : "non");
  });
  document.querySelectorAll("[data-single-keys]").forEach((box) => { box.checked = areOn(); });
})();
