// The keys of the reading room, the row that is selected, and the focus of buttons that were clicked.
"use strict";

(function () {
  const FIELDS = "input, textarea, select, [contenteditable]";
  const KEYS = ["n", "p", "k", "d", "s", "m", "f2", "r", "u", "a", "x", "e", "b", "[", "]", "l", "v", "?", "escape", " "];
  const WITH_CTRL = { z: "ctrl+z", y: "ctrl+y", enter: "ctrl+enter" };

  function nameOf(event) {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key === "z" && event.shiftKey) return "ctrl+y";
      return WITH_CTRL[key];
    }
    if (event.altKey) return undefined;
    return KEYS.includes(key) || /^[1-5]$/.test(key) ? key : undefined;
  }

  document.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    const target = event.target instanceof Element ? event.target : document.body;
    const isField = target.closest(FIELDS) && !target.closest("[type=range], [type=checkbox], [type=radio], select");
    if (!name || event.repeat || isField) return;
    if (name === " " && target.closest("button, a, [type=checkbox], [type=radio], select, summary")) return;
    if (target.closest("select") && name.length === 1) return;
    if (document.querySelector("[role=dialog]:not([hidden])") && name !== "?" && name !== "escape") return;
    if (name === "escape") {
      const close = document.querySelector("[role=dialog] [data-close]");
      if (close) close.click();
    }
    event.preventDefault();
    if (window.trame) window.trame.trigger("key", [name]);
  });

  // A button that was clicked would take the next Space for itself.
  document.addEventListener("pointerup", (event) => {
    const button = event.target instanceof Element && event.target.closest("button");
    if (button) setTimeout(() => button.blur(), 0);
  });

  // What is chosen is uploaded by the script of the server that stands before this page.
  document.addEventListener("click", (event) => {
    const id = event.target instanceof Element && event.target.id;
    if (id === "choose-folder" && window.nensegIntake) window.nensegIntake.chooseFolder();
    if (id === "choose-files" && window.nensegIntake) window.nensegIntake.chooseFiles();
  });

  // A dialog that opens has the focus on the button that loses nothing.
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        const dialog = node instanceof Element && node.querySelector("[role=dialog][aria-modal=true]");
        if (dialog) dialog.querySelector("[data-close]")?.focus();
      }
    }
  }).observe(document.documentElement, { subtree: true, childList: true });

  // The first selected row comes into sight, whoever selected it.
  new MutationObserver((changes) => {
    if (changes.some(({ target }) => target.getAttribute("aria-selected") === "true")) {
      const row = document.querySelector("tr[aria-selected=true]");
      if (row) row.scrollIntoView({ block: "nearest" });
    }
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
})();
