"use strict";
// What happens without a new page is said aloud; what fails is never silent.
(function () {
  const region = () => document.getElementById("annonce");
  let clearing = 0;

  function say(text, isError, isShown) {
    const place = region();
    place.classList.toggle("is-shown", Boolean(isError || isShown));
    place.classList.toggle("is-error", Boolean(isError));
    place.textContent = text;
    clearTimeout(clearing);
    if (!isError) clearing = setTimeout(() => { place.textContent = ""; }, 6000);
  }

  document.addEventListener("htmx:afterSettle", function (event) {
    const said = event.detail.elt.closest("[data-announce]") || event.detail.elt.querySelector("[data-announce]");
    if (said) say(said.dataset.announce, false, said.hasAttribute("data-shown"));
  });
  document.addEventListener("htmx:sendError", () => say("Pas de connexion\u202f: rien n’a été enregistré. Réessayez dans un instant.", true));
  document.addEventListener("htmx:timeout", () => say("Le service ne répond pas\u202f: rien n’a été enregistré. Réessayez dans un instant.", true));
  document.addEventListener("htmx:responseError", function (event) {
    const isSignedOut = event.detail.xhr.status === 401;
    say(isSignedOut
      ? "Votre session est terminée\u202f: rien n’a été enregistré. Connectez-vous dans un autre onglet, puis validez de nouveau."
      : "Cela n’a pas pu être fait\u202f: rien n’a été enregistré. Rechargez la page et recommencez.", true);
  });
})();
