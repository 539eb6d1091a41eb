// Takes a DICOM folder, a zip or images that are dropped on the page or chosen, and uploads them.
//
// A section of the page calls window.nensegIntake.chooseFolder() or .chooseFiles() for those who do not drag.
(() => {
  "use strict";
  const WHAT = "a DICOM folder, a zip of one, or a PET in SUV (.nrrd, .nii, .nii.gz) with its CT";
  let request = null;

  const veil = document.createElement("div");
  veil.id = "nenseg-intake";
  veil.style.cssText =
    "position:fixed;inset:0;z-index:9000;display:grid;place-items:center;background:rgba(0,0,0,.6);" +
    "font-family:system-ui,sans-serif";
  veil.innerHTML =
    '<div role="dialog" aria-modal="true" aria-labelledby="nenseg-intake-text" style="width:min(32rem,90vw);' +
    'padding:1.5rem;border-radius:.5rem;background:var(--ground);color:var(--text)">' +
    '<p id="nenseg-intake-text" style="margin:0 0 1rem;line-height:1.4;overflow-wrap:anywhere"></p>' +
    '<progress aria-label="Upload" style="width:100%" max="1"></progress>' +
    '<form><label><span></span><input style="display:block;width:100%;box-sizing:border-box;margin:.3rem 0 0;' +
    'padding:.4rem;font:inherit" required></label></form>' +
    '<p style="margin:1rem 0 0;text-align:right"><button type="button"></button> <button type="button"></button></p>' +
    "</div>";
  const text = veil.querySelector("#nenseg-intake-text");
  const bar = veil.querySelector("progress");
  const form = veil.querySelector("form");
  const label = veil.querySelector("label span");
  const input = veil.querySelector("input");
  const [button, sure] = veil.querySelectorAll("button");
  for (const one of [button, sure]) {
    one.style.cssText =
      "padding:.4rem 1rem;border:1px solid;border-radius:.3rem;background:var(--ground);color:var(--text);" +
      "font:inherit;cursor:pointer";
  }
  sure.textContent = "Open";

  // What the reader can say where the files do not.
  const REMEDIES = {
    series: { words: "SeriesInstanceUID of the PET", type: "text" },
    frame: { words: "Frame of time, from 1", type: "number" },
    injection_date: { words: "Day of the injection", type: "date" },
  };

  // Light or dark as the page is, which the reader may have changed since.
  const THEMES = { light: { "--ground": "#fff", "--text": "#111" }, dark: { "--ground": "#16191d", "--text": "#e8ebee" } };

  function takeTheme() {
    const theme = document.querySelector(".v-theme--dark") ? "dark" : "light";
    veil.style.colorScheme = theme;
    for (const [name, colour] of Object.entries(THEMES[theme])) veil.style.setProperty(name, colour);
  }

  function show(sentence, { progress = null, way = "", remedy = null } = {}) {
    text.textContent = sentence;
    bar.hidden = progress === null;
    if (progress === "unknown") bar.removeAttribute("value");
    else if (progress !== null) bar.value = progress;
    button.hidden = !way;
    button.textContent = way;
    takeTheme();
    if (!veil.isConnected) document.body.append(veil);
    form.hidden = sure.hidden = !remedy;
    if (remedy) {
      label.textContent = REMEDIES[remedy].words;
      input.type = REMEDIES[remedy].type;
      input.name = remedy;
      input.value = "";
      input.focus();
    } else if (way) {
      button.focus();
    }
  }

  function hide() {
    // Out of the page, whose keys wait while a dialog is in it.
    veil.remove();
  }

  button.addEventListener("click", () => {
    if (request) request.abort();
    request = null;
    hide();
  });

  function size(bytes) {
    return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${(bytes / 2 ** 30).toFixed(2)} GB`;
  }

  function upload(files) {
    if (request) return;
    const body = new FormData();
    for (const [path, file] of files) body.append("file", file, path);
    request = new XMLHttpRequest();
    const own = request;
    const count = files.length === 1 ? "1 file" : `${files.length} files`;
    show(`Uploading ${count}`, { progress: 0, way: "Cancel" });
    own.upload.onprogress = (event) => {
      if (own !== request || !event.lengthComputable) return;
      show(`Uploading ${count}: ${size(event.loaded)} of ${size(event.total)}`, {
        progress: event.loaded / event.total,
        way: "Cancel",
      });
    };
    own.upload.onload = () => {
      if (own === request) show(`Opening the case from ${count}`, { progress: "unknown" });
    };
    own.onloadend = () => {
      if (own !== request) return;
      request = null;
      answered(own.status, own.responseText);
    };
    own.open("POST", "/upload");
    own.send(body);
  }

  function answered(status, body) {
    if (status === 200) {
      hide();
      return;
    }
    let said = "The upload did not reach the server. Check the network, and upload again.";
    let remedy = null;
    try {
      const answer = JSON.parse(body);
      said = answer.message || said;
      remedy = answer.remedy in REMEDIES ? answer.remedy : null;
    } catch {
      if (status === 413) said = "The upload is larger than the server in between lets through. Ask who runs it.";
    }
    show(said, { way: remedy ? "Cancel" : "Close", remedy });
  }

  async function choose(event) {
    event?.preventDefault();
    if (!form.reportValidity()) return;
    const choice = JSON.stringify({ [input.name]: input.value });
    show("Opening the case", { progress: "unknown" });
    try {
      const answer = await fetch("/choose", { method: "POST", body: choice });
      answered(answer.status, await answer.text());
    } catch {
      answered(0, "");
    }
  }
  form.addEventListener("submit", choose);
  sure.addEventListener("click", () => choose());

  async function filesOf(entry, path = "") {
    const name = path + entry.name;
    if (entry.isFile) {
      return [[name, await new Promise((done, failed) => entry.file(done, failed))]];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      // A browser gives a hundred at a time, and an empty list at the end.
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const one of some) found.push(...(await filesOf(one, `${name}/`)));
    }
  }

  async function dropped(items) {
    // All are asked for at once: after the first wait the browser has forgotten them.
    const taken = [...items].filter((item) => item.kind === "file").map((item) => {
      const entry = item.webkitGetAsEntry?.();
      // Without an entry it is a file that lies in no folder.
      return entry ? () => filesOf(entry) : ((file) => async () => (file ? [[file.name, file]] : []))(item.getAsFile());
    });
    show("Looking at what was dropped", { progress: "unknown" });
    try {
      const files = (await Promise.all(taken.map((files) => files()))).flat();
      if (files.length) return upload(files);
      show(`Nothing was dropped that can be uploaded. Drop ${WHAT}.`, { way: "Close" });
    } catch {
      show("A file that was dropped cannot be read. Check that it is there and may be read.", { way: "Close" });
    }
  }

  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (!request) show(`Drop ${WHAT}.`);
  });
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget && !request) hide();
  });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (!request) dropped(event.dataTransfer.items);
  });

  function ask(folder) {
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.multiple = true;
    chooser.webkitdirectory = folder;
    chooser.addEventListener("change", () => {
      const files = [...chooser.files].map((file) => [file.webkitRelativePath || file.name, file]);
      if (files.length) upload(files);
    });
    chooser.click();
  }
  window.nensegIntake = { chooseFolder: () => ask(true), chooseFiles: () => ask(false) };
})();
