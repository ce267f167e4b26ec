"use strict";
// Passkeys: ask the server what to answer, let the device answer, send the answer back.
(function () {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function show(root) {
    // A passkey is bound to a name: an address in figures has none.
    if (!window.PublicKeyCredential || /^[\d.]+$|:/.test(location.hostname)) return;
    root.querySelectorAll("[data-passkeys]").forEach((place) => { place.hidden = false; });
  }
  show(document);
  window.maillonShowPasskeys = show;

  function understood(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      (list || []).forEach((each) => { each.id = bytes(each.id); });
    }
    return options;
  }

  function told(credential) {
    const answer = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) answer[name] = text(credential.response[name]);
    }
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer,
      clientExtensionResults: credential.getClientExtensionResults(),
      authenticatorAttachment: credential.authenticatorAttachment,
    };
  }

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  const post = (address, body) => fetch(address, {
    method: "POST", body, headers: { "X-CSRFToken": token(), "Content-Type": "application/json", Accept: "application/json" },
  });

  async function use(button) {
    const drawn = await post(button.dataset.draw);
    if (!drawn.ok) throw new Error();
    const publicKey = understood(await drawn.json());
    const credential = await navigator.credentials[button.dataset.passkey]({ publicKey });
    const name = button.dataset.name ? "?nom=" + encodeURIComponent(document.getElementById(button.dataset.name).value) : "";
    const answer = await post(button.dataset.send + name, JSON.stringify(told(credential)));
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    return said.suite;
  }

  document.addEventListener("click", async function (event) {
    const button = event.target.closest("[data-passkey]");
    if (!button || button.disabled) return;
    const place = button.parentElement.querySelector("[data-passkey-said]");
    button.disabled = true;
    place.textContent = "";
    try {
      const next = await use(button);
      const lifted = new CustomEvent("maillon:unlocked", { bubbles: true, cancelable: true });
      if (button.dispatchEvent(lifted)) window.location.assign(next);
    } catch (error) {
      const isOurs = error instanceof Error && !(error instanceof DOMException) && error.message;
      place.textContent = isOurs && !(error instanceof TypeError) ? error.message
        : "La clé d’accès n’a pas été utilisée. Recommencez, ou prenez un autre moyen.";
    }
    button.disabled = false;
  });
})();
