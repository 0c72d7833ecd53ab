// One telephone: its face, its keys, and what it shows.

import { make, told, words } from "./wire.js";
import { browserLanguage, say, silence } from "./voice.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LETTERS = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ" };

export class HandsetCard {
  constructor(number, page) {
    this.number = number;
    this.page = page;
    this.view = null;
    this.spoken = -1;
    this.callSid = null;
    this.usedAt = performance.now();
    this.build();
  }

  build() {
    const p = (this.parts = {});
    p.name = make("h2", { id: `name-${this.number}` });
    p.icon = make("img", { class: "icon", alt: "" });
    p.aboutText = make("span");
    p.about = make("p", { class: "about" }, p.icon, p.aboutText);
    p.state = make("p", { class: "state", role: "status" });
    p.heard = make("ol", { class: "heard", "aria-live": "polite", "aria-label": words.heard, tabindex: "0" });
    p.keys = make("p", { class: "keys" });
    p.call = make("button", { type: "button", class: "call", onclick: () => this.greenButton() });
    p.hang = make("button", { type: "button", class: "hang", onclick: () => this.redButton() });
    p.machine = make("button", { type: "button", class: "quiet", onclick: () => this.move("machine") }, words.machine);
    p.words = make("input", { "aria-label": words.say_what, placeholder: words.say_what, maxlength: "500" });
    p.speech = make("form", { class: "speech", onsubmit: (event) => this.speak(event) }, p.words, make("button", {}, words.say));
    p.trouble = make("p", { class: "trouble", role: "alert", hidden: true });
    p.hidden = make("input", { type: "checkbox", id: `hide-${this.number}` });
    p.power = make("button", { type: "button", class: "quiet", onclick: () => this.move("switch", { off: !this.view.switched_off }) });
    p.thread = make("ol", { class: "thread", "aria-live": "polite", "aria-label": words.texts, tabindex: "0" });
    p.body = make("input", { "aria-label": words.text_what, placeholder: words.text_what, maxlength: "1600" });
    p.texting = make("form", { class: "texting", onsubmit: (event) => this.text(event) }, p.body, make("button", {}, words.send));
    p.keypad = make("div", { class: "keypad", role: "group", "aria-label": words.keypad }, ...KEYS.map((key) => this.key(key)));
    p.more = make(
      "details", { class: "more" }, make("summary", {}, words.more),
      make("label", { for: `hide-${this.number}` }, p.hidden, ` ${words.withheld}`), p.power,
      make("button", { type: "button", class: "quiet", onclick: () => this.page.remove(this.number) }, words.remove),
    );
    this.element = make(
      "article", { class: "handset", "aria-labelledby": p.name.id, onkeydown: (event) => this.typed(event) },
      make("div", { class: "head" }, p.name, p.state, p.about),
      p.heard, p.speech, p.keys, p.keypad,
      make("div", { class: "buttons" }, p.call, p.machine, p.hang), p.trouble,
      make("section", { class: "texts" }, make("h3", {}, words.texts), p.thread, p.texting), p.more,
    );
  }

  key(key) {
    return make(
      "button", { type: "button", "aria-label": `${words.key} ${key}`, onclick: () => this.press(key) },
      make("span", { class: "digit" }, key), make("span", { class: "letters", "aria-hidden": "true" }, LETTERS[key] || ""),
    );
  }

  // --- fingers ---

  async move(verb, body) {
    this.page.stir();
    this.usedAt = performance.now();
    try {
      this.parts.trouble.hidden = true;
      this.show(await told(`handsets/${encodeURIComponent(this.number)}/${verb}`, body));
    } catch (error) {
      this.parts.trouble.textContent = error.message;
      this.parts.trouble.hidden = false;
    }
  }

  press(key) {
    if (this.view && this.view.state !== "idle" && this.view.state !== "ringing") this.move("press", { keys: key });
  }

