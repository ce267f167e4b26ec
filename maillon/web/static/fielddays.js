"use strict";
// The steps of a field day on a phone whose line comes and goes: what is said is kept, and sent when the line is back.
// It is kept in this tab alone (sessionStorage): nothing of a patient is ever in it, and it dies with the tab.
(function () {
  const page = document.querySelector("[data-terrain-page]");
  const fold = (form) => form.querySelectorAll("[data-rub]").forEach((each) => { each.hidden = !each.hasAttribute("data-open"); });
  document.querySelectorAll(".step-answer").forEach(fold);
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-rubs]");
    if (!button) return;
    const part = document.getElementById(button.getAttribute("aria-controls"));
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
    if (!part.hidden) part.closest("form").querySelector("textarea").focus();
  });
  if (!page) return;

  const NAME = `maillon.terrain.${page.dataset.terrainAddress}`;
  const place = (code) => document.querySelector(`[data-terrain-step="${CSS.escape(code)}"]`);
  let kept = JSON.parse(sessionStorage.getItem(NAME) || "[]");
  let isSending = false;

  function draw() {
    sessionStorage.setItem(NAME, JSON.stringify(kept));
    const said = document.querySelector("[data-terrain-kept]");
    said.hidden = kept.length === 0;
    said.textContent = kept.length ? `${kept.length === 1 ? "Une réponse attend" : `${kept.length} réponses attendent`} la ligne, gardée${kept.length === 1 ? "" : "s"} sur ce téléphone. Laissez cette page ouverte.` : "";
    document.querySelectorAll("[data-terrain-step]").forEach((each) => each.classList.toggle("is-kept", kept.some((one) => one.code === each.dataset.terrainStep)));
  }

  // A number of one's own for each answer: sent twice, it is said once.
  function drawn() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    const code = form.dataset.terrain || form.dataset.terrainStart;
    if (!code || !place(code)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const fields = Object.fromEntries(new FormData(form, event.submitter));
    const isStart = fields.resultat === "commencer";
    if (isStart) form.dataset.since = new Date().toISOString();
    else fields.numero = drawn();
    const start = place(code).querySelector("[data-since]");
    kept.push({ code, isStart, address: form.getAttribute("action"), fields, at: Date.now(), since: start ? Date.parse(start.dataset.since) : 0 });
    if (isStart) form.querySelector("button").disabled = true;
    draw();
    flush();
  }, true);

  async function flush() {
    if (isSending || !kept.length) return;
    isSending = true;
    try {
      while (kept.length && await send(kept[0])) { kept.shift(); draw(); }
    } finally { isSending = false; }
  }

  // True when the service has it, or has refused it: then there is nothing more to send.
  async function send(one) {
    const seconds = (since) => Math.max(0, Math.round((Date.now() - since) / 1000));
    const body = new URLSearchParams(one.fields);
    body.set("il_y_a", seconds(one.at));
    if (one.since) body.set("commence_il_y_a", seconds(one.since));
    const answer = await fetch(one.address, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || answer.status === 401 || answer.status >= 500) return false;
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      refuse(one, said.refus || "Cela n’a pas été accepté. Rechargez la page et recommencez.");
      return true;
    }
    await renew(one);
    return true;
  }

  // A refusal gives back what was typed: in its form, or on the page once the day is closed and the form has left.
  function refuse(one, words) {
    const form = place(one.code) && place(one.code).querySelector(".step-answer");
    if (!form) {
      const said = document.createElement("p");
      said.className = "note is-danger";
      said.setAttribute("role", "alert");
      said.textContent = one.fields.note ? `${words} Votre mot\u202f: «\u00a0${one.fields.note}\u00a0».` : words;
      page.querySelector("[data-terrain-kept]").after(said);
      return;
    }
    place(one.code).open = true;
    const said = form.querySelector("[data-terrain-said]");
    said.hidden = false;
    said.textContent = words;
    const note = form.querySelector("textarea");
    if (!note.value && one.fields.note) note.value = one.fields.note;
    note.focus();
  }

  // Only the step that was said is drawn again; nothing that is being typed is lost, in another step or in this one
  // since its answer left.
  async function renew(one) {
    const answer = await fetch(page.dataset.terrainAddress).catch(() => null);
    const here = place(one.code);
    if (!answer || !answer.ok || !here) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.querySelector(`[data-terrain-step="${CSS.escape(one.code)}"]`);
    if (!next) return;
    if (one.isStart) {
      const [started, old] = [next, here].map((each) => each.querySelector(".step-start"));
      if (started && old) old.replaceWith(started);
      return;
    }
    next.querySelectorAll(".step-answer").forEach(fold);
    const [from, to] = [here, next].map((each) => each.querySelector(".step-answer"));
    const isTyping = Boolean(from && to) && retype(from, to, one.fields);
    const focused = isTyping && from.contains(document.activeElement) ? document.activeElement.name : "";
    here.replaceWith(next);
    document.getElementById("annonce").textContent = "C’est enregistré.";
    next.open = isTyping;
    if (focused) to.querySelector(`[name="${focused}"]`).focus();
    if (isTyping) return;
    const following = [...document.querySelectorAll(".step-card.is-a_venir:not(.is-kept)")][0];
    if (following) {
      following.open = true;
      following.scrollIntoView({ block: "nearest" });
    }
  }

  // True when something was typed since what was sent: it goes into the new form.
  function retype(from, to, sent) {
    const now = Object.fromEntries(new FormData(from));
    const isSame = (name) => (now[name] || "") === (sent[name] || "");
    if (["note", "gravite", "minutes", "irritant"].every(isSame)) return false;
    to.elements.note.value = now.note;
    to.elements.irritant.value = now.irritant;
    to.querySelectorAll("[type=radio]").forEach((each) => { each.checked = now[each.name] === each.value; });
    to.querySelector("[data-rub]").hidden = from.querySelector("[data-rub]").hidden;
    to.querySelector("[data-rubs]").setAttribute("aria-expanded", String(!to.querySelector("[data-rub]").hidden));
    const correction = to.closest(".step-correct");
    if (correction) correction.open = true;
    return true;
  }

  setInterval(function () {
    document.querySelectorAll("[data-since] [data-stopwatch]").forEach(function (each) {
      const seconds = Math.max(0, Math.round((Date.now() - Date.parse(each.closest("[data-since]").dataset.since)) / 1000));
      each.textContent = `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
    });
  }, 1000);
  window.addEventListener("online", flush);
  setInterval(flush, 5000);
  draw();
  flush();
})();
