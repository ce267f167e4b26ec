"use strict";
// The aid to prescription reads what was just saved; it waits while a reason is being written in it.
document.addEventListener("maillon:saved", function () {
  const aid = document.getElementById("aide");
  if (aid && !aid.querySelector(".passing[open]")) document.body.dispatchEvent(new CustomEvent("maillon:checked"));
});
// What was asked before the reason was opened, and answers after, does not close it.
document.addEventListener("htmx:beforeSwap", function (event) {
  const aid = event.detail.target, asked = event.detail.requestConfig;
  if (asked && asked.elt === aid && aid.id === "aide" && aid.querySelector(".passing[open]")) event.detail.shouldSwap = false;
});
