// The board stays current: it asks every second whether its number has changed, and swaps in what is new without
// touching what somebody is typing, where the focus is, or what is unfolded. A page that is behind says so.
"use strict";
(() => {
  const EVERY = 600;        // how often the number is asked for
  const SOON = 150;         // the same, while what is new is still being drawn
  const GIVE_UP = 4000;     // how long one answer may take
  const TOO_OLD = 3500;     // after this without an answer the page says that it is not current
  const AGES = 30000;       // ages and "late" change with the clock alone
  let out = false;

  const typed = (node) => node.value !== undefined && "defaultValue" in node && node.value !== node.defaultValue;
  const isHeld = (node) => [...node.querySelectorAll("input:not([type=hidden]), textarea")].some(typed);

  // ---- swapping: make `old` look like `fresh`, keeping elements that are the same
  function morph(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.id || "") !== (fresh.id || "")) {
      old.replaceWith(fresh);
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    if (old.nodeName === "AUDIO" && old.getAttribute("src") === fresh.getAttribute("src")) return;
    morphAttributes(old, fresh);
    if (old.nodeName === "TEXTAREA") {
      if (!typed(old)) old.defaultValue = fresh.defaultValue;
      return;
    }
    morphChildren(old, fresh);
  }

  function morphAttributes(old, fresh) {
    const keep = old.nodeName === "DETAILS" ? "open" : old.nodeName === "INPUT" && typed(old) ? "value" : "";
    for (const { name } of [...old.attributes]) if (name !== keep && !fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of [...fresh.attributes]) {
      if (name !== keep && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function morphChildren(old, fresh) {
    const rest = [...old.childNodes];
    const pairs = [...fresh.childNodes].map((child) => [child, take(rest, child)]);
    for (const child of rest) {
      if (child.nodeType === Node.ELEMENT_NODE && isHeld(child)) child.setAttribute("data-gone", "");
      else child.remove();
    }
    let place = old.firstChild;
    const onward = () => { while (place && place.nodeType === Node.ELEMENT_NODE && place.hasAttribute("data-gone")) place = place.nextSibling; };
    for (const [child, kept] of pairs) {
      onward();
      if (!kept) old.insertBefore(child, place);
      else if (kept !== place) old.moveBefore ? old.moveBefore(kept, place) : old.insertBefore(kept, place);
      else place = place.nextSibling;
      if (kept) morph(kept, child);
    }
  }

  function take(rest, child) {
    const fits = child.id
      ? (node) => node.id === child.id
      : (node) => !node.id && node.nodeType === child.nodeType && node.nodeName === child.nodeName;
    const at = rest.findIndex(fits);
    return at < 0 ? null : rest.splice(at, 1)[0];
  }

  // What has stayed the same comes as an empty element with its id: the page has it. False when it has not, after all.
  function complete(fresh, live) {
    return [...fresh.querySelectorAll("[data-same]")].every((piece) => {
      const mine = live.querySelector(`#${piece.id}`);
      if (!mine) return false;
      const copy = mine.cloneNode(true);
      copy.removeAttribute("data-gone");
      piece.replaceWith(copy);
      return true;
    });
  }

  function swap(live, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    if (!fresh) return true;
    if (!complete(fresh, live)) return false;
    const before = new Set([...live.querySelectorAll("[data-say]")].map((task) => task.id));
    const focused = document.activeElement && document.activeElement.id;
    const added = [...fresh.querySelectorAll("[data-say]")].filter((task) => !before.has(task.id));
    const words = added.map((task) => task.dataset.say).join(". ");
    morph(live, fresh);
    if (focused && document.activeElement.id !== focused) document.getElementById(focused)?.focus();
    if (words) document.getElementById("said").textContent = words;
    count(live);
    return true;
  }

  function count(live) {
    const plain = document.title.replace(/^\(\d+\) /, "");
    document.title = Number(live.dataset.count) ? `(${live.dataset.count}) ${plain}` : plain;
  }

  // ---- the bar that says that the clock has been wound: it must show what the clock shows now
  const wound = document.getElementById("wound");
  function showWound(answer) {
    if (!wound || (answer.status !== 200 && answer.status !== 204)) return;
    const words = decodeURIComponent(answer.headers.get("X-Wound") || "");
    if (wound.textContent !== words) wound.textContent = words;
    wound.hidden = !words;
  }
  async function askWound() {
    try { showWound(await get(wound.dataset.url)); } catch { /* the next minute tries again */ }
  }

  // ---- asking
  async function get(url) {
    return fetch(url, { cache: "no-store", credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(GIVE_UP) });
  }

  function watch(live) {
    const line = document.getElementById("asof");
    const words = document.getElementById("asof-words");
    let good = Date.now(), looked = Date.now(), shown = live.dataset.at, pause = EVERY;

    const say = (text, look) => {
      if (words.textContent !== text) words.textContent = text;
      line.className = `asof ${look}`;
      document.body.classList.toggle("is-stale", look !== "is-live");
    };
    const current = () => { good = Date.now(); say(line.dataset.live, "is-live"); };
    const check = () => {
      if (out) say(line.dataset.out, "is-out");
      else if (Date.now() - good > TOO_OLD) say(line.dataset.stale.replace("%s", shown), "is-behind");
    };

    async function ask() {
      try {
        const answer = await get(`${live.dataset.versionUrl}?seen=${live.dataset.version}`);
        showWound(answer);
        if (answer.status === 401) { out = true; forget(); return; }
        out = false;
        if (answer.status !== 204 && answer.status !== 200) return;
        const isNew = answer.status === 200;
        if (isNew || Date.now() - looked > AGES) {
          const before = live.dataset.version;
          if (!await fetchChanges()) return;
          pause = isNew && live.dataset.version === before ? SOON : EVERY;
          if (pause === SOON) return;  // it is being drawn: what is shown is not current yet
          looked = Date.now();
        }
        shown = live.dataset.at;
        current();
      } catch { /* no connection: check() says so, and the next turn tries again */ }
    }
    // Nobody is logged in here any more: names and addresses do not stay on a screen that nobody may be sitting at.
    function forget() {
      live.replaceChildren();
      live.dataset.version = live.dataset.mark = "";
    }
    async function fetchChanges() {
      for (const has of [live.dataset.mark, ""]) {
        const page = await get(`${live.dataset.url}?has=${has}`);
        if (!page.ok) return false;
        if (page.status === 204 || swap(live, await page.text())) return true;
      }
      return true;
    }
    async function turn() {
      pause = EVERY;
      await ask();
      check();
      setTimeout(turn, pause);
    }
    setInterval(check, EVERY);  // also while an answer is awaited, and right after a sleeping laptop wakes
    count(live);
    current();
    turn();
  }

  // ---- a line is read while one types; what it comes to is shown, and Enter does just that
  function search(form) {
    const box = form.querySelector("input[type=search]");
    const place = document.getElementById("found-here");
    let turn = 0;
    const asked = () => new URLSearchParams([...new FormData(form)].filter(([name]) => ["q", "text", "callback"].includes(name)));
    const look = async () => {
      const mine = ++turn;
      await new Promise((go) => setTimeout(go, 120));
      if (mine !== turn) return;
      try {
        const answer = await get(`${form.dataset.found}?${asked()}`);
        const html = await answer.text();
        if (mine === turn && answer.ok) place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      } catch { /* the button still searches */ }
    };
    box.addEventListener("input", look);
    if (box.value !== box.defaultValue) look();  // typed before this was here to hear it
    box.setSelectionRange(box.value.length, box.value.length);
  }

  // ---- a double click does a thing once
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  const live = document.getElementById("live");
  if (live) watch(live);
  else if (wound && !wound.hidden) setInterval(askWound, 30000);

  // ---- "settled with this" holds for whichever form is sent
  const settles = document.getElementById("settles");
  if (settles) {
    const apply = () => document.querySelectorAll("[data-settle]").forEach((mark) => { mark.disabled = !settles.checked; });
    settles.disabled = false;
    settles.addEventListener("change", apply);
    apply();
  }

  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.nextElementSibling.hidden = true;
    button.addEventListener("click", () => print());
  });
  document.querySelectorAll("form[data-found]").forEach(search);
})();
