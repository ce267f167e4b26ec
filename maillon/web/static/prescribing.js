"use strict";
// The aid to prescription reads what was just saved; it waits while a reason is being written in it.
document.addEventListener("maillon:saved", function () {
  const aid = document.getElementById("aide");
  if (aid && !aid.querySelector(".passing[open]")) document.body.dispatchEvent(new CustomEvent("maillon:checked"));
});
