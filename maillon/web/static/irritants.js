"use strict";
// The window in which something that rubs is said, over the page where it rubs: the page keeps what was typed in it, and
// so does the window when it is closed, when the session locks, when the connection is lost.
(function () {
  const place = () => document.getElementById("irritant");
  const typed = () => place().querySelector("[name=texte]");
  let before = null; // where the reader was

  function show() {
    if (place().open) return;
    before = document.activeElement;
    place().showModal();
    if (typed()) typed().focus();
  }

  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-irritant]");
    if (!link || !place() || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (typed()) show(); else window.htmx.ajax("GET", link.href, { target: "#irritant", swap: "innerHTML" });
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target !== place()) return;
    if (!place().querySelector("[data-irritant-done]")) return show();
    place().close();
    place().replaceChildren();
    if (before) before.focus({ preventScroll: true });
  });

  // Behind a window nobody reads the page's own messages.
  function fail(event, words) {
    const said = place() && place().querySelector("[data-irritant-said]");
    if (!said || !place().contains(event.detail.elt)) return;
    said.hidden = false;
    said.textContent = words;
  }
  const KEPT = " Votre texte reste ici\u202f: réessayez dans un instant.";
  document.addEventListener("htmx:sendError", (event) => fail(event, "Pas de connexion." + KEPT));
  document.addEventListener("htmx:timeout", (event) => fail(event, "Le service ne répond pas." + KEPT));
  document.addEventListener("htmx:responseError", (event) => fail(event, "Cela n’a pas pu être enregistré." + KEPT));
})();
