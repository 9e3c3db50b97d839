// Signs a text of the page with a passkey (WebAuthn), as a line of a signed note (C2SP signed-note) whose form src/Transparency/Consent has: what is signed is made here from exactly what the page shows.

const PREFIX = 'beffroi passkey note v1\n', TYPE = '\u00ffbeffroi/passkey-note/v1\n', PATIENCE = 120000;

// What the browser's own names for a failure mean to a person: in the form's data.
const REASONS = { NotAllowedError: 'cancelled', AbortError: 'cancelled', SecurityError: 'insecure' };

const utf8 = text => new TextEncoder().encode(text);
const latin1 = bytes => String.fromCharCode(...bytes);
const bytesOf = base64 => Uint8Array.from(atob(base64), c => c.charCodeAt(0));

function join(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const sized = buffer => {
  const bytes = new Uint8Array(buffer);
  return join([bytes.length >> 8, bytes.length & 255], bytes);
};

// A key is NAME+ID+BASE64 of the type, the origin of pages that may ask and a newline, the passkey's id with its length before it, and what verifies.
function read(key) {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(key);
  const bytes = bytesOf(base64);
  const end = bytes.indexOf(10, TYPE.length);
  const length = bytes[end + 1] * 256 + bytes[end + 2];
  if (latin1(bytes.slice(0, TYPE.length)) !== TYPE) {
    throw new Error('not a passkey');
  }

  return { name, id: Uint8Array.from(id.match(/../g), pair => parseInt(pair, 16)), origin: latin1(bytes.slice(TYPE.length, end)), credential: bytes.slice(end + 3, end + 3 + length) };
}

async function sign(key, text) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));
  const { response } = await navigator.credentials.get({
    publicKey: {
      challenge: join(utf8(PREFIX), hash),
      rpId: location.hostname,
      allowCredentials: [{ type: 'public-key', id: key.credential }],
      userVerification: 'required',
      timeout: PATIENCE,
    },
  });
  const line = join(key.id, sized(response.authenticatorData), sized(response.clientDataJSON), new Uint8Array(response.signature));
  return `\u2014 ${key.name} ${btoa(latin1(line))}`;
}

function prepare(form) {
  const button = form.querySelector('button');
  const said = form.querySelector('[role=status]');
  const say = reason => {
    said.textContent = reason === null ? '' : form.dataset[reason];
    said.hidden = reason === null;
  };
  const ready = () => {
    button.disabled = false;
    form.elements.signature.value = '';
  };

  form.addEventListener('submit', async event => {
    event.preventDefault();
    button.disabled = true;
    say(null);
    try {
      const key = read(form.dataset.key);
      if (key.origin !== location.origin) {
        ready();
        say('elsewhere');
        return;
      }

      form.elements.signature.value = await sign(key, document.getElementById(form.dataset.sign).textContent);
      form.submit();
    } catch (failure) {
      ready();
      say(REASONS[failure.name] ?? 'failed');
      button.focus();
    }
  });
  // A page that the browser kept, and comes back to.
  addEventListener('pageshow', ready);
}

if (window.PublicKeyCredential !== undefined) {
  document.documentElement.classList.add('live');
  document.querySelectorAll('form[data-sign]').forEach(prepare);
}
