"use strict";
// Small helps only: every page works without them.
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
      button.textContent = button.dataset.done;
    });
  }
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (e) => {
      if (form.dataset.sent) { e.preventDefault(); return; }
      const question = e.submitter?.dataset.ask;
      if (question && !window.confirm(question)) { e.preventDefault(); return; }
      form.dataset.sent = "1";
    });
  }
  for (const waiting of document.querySelectorAll("[data-poll]")) {
    const ask = async () => {
      try {
        const response = await fetch(waiting.dataset.poll);
        if (!response.ok || (await response.json()).state !== waiting.dataset.state) { location.reload(); return; }
      } catch { /* the network is away: ask again */ }
      setTimeout(ask, 1500);
    };
    setTimeout(ask, 800);
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
