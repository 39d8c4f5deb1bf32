// The page's script: sorting, tabs, the wipe slider, the table of every frame, the place in the contents. Texts enter the page
// as text nodes only.

#include "eval/report/sections.h"

namespace facemat {

const char* const kReportScript = R"js(
'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// --- sorting

// Numbers by value, texts by language, what is missing last in either direction.
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * String(a).localeCompare(String(b), 'en', {numeric: true});
}

function cellValue(cell) {
  if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
  const text = cell.textContent.trim();
  return text === '\u2013' ? null : text;
}

// Makes a column head a button; `sort` is told 1 (ascending) or -1.
function sortButton(head, sort) {
  const button = make('button', {type: 'button', className: 'sort'}, ...head.childNodes);
  head.append(button);
  button.addEventListener('click', () => {
    const sign = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
    for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
    sort(sign);
  });
}

function sortable(table) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.textContent.trim()) return;
    sortButton(head, sign => body.append(...[...body.rows].sort(
      (a, b) => compare(cellValue(a.cells[column]), cellValue(b.cells[column]), sign))));
  });
}

// --- tabs

let tabGroups = 0;

function tabbed(group) {
  const panels = all(':scope > .panel', group), name = 'tabs' + ++tabGroups;
  const list = make('div', {className: 'tab-list'});
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', group.dataset.label);
  const buttons = panels.map((panel, i) => {
    const button = make('button', {type: 'button', id: name + '-' + i});
    button.append(...panel.querySelector('h3').cloneNode(true).childNodes);
    button.setAttribute('role', 'tab');
    button.setAttribute('aria-controls', panel.id = name + '-panel-' + i);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', button.id);
    button.addEventListener('click', () => choose(i));
    return button;
  });
  function choose(chosen) {
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', i === chosen);
      button.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    });
  }
  list.addEventListener('keydown', event => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    event.preventDefault();
    choose(next);
    buttons[next].focus();
  });
  list.append(...buttons);
  group.prepend(list);
  group.classList.add('live');
  choose(0);
}

// --- wiping one picture over another

const wipes = [
  ['prediction', 'truth', 'matte over truth'], ['error', 'image', 'error over image'],
  ['prediction', 'image', 'matte over image'], ['uncertainty', 'error', 'uncertainty over error'],
];

function source(card, model, role) {
  const picture = model.querySelector(`[data-role=${role}]`) || card.querySelector(`.shared [data-role=${role}]`);
  return picture ? picture.src : null;
}

// One slider and one choice for all models of a card, so that they are compared at the same place.
function wiper(card) {
  const models = all('.model', card);
  const modes = wipes.filter(([over, under]) => models.some(m => source(card, m, over) && source(card, m, under)));
  if (!modes.length) return;
  const choice = make('select', {}, ...modes.map(([,, title], i) => make('option', {value: i, textContent: title})));
  const slider = make('input', {type: 'range', min: 0, max: 100, value: 50});
  choice.setAttribute('aria-label', 'pictures to compare');
  slider.setAttribute('aria-label', 'how much of the upper picture is shown');
  const cut = () => card.style.setProperty('--cut', slider.value + '%');
  const views = models.map(model => {
    const under = make('img', {className: 'under', alt: '', draggable: false});
    const over = make('img', {className: 'over', alt: '', draggable: false});
    const names = [make('span'), make('span')];
    const view = make('div', {className: 'wipe'}, under, over, make('i', {className: 'cut'}), ...names);
    const drag = event => {
      if (event.type === 'pointermove' && !event.buttons) return;
      const box = view.getBoundingClientRect();
      slider.value = 100 * (event.clientX - box.left) / box.width;
      cut();
    };
    view.addEventListener('pointerdown', drag);
    view.addEventListener('pointermove', drag);
    model.querySelector('.wipe-place').append(view);
    return {model, view, under, over, names};
  });
  const show = () => {
    const [over, under, title] = modes[choice.value];
    for (const v of views) {
      const upper = source(card, v.model, over), lower = source(card, v.model, under);
      v.view.hidden = !upper || !lower;
      if (v.view.hidden) continue;
      v.over.src = upper;
      v.under.src = lower;
      [v.names[0].textContent, v.names[1].textContent] = title.split(' over ');
    }
  };
  choice.addEventListener('change', show);
  slider.addEventListener('input', cut);
  card.querySelector('.case-head').after(make('div', {className: 'wipe-controls'}, choice, slider));
  card.classList.add('live');
  show();
  cut();
}

// --- every frame

// Four digits each, so that columns line up.
const digits = v => Math.abs(v) < 1000 ? v.toPrecision(4) : String(v);

