// The page: which telephones stand on it, and the steady question whether anything has changed.

import { asked, make, words } from "./wire.js";
import { HandsetCard } from "./handset.js";
import { alarm, showClock, showErrors, showFaults, startClock } from "./panels.js";
import { showTown, startTown } from "./town.js";
import { turn } from "./voice.js";

const BUSY_MS = 300;
const QUIET_MS = 1000;
const STIRRED_MS = 5000;
const SHOWN_MAX = 12;
const REMEMBERED = "exchange-handsets";
const find = (selector) => document.querySelector(selector);

const cards = new Map();
let directory = { handsets: [], lines: [], first: [] };
let since = "";
let ahead = 0; // the exchange's seconds minus the browser's
let stirredAt = -Infinity;
let timer = 0;

const page = {
  elapsed: () => performance.now() / 1000 + ahead,
  line: () => find("#line").value,
  stir() {
    stirredAt = performance.now();
    since = "";
    clearTimeout(timer);
    timer = setTimeout(poll, 120);
  },
  remove(number) {
    cards.get(number).element.remove();
    cards.delete(number);
    remember();
    this.stir();
  },
};

// When no more fit, the one that nobody has used for the longest time is put away; none that is in a call is.
function makeRoom() {
  if (cards.size < SHOWN_MAX) return true;
  const idle = [...cards.values()].filter((card) => !card.view || card.view.state === "idle");
  const [oldest] = idle.sort((one, other) => one.usedAt - other.usedAt);
  if (oldest) page.remove(oldest.number);
  note(oldest ? words.put_away.replace("{name}", oldest.view?.label || oldest.number) : words.full);
  return Boolean(oldest);
}

function note(text) {
  find("#room").textContent = text;
}

function add(number) {
  if (cards.has(number) || !makeRoom()) return;
  const card = new HandsetCard(number, page);
  cards.set(number, card);
  find("#handsets").append(card.element);
}

function remember() {
  try {
    sessionStorage.setItem(REMEMBERED, JSON.stringify([...cards.keys()]));
  } catch { /* the page works without a memory */ }
}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(REMEMBERED)) || [];
  } catch {
    return [];
  }
}

function fillChoice() {
  find("#line").replaceChildren(...directory.lines.map((line) => {
    const what = words.lines[line.role];
    return make("option", { value: line.number }, what ? `${line.number} · ${what}` : line.number);
  }));
  find("#line-choice").hidden = directory.lines.length < 2;
  const groups = new Map();
  for (const handset of directory.handsets) {
    if (!groups.has(handset.role)) groups.set(handset.role, []);
    groups.get(handset.role).push(handset);
  }
  for (const [role, handsets] of groups) {
    const options = handsets.map((h) => make("option", { value: h.number }, `${h.is_landline ? "☎" : "▯"} ${h.label} · ${h.number}`));
    find("#add").append(make("optgroup", { label: words.role[role] || role }, ...options));
  }
}

async function poll() {
  clearTimeout(timer);
  try {
    const query = new URLSearchParams([["since", since], ...[...cards.keys()].map((number) => ["show", number])]);
    const state = await asked(`state?${query}`);
    find("#trouble").hidden = true;
    if (state) show(state);
  } catch {
    find("#trouble").textContent = words.trouble;
    find("#trouble").hidden = false;
    since = "";
  }
  const isBusy = [...cards.values()].some((card) => card.view && card.view.state !== "idle");
  const wait = isBusy || performance.now() - stirredAt < STIRRED_MS ? BUSY_MS : QUIET_MS;
  timer = setTimeout(poll, wait);
}

function show(state) {
  since = state.version;
  ahead = state.elapsed - performance.now() / 1000;
  for (const view of state.handsets) cards.get(view.number)?.show(view);
  showClock(state);
  showFaults(state.faults);
  showErrors(state.errors);
  showElsewhere(state.elsewhere);
  showTown(state);
}

function showElsewhere(ringing) {
  const drawn = ringing.map((one) => one.number).join();
  const room = find("#elsewhere");
  if (room.dataset.drawn === drawn) return;
  room.dataset.drawn = drawn;
  const take = (number) => { add(number); remember(); page.stir(); };
  const buttons = ringing.map((one) => make("button", { type: "button", onclick: () => take(one.number) }, `☎ ${one.label}`));
  room.replaceChildren(...(ringing.length ? [`${words.elsewhere} `, ...buttons] : []));
}

async function start() {
  startClock(() => page.stir());
  startTown(() => page.stir(), alarm);
  find("#sound").addEventListener("click", (event) => {
    const button = event.currentTarget;
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
    button.querySelector("span").textContent = isOn ? words.sound_on : words.sound_off;
    turn(isOn);
  });
  find("#add").addEventListener("change", (event) => {
    note("");
    if (event.target.value) add(event.target.value);
    event.target.value = "";
    remember();
    page.stir();
  });
  directory = await asked("directory");
  fillChoice();
  const kept = remembered().filter((number) => directory.handsets.some((h) => h.number === number));
  for (const number of kept.length ? kept : directory.first) add(number);
  setInterval(() => { for (const card of cards.values()) card.showHeard(); }, 200);
  poll();
}

start().catch(() => {
  find("#trouble").hidden = false;
  setTimeout(() => location.reload(), 3000);
});
