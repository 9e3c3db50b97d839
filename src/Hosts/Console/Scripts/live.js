// Keeps what a page shows up to date: asks for the same page again, and puts what has changed in its place. It reads, and does nothing in a person's name;
// asking so doesn't count as use of the session, which ends when the person does nothing.
// One question at a time; often while something is under way, seldom while nothing changes, not at all while nobody sees the page, ever less while there is no answer.
import { update } from './update.js';

const part = document.getElementById('live');
const said = document.getElementById('said');
const stale = document.getElementById('stale');
const BUSY = 1000, BUSY_LONGEST = 5000, CALM = 5000, CALM_LONGEST = 30000, AWAY_LONGEST = 60000, TOLD_AFTER = 3;

let tag = null, unchanged = 0, failed = 0, asking = false, over = false, timer = 0;

function ask() {
  clearTimeout(timer);
  if (asking || over || document.hidden) {
    return;
  }

  asking = true;
  // Not fetch: it gives text, and nothing here makes markup of text. What is read so runs no script.
  const request = new XMLHttpRequest();
  request.open('GET', location.pathname + location.search);
  request.responseType = 'document';
  request.timeout = AWAY_LONGEST / 2;
  request.setRequestHeader('Beffroi-Live', '1');
  if (tag !== null) {
    request.setRequestHeader('If-None-Match', tag);
  }

  request.addEventListener('loadend', () => {
    asking = false;
    take(request);
    if (!over) {
      timer = setTimeout(ask, delay());
    }
  });
  request.send();
}

const delay = () => failed > 0 ? Math.min(AWAY_LONGEST, BUSY * 2 ** failed)
  : part.dataset.busy === 'true' ? Math.min(BUSY_LONGEST, BUSY * 1.1 ** unchanged)
  : Math.min(CALM_LONGEST, CALM * 1.2 ** unchanged);

function take(request) {
  if ([401, 403, 404].includes(request.status)) {
    over = true;
    warn(request.status === 401 ? stale.dataset.ended : stale.dataset.gone);
    return;
  }

  const next = request.status === 200 ? request.response?.getElementById('live') : null;
  if (next == null && request.status !== 304) {
    failed++;
    if (failed === TOLD_AFTER) {
      warn(stale.dataset.away);
    }
    return;
  }

  failed = 0;
  warn('');
  if (next == null) {
    unchanged++;
    return;
  }

  tag = request.getResponseHeader('ETag');
  if (part.isEqualNode(next)) {
    unchanged++;
    return;
  }

  unchanged = 0;
  const before = sayings();
  update(part, next);
  const news = [...sayings()].filter(([key, text]) => before.get(key)?.textContent !== text.textContent).map(([, text]) => text);
  if (news.length > 0) {
    // With their languages, for who hears them.
    said.replaceChildren(...news.slice(0, 3).flatMap(text => [text.dataset.say + said.dataset.colon, ...text.cloneNode(true).childNodes, '. ']));
  }
}

function warn(text) {
  if (stale.textContent !== text) {
    stale.textContent = text;
    stale.hidden = text === '';
    said.textContent = text;
  }
}

// What is worth being told of, by what it is of: as it was, for the next time.
const sayings = () => new Map([...part.querySelectorAll('[data-say]')].map(element => [element.dataset.key ?? element.dataset.say, element.cloneNode(true)]));

document.documentElement.classList.add('live');
document.addEventListener('visibilitychange', ask);
timer = setTimeout(ask, delay());
