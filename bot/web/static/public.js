"use strict";

/* Says which cell is meant by the address, so that its headings need not be in sight, and copies its link. */
const spot = document.getElementById("spot");

function tell() {
  const cell = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const place = cell && cell.dataset.place;
  spot.hidden = !place;
  if (place) spot.firstElementChild.textContent = place;
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "已复制";
  } catch {
    button.textContent = "请长按地址栏复制";
  }
  setTimeout(() => { button.textContent = "复制链接"; }, 2500);
}

if (spot) {
  addEventListener("hashchange", tell);
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-place]");
    if (cell) location.replace(`#${cell.id}`);
  });
  spot.querySelector("button").addEventListener("click", (event) => copy(event.currentTarget));
  tell();
}

/* Inside WeChat a shared page has its title and its own address; where the account may not, sharing is WeChat's own. */
async function share(signer) {
  const page = location.href.split("#")[0];
  const answer = await fetch(`${signer}?url=${encodeURIComponent(page)}`);
  if (answer.status !== 200) return;
  const config = await answer.json();
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js";
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  const about = document.querySelector("meta[property='og:description']");
  const shared = { title: document.title, desc: about ? about.content : "", link: page, imgUrl: "" };
  wx.config({ ...config, debug: false, jsApiList: ["updateAppMessageShareData", "updateTimelineShareData"] });
  wx.ready(() => {
    wx.updateAppMessageShareData(shared);
    wx.updateTimelineShareData(shared);
  });
}

const signer = document.body.dataset.sign;
if (signer && /MicroMessenger/.test(navigator.userAgent)) share(signer).catch(() => {});
