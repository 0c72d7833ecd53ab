// The line's voice, spoken by the browser when the sound is on.

const SPOKEN_AS = { "cmn-CN": "zh-CN", "cmn-TW": "zh-TW", "yue-HK": "zh-HK", zh: "zh-CN" };
let isOn = false;

export const browserLanguage = (language) => SPOKEN_AS[language] || language || "en-US";

export function turn(on) {
  isOn = on;
  if (!on) silence();
}

export function say(text, language) {
  if (!isOn || !text || !("speechSynthesis" in window)) return;
  const spoken = new SpeechSynthesisUtterance(text);
  spoken.lang = browserLanguage(language);
  spoken.rate = 0.9;
  window.speechSynthesis.speak(spoken);
}

export function silence() {
  if ("speechSynthesis" in window) window.speechSynthesis.cancel();
}
