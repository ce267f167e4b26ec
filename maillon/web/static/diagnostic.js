"use strict";
// The diagnostic page: what only the browser knows of itself, beside the server's lines, and in the report.
(function () {
  const part = document.querySelector("[data-diagnostic]");

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const area = document.getElementById(button.dataset.copies);
    area.select();
    const done = () => { document.getElementById("annonce").textContent = "Le rapport est copié."; };
    if (navigator.clipboard) navigator.clipboard.writeText(area.value).then(done, () => document.execCommand("copy"));
    else if (document.execCommand("copy")) done();
  });
  if (!part) return;

  const list = part.querySelector(".checks");
  const report = document.getElementById("diagnostic");

  function canStore() {
    try {
      localStorage.setItem("maillon-essai", "1");
      localStorage.removeItem("maillon-essai");
      return true;
    } catch {
      return false;
    }
  }

  function duration(seconds) {
    const whole = Math.round(seconds);
    return whole < 120 ? `${whole}\u202fs` : `${Math.round(whole / 60)}\u202fmin`;
  }

  // The server's clock, asked twice: the shorter trip is the surer; half of it is how long the answer travelled.
  async function clock() {
    const trips = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const sent = Date.now();
      const answer = await fetch("/territoire/diagnostic/heure", { cache: "no-store", credentials: "same-origin" });
      if (!answer.ok) throw new Error("clock");
      const told = Number(await answer.text());
      const back = Date.now();
      trips.push({ away: (sent + back) / 2 - told, took: back - sent });
    }
    return trips.sort((a, b) => a.took - b.took)[0];
  }

  function clockCheck(trip) {
    const seconds = Math.abs(trip.away) / 1000;
    const side = trip.away > 0 ? "d’avance" : "de retard";
    if (seconds < 2) return ["bon", "Horloge", "À l’heure du serveur.", ""];
    const said = `${duration(seconds)} ${side} sur le serveur.`;
    const todo = "Réglez l’heure du poste sur « automatique » : un code à usage unique est refusé au-delà de trente secondes.";
    return [seconds < 30 ? "attention" : "panne", "Horloge", said, todo];
  }

  function tripCheck(trip) {
    if (trip.took < 800) return ["bon", "Réseau", `Le serveur répond en ${trip.took}\u202fms.`, ""];
    return ["attention", "Réseau", `Le serveur met ${trip.took}\u202fms à répondre.`,
      "Essayez en filaire, ou plus près de la borne ; si cela dure, prévenez votre opérateur."];
  }

  function known() {
    const found = [["bon", "Navigateur", part.dataset.browser, ""], ["bon", "JavaScript", "Actif.", ""]];
    found.push(navigator.cookieEnabled
      ? ["bon", "Témoins de connexion", "Acceptés.", ""]
      : ["panne", "Témoins de connexion", "Refusés.", "Acceptez les cookies de ce site : sans eux, la session ne tient pas."]);
    found.push(canStore()
      ? ["bon", "Stockage local", "Disponible.", ""]
      : ["attention", "Stockage local", "Refusé par le navigateur.", "La navigation privée le refuse ; ouvrez une fenêtre ordinaire."]);
    found.push(window.isSecureContext
      ? ["bon", "Page protégée", "Oui (HTTPS ou poste local).", ""]
      : ["panne", "Page protégée", "Non.", "Ouvrez l’adresse qui commence par https : les clés d’accès l’exigent."]);
    found.push(window.PublicKeyCredential
      ? ["bon", "Clés d’accès", "Le navigateur les connaît.", ""]
      : ["attention", "Clés d’accès", "Ce navigateur ne les connaît pas.", "Mettez-le à jour, ou entrez par Pro Santé Connect."]);
    found.push(navigator.mediaDevices
      ? ["bon", "Appareil photo", "Accessible, pour scanner un datamatrix.", ""]
      : ["attention", "Appareil photo", "Inaccessible.", "Une douchette lit aussi le datamatrix ; sinon, autorisez l’appareil photo."]);
    found.push(["bon", "Écran", `${window.screen.width} × ${window.screen.height}, fenêtre ${window.innerWidth}.`, ""]);
    return found;
  }

  function line([state, title, said, todo]) {
    const item = document.createElement("li");
    item.className = "check";
    const main = document.createElement("div");
    main.className = "check-main";
    const name = document.createElement("strong");
    name.textContent = title;
    const more = document.createElement("div");
    more.className = "line-more";
    more.textContent = said;
    main.append(name, more);
    if (todo) {
      const act = document.createElement("div");
      act.className = "check-do";
      act.textContent = todo;
      main.append(act);
    }
    item.append(main, document.getElementById(`poste-${state}`).content.cloneNode(true));
    return item;
  }

  async function check() {
    const found = known();
    try {
      const trip = await clock();
      found.splice(2, 0, clockCheck(trip), tripCheck(trip));
    } catch {
      found.splice(2, 0, ["panne", "Horloge et réseau", "Le serveur n’a pas répondu.", "Vérifiez la connexion, puis rechargez la page."]);
    }
    const order = { panne: 0, attention: 1, bon: 2 };
    const sorted = found.map((each, rank) => [each, rank]).sort((a, b) => order[a[0][0]] - order[b[0][0]] || a[1] - b[1]);
    list.replaceChildren(...sorted.map(([each]) => line(each)));
    report.value += `\n${found.map(([state, title, said]) => `[${state}] ${title}\u202f: ${said}`).join("\n")}`;
    report.defaultValue = report.value;
  }

  check();
})();
