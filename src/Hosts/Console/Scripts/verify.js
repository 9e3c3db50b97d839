// The page of a ledger's entry: verifies the entry in this browser when it is asked to, and says each step with what was computed.
// It keeps the log's key and the last checkpoint it verified in this browser's storage: neither is secret, and with them another key or past is seen.
import { Fault, Tree, fromBase64, leafHash, openCheckpoint, path, readKey, same, toBase64, verifyConsistency } from './proof.js';

const part = document.getElementById('proof');
const button = document.getElementById('verify');
const verdict = document.getElementById('verdict');
const steps = document.getElementById('steps');
const { organization, index } = part.dataset;
const place = 'beffroi ledger ' + organization;

// The page has the words, in its language.
const say = (word, ...values) => values.reduce(
  (text, value, i) => text.replace('{' + i + '}', () => value),
  document.getElementById('words').content.querySelector(`[data-word="${word}"]`).textContent);

function show(good, text, ...values) {
  const step = document.createElement('li');
  const mark = document.createElement('span');
  mark.className = 'state ' + (good ? 'ready' : 'degraded');
  mark.textContent = say(good ? 'good' : 'bad');
  step.append(mark, ' ' + text);
  for (const value of values) {
    const code = document.createElement('code');
    code.textContent = value;
    step.append(document.createElement('br'), code);
  }
  steps.append(step);
}

async function read(name) {
  let answer;
  try {
    answer = await fetch('/console/ledger/log/' + name, { redirect: 'manual', credentials: 'same-origin' });
  } catch {
    throw new Fault('away');
  }

  if (answer.type === 'opaqueredirect') {
    throw new Fault('signed-out');
  }

  if (!answer.ok) {
    throw new Fault(answer.status === 404 ? 'missing' : 'away', name);
  }
  return new Uint8Array(await answer.arrayBuffer());
}

const readText = async name => new TextDecoder('utf-8', { ignoreBOM: true }).decode(await read(name));

function remembered() {
  let text;
  try {
    text = localStorage.getItem(place);
  } catch {
    throw new Fault('memory');
  }

  if (text === null) {
    return null;
  }

  try {
    const { key, size, root } = JSON.parse(text);
    if (typeof key === 'string' && Number.isSafeInteger(size) && fromBase64(root) !== null) {
      return { key, size, root: fromBase64(root) };
    }
  } catch {
    // Said below.
  }
  throw new Fault('memory');
}

function remember(key, checkpoint) {
  try {
    localStorage.setItem(place, JSON.stringify({ key: key.text, size: checkpoint.size, root: toBase64(checkpoint.root) }));
  } catch {
    throw new Fault('memory');
  }
}

async function verifyKey(known) {
  const key = await readKey((await readText('key')).trimEnd());
  if (known !== null && known.key !== key.text) {
    show(false, say('other-key'), key.text, known.key);
    throw new Fault('other-key');
  }

  show(true, say(known === null ? 'key-new' : 'key-known'), key.text);
  return key;
}

async function verifyCheckpoint(key, known) {
  const checkpoint = await openCheckpoint(await readText('checkpoint'), key);
  show(true, say('signed', checkpoint.size), toBase64(checkpoint.root));
  const tree = new Tree(read, checkpoint.size);
  if (known !== null && known.size > checkpoint.size) {
    throw new Fault('smaller', checkpoint.size, known.size);
  }

  if (known !== null && known.size > 0) {
    const proof = known.size === checkpoint.size ? [] : await tree.consistencyProof(known.size);
    if (!await verifyConsistency(known.size, known.root, checkpoint.size, checkpoint.root, proof)) {
      throw new Fault('forked', checkpoint.size, known.size);
    }
  }

  show(true, known === null ? say('first') : say('continues', known.size), ...(known === null ? [] : [toBase64(known.root)]));
  return [checkpoint, tree];
}

// That this page shows what the log has: the text, and the fields that it was taken apart into.
function verifyPage(entry) {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry);
  if (document.getElementById('entry').textContent !== text) {
    throw new Fault('other-entry');
  }

  const fields = JSON.parse(text);
  for (const shown of document.querySelectorAll('[data-field]')) {
    if (String(fields[shown.dataset.field]) !== shown.textContent) {
      throw new Fault('other-entry');
    }
  }
}

async function verifyEntry(checkpoint, tree) {
  const number = Number(index);
  if (number >= checkpoint.size) {
    throw new Fault('beyond', checkpoint.size);
  }

  const entry = await tree.entry(number);
  verifyPage(entry);
  const leaf = await leafHash(entry);
  show(true, say('leaf', entry.length), toBase64(leaf));
  const hashes = await path(number, checkpoint.size, leaf, await tree.inclusionProof(number));
  if (hashes === null || !same(hashes.at(-1), checkpoint.root)) {
    throw new Fault('changed', number);
  }

  show(true, say('path', hashes.length), ...hashes.map(toBase64));
}

async function verify() {
  button.disabled = true;
  part.dataset.verdict = 'running';
  verdict.className = '';
  verdict.textContent = say('running');
  steps.replaceChildren();
  steps.hidden = false;
  try {
    const known = remembered();
    const key = await verifyKey(known);
    const [checkpoint, tree] = await verifyCheckpoint(key, known);
    await verifyEntry(checkpoint, tree);
    remember(key, checkpoint);
    part.dataset.verdict = 'verified';
    verdict.className = 'right';
    verdict.textContent = say('verified');
  } catch (failure) {
    const known = failure instanceof Fault;
    if (known && failure.code !== 'other-key') {
      show(false, say(failure.code, ...failure.about));
    }
    part.dataset.verdict = known ? failure.code : 'failed';
    verdict.className = 'wrong';
    verdict.textContent = say('not-verified') + (known ? '' : ' ' + failure);
  }
  button.disabled = false;
}

button.hidden = false;
button.addEventListener('click', verify);
