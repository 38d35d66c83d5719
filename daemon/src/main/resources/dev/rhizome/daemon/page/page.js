'use strict';

// Shows what GET /v1/watch says, once a second. All words and numbers come from the daemon: here they only get their place.

const EVERY_MS = 1000;
const PATIENCE_MS = 4000;
const POINTS = 60;
const LEVELS = ['good', 'busy', 'warning', 'bad', 'none'];
const MARKS = {
  good: 'M4 13l6 6L20 6',
  busy: 'M20 12a8 8 0 1 1-3-6.2M20 3v5h-5',
  warning: 'M12 4v10M12 19.5v.5',
  bad: 'M6 6l12 12M18 6L6 18',
};
const SVG = 'http://www.w3.org/2000/svg';

const shown = new Map();
let lastAnswer = 0;
let looking = false;
let waiting = 0;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Texts are only set when they differ: what is selected or read aloud is left alone. */
function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function level(target, name) {
  for (const each of LEVELS) target.classList.toggle(each, each === name);
}

/** As many children as there are items, each shown its own. */
function list(target, items, make, show) {
  while (target.childElementCount > items.length) target.lastElementChild.remove();
  while (target.childElementCount < items.length) target.append(make());
  items.forEach((item, at) => show(target.children[at], item));
}

function drawing(viewBox) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', viewBox);
  svg.append(document.createElementNS(SVG, 'path'));
  return svg;
}

function makeResource() {
  const root = document.getElementById('resource').content.firstElementChild.cloneNode(true);
  const parts = {root};
  for (const part of root.querySelectorAll('[data-part]')) parts[part.dataset.part] = part;
  parts.mark.append(drawing('0 0 24 24'));
  for (const side of [parts.self, parts.peer]) {
    side.append(element('span', 'role state'), element('h3'), element('p', 'disk state'), element('p', 'small'));
  }
  parts.link.append(element('p', 'state'), element('div', 'line'), element('p', 'small'));
  document.getElementById('resources').append(root);
  return parts;
}

function showResource(parts, resource) {
  const verdict = resource.verdict;
  level(parts.verdict, verdict.level);
  parts.mark.querySelector('path').setAttribute('d', MARKS[verdict.level] || MARKS.warning);
  say(parts.name, resource.name);
  say(parts.title, verdict.title);
  say(parts.detail, verdict.detail);
  parts.open.hidden = !resource.nodes;
  say(parts.size, resource.size || '');
  if (!resource.nodes) return;
  showSide(parts.self, resource.nodes[0]);
  showSide(parts.peer, resource.nodes[1]);
  showLink(parts.link, resource.link);
  list(parts.notes, resource.notes, () => element('li'), say);
  list(parts.tasks, resource.progress, makeTask, showTask);
  list(parts.graphs, resource.series, makeGraph, showGraph);
  showMap(parts, resource);
  list(parts.events, [...resource.events].reverse(), makeEvent, showEvent);
}

function showSide(side, node) {
  const [role, name, disk, place] = side.children;
  say(name, node.name);
  say(role, node.role.text);
  level(role, node.role.level);
  say(disk, node.disk.text);
  level(disk, node.disk.level);
  say(place, node.place);
}

function showLink(target, link) {
  const [state, , text] = target.children;
  level(target, link.connection.level);
  level(state, link.connection.level);
  const flow = link.replication.text;
  say(state, flow === 'Off' ? link.connection.text : `${link.connection.text}, ${flow}`);
  say(text, link.text);
}

function makeTask() {
  const task = element('div', 'task');
  const words = element('p');
  words.append(element('strong'), element('span'));
  const track = element('div', 'track');
  track.setAttribute('role', 'progressbar');
  track.setAttribute('aria-valuemin', '0');
  track.setAttribute('aria-valuemax', '100');
  track.append(element('div', 'fill'));
  task.append(words, track);
  return task;
}

