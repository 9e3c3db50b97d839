// Passkeys (WebAuthn) on the pages where people sign in: asks the server what to ask this browser for, and sends the browser's answer with the form.
const form = document.querySelector('form[data-passkey]');
const button = form.querySelector('button');
const said = document.getElementById('passkey-said');

const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const known = list => (list ?? []).map(one => ({ ...one, id: bytes(one.id) }));

// What the browser's own names for a failure mean to a person: in the form's data.
const REASONS = { NotAllowedError: 'cancelled', AbortError: 'cancelled', InvalidStateError: 'known', NotSupportedError: 'unsupported', ConstraintError: 'unsupported', SecurityError: 'insecure' };

class Refusal extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

function say(reason) {
  said.textContent = reason === null ? '' : form.dataset[reason];
  said.hidden = reason === null;
}

async function ask() {
  let answer;
  try {
    answer = await fetch(form.dataset.options, { method: 'POST', body: new URLSearchParams({ form: form.elements.form.value }), redirect: 'error' });
  } catch {
    throw new Refusal('away');
  }

  if (!answer.ok) {
    throw new Refusal(answer.status === 429 ? 'many' : answer.status < 500 ? 'stale' : 'away');
  }

  // What isn't set is left out: a browser takes null for a value.
  const options = JSON.parse(await answer.text(), (_, value) => value ?? undefined);
  options.challenge = bytes(options.challenge);
  if (form.dataset.passkey === 'get') {
    options.allowCredentials = known(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  options.user.id = bytes(options.user.id);
  options.excludeCredentials = known(options.excludeCredentials);
  return navigator.credentials.create({ publicKey: options });
}

function written(credential) {
  const { response } = credential;
  return JSON.stringify({
    id: credential.id,
    rawId: credential.id,
    type: credential.type,
    clientExtensionResults: {},
    response: form.dataset.passkey === 'get'
      ? { clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData), signature: text(response.signature), userHandle: response.userHandle && text(response.userHandle) }
      : { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject), transports: response.getTransports?.() ?? [] },
  });
}

function ready() {
  button.disabled = false;
  form.elements.credential.value = '';
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  button.disabled = true;
  say(null);
  try {
    form.elements.credential.value = written(await ask());
    form.submit();
  } catch (failure) {
    ready();
    say(failure instanceof Refusal ? failure.reason : REASONS[failure.name] ?? 'failed');
    button.focus();
  }
});

if (window.PublicKeyCredential !== undefined) {
  document.getElementById('passkey-off')?.remove();
  form.hidden = false;
  // A page that the browser kept, and comes back to.
  addEventListener('pageshow', ready);
}
