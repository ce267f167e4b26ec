"use strict";
// Behind the patient's door: a warning two minutes before the session closes, then the page is left. Typing keeps it open.
(function () {
  const whole = 15 * 60 * 1000;
  const notice = document.getElementById("fermeture");
  if (!notice) return;
  let since = Date.now();
  let told = Date.now();

  document.addEventListener("input", function () {
    if (Date.now() - told < 60 * 1000) return;
    told = Date.now();
    stay();
  });
  notice.querySelector("button").addEventListener("click", stay);

  function stay() {
    fetch("/mon-espace/presence", { credentials: "same-origin" }).then(function (answer) {
      if (answer.status !== 204) return;
      since = Date.now();
      notice.hidden = true;
    });
  }

  setInterval(function () {
    const idle = Date.now() - since;
    if (idle > whole) location.replace("/mon-espace/connexion?fermee");
    else notice.hidden = idle < whole - 2 * 60 * 1000;
  }, 1000);
})();