function showTask(task, progress) {
  const [words, track] = task.children;
  say(words.children[0], `${progress.title}: ${progress.percent.toFixed(1)} %`);
  say(words.children[1], progress.text);
  track.setAttribute('aria-label', progress.title);
  track.setAttribute('aria-valuenow', String(progress.percent));
  track.firstElementChild.style.width = `${progress.percent}%`;
}

function makeGraph() {
  const graph = element('div', 'graph');
  const svg = drawing(`0 0 ${POINTS} 100`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  const scale = element('p', 'small');
  scale.append(element('span', '', '1 min'), element('span'));
  graph.append(element('h3'), element('p', 'now'), svg, scale);
  return graph;
}

function showGraph(graph, series) {
  const [title, now, svg, scale] = graph.children;
  say(title, series.title);
  say(now, series.now || '–');
  say(scale.children[1], series.most ? `max ${series.most}` : '');
  svg.setAttribute('aria-label', `${series.title}: ${series.now || 'none'} now, at most ${series.most || 'none'} in the last minute`);
  const first = POINTS - series.values.length;
  const most = Math.max(1, series['most-value']);
  const bars = series.values.map((value, at) => {
    if (!value) return '';
    const height = Math.max(2, (96 * value) / most);
    return `M${first + at + 0.1} 100v${-height}h.8v${height}z`;
  });
  svg.firstElementChild.setAttribute('d', bars.join(''));
}

function showMap(parts, resource) {
  const map = resource.map;
  say(parts.outofsync, resource['out-of-sync']);
  say(parts.maptext, map.text);
  parts.map.setAttribute('aria-label', map.text);
  parts.map.hidden = !map.known;
  parts.legend.hidden = !map.known;
  list(parts.map, map.percents, () => element('i'), (cell, percent) => {
    const name = `c${Math.ceil(percent / 25)}`;
    if (cell.className !== name) cell.className = name;
  });
}

function makeEvent() {
  const event = element('li');
  event.append(element('span'), ' ', element('code'));
  return event;
}

function showEvent(target, event) {
  say(target.children[0], event.reason);
  say(target.children[1], event.rule);
}

function show(watch) {
  say(document.getElementById('node'), watch.node);
  say(document.getElementById('version'), `Version ${watch.version}.`);
  const names = new Set(watch.resources.map((each) => each.name));
  for (const [name, parts] of shown) {
    if (!names.has(name)) {
      parts.root.remove();
      shown.delete(name);
    }
  }
  for (const resource of watch.resources) {
    if (!shown.has(resource.name)) shown.set(resource.name, makeResource());
    showResource(shown.get(resource.name), resource);
  }
  const worst = watch.resources.find((each) => each.verdict.level !== 'good') || watch.resources[0];
  document.title = worst ? `${worst.verdict.title} – ${worst.name} on ${watch.node}` : `Rhizome on ${watch.node}`;
  say(document.getElementById('live'), `Live, ${new Date().toLocaleTimeString()}`);
}

function fresh(is) {
  document.body.classList.toggle('is-stale', !is);
  const banner = document.getElementById('stale');
  banner.hidden = is;
  if (is) return;
  const since = lastAnswer ? ` since ${new Date(lastAnswer).toLocaleTimeString()}: what is below is old` : '';
  say(banner, `The daemon does not answer${since}. Trying again every second.`);
  say(document.getElementById('live'), 'No answer');
}

/** While nobody sees the page, nothing is asked. */
async function look() {
  if (looking || document.hidden) return;
  looking = true;
  clearTimeout(waiting);
  try {
    const answer = await fetch('/v1/watch', {cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS)});
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
    lastAnswer = Date.now();
    fresh(true);
  } catch (error) {
    console.warn(error.message);
    fresh(false);
  }
  looking = false;
  waiting = setTimeout(look, EVERY_MS);
}

document.addEventListener('visibilitychange', look);
look();
