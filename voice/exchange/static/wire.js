// Talking with the exchange: what is asked, what is told, and the words of the page.

export const words = JSON.parse(document.body.dataset.words);

export async function told(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Exchange": "1" },
    body: JSON.stringify(body || {}),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const sentence = said.error || answer.statusText;
    throw new Error(words.errors_said[sentence] || sentence);
  }
  return said;
}

export async function asked(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
