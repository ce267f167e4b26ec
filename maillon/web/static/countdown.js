"use strict";
// What is left of an emergency opening, by the server's clock; at the last second nothing of the record stays on screen.
(function () {
  const place = () => document.querySelector("[data-countdown]");  // the idle lock takes it away, then gives it back
  if (!place()) return;
  const until = Date.now() + Number(place().dataset.countdown) * 1000;
  let told = "";

  function left(minutes) {
    const hours = Math.floor(minutes / 60);
    const rest = String(minutes % 60).padStart(hours ? 2 : 1, "0");
    const plural = minutes > 1 ? "s" : "";
    return hours ? `${hours}\u202fh\u202f${rest} restantes` : `${rest}\u202fmin restante${plural}`;
  }

  function tell() {
    const milliseconds = until - Date.now();
    if (milliseconds <= 0) {
      window.location.replace("/urgence?terminee");
      return;
    }
    const minutes = Math.ceil(milliseconds / 60000);
    const text = left(minutes);
    if (place()) place().textContent = `(${text})`;
    if (text === told) return;
    told = text;
    const region = document.getElementById("annonce");
    if (region && (minutes === 10 || minutes === 1)) region.textContent = `Accès en urgence\u202f: ${text}.`;
  }

  tell();
  setInterval(tell, 1000);
  // A page that comes back from sleep, or from the browser's history, is told the hour at once.
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pageshow", tell);
})();
