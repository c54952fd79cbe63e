"use strict";
// The conversation of the chat page. Reply text is never parsed as HTML: links are found and built one by one.
(() => {
  const $ = (id) => document.getElementById(id);
  const talk = $("talk"), text = $("text"), phone = $("phone");
  const KEPT = "gongkai-demo";
  const MANY_MINUTES = 3 * 60 * 1000;
  const LINK = /<a\s+href=(["'])(.*?)\1[^>]*>([\s\S]*?)<\/a>/gi;
  const state = load();
  let waiting = 0, lastStamp = 0;

  function load() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT)) || { follows: false, lines: [] };
    } catch {
      return { follows: false, lines: [] };
    }
  }
  function keep() {
    state.lines = state.lines.slice(-200);
    try { sessionStorage.setItem(KEPT, JSON.stringify(state)); } catch { /* full or forbidden: the page works without */ }
  }

  function make(tag, className, content) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (content !== undefined) node.textContent = content;
    return node;
  }
  function face(mine) {
    const box = make("span", "face");
    box.setAttribute("aria-hidden", "true");
    if (mine) {
      box.innerHTML = '<svg viewBox="0 0 40 40"><rect width="40" height="40" fill="#7d93ab"/><circle cx="20" cy="15.5" r="6.5" fill="#fff"/><path d="M7 36c1.6-8 7-11.500 13-11.500S31.400 28 33 36z" fill="#fff"/></svg>';
    } else {
      const image = make("img");
      image.src = document.querySelector(".bar-mark img").src;
      image.alt = "";
      box.append(image);
    }
    return box;
  }

  function link(href, label) {
    const address = href.replace(/&amp;/g, "&");
    if (address.startsWith("weixin://bizmsgmenu?")) {
      const fields = new URLSearchParams(address.slice(address.indexOf("?") + 1));
      const content = fields.get("msgmenucontent");
      if (content) {
        const button = make("button", "tap", label);
        button.type = "button";
        button.addEventListener("click", () => say(content, fields.get("msgmenuid") || ""));
        return button;
      }
    }
    if (/^https?:\/\//i.test(address)) {
      const anchor = make("a", "", label);
      anchor.href = address;
      anchor.target = "_blank";
      anchor.rel = "noopener noreferrer";
      return anchor;
    }
    return document.createTextNode(label);
  }
  function fill(bubble, content) {
    let from = 0;
    for (const found of content.matchAll(LINK)) {
      bubble.append(content.slice(from, found.index), link(found[2], found[3]));
      from = found.index + found[0].length;
    }
    bubble.append(content.slice(from));
  }
  function fillReply(bubble, reply) {
    if (reply.type === "text") return fill(bubble, String(reply.content || ""));
    if (reply.type === "news" && Array.isArray(reply.articles)) {
      for (const article of reply.articles) {
        const card = link(String(article.url || ""), "");
        const box = card.nodeType === Node.TEXT_NODE ? make("span") : card;
        box.className = "card";
        box.append(make("b", "", article.title || ""), make("span", "", article.description || ""));
        bubble.append(box);
      }
      return undefined;
    }
    return bubble.append("［这类回复在试用页里不显示］");
  }

  function stamp(at) {
    if (at - lastStamp < MANY_MINUTES) return;
    lastStamp = at;
    const when = new Date(at), today = new Date();
    const clock = `${String(when.getHours()).padStart(2, "0")}:${String(when.getMinutes()).padStart(2, "0")}`;
    const day = when.toDateString() === today.toDateString() ? "" : `${when.getMonth() + 1}月${when.getDate()}日 `;
    talk.append(make("p", "stamp", day + clock));
  }
  function draw(line) {
    stamp(line.at);
    if (line.who === "note") {
      talk.append(make("p", "note", line.content));
      return;
    }
    const mine = line.who === "me";
    const row = make("div", mine ? "row mine" : "row");
    const bubble = make("div", "bubble");
    bubble.append(make("span", "hidden", mine ? "我：" : "公众号："));
    if (mine) bubble.append(line.content); else fillReply(bubble, line.reply);
    row.append(face(mine), bubble);
    talk.append(row);
    if (mine && line.failed) {
      const retry = make("button", "retry");
      retry.type = "button";
      retry.setAttribute("aria-label", "未送达，点此重发");
      retry.append(make("b", "", "!"));
      retry.addEventListener("click", () => again(line));
      row.append(retry);
      talk.append(make("p", "reason", line.failed));
    }
  }
  function redraw() {
    talk.replaceChildren();
    lastStamp = 0;
    state.lines.forEach(draw);
    showTyping();
  }
  function add(line) {
    state.lines.push(line);
    keep();
    draw(line);
    showTyping();
  }
  function showTyping() {
    $("typing").hidden = waiting === 0;
    document.getElementById("dots")?.remove();
    if (waiting > 0) {
      const row = make("div", "row");
      row.id = "dots";
      row.setAttribute("aria-hidden", "true");
      const bubble = make("div", "bubble"), dots = make("span", "dots");
      dots.append(make("i"), make("i"), make("i"));
      bubble.append(dots);
      row.append(face(false), bubble);
      talk.append(row);
    }
    talk.scrollTop = talk.scrollHeight;
  }

  async function post(message) {
    waiting += 1;
    showTyping();
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 15000);
    try {
      const response = await fetch("/demo/send", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Gongkai-Demo": "1" },
        body: JSON.stringify(message),
        signal: stop.signal,
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
      $("meter").hidden = false;
      $("elapsed").textContent = answer.milliseconds;
      return answer.replies;
    } catch (error) {
      if (error.name === "AbortError") throw new Error("等得太久，没有收到答复");
      if (error instanceof TypeError || error instanceof SyntaxError) throw new Error("网络不通，消息没有送出");
      throw error;
    } finally {
      clearTimeout(timer);
      waiting -= 1;
      showTyping();
    }
  }
  function receive(replies) {
    for (const reply of replies) add({ who: "account", reply, at: Date.now() });
  }
  async function deliver(line) {
    try {
      const replies = await post({ kind: "text", content: line.content, menu_id: line.menuId || "" });
      receive(replies);
    } catch (error) {
      line.failed = error.message;
      keep();
      redraw();
    }
  }
  function say(content, menuId = "") {
    const line = { who: "me", content, menuId, at: Date.now() };
    add(line);
    deliver(line);
  }
  function again(line) {
    state.lines = state.lines.filter((other) => other !== line);
    redraw();
    say(line.content, line.menuId);
  }
  async function event(name, key) {
    try {
      receive(await post({ kind: "event", event: name, event_key: key }));
      return true;
    } catch (error) {
      add({ who: "note", content: error.message, at: Date.now() });
      return false;
    }
  }

  function show() {
    $("profile").hidden = state.follows;
    talk.hidden = !state.follows;
    $("dock").hidden = !state.follows;
    $("more").hidden = !state.follows;
    if (state.follows) redraw();
  }
  async function follow() {
    state.follows = true;
    keep();
    show();
    if (!await event("subscribe", "")) return;
    text.focus();
  }
  async function unfollow() {
    $("sheet").close();
    await event("unsubscribe", "");
    state.follows = false;
    state.lines = [];
    keep();
    show();
    $("follow").focus();
  }
  function clear() {
    state.lines = [];
    keep();
    redraw();
    $("sheet").close();
  }

  function size() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 120)}px`;
    $("send").disabled = text.value.trim() === "";
  }
  function submit() {
    const content = text.value.trim();
    if (!content) return;
    text.value = "";
    size();
    say(content);
  }
  function closeMenus(except) {
    for (const top of document.querySelectorAll(".menu-top[aria-expanded=true]")) {
      if (top === except) continue;
      top.setAttribute("aria-expanded", "false");
      $(top.getAttribute("aria-controls")).hidden = true;
    }
  }
  function swap(toMenu) {
    $("menu").hidden = !toMenu;
    $("form").hidden = toMenu;
    closeMenus();
    (toMenu ? $("to-input") : text).focus();
  }

  $("form").addEventListener("submit", (e) => { e.preventDefault(); submit(); });
  text.addEventListener("input", size);
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); submit(); }
  });
  $("to-menu").addEventListener("click", () => swap(true));
  $("to-input").addEventListener("click", () => swap(false));
  for (const top of document.querySelectorAll(".menu-top[aria-expanded]")) {
    top.addEventListener("click", () => {
      closeMenus(top);
      const open = top.getAttribute("aria-expanded") !== "true";
      top.setAttribute("aria-expanded", String(open));
      $(top.getAttribute("aria-controls")).hidden = !open;
    });
  }
  for (const button of document.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => { closeMenus(); event("CLICK", button.dataset.key); });
  }
  for (const button of document.querySelectorAll("[data-ask]")) {
    button.addEventListener("click", async () => {
      if (!state.follows) await follow();
      say(button.dataset.ask);
    });
  }
  document.addEventListener("keydown", (e) => {
    const open = document.querySelector(".menu-top[aria-expanded=true]");
    if (e.key === "Escape" && open) { closeMenus(); open.focus(); }
  });
  document.addEventListener("click", (e) => { if (!e.target.closest(".menu-slot")) closeMenus(); });
  $("follow").addEventListener("click", follow);
  $("unfollow").addEventListener("click", unfollow);
  $("clear").addEventListener("click", clear);
  $("close").addEventListener("click", () => $("sheet").close());
  $("more").addEventListener("click", () => $("sheet").showModal());
  $("sheet").addEventListener("click", (e) => { if (e.target === $("sheet")) $("sheet").close(); });
  const online = () => { $("offline").hidden = navigator.onLine; };
  addEventListener("online", online);
  addEventListener("offline", online);
  online();
  show();
})();
