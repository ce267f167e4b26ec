"use strict";
// Writing a protocol. Each field is sent by itself at every pause, with what stood in it before: two people who write in
// two places lose nothing. What is wrong, and what a condition means, comes back under the field.
(function () {
  const PAUSE = 700;
  const AGAIN = 5000;
  const form = () => document.querySelector("form[data-protocol]");
  const dirty = new Set(); // places that were typed in and not yet kept
  let waiting = 0;
  let sending = null;

  const holder = (place) => document.querySelector(`[data-place="${CSS.escape(place)}"]`);
  const before = (place) => document.querySelector(`input[name="a:${CSS.escape(place)}"]`); // what stood there, as the server keeps it
  const note = (place) => document.querySelector(`[data-note="${CSS.escape(place)}"]`);

  function valueOf(element) {
    if (!element.matches("fieldset")) return element.value;
    return [...element.querySelectorAll("input:checked")].map((box) => box.value).join("\n");
  }

  function fill(element, value) {
    if (!element.matches("fieldset")) { element.value = value; return; }
    const chosen = value.split("\n");
    element.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = chosen.includes(box.value); });
  }

  function say(text, isWaiting) {
    const place = document.querySelector("[data-saving]");
    if (!place || !form()) return;
    place.classList.toggle("is-waiting", Boolean(isWaiting));
    place.querySelector("span").textContent = text;
  }

  function later(delay) {
    clearTimeout(waiting);
    waiting = setTimeout(flush, delay);
  }

  function flush() {
    if (!sending) sending = send().finally(() => { sending = null; });
    return sending;
  }

  async function send() {
    const here = form();
    if (!here || !dirty.size) return true;
    const body = new FormData();
    const sent = [];
    for (const place of dirty) {
      const element = holder(place);
      if (!element) { dirty.delete(place); continue; }
      const value = valueOf(element);
      sent.push([place, element, value]);
      body.append(`v:${place}`, value);
      body.append(`a:${place}`, before(place).value);
    }
    if (!sent.length) return true;
    body.set("csrfmiddlewaretoken", here.elements.csrfmiddlewaretoken.value);
    body.set("revision", here.elements.revision.value);
    body.set("geste", "auto");
    const answer = await fetch(here.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) {
      const said = await answer.json();
      here.elements.revision.value = said.revision;
      sent.forEach(([place, element, value]) => kept(place, element, value, said));
      const rest = document.getElementById("reste");
      if (rest) rest.innerHTML = said.reste;
      say(Object.keys(said.conflits).length ? "Deux textes\u202f: choisissez" : `Enregistré à ${said.heure}`, Object.keys(said.conflits).length);
      if (dirty.size) later(PAUSE);
      return !Object.keys(said.conflits).length;
    }
    if (answer && answer.status === 422) {
      say((await answer.json().catch(() => ({}))).message || "Non enregistré", true);
      return false;
    }
    say(answer && answer.status === 401
      ? "Session verrouillée\u202f: le texte est gardé dans cette page"
      : "Pas de connexion\u202f: le texte est gardé dans cette page, l’envoi reprendra seul", true);
    later(AGAIN);
    return false;
  }

  function kept(place, element, value, said) {
    const conflict = said.conflits[place];
    const under = note(place);
    if (conflict) {
      before(place).value = conflict.autre;
      element.dataset.autre = conflict.autre;
      dirty.delete(place);
      if (under) under.innerHTML = conflict.dit;
      return;
    }
    before(place).value = value;
    if (element.matches("textarea")) element.defaultValue = value; // forms.js asks before leaving with an unsent text
    if (valueOf(element) === value) dirty.delete(place);
    if (under && said.notes[place] !== undefined) {
      under.innerHTML = said.notes[place];
      const isWrong = Boolean(under.querySelector(".wrong"));
      if (!element.matches("fieldset")) element.setAttribute("aria-invalid", String(isWrong));
    }
  }

  function typed(event) {
    const element = event.target.closest("form[data-protocol] [data-place]");
    if (!element) return;
    dirty.add(element.dataset.place);
    say("Saisie en cours…", false);
    later(event.type === "change" ? 150 : PAUSE);
  }
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  window.addEventListener("online", () => later(100));
  document.addEventListener("maillon:unlocked", () => later(300));
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); else if (dirty.size) later(300); });

  // What acts on the page, or leaves it, waits until what was typed is kept.
  document.addEventListener("click", async function (event) {
    const act = event.target.closest("[data-flushes]");
    if (!act || !form() || (!dirty.size && !sending) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(waiting);
    await sending;
    if (await flush()) act.click();
  }, true);

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-takes]");
    if (!button) return;
    const under = button.closest("[data-note]");
    const element = holder(under.dataset.note);
    if (button.dataset.takes === "other") {
      fill(element, element.dataset.autre);
      under.textContent = "";
      say("Enregistré", false);
    } else {
      dirty.add(under.dataset.note);
      later(0);
    }
    element.focus();
  });

  // « Entrée » in a short field keeps it; it does not send the whole.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches("form[data-protocol] input:not([type=checkbox])")) return;
    event.preventDefault();
    later(0);
  });

  // The revision of a gesture is that of the page as it stands after the last saving.
  document.addEventListener("htmx:configRequest", function (event) {
    const here = form();
    if (here && here.contains(event.target) && event.detail.parameters.revision !== undefined) {
      event.detail.parameters.revision = here.elements.revision.value;
    }
  });
  // What was typed while the section was on its way is put back in its fields, and kept in its turn.
  const isSection = (event) => Boolean(event.detail.requestConfig && event.detail.target && event.detail.target.id === "section");
  let typedMeanwhile = [];
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (!isSection(event)) return;
    typedMeanwhile = [...dirty].map((place) => [place, holder(place)]).filter(([, element]) => element)
      .map(([place, element]) => [place, valueOf(element)]);
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    const config = event.detail.requestConfig;
    if (!form() || !config || !config.target || config.target.id !== "section") return;
    typedMeanwhile.forEach(([place, value]) => {
      const element = holder(place);
      if (element) fill(element, value); else dirty.delete(place);
    });
    typedMeanwhile = [];
    if (dirty.size) later(150);
    const gesture = String(config.parameters && (config.parameters.geste || (config.parameters.get && config.parameters.get("geste"))) || "");
    if (!gesture.startsWith("ajouter:")) return;
    const place = gesture.slice("ajouter:".length);
    const rows = document.querySelectorAll(`#c-${CSS.escape(place.replace(/[^\p{L}\p{N}]/gu, "-"))} > .row-card`);
    const field = rows.length && rows[rows.length - 1].querySelector("input:not([type=hidden]), textarea, select");
    if (field) field.focus();
  });
})();
