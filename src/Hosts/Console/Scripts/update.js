// Puts what has changed of a page in its place. What it puts there was read as a document, which runs no script.

// What makes a node the same as one of the page that comes.
const keyOf = node => node.nodeType !== Node.ELEMENT_NODE ? ''
  : node.id || node.dataset?.key || node.getAttribute('aria-labelledby') || (node.nodeName === 'FORM' ? node.getAttribute('action') : '') || '';
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function changed(field) {
  if (field.nodeName === 'SELECT') {
    const options = [...field.options];
    return options.some(o => o.defaultSelected) ? options.some(o => o.selected !== o.defaultSelected) : field.selectedIndex > 0;
  }
  return field.type === 'checkbox' || field.type === 'radio' ? field.checked !== field.defaultChecked
    : field.type !== 'hidden' && 'defaultValue' in field && field.value !== field.defaultValue;
}

// A form that someone is filling in stays as it is.
const filledIn = node => node.nodeName === 'FORM'
  && (node.contains(document.activeElement) && document.activeElement.matches('input, select, textarea') || [...node.elements].some(changed));
const inUse = node => node.nodeType === Node.ELEMENT_NODE && (filledIn(node) || [...node.querySelectorAll('form')].some(filledIn));

/** Makes a part of the page what it is in a page that came. Only what differs is touched: focus, selection and scrolling stay. */
export function update(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== next.data) {
      old.data = next.data;
    }
    return;
  }

  if (old.isEqualNode(next) || filledIn(old)) {
    return;
  }

  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value && !(name === 'open' && old.nodeName === 'DETAILS')) {
      old.setAttribute(name, value);
    }
  }

  const keys = new Set([...next.childNodes].map(keyOf));
  for (const child of [...old.childNodes]) {
    if (keyOf(child) !== '' && !keys.has(keyOf(child)) && !inUse(child)) {
      child.remove();
    }
  }

  let at = old.firstChild;
  for (const child of next.childNodes) {
    if (at !== null && alike(at, child)) {
      update(at, child);
      at = at.nextSibling;
      continue;
    }

    let there = keyOf(child) === '' ? null : at;
    while (there !== null && !alike(there, child)) {
      there = there.nextSibling;
    }

    if (there === null) {
      old.insertBefore(document.importNode(child, true), at);
    } else {
      old.insertBefore(there, at);
      update(there, child);
    }
  }

  while (at !== null) {
    const rest = at.nextSibling;
    if (!inUse(at)) {
      at.remove();
    }
    at = rest;
  }
}
