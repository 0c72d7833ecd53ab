// What a page has become in the browser: every text and attribute in which a mark stands, and whatever should not be there.
(known) => {
  const mark = /zq\d{3}/i, faults = [], texts = [];
  const ADDRESSES = new Set(["href", "src", "action", "formaction", "poster", "data", "srcset", "ping", "background", "xlink:href", "data-url", "data-version-url", "data-found"]);
  const NO_TEXT = new Set(["script", "style", "noscript", "template", "iframe", "xmp", "plaintext"]);
  const ours = new Set(known);

  const leadsAway = (value) => {
    try {
      const url = new URL(value, location.href);
      if (["tel:", "sms:"].includes(url.protocol) || value === "data:,") return false;  // the telephones have no icon
      return url.origin !== location.origin;
    } catch { return true; }
  };

  // What we throw dice for, letter by letter, may hold a mark by chance, and can hold nothing else.
  const isDiced = (element) => element.type === "hidden" && ["key", "csrf_token"].includes(element.name) && /^[\w.-]+$/.test(element.value);

  function look(element) {
    const name = element.localName;
    if (mark.test(name) || !ours.has(name)) faults.push(`an element that is not ours: <${name}>`);
    if (name === "script" && !/^\/(board|exchange)\/static\//.test(new URL(element.src || "about:blank", location.href).pathname)) faults.push("a script that is not ours");
    for (const { name: attribute, value } of element.attributes) {
      if (mark.test(attribute)) faults.push(`an attribute that is not ours: ${attribute} of <${name}>`);
      if (/^on/.test(attribute) || ["style", "srcdoc"].includes(attribute)) faults.push(`<${name} ${attribute}=${value}>`);
      if (ADDRESSES.has(attribute)) {
        if (leadsAway(value)) faults.push(`<${name} ${attribute}=${value}> leads away`);
      } else if (mark.test(value) && !isDiced(element)) texts.push([`${name}[${attribute}]`, value]);
    }
  }

  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.ELEMENT_NODE) look(node);
    else if (!mark.test(node.data ?? node.name ?? "")) continue;
    else if (node.nodeType !== Node.TEXT_NODE) faults.push(`no text, but ${node.nodeName}: ${node.data ?? node.name}`);
    else if (NO_TEXT.has(node.parentNode.localName)) faults.push(`inside <${node.parentNode.localName}>: ${node.data}`);
    else texts.push([node.parentNode.localName, node.data]);
  }
  return { faults, texts };
}
