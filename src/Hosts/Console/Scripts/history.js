// Reads pictures of metrics at a place, in all of them at once, and looks closer at a time that is chosen on one: by pointer or by keyboard. Everything that it tells is in the page
// already. Where the time shown ends now, it asks for the page again from time to time, which is no use of the session.
import { update } from './update.js';

const SVG = 'http://www.w3.org/2000/svg';
const FAR = 10, SOONEST = 15000, AWAY_LONGEST = 120000, LEAST_DRAG = 4;

const part = document.getElementById('history');
let at = null, from = null, dragged = null, timer = 0, failed = 0;

const count = () => Number(part.dataset.count);
const seconds = index => Number(part.dataset.from) + index * Number(part.dataset.step);
const text = index => new Date(seconds(index) * 1000).toISOString().slice(0, 19).replace('T', ' ');
const percent = index => (100 * index / count()).toFixed(3) + '%';
const bounded = index => Math.max(0, Math.min(count() - 1, index));
const plots = () => [...part.querySelectorAll('.plot')];

// A plot becomes something to move along: what it is without a script, a picture, is inside.
function dress() {
  for (const plot of plots()) {
    plot.tabIndex = 0;
    plot.setAttribute('role', 'slider');
    plot.setAttribute('aria-label', plot.dataset.title);
    plot.setAttribute('aria-valuemin', '0');
    plot.setAttribute('aria-valuemax', String(count() - 1));
    tell(plot);
  }
}

const legend = plot => [...plot.closest('.chart').querySelectorAll('.legend b')];

function tell(plot) {
  plot.setAttribute('aria-valuenow', String(at ?? count() - 1));
  plot.setAttribute('aria-valuetext', at === null
    ? plot.querySelector('svg').getAttribute('aria-label')
    : `${text(at)} UTC: ${legend(plot).map(b => b.parentElement.innerText.trim()).join(', ')}`);
}

function mark(plot, name, attributes) {
  const svg = plot.firstElementChild;
  let element = svg.querySelector('.' + name);
  if (attributes === null) {
    element?.remove();
    return;
  }
  if (element === null) {
    element = document.createElementNS(SVG, name === 'cursor' ? 'line' : 'rect');
    element.setAttribute('class', name);
    svg.append(element);
  }
  const height = Number(svg.getAttribute('height')) - 40;
  for (const [key, value] of Object.entries(name === 'cursor' ? { y1: 16, y2: 16 + height } : { y: 16, height })) {
    element.setAttribute(key, String(value));
  }
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
}

// Shows what is at the cursor, or what was last, and the time that is being chosen.
function show() {
  const [first, last] = from === null || at === null ? [null, null] : [Math.min(from, at), Math.max(from, at) + 1];
  for (const plot of plots()) {
    mark(plot, 'cursor', at === null ? null : { x1: percent(at + 0.5), x2: percent(at + 0.5) });
    mark(plot, 'selection', first === null ? null : { x: percent(first), width: percent(last - first) });
    for (const b of legend(plot)) {
      b.dataset.last ??= b.textContent;
      b.textContent = at === null ? b.dataset.last : b.dataset.values.split('|')[at] || '–';
    }
    const moment = plot.closest('.chart').querySelector('.moment');
    moment.hidden = at === null;
    moment.textContent = at === null ? '' : first === null ? text(at) + ' UTC' : `${text(first)} – ${text(last)} UTC`;
    tell(plot);
  }
}

function look(first, last) {
  const to = new URLSearchParams(location.search);
  to.delete('range');
  to.set('from', text(first));
  to.set('to', text(last));
  location.assign(location.pathname + '?' + to);
}

function leave() {
  at = from = dragged = null;
  show();
}

const plotOf = event => event.target instanceof Element ? event.target.closest('.plot') : null;
const place = (event, plot) => {
  const { left, width } = plot.getBoundingClientRect();
  return bounded(Math.floor(count() * (event.clientX - left) / width));
};

part.addEventListener('pointerdown', event => {
  const plot = plotOf(event);
  if (plot !== null && event.button === 0) {
    at = place(event, plot);
    dragged = { x: event.clientX, index: at };
    plot.setPointerCapture(event.pointerId);
    show();
  }
});
part.addEventListener('pointermove', event => {
  const plot = plotOf(event);
  if (plot !== null) {
    at = place(event, plot);
    from = dragged !== null && Math.abs(event.clientX - dragged.x) >= LEAST_DRAG ? dragged.index : dragged === null ? null : from;
    show();
  }
});
part.addEventListener('pointerup', () => {
  const [first, last] = [from, at];
  dragged = from = null;
  if (first !== null && first !== last) {
    look(Math.min(first, last), Math.max(first, last) + 1);
  } else {
    show();
  }
});
part.addEventListener('pointercancel', leave);
part.addEventListener('pointerout', event => {
  if (dragged === null && plotOf(event) !== null && !(event.relatedTarget instanceof Element && event.relatedTarget.closest('.plot'))) {
    leave();
  }
});

part.addEventListener('keydown', event => {
  const plot = plotOf(event);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -FAR, PageUp: FAR, Home: -Infinity, End: Infinity }[event.key];
  if (plot === null || event.ctrlKey || event.altKey || event.metaKey) {
    return;
  }
  if (steps !== undefined) {
    const before = at ?? count() - 1;
    from = event.shiftKey ? from ?? before : null;
    at = at === null && !event.shiftKey && Number.isFinite(steps) ? before : bounded(before + steps);
    show();
  } else if (event.key === 'Enter' && from !== null && from !== at) {
    look(Math.min(from, at), Math.max(from, at) + 1);
  } else if (event.key === 'Escape') {
    leave();
  } else {
    return;
  }
  event.preventDefault();
});
part.addEventListener('focusout', () => {
  // A press on another plot takes the focus there.
  if (dragged === null) {
    leave();
  }
});

// What someone is reading stays as it is.
function refresh() {
  clearTimeout(timer);
  if (document.hidden || at !== null || document.activeElement?.classList.contains('plot')) {
    timer = setTimeout(refresh, SOONEST);
    return;
  }

  const request = new XMLHttpRequest();
  request.open('GET', location.pathname + location.search);
  request.responseType = 'document';
  request.timeout = AWAY_LONGEST / 2;
  request.setRequestHeader('Beffroi-Live', '1');
  request.addEventListener('loadend', () => {
    if ([401, 403, 404].includes(request.status)) {
      return;
    }
    const next = request.status === 200 ? request.response?.getElementById('history') : null;
    failed = next == null ? failed + 1 : 0;
    if (next != null && at === null) {
      update(part, next);
      dress();
    }
    timer = setTimeout(refresh, pause());
  });
  request.send();
}

const pause = () => Math.min(AWAY_LONGEST, Math.max(SOONEST, 1000 * Number(part.dataset.step)) * 2 ** failed);

document.documentElement.classList.add('live');
dress();
if (part.dataset.live === 'true') {
  timer = setTimeout(refresh, pause());
}
