// Watches over the connection of the page: tells when it is gone, and comes back by itself.
(() => {
  "use strict";
  const TAKEN = 4001;
  const FIRST_WAIT_MS = 500;
  const LONGEST_WAIT_MS = 5000;
  let leaving = false;
  let told = false;

  // Going to another page, or loading this one again, closes the socket as well.
  window.addEventListener("pagehide", () => { leaving = true; });
  // A page that the browser kept in its memory has no connection any more.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

  // What the page still calls finds nobody, which was told already.
  window.addEventListener("unhandledrejection", (event) => {
    if ((told || leaving) && /connection not open/.test(event.reason?.message)) event.preventDefault();
  });

  function tell(sentence) {
    const bar = document.createElement("p");
    bar.setAttribute("role", "alert");
    bar.textContent = sentence;
    bar.style.cssText =
      "margin:0;padding:.75rem 1rem;text-align:center;font-family:system-ui,sans-serif;background:#7a1f1f;color:#fff";
    // Over everything, so that nobody goes on working on a page that nobody listens to.
    const veil = document.createElement("div");
    veil.id = "nenseg-connection";
    veil.style.cssText = "position:fixed;inset:0;z-index:10000;background:rgba(0,0,0,.35)";
    veil.append(bar);
    document.body.append(veil);
  }

  async function comeBack(wait) {
    await new Promise((done) => setTimeout(done, wait));
    try {
      const answer = await fetch("/health", { cache: "no-store" });
      if (answer.ok) {
        window.location.reload();
        return;
      }
    } catch {
      // Not there yet.
    }
    comeBack(Math.min(2 * wait, LONGEST_WAIT_MS));
  }

  function closed(event) {
    if (leaving || told) return;
    told = true;
    if (event.code === TAKEN) {
      window.location.replace("/elsewhere");
      return;
    }
    tell("The connection is interrupted. What was done is saved; the page comes back by itself.");
    comeBack(FIRST_WAIT_MS);
  }

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", closed);
    }

    // trame would take the page away when its connection closes.
    get onclose() { return null; }
    set onclose(_handler) {}
  };
})();