const firstRows = 60, moreRows = 240;

// "hand sad>5": a row must hold every word, and fulfil every condition on a metric.
function filterOf(text, data) {
  const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map(word => {
    const condition = word.match(/^([a-z_]+)(<=|>=|<|>)(-?[\d.]+)$/);
    const column = condition ? data.metrics.findIndex(m => m.name === condition[1]) : -1;
    if (column < 0) return (frame) => (frame[0] + ' ' + frame[2]).toLowerCase().includes(word);
    const [, , sign, limit] = condition, least = Number(limit);
    return (frame, values) => values[column] !== null && (
      sign === '<' ? values[column] < least : sign === '>' ? values[column] > least :
      sign === '<=' ? values[column] <= least : values[column] >= least);
  });
  return (frame, values) => tests.every(test => test(frame, values));
}

function frameTable(details, data) {
  const model = data.models[details.dataset.model];
  const state = {region: data.regions[0].name, words: '', column: -1, sign: 1, rows: firstRows};
  const columns = ['sample', 'frame', 'occluders', ...data.metrics.map(m => m.title)];
  const value = (i, column) => column < 3 ? data.frames[i][column] : model.values[state.region][i][column - 3];
  const region = make('select', {}, ...data.regions.map(r => make('option', {value: r.name, textContent: r.title})));
  region.setAttribute('aria-label', 'region');
  const words = make('input', {type: 'search', placeholder: 'filter: hand sad>5'});
  words.setAttribute('aria-label', 'filter rows');
  const count = make('span', {className: 'quiet'});
  count.setAttribute('role', 'status');
  const body = make('tbody'), more = make('button', {type: 'button', className: 'more'});
  const heads = columns.map((title, column) => {
    const head = make('th', {scope: 'col', className: column === 2 ? 'text' : ''}, title.replace('x1e2', '\u00d710\u00b2').replace('x1e3', '\u00d710\u00b3')
      .replace('x1e4', '\u00d710\u2074'));
    sortButton(head, sign => { state.column = column; state.sign = sign; render(); });
    return head;
  });
  function row(i) {
    return make('tr', {}, ...columns.map((title, column) => {
      const v = value(i, column);
      return make(column ? 'td' : 'th', {textContent: v === null ? '\u2013' : column > 2 ? digits(v) : v, className: column === 2 ? 'text' : ''});
    }));
  }
  function render() {
    const keep = filterOf(state.words, data);
    const rows = data.frames.map((frame, i) => i).filter(i => keep(data.frames[i], model.values[state.region][i]));
    if (state.column >= 0) rows.sort((a, b) => compare(value(a, state.column), value(b, state.column), state.sign));
    body.replaceChildren(...rows.slice(0, state.rows).map(row));
    count.textContent = rows.length + ' of ' + data.frames.length + ' frames';
    more.hidden = rows.length <= state.rows;
    more.textContent = 'show ' + Math.min(moreRows, rows.length - state.rows) + ' more of ' + (rows.length - state.rows);
  }
  region.addEventListener('change', () => { state.region = region.value; render(); });
  words.addEventListener('input', () => { state.words = words.value; state.rows = firstRows; render(); });
  more.addEventListener('click', () => { state.rows += moreRows; render(); });
  const table = make('table', {className: 'data'}, make('thead', {}, make('tr', {}, ...heads)), body);
  details.querySelector('.frames-place').append(make('div', {className: 'frames-controls'}, region, words, count),
    make('div', {className: 'scroll'}, table), more);
  render();
}

function everyFrame() {
  const block = document.getElementById('frame-values');
  if (!block) return;
  let data = null;
  for (const details of all('details.frames'))
    details.addEventListener('toggle', () => {
      if (!details.open || details.dataset.made) return;
      details.dataset.made = true;
      data = data || JSON.parse(block.textContent);
      frameTable(details, data);
    });
}

// --- contents

function followContents() {
  const links = new Map(all('nav.contents a').map(link => [link.hash.slice(1), link]));
  const seen = new Set();
  const observer = new IntersectionObserver(entries => {
    for (const entry of entries) seen[entry.isIntersecting ? 'add' : 'delete'](entry.target.id);
    const current = [...links.keys()].find(id => seen.has(id));
    for (const [id, link] of links)
      if (id === current) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
  }, {rootMargin: '-60px 0px -60% 0px'});
  for (const id of links.keys()) observer.observe(document.getElementById(id));
}

all('table.data').forEach(sortable);
all('.tabs').forEach(tabbed);
all('article.case').forEach(wiper);
everyFrame();
followContents();
)js";

}  // namespace facemat
