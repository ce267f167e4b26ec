"use strict";
// The idle lock. The page leaves the document whole, with what was typed in it, and waits in memory; the lock takes its
// place; the server locks the session too. The same person proves one factor and the page comes back where it was.
(function () {
  const lock = document.getElementById("verrou");
  if (!lock) return;
  const idle = Number(lock.dataset.idle) * 1000;
  const session = Number(lock.dataset.session);
  const channel = new BroadcastChannel("maillon-verrou");
  const asJson = { Accept: "application/json" };
  let held = null; // the page, while it is locked
  let seen = Date.now();
  let told = Date.now();

  // Somebody is there, in this tab or in another one; the server is told while they type without sending.
  function note() {
    if (held) return;
    seen = Date.now();
    if (seen - told < Math.min(idle / 4, 60000)) return;
    told = seen;
    channel.postMessage("seen");
    fetch("/presence", { method: "POST", headers: asJson }).then(function (answer) {
      if (answer.headers.get("X-Verrou")) hide(true);
    }, () => {});
  }

  // `isTold`: the server knows already that the session is locked.
  function hide(isTold) {
    if (held) return;
    document.querySelectorAll("dialog[open]").forEach((each) => each.close());
    held = { nodes: document.createDocumentFragment(), focus: document.activeElement, x: scrollX, y: scrollY, title: document.title, isTold };
    held.nodes.append(...document.body.childNodes);
    document.body.append(lock.content.cloneNode(true));
    document.title = "Session verrouillée · Maillon";
    document.querySelector("#preuve").focus();
    return ask();
  }

  async function tellServer() {
    const answer = await fetch("/verrou", { method: "POST", headers: asJson, keepalive: true }).catch(() => null);
    if (answer && answer.ok) channel.postMessage("locked");
    return Boolean(answer && answer.ok);
  }

  // How the session stands. As long as the server has not locked it, nothing shows the page again.
  async function ask() {
    const mine = held;
    if (!mine || !mine.nodes) return;
    mine.isTold = mine.isTold || await tellServer();
    const answer = await fetch("/verrou/etat", { headers: asJson, cache: "no-store" }).catch(() => null);
    if (!answer || !answer.ok || held !== mine) return;
    const now = await answer.json();
    if (held !== mine) return;
    if (now.session !== session) return leave();
    if (!now.verrou) return mine.isTold ? show() : undefined;
    document.querySelector("[data-unlocks]").elements.csrfmiddlewaretoken.value = now.jeton;
    if (now.cles) window.maillonShowPasskeys(document);
  }

  // Somebody else, or nobody any more: what was held is let go for good.
  function leave() {
    held = { nodes: null };
    window.location.replace("/journee");
  }

  function show() {
    if (!held || !held.nodes) return;
    const back = held;
    held = null;
    document.body.replaceChildren(back.nodes);
    document.title = back.title;
    scrollTo(back.x, back.y);
    if (back.focus) back.focus.focus({ preventScroll: true });
    seen = told = Date.now();
  }

  function unlocked() {
    channel.postMessage("unlocked");
    show();
  }

  async function unlock(form) {
    const place = form.querySelector("[data-unlock-said]");
    if (!form.elements.csrfmiddlewaretoken.value) await ask();
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: asJson }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (answer && answer.ok && said.suite) return unlocked();
    place.hidden = false;
    place.textContent = said.message || "Pas de réponse du service. Réessayez dans un instant.";
    form.elements.preuve.value = "";
    form.elements.preuve.focus();
    return ask();
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    const isOurs = held ? form.matches("[data-unlocks]") : form.matches("[data-locks]");
    if (!isOurs) return;
    event.preventDefault();
    event.stopPropagation();
    if (held) unlock(form); else hide(false);
  }, true);
  document.addEventListener("maillon:unlocked", function (event) {
    if (!held) return;
    event.preventDefault();
    unlocked();
  });
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    if (!event.detail.xhr.getResponseHeader("X-Verrou")) return;
    event.preventDefault();
    hide(true);
  });

  channel.addEventListener("message", function (event) {
    if (event.data === "seen") seen = Date.now();
    else if (event.data === "locked") hide(true);
    else ask();
  });
  channel.postMessage("unlocked"); // this page is open: whoever waits may look again

  const check = () => { if (!held && Date.now() - seen >= idle) hide(false); };
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    window.addEventListener(kind, function () { check(); note(); }, { capture: true, passive: true });
  }
  setInterval(check, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { check(); ask(); } });
  window.addEventListener("focus", ask);
  // A page brought back by the « back » button may belong to a session that is locked or over.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
})();
