// What is around the telephones: the clock, the mishaps, and the carrier's log.

import { make, told, words } from "./wire.js";

const CHOICES = {
  idempotency_token: ["same", "new", "absent"],
  empty_recording: ["saved", "absent"],
  empty_digits: ["absent", "empty"],
  refused_whisper: ["no-answer", "completed"],
};
const find = (selector) => document.querySelector(selector);
let isFrozen = false;

export function startClock(stir) {
  const wind = (body) => { stir(); return told("clock", body).catch(alarm); };
  for (const button of document.querySelectorAll("[data-forward]")) {
    button.addEventListener("click", () => wind({ forward_minutes: Number(button.dataset.forward) }));
  }
  for (const button of document.querySelectorAll("[data-to]")) {
    button.addEventListener("click", () => wind({ to: button.dataset.to }));
  }
  find("#freeze").addEventListener("click", () => wind({ frozen: !isFrozen }));
  find("#real").addEventListener("click", () => wind({ real: true }));
  find("#set").addEventListener("click", () => find("#set-to").value && wind({ set: find("#set-to").value }));
}

export function showClock(state) {
  isFrozen = state.is_frozen;
  const [day, time] = state.time.split("T");
  find("#time").textContent = `${day} ${time.slice(0, 5)}`;
  find("#time").setAttribute("datetime", state.time);
  find("#winding").hidden = !state.can_wind;
  find("#freeze").textContent = isFrozen ? words.unfreeze : words.freeze;
  if (!find("#set-to").value) find("#set-to").value = `${day}T${time.slice(0, 5)}`;
  const wound = state.is_wound ? words.wound : "";
  if (find("#banner").textContent !== wound) find("#banner").textContent = wound;
}

export function showFaults(faults) {
  const room = find("#faults .faults");
  for (const [name, value] of faults) {
    const known = document.getElementById(`fault-${name}`);
    if (known) update(known, value);
    else room.append(switchFor(name, value));
  }
}

function switchFor(name, value) {
  const id = `fault-${name}`;
  const turn = (event) => told("faults", { [name]: read(event.target) }).catch(alarm);
  const label = make("label", { for: id }, words.fault[name] || name);
  let field;
  if (CHOICES[name]) field = make("select", { id, onchange: turn }, ...CHOICES[name].map((choice) => make("option", {}, choice)));
  else if (typeof value === "boolean") field = make("input", { id, type: "checkbox", onchange: turn });
  else field = make("input", { id, type: "number", min: "0", step: name.endsWith("_next") || name === "seed" ? "1" : "any", onchange: turn });
  update(field, value);
  return make("div", { class: "fault" }, label, field);
}

function read(field) {
  if (field.type === "checkbox") return field.checked;
  return field.type === "number" ? Number(field.value) : field.value;
}

function update(field, value) {
  if (field === document.activeElement) return;
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
}

export function showErrors(errors) {
  find("#errors .count").textContent = errors.length ? `(${errors.length})` : "";
  const items = errors.map((error) => make(
    "li", {}, make("strong", {}, String(error.code)), ` ${error.sentence} `, make("code", {}, error.url),
  ));
  find("#errors ol").replaceChildren(...(items.length ? items : [make("li", { class: "none" }, words.no_errors)]));
}

export function alarm(error) {
  find("#trouble").textContent = error.message;
  find("#trouble").hidden = false;
}
