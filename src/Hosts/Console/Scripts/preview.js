// A form that tells what its choices come to, while they are made: asks the server for the same page with what is filled in, and shows that page's account of it.
import { update } from './update.js';

const form = document.querySelector('form[data-preview]');
const part = document.getElementById('preview');
const PAUSE = 250;

let timer = 0, asking = false, again = false;

function ask() {
  if (asking) {
    again = true;
    return;
  }

  asking = true;
  again = false;
  const fields = new FormData(form);
  // The proof that the form is this session's belongs into no address.
  fields.delete('form');
  const request = new XMLHttpRequest();
  request.open('GET', form.getAttribute('action') + '?' + new URLSearchParams(fields));
  request.responseType = 'document';
  request.timeout = 15000;
  request.setRequestHeader('Beffroi-Live', '1');
  request.addEventListener('loadend', () => {
    asking = false;
    const next = request.status === 200 ? request.response?.getElementById('preview') : null;
    // What was shown before is of other choices: rather nothing than that.
    part.hidden = next == null;
    if (next != null) {
      update(part, next);
    }
    if (again) {
      ask();
    }
  });
  request.send();
}

document.documentElement.classList.add('live');
form.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});
// A browser that comes back fills in what was there.
addEventListener('pageshow', ask);
