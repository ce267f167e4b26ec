"use strict";
// Forms: showing a password, caps lock, one sending per click, filters that apply at once.
(function () {
  document.documentElement.classList.add("js");

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-shows]");
    if (!button) return;
    const field = document.getElementById(button.dataset.shows);
    const isShown = field.type === "text";
    field.type = isShown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!isShown));
    field.focus();
  });

  function tellCapsLock(event) {
    const notice = event.target.dataset && document.getElementById(event.target.dataset.capsLock || "");
    if (notice && event.getModifierState) notice.hidden = !event.getModifierState("CapsLock");
  }
  document.addEventListener("keydown", tellCapsLock);
  document.addEventListener("keyup", tellCapsLock);

  // A double click must not send twice; the page that comes back makes the button usable again.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // A text that was typed is not lost by a wrong click.
  let isSending = false;
  document.addEventListener("submit", () => { isSending = true; });
  window.addEventListener("beforeunload", function (event) {
    const typed = [...document.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
    if (typed && !isSending) event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-prints]")) window.print();
  });
})();
