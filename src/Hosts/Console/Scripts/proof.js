// What proves an entry of a ledger, computed here: signed notes, checkpoints and tiles as C2SP describes them, over the tree of RFC 6962, with proofs as RFC 9162 checks them (2.1.3.2 and 2.1.4.2).
// The same as src/Transparency does for the command line. Nothing of a page is in here, and nothing is kept.

const HASH = 32, TILE = 256, MOST_HASHES = 64, MOST_SIGNATURES = 64, MOST_NOTE = 100000, ED25519 = 1;

/** What is wrong, as a word that a page has a sentence for, and what it is about. */
export class Fault extends Error {
  constructor(code, ...about) {
    super(code);
    this.code = code;
    this.about = about;
  }
}

const utf8 = text => new TextEncoder().encode(text);
const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

function join(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export const toBase64 = bytes => btoa(String.fromCharCode(...bytes));

/** The bytes of base64 in its only canonical form (RFC 4648, section 4); null if it isn't that. */
export function fromBase64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    return toBase64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

/** The hash of a leaf: SHA-256(0x00 || entry). */
export const leafHash = entry => sha256(join([0], entry));

/** The hash of an inner node: SHA-256(0x01 || left || right). */
export const nodeHash = (left, right) => sha256(join([1], left, right));

// Numbers of entries are whole and below 2^53, where halves are exact; shifts would end at 2^31.
const half = n => Math.floor(n / 2);
const odd = n => n % 2 === 1;
const height = count => {
  let h = 0;
  while (2 ** (h + 1) <= count) {
    h++;
  }
  return h;
};

/** Each hash that a proof leads to from the leaf number `index` (from 0) of a tree of `size`, the root last; null if a proof for them has another length. */
export async function path(index, size, leaf, proof) {
  if (!(index >= 0 && index < size) || proof.length > MOST_HASHES) {
    return null;
  }

  let [first, last, hash] = [index, size - 1, leaf];
  const found = [];
  for (const sibling of proof) {
    if (last === 0) {
      return null;
    }

    if (odd(first) || first === last) {
      hash = await nodeHash(sibling, hash);
      while (!odd(first) && first !== 0) {
        [first, last] = [half(first), half(last)];
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }

    found.push(hash);
    [first, last] = [half(first), half(last)];
  }

  return last === 0 ? (found.length > 0 ? found : [leaf]) : null;
}

/** Whether the leaf is number `index` of the tree with this size and root. */
export async function verifyInclusion(index, size, leaf, proof, root) {
  const found = await path(index, size, leaf, proof);
  return found !== null && same(found.at(-1), root);
}

/** Whether the tree with the new size and root begins with all of the old one, which has a leaf at least. */
export async function verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof) {
  if (!(oldSize > 0 && oldSize <= newSize) || proof.length > MOST_HASHES) {
    return false;
  }

  if (oldSize === newSize) {
    return proof.length === 0 && same(oldRoot, newRoot);
  }

  // An old tree that is a perfect one is itself the first node, which the proof then leaves out.
  const nodes = oldSize === 2 ** height(oldSize) ? [oldRoot, ...proof] : [...proof];
  if (nodes.length === 0) {
    return false;
  }

  let [first, last] = [oldSize - 1, newSize - 1];
  while (odd(first)) {
    [first, last] = [half(first), half(last)];
  }

  let [old, current] = [nodes[0], nodes[0]];
  for (const node of nodes.slice(1)) {
    if (last === 0) {
      return false;
    }

    if (odd(first) || first === last) {
      [old, current] = [await nodeHash(node, old), await nodeHash(node, current)];
      while (!odd(first) && first !== 0) {
        [first, last] = [half(first), half(last)];
      }
    } else {
      current = await nodeHash(current, node);
    }

    [first, last] = [half(first), half(last)];
  }

  return last === 0 && same(old, oldRoot) && same(current, newRoot);
}

const isName = text => text.length > 0 && text.length <= 255 && !/[\s+\p{Cc}]/u.test(text);
const keyId = async (name, key) => (await sha256(join(utf8(name + '\n'), [ED25519], key))).slice(0, 4);

/** The log's key: `NAME+ID+BASE64`. */
export async function readKey(text) {
  const [, name, id, base64] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text) ?? [];
  const bytes = base64 === undefined ? null : fromBase64(base64);
  if (!isName(name ?? '') || bytes?.length !== 1 + HASH || bytes[0] !== ED25519) {
    throw new Fault('key');
  }

  const key = bytes.slice(1);
  const own = await keyId(name, key);
  if (Array.from(own, byte => byte.toString(16).padStart(2, '0')).join('') !== id) {
    throw new Fault('key');
  }

  try {
    return { name, id: own, text, key: await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']) };
  } catch {
    // Ed25519 is in browsers of 2025 and later.
    throw new Fault('unsupported');
  }
}

/** A text and the signatures below it; null if it isn't a signed note. */
export function readNote(note) {
  // The last blank line parts both; the text may have others.
  const end = note.length > MOST_NOTE ? -1 : note.lastIndexOf('\n\n');
  if (end < 0 || end + 2 === note.length || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    return null;
  }

  const signatures = note.slice(end + 2, -1).split('\n').map(line => {
    const [, name, base64] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
    const bytes = base64 === undefined ? null : fromBase64(base64);
    return isName(name ?? '') && bytes?.length > 4 ? { name, id: bytes.slice(0, 4), signature: bytes.slice(4) } : null;
  });
  return signatures.length > MOST_SIGNATURES || signatures.includes(null) ? null : { text: note.slice(0, end + 1), signatures };
}

/** How many entries a log has, and their root; null if the text isn't a checkpoint. */
export function readCheckpoint(text) {
  const lines = text.split('\n');
  const size = /^(0|[1-9][0-9]{0,15})$/.test(lines[1] ?? '') ? Number(lines[1]) : NaN;
  const root = fromBase64(lines[2] ?? '');
  return lines.length >= 4 && lines.pop() === '' && lines.every(line => line.length > 0) && Number.isSafeInteger(size) && root?.length === HASH
    ? { origin: lines[0], size, root }
    : null;
}

/** The checkpoint of a note, if the log's key signed it. */
export async function openCheckpoint(note, key) {
  const signed = readNote(note);
  if (signed === null) {
    throw new Fault(readCheckpoint(note) === null ? 'checkpoint' : 'not-signed');
  }

  const own = signed.signatures.filter(s => s.name === key.name && same(s.id, key.id));
  if (own.length === 0) {
    throw new Fault('not-signed');
  }

  for (const { signature } of own) {
    if (!await crypto.subtle.verify('Ed25519', key.key, signature, utf8(signed.text))) {
      throw new Fault('forged');
    }
  }

  const checkpoint = readCheckpoint(signed.text);
  if (checkpoint === null) {
    throw new Fault('checkpoint');
  }

  if (checkpoint.origin !== key.name) {
    throw new Fault('other-log', checkpoint.origin);
  }

  return checkpoint;
}

/** The entries of a bundle, each with its length before it in two bytes; null if it doesn't end where an entry ends. */
export function readBundle(bundle) {
  const entries = [];
  for (let at = 0; at < bundle.length;) {
    const length = at + 2 <= bundle.length ? bundle[at] * 256 + bundle[at + 1] : Infinity;
    if (at + 2 + length > bundle.length) {
      return null;
    }

    entries.push(bundle.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}

/** A tree as its tiles tell it. What it computes is as true as they are: proofs are made from them here, and verified. */
export class Tree {
  #tiles = new Map();

  /** `read` gives the bytes at a path: `tile/0/x001/234.p/5`. */
  constructor(read, size) {
    this.read = read;
    this.size = size;
  }

  /** The bytes of an entry. */
  async entry(index) {
    const at = Math.floor(index / TILE);
    const entries = readBundle(await this.read(this.#path('entries', at, this.size)));
    if (entries === null || index % TILE >= entries.length) {
      throw new Fault('tile', this.#path('entries', at, this.size));
    }

    return entries[index % TILE];
  }

  /** The proof that a leaf is in the tree, its sibling first. */
  async inclusionProof(index) {
    const proof = [];
    for (let [start, end] = [0, this.size]; end - start > 1;) {
      const middle = start + this.#left(end - start);
      if (index < middle) {
        proof.push(await this.#range(middle, end));
        end = middle;
      } else {
        proof.push(await this.#range(start, middle));
        start = middle;
      }
    }
    return proof.reverse();
  }

  /** The proof that the tree begins with the one it was with `earlier` leaves, 1 or more. */
  async consistencyProof(earlier) {
    const proof = [];
    let [start, end, whole] = [0, this.size, true];
    while (end !== earlier) {
      const middle = start + this.#left(end - start);
      if (earlier <= middle) {
        proof.push(await this.#range(middle, end));
        end = middle;
      } else {
        proof.push(await this.#range(start, middle));
        [start, whole] = [middle, false];
      }
    }

    if (!whole) {
      proof.push(await this.#range(start, end));
    }
    return proof.reverse();
  }

  // The leaves of the left subtree: the largest power of two below.
  #left(count) {
    return 2 ** height(count - 1);
  }

  // The root over leaves, from the perfect subtrees that they consist of, joined from the right.
  async #range(start, end) {
    const parts = [];
    while (start < end) {
      const h = height(end - start);
      parts.push(await this.#node(h, start / 2 ** h));
      start += 2 ** h;
    }

    let hash = parts.pop();
    while (parts.length > 0) {
      hash = await nodeHash(parts.pop(), hash);
    }
    return hash;
  }

  // The root of a perfect subtree: some hashes of one tile, joined in pairs.
  async #node(h, index) {
    const [level, above] = [Math.floor(h / 8), h % 8];
    const first = index * 2 ** above;
    const tile = await this.#tile(level, Math.floor(first / TILE));
    let hashes = tile.slice(first % TILE, first % TILE + 2 ** above);
    while (hashes.length > 1) {
      hashes = await Promise.all(hashes.flatMap((hash, i) => odd(i) ? [nodeHash(hashes[i - 1], hash)] : []));
    }
    return hashes[0];
  }

  async #tile(level, index) {
    const nodes = Math.floor(this.size / TILE ** level);
    const path = this.#path(level, index, nodes);
    if (!this.#tiles.has(path)) {
      const bytes = await this.read(path);
      const width = Math.min(TILE, nodes - index * TILE);
      if (bytes.length !== width * HASH) {
        throw new Fault('tile', path);
      }
      this.#tiles.set(path, Array.from({ length: width }, (_, i) => bytes.slice(i * HASH, (i + 1) * HASH)));
    }
    return this.#tiles.get(path);
  }

  #path(level, index, nodes) {
    const width = Math.min(TILE, nodes - index * TILE);
    let groups = String(index % 1000).padStart(3, '0');
    for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
      groups = 'x' + String(rest % 1000).padStart(3, '0') + '/' + groups;
    }
    return `tile/${level}/${groups}` + (width === TILE ? '' : '.p/' + width);
  }
}
