"use strict";
// The idle lock. The page leaves the document whole, with what was typed in it, and waits in memory; the lock takes its
// place; the server locks the session too. The same person proves one factor and the page comes back where it was.
(function () {
  const lock = document.getElementById("verrou");
  if (!lock) return;
  const idle = Number(lock.dataset.idle) * 1000;
  const session = Number(lock.dataset.session);
  const channel = new BroadcastChannel("maillon-verrou");
  const title = document.title;
  let held = null;
  let seen = Date.now();
  let told = Date.now();

  const asJson = { Accept: "application/json" };

  // Somebody is there: in this tab or in another one.
  function note() {
    if (held) return;
    seen = Date.now();
    if (seen - told < Math.min(idle / 4, 60000)) return;
    told = seen;
    channel.postMessage("seen");
    fetch("/presence", { method: "POST", headers: asJson }).then(obey, () => {});
  }
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    window.addEventListener(kind, note, { capture: true, passive: true });
  }

  function obey(answer) {
    if (answer.status === 401 && answer.headers.get("X-Verrou")) hide();
  }

  function hide() {
    if (held) return;
    detach();
    ask().catch(() => {});
  }

  function detach() {
    held = { nodes: document.createDocumentFragment(), focus: document.activeElement, x: scrollX, y: scrollY };
    document.querySelectorAll("dialog[open]").forEach((each) => each.close());
    held.nodes.append(...document.body.childNodes);
    document.body.append(lock.content.cloneNode(true));
    document.title = "Session verrouillée · Maillon";
    document.querySelector("#preuve").focus();
  }

  async function ask() {
    const now = await (await fetch("/verrou/etat", { headers: asJson, cache: "no-store" })).json();
    if (now.session !== session) return leave();
    if (!now.verrou) return show();
    const form = document.querySelector("[data-unlocks]");
    if (!form) return;
    form.elements.csrfmiddlewaretoken.value = now.jeton;
    if (now.cles && window.maillonShowPasskeys) window.maillonShowPasskeys(document);
  }

  // Somebody else, or nobody any more: what was held is let go for good.
  function leave() {
    held = { nodes: null };
    window.location.replace("/journee");
  }

  function show() {
    if (!held || !held.nodes) return;
    document.body.replaceChildren(held.nodes);
    document.title = title;
    scrollTo(held.x, held.y);
    if (held.focus) held.focus.focus({ preventScroll: true });
    held = null;
    seen = told = Date.now();
  }

  async function lockNow() {
    if (held) return;
    const asked = fetch("/verrou", { method: "POST", headers: asJson, keepalive: true }).catch(() => {});
    channel.postMessage("locked");
    detach();
    await asked;
    await ask().catch(() => {});
  }

  async function unlock(form) {
    const place = form.querySelector("[data-unlock-said]");
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: asJson }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) {
      channel.postMessage("unlocked");
      return show();
    }
    const said = answer ? await answer.json().catch(() => ({})) : {};
    place.hidden = false;
    place.textContent = said.message || "Pas de réponse du service. Réessayez dans un instant.";
    form.elements.preuve.value = "";
    form.elements.preuve.focus();
    if (answer) await ask();
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (held && form.matches("[data-unlocks]")) {
      event.preventDefault();
      event.stopPropagation();
      unlock(form);
    } else if (!held && form.matches("[data-locks]")) {
      event.preventDefault();
      event.stopPropagation();
      lockNow();
    }
  }, true);
  document.addEventListener("maillon:unlocked", function (event) {
    if (!held) return;
    event.preventDefault();
    channel.postMessage("unlocked");
    show();
  });
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    if (!event.detail.xhr.getResponseHeader("X-Verrou")) return;
    event.preventDefault();
    hide();
  });

  channel.addEventListener("message", function (event) {
    if (event.data === "seen") seen = Math.max(seen, Date.now());
    else if (event.data === "locked") hide();
    else if (held) ask().catch(() => {});
  });

  const check = () => { if (!held && Date.now() - seen >= idle) lockNow(); };
  setInterval(check, 1000);
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) return;
    if (held) ask().catch(() => {}); else check();
  });
  window.addEventListener("focus", () => { if (held) ask().catch(() => {}); });
  // A page brought back by the « back » button may belong to a session that is locked or over.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
})();