  typed(event) {
    if (event.target.closest("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!KEYS.includes(event.key)) return;
    event.preventDefault();
    this.press(event.key);
  }

  greenButton() {
    if (this.view.state === "ringing") return this.move("answer");
    return this.move("dial", { to: this.page.line(), withheld: this.parts.hidden.checked });
  }

  redButton() {
    silence();
    return this.move(this.view.state === "ringing" ? "decline" : "hang_up");
  }

  speak(event) {
    event.preventDefault();
    const said = this.parts.words.value.trim();
    if (!said) return;
    this.parts.words.value = "";
    this.move("speak", { words: said });
  }

  text(event) {
    event.preventDefault();
    const body = this.parts.body.value.trim();
    if (!body) return;
    this.parts.body.value = "";
    this.move("text", { to: this.page.line(), body });
  }

  // --- what it shows ---

  show(view) {
    this.view = view;
    const p = this.parts;
    const state = view.switched_off ? "off" : view.state;
    this.element.dataset.state = state;
    p.name.textContent = view.label || view.number;
    const icon = `static/${view.is_landline ? "landline" : "mobile"}.svg`;
    if (p.icon.getAttribute("src") !== icon) p.icon.src = icon;
    set(p.aboutText, `${view.number} · ${view.is_landline ? words.landline : words.mobile}`);
    if (view.state !== "idle") this.usedAt = performance.now();
    const isRinging = view.state === "ringing";
    p.call.textContent = isRinging ? words.answer : words.call;
    p.call.disabled = !(isRinging || view.state === "idle") || view.switched_off;
    p.hang.textContent = isRinging ? words.decline : words.hang_up;
    p.hang.disabled = view.state === "idle";
    p.machine.hidden = !isRinging;
    p.speech.hidden = !(view.state === "recording" || (view.state === "talking" && view.heard.some((e) => e.kind === "bridge")));
    p.power.textContent = view.switched_off ? words.switch_on : words.switch_off;
    set(p.keys, view.keys ? `${words.pressed}${words.colon}${view.keys}` : "\u00a0");
    p.texting.hidden = view.is_landline;
    this.showThread(view);
    this.showHeard();
  }

  showThread(view) {
    const none = { sid: "none", direction: "none", body: view.is_landline ? words.no_texts_landline : words.no_texts };
    sync(this.parts.thread, view.thread.length ? view.thread : [none], (text) => text.sid, drawText);
  }

  // Called often: prompts appear when they begin to sound.
  showHeard() {
    const view = this.view;
    if (!view) return;
    if (view.call_sid !== this.callSid) {
      this.callSid = view.call_sid;
      this.spoken = -1;
    }
    const now = this.page.elapsed();
    const sounding = view.heard.filter((entry) => entry.at <= now + 0.05 && !entry.unheard && entry.kind !== "pause");
    this.sayAloud(sounding);
    const isOver = view.state === "idle";
    this.showState(sounding, now);
    const key = (entry) => `${view.call_sid} ${entry.kind} ${entry.at} ${entry.text}`;
    sync(this.parts.heard, sounding, key, (item, entry) => drawHeard(item, entry, isNow(entry, now) && !isOver));
  }

  // While the line speaks and no key is asked for, nobody listens yet: it says so, until the tone has sounded.
  showState(sounding, now) {
    const { state, heard, switched_off: isOff } = this.view;
    const isBridged = heard.some((entry) => entry.kind === "bridge");
    const isSpeaking = sounding.some((entry) => entry.kind === "say" && isNow(entry, now));
    const isBeforeTone = (state === "talking" || state === "recording") && !isBridged
      && (isSpeaking || heard.some((entry) => entry.kind === "beep" && entry.at > now));
    const name = isOff ? "off" : isBeforeTone ? "speaking" : state;
    set(this.parts.state, words.state[name] || name);
  }

  sayAloud(sounding) {
    for (const entry of sounding) {
      if (entry.at <= this.spoken) continue;
      this.spoken = entry.at;
      if (entry.kind === "end") silence();
      if (entry.kind === "say" && !entry.cut) say(entry.text, entry.language);
    }
    const said = sounding.filter((entry) => entry.kind === "say");
    const last = said[said.length - 1];
    if (last && last.cut && this.silenced !== last.at) {
      this.silenced = last.at;
      silence();
    }
  }
}

const isNow = (entry, now) => entry.seconds > 0 && entry.at <= now && now < entry.at + entry.seconds;

function drawHeard(item, entry, now) {
  const isSpeech = ["say", "own", "person"].includes(entry.kind);
  set(item, isSpeech ? entry.text : words.kind[entry.kind] || entry.kind);
  const about = [entry.kind, now ? "now" : "", entry.cut ? "cut" : "", isSpeech ? "" : "event"].filter(Boolean).join(" ");
  if (item.className !== about) item.className = about;
  if (isSpeech && !item.lang) item.lang = browserLanguage(entry.language);
}

function drawText(item, text) {
  if (!item.firstChild) item.append(make("span", { class: "body" }), make("span", { class: "stamp" }));
  item.className = text.direction;
  set(item.firstChild, text.media ? `${text.body} ▣` : text.body);
  set(item.lastChild, text.at ? `${stamp(text.at)} · ${words.status[text.status] || text.status}` : "");
}

// The time as the page's clock shows it; with the day, when that is another one.
function stamp(at) {
  const shown = document.querySelector("#time").getAttribute("datetime") || "";
  return at.slice(0, 10) === shown.slice(0, 10) ? at.slice(11, 16) : `${at.slice(5, 10)} ${at.slice(11, 16)}`;
}

// Only what is new is added, so that a screen reader says each thing once.
function sync(list, wanted, keyOf, draw) {
  const keys = wanted.map(keyOf);
  for (const item of [...list.children]) if (!keys.includes(item.dataset.key)) item.remove();
  const present = new Map([...list.children].map((item) => [item.dataset.key, item]));
  let grown = false;
  wanted.forEach((one, n) => {
    let item = present.get(keys[n]);
    if (!item) {
      item = make("li", { "data-key": keys[n] });
      present.set(keys[n], item);
      list.append(item);
      grown = true;
    }
    draw(item, one);
  });
  if (grown) list.scrollTop = list.scrollHeight;
}

// Text is only written when it is another one, so that a screen reader is not told the same thing again.
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
