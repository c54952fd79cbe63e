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
      e.submitter?.setAttribute("aria-busy", "true");
    });
  }
  for (const button of document.querySelectorAll("[data-check]")) {
    button.addEventListener("click", () => {
      const boxes = [...button.form.elements].filter((box) => box.name === button.dataset.check);
      const all = !boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = all;
      button.textContent = all ? "全部去掉" : "全部勾上";
    });
  }
  const here = document.querySelector(".side [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 60;
  for (const chart of document.querySelectorAll(".scroll > .chart")) chart.parentElement.scrollLeft = chart.scrollWidth;
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
  for (const part of document.querySelectorAll("[data-live]")) {
    let seen = part.dataset.seen;
    const look = async () => {
      if (!document.hidden) {
        try {
          const address = `${part.dataset.live}?seen=${seen}`;
          const response = await fetch(address, { headers: { "X-Live": "1" }, redirect: "manual" });
          const fresh = response.headers.get("X-Part");
          if (response.status === 200 && fresh) {
            part.innerHTML = await response.text();  // our own page: every text in it is escaped
            seen = fresh;
          }
        } catch { /* the network is away, or the session is over: the page stays as it is */ }
      }
      setTimeout(look, 3000);
    };
    setTimeout(look, 3000);
  }
  for (const pick of document.querySelectorAll("[data-insert]")) {
    pick.addEventListener("click", () => {
      const field = document.getElementById(pick.dataset.insert);
      field.setRangeText(pick.textContent, field.selectionStart, field.selectionEnd, "end");
      field.focus();
    });
  }
  const panel = document.getElementById("source");
  const picks = [...document.querySelectorAll("[data-source]")];
  const turn = (sheet, button) => {
    const page = Number(sheet.dataset.page) + Number(button.dataset.turn);
    if (page < 1 || page > Number(sheet.dataset.pages)) return;
    sheet.src = sheet.getAttribute("src").replace(/pages\/\d+/, `pages/${page}`);
    sheet.alt = `原文件第${page}页`;
    sheet.dataset.page = page;
    sheet.closest("figure").querySelector("b").textContent = page;
    panel.scrollTop = 0;
  };
  const show = async (pick) => {
    for (const other of picks) other.setAttribute("aria-pressed", String(other === pick));
    panel.setAttribute("aria-busy", "true");
    panel.textContent = "正在打开原文……";
    try {
      const response = await fetch(pick.dataset.source);
      if (!response.ok) throw new Error();
      panel.innerHTML = await response.text();  // our own page: every text in it is escaped
    } catch {
      panel.textContent = "没能取到原文，请稍后再点一次。";
    }
    panel.removeAttribute("aria-busy");
    const sheet = panel.querySelector("[data-page]");
    for (const button of panel.querySelectorAll("[data-turn]")) button.addEventListener("click", () => turn(sheet, button));
    sheet?.addEventListener("load", () => {
      if (!("top" in sheet.dataset)) return;
      panel.scrollTop = sheet.offsetTop + sheet.dataset.top * sheet.clientHeight - panel.clientHeight / 3;
      sheet.parentElement.scrollLeft = sheet.dataset.left * sheet.clientWidth - panel.clientWidth / 3;
    }, { once: true });
    const here = document.getElementById("here");
    if (here && !sheet) {
      const [spot, frame] = [here.getBoundingClientRect(), panel.getBoundingClientRect()];
      panel.scrollTop += spot.top - frame.top - panel.clientHeight / 3;
      panel.scrollLeft += spot.left - frame.left - panel.clientWidth / 3;
    }
  };
  for (const pick of picks) pick.addEventListener("click", () => show(pick));
  if (picks.length) show(picks.find((pick) => "first" in pick.dataset) || picks[0]);
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });
})();
