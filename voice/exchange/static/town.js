// The living town and the beginning anew: what the page tells the exchange of them, and what it shows.

import { make, told, words } from "./wire.js";

const find = (selector) => document.querySelector(selector);

export function startTown(stir, alarm) {
  for (const button of document.querySelectorAll("[data-pace]")) {
    button.addEventListener("click", () => { stir(); told("living", { pace: button.dataset.pace }).catch(alarm); });
  }
  find("#anew-do").addEventListener("click", async () => {
    try {
      await told("anew", { sure: true });
      find("#anew").open = false;
      location.reload();
    } catch (error) {
      alarm(error);
    }
  });
}

export function showTown(state) {
  const { pace, why_over: over, is_night: isNight, told: deeds } = state.living;
  for (const button of document.querySelectorAll("[data-pace]")) {
    if (button.dataset.pace) button.setAttribute("aria-pressed", String(button.dataset.pace === pace));
  }
  find("#town-stop").disabled = !pace;
  const on = isNight ? words.town_night : words.town_on;
  const says = pace ? on : words.town_over[over] || words.town_off;
  if (find("#town-says").textContent !== says) find("#town-says").textContent = says;
  find("#anew").hidden = !state.can_begin_anew;
  find("#told").hidden = !deeds.length;
  find("#told ol").replaceChildren(...deeds.map((deed) => make("li", {}, sentence(deed))));
}

function sentence(deed) {
  return (words.did[deed.did] || deed.did).replace("{who}", deed.who).replace("{words}", deed.words);
}
