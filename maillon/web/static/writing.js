"use strict";
// Writing. What is typed is sent at every pause; without a connection it stays in this page and is sent when it is back.
// Nothing is kept in the browser's own storage: a shared computer must hold nothing of a patient.
(function () {
  const PAUSE = 1500;
  const QUICK = 200; // what is chosen may change what is asked next
  const AGAIN = 5000;
  const form = () => document.querySelector("form[data-autosaves]");
  let waiting = 0;
  let isSending = false;
  let isDirty = false;
  let last = null; // where « Insérer » puts its line

  function say(text, isWaiting) {
    const place = document.querySelector("[data-saving]");
    if (!place) return;
    place.classList.toggle("is-waiting", Boolean(isWaiting));
    place.querySelector("span").textContent = text;
  }

  function later(delay) {
    clearTimeout(waiting);
    waiting = setTimeout(send, delay);
  }

  // What was saved is no longer « typed and not sent » (forms.js asks before leaving).
  function settle(areas) {
    areas.forEach(([area, value]) => { area.defaultValue = value; });
  }

  async function send() {
    const here = form();
    if (!here) return isDirty && later(AGAIN); // the lock holds the page
    if (!isDirty || isSending) return;
    isSending = true;
    isDirty = false;
    const areas = [...here.querySelectorAll("textarea")].map((area) => [area, area.value]);
    const body = new FormData(here);
    body.set("geste", "auto");
    const answer = await fetch(here.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    isSending = false;
    if (answer && answer.ok && !answer.redirected) {
      const said = await answer.json();
      here.elements.revision.value = said.revision;
      settle(areas);
      here.dispatchEvent(new CustomEvent("maillon:saved", { bubbles: true, detail: said }));
      say(said.conflit ? `Enregistré à ${said.heure}\u202f; l’autre version est gardée, rechargez pour la lire` : `Enregistré à ${said.heure}`, said.conflit);
      if (isDirty) later(PAUSE);
      return;
    }
    isDirty = true;
    if (answer && answer.status === 422) {
      say((await answer.json().catch(() => ({}))).message || "Non enregistré", true);
      return;
    }
    say(answer && answer.status === 401
      ? "Session verrouillée\u202f: le texte est gardé dans cette page"
      : "Pas de connexion\u202f: le texte est gardé dans cette page, l’envoi reprendra seul", true);
    later(AGAIN);
  }

  document.addEventListener("input", function (event) {
    if (!event.target.closest("form[data-autosaves]") || event.target.name === "chercher") return;
    isDirty = true;
    say("Saisie en cours…", false);
    later(event.target.matches("[type=radio], [type=checkbox], select") ? QUICK : PAUSE);
  });
  window.addEventListener("online", () => later(100));
  document.addEventListener("maillon:unlocked", () => later(300));
  document.addEventListener("visibilitychange", () => { if (document.hidden) send(); else if (isDirty) later(300); });

  // Whoever sends the form without a connection keeps the page rather than the browser's error.
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-autosaves]") || navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    delete event.target.dataset.sent;
    isDirty = true;
    say("Pas de connexion\u202f: le texte est gardé dans cette page, l’envoi reprendra seul", true);
  }, true);

  // « Entrée » in a short field goes to the next one; in the search, it searches.
  document.addEventListener("keydown", function (event) {
    const here = event.target;
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !here.matches("form[data-autosaves] input:not([type=checkbox]):not([type=radio])")) return;
    event.preventDefault();
    if (here.name === "chercher") return here.parentElement.querySelector("button").click();
    const fields = [...here.form.querySelectorAll("input:not([type=hidden]), textarea, select")];
    const next = fields[fields.indexOf(here) + 1];
    return next && next.focus();
  });

  // A photograph that was just taken is read at once.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-sends]") && event.target.files.length) event.target.form.requestSubmit();
  });

  document.addEventListener("focusin", function (event) {
    if (event.target.matches("[data-receives]")) last = event.target;
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-inserts]");
    const place = button && (last && last.isConnected ? last : document.querySelector("[data-receives]"));
    if (!place) return;
    const before = place.value.slice(0, place.selectionStart);
    const line = (before && !before.endsWith("\n") ? "\n" : "") + button.dataset.inserts;
    place.setRangeText(line, place.selectionStart, place.selectionEnd, "end");
    place.dispatchEvent(new Event("input", { bubbles: true }));
    place.focus();
  });

  // After a search: the first who was found, to be ticked with the space bar.
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id !== "destinataires") return;
    const search = event.target.querySelector("[name=chercher]");
    const found = search.value && event.target.querySelector("input[type=checkbox]:not(:checked)");
    (found || search).focus();
  });
})();
