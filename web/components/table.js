// The table of components. Only the rows in sight exist: a pool of nodes moves over a space as high
// as all rows. The order holds still while a pointer or the focus is inside; values do not. What is
// selected is a component, not a place.
import { isRight } from '../live/live.js';
import { byId, on, setAttr, setText, show } from '../view/dom.js';
import { clamp, count } from '../view/format.js';
import { redraw } from '../view/paint.js';
import { PHONE } from '../view/phone.js';
import { keepView, onView, viewOf } from '../shell/address.js';
import { hasModifier, offerKey } from '../shell/keys.js';
import { more, withMore } from '../shell/more.js';
import { drawFacets, onFacets } from './facets.js';
import { alphabetOf, COLUMNS, countStates, listOf, STATES } from './order.js';
import { createRow } from './row.js';
import { createSheet } from './sheet.js';
import { onStrips, stripOf, wantStrips } from './strips.js';

const SPARE = 6;
const PHONE_ROWS = 8;
const KEEP_AFTER_MS = 300;
const MOVING_SORT_MS = 2000;

const FIRST = byId('components-why').textContent;
const section = byId('components');
const grid = byId('grid');
const space = byId('rows');
const filter = /** @type {HTMLInputElement} */ (byId('filter'));
const heads = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[data-sort]')]);
/** @type {ReturnType<typeof createRow>[]} */
const pool = [];
/** @type {import('./order.js').View} */
let view = { words: [], states: new Set(), sort: '' };
/** @type {import('../live/model.js').Component[]} */
let alphabet = [];
/** @type {string[]} */
let order = [];
/** @type {number[]} */
let counts = [];
let sortedAt = '';
let countedAt = '';
let selected = '';
let headAt = -1;
let inside = false;
let isFull = false;
let offset = 0;
let tall = 30;
let high = 600;
/** @type {import('../live/model.js').Model | null} */
let listed = null;
let keepLater = 0;
const whole = createSheet('list', () => expand(true), () => expand(false));

const again = () => redraw(drawComponents);

export function listenComponents() {
	readAddress();
	on(filter, 'input', () => search(filter.value));
	on(filter, 'keydown', leaveFilter);
	on(grid, 'scroll', () => {
		offset = grid.scrollTop;
		again();
	});
	on(grid, 'pointerenter', () => { inside = true; });
	on(grid, 'pointerleave', () => {
		inside = false;
		again();
	});
	on(grid, 'focusout', () => setTimeout(again));
	on(grid, 'focus', entered);
	on(grid, 'keydown', press);
	on(grid, 'click', click);
	on(section, 'keydown', escape);
	on('components-clear', 'click', clear);
	on('components-all', 'click', () => whole.open('1'));
	on('components-close', 'click', () => whole.close());
	PHONE.addEventListener('change', () => isFull && whole.close());
	new ResizeObserver(measure).observe(grid);
	offerKey(['/'], 'filter the components', () => filter.focus());
	offerKey(['j'], 'next component', () => walk(1));
	offerKey(['k'], 'previous component', () => walk(-1));
	for (const key of /** @type {const} */ (['q', 'status', 'sort'])) {
		onView(key, () => {
			readAddress();
			again();
		});
	}
	onStrips(again);
	onFacets((states) => look({ states }));
	whole.resume();
}

function readAddress() {
	const states = viewOf('status').split(',').filter((state) => STATES.includes(state));
	const sort = viewOf('sort');
	filter.value = viewOf('q');
	view = { words: wordsOf(filter.value), states: new Set(states),
		sort: COLUMNS.has(sort.replace('-', '')) ? sort : '' };
	sortedAt = '';
}

/** What the reader asks for is done at once, whether the order is held or not.
 * @param {Partial<import('./order.js').View>} change */
function look(change) {
	Object.assign(view, change);
	keepView('status', [...view.states].join(','));
	keepView('sort', view.sort);
	sortedAt = '';
	offset = 0;
	grid.scrollTop = 0;
	again();
}

/** @param {string} text */
function search(text) {
	look({ words: wordsOf(text) });
	clearTimeout(keepLater);
	keepLater = setTimeout(() => keepView('q', text.trim()), KEEP_AFTER_MS);
}

function clear() {
	filter.value = '';
	view.states = new Set();
	search('');
	filter.focus();
}

/** @param {KeyboardEvent} event */
function leaveFilter(event) {
	if (event.key === 'Escape') {
		event.preventDefault();
		filter.value = '';
		search('');
		filter.blur();
	} else if (event.key === 'Enter' || event.key === 'ArrowDown') {
		event.preventDefault();
		grid.focus();
		go(0);
	}
}

/** @param {KeyboardEvent} event */
function escape(event) {
	if (event.key !== 'Escape' || event.defaultPrevented) {
		return;
	}
	if (isFull) {
		whole.close();
	} else if (view.words.length + view.states.size > 0) {
		clear();
	} else {
		return;
	}
	event.preventDefault();
}

function measure() {
	const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
	tall = rem * (PHONE.matches ? 3.625 : 1.875);
	high = grid.clientHeight || 600;
	again();
}

/** @param {boolean} full on a phone: the whole list instead of its first rows */
function expand(full) {
	if (full === isFull || (full && !PHONE.matches)) {
		return;
	}
	isFull = full;
	section.classList.toggle('full', full);
	for (const other of document.querySelectorAll('body > header, body > nav, '
		+ 'main > :not(#components)')) {
		/** @type {HTMLElement} */ (other).inert = full;
	}
	show('components-close', full);
	offset = 0;
	grid.scrollTop = 0;
	measure();
	byId(full ? 'components-close' : 'components-all').focus({ preventScroll: !full });
}

/** A keyboard that comes in finds a row selected. */
function entered() {
	if (headAt < 0 && !order.includes(selected)
		&& grid.matches(':focus-visible')) {
		selected = order[Math.ceil(offset / tall)] ?? '';
	}
	again();
}

/** @param {MouseEvent} event */
function click(event) {
	const target = /** @type {Element} */ (event.target);
	const head = /** @type {HTMLElement | null} */ (target.closest('[data-sort]'));
	const node = target.closest('.row');
	const row = pool.find((one) => one.node === node);
	if (head) {
		sortBy(head);
	} else if (row) {
		selected = row.name;
		headAt = -1;
		withMore(({ openDetail }) => openDetail(row.name));
	}
}

/** @param {HTMLElement} head */
function sortBy(head) {
	const column = String(head.dataset.sort);
	const [now, usual] = [view.sort, (COLUMNS.get(column) ?? '') + column];
	const turned = usual.startsWith('-') ? column : `-${column}`;
	const next = (now || 'status') === usual ? turned : usual;
	look({ sort: next === 'status' ? '' : next });
}

/** @param {KeyboardEvent} event */
function press(event) {
	const at = order.indexOf(selected);
	const page = Math.max(1, Math.floor(high / tall) - 2);
	const to = new Map([['ArrowDown', at + 1], ['ArrowUp', at - 1], ['PageDown', at + page],
		['PageUp', at - page], ['Home', 0], ['End', Infinity]]).get(event.key);
	if (hasModifier(event)) {
		return;
	}
	if (headAt >= 0 ? pressHead(event.key) : event.key === 'ArrowUp' && at <= 0) {
		headAt = Math.max(0, headAt);
		again();
	} else if (event.key === 'Enter' && headAt < 0 && at >= 0) {
		withMore(({ openDetail }) => openDetail(selected));
	} else if (to !== undefined) {
		go(headAt >= 0 && event.key === 'ArrowDown' ? 0 : to);
	} else {
		return;
	}
	event.preventDefault();
}

/** @param {string} key @returns {boolean} whether it stays in the head */
function pressHead(key) {
	const by = { ArrowRight: 1, ArrowLeft: -1 }[key] ?? 0;
	headAt = clamp(headAt + by, 0, heads.length - 1);
	if (key === 'Enter' || key === ' ') {
		sortBy(heads[headAt]);
	}
	return by !== 0 || ['Enter', ' ', 'ArrowUp'].includes(key);
}

/** @param {number} nth of the list; selects and shows it @returns {string} its name */
function go(nth) {
	const last = rowsShown() - 1;
	if (last >= 0) {
		const to = clamp(nth, 0, last);
		headAt = -1;
		selected = order[to];
		reveal(to);
		again();
	}
	return selected;
}

/** @param {number} by @returns {string} the neighbour of what is selected */
export function step(by) {
	return go(order.indexOf(selected) + by);
}

/** @param {number} by */
function walk(by) {
	const begins = !order.includes(selected);
	grid.focus();
	go(begins ? Math.ceil(offset / tall) : order.indexOf(selected) + by);
}

/** @param {number} nth */
function reveal(nth) {
	if (!first8()) {
		const top = nth * tall;
		const head = PHONE.matches ? 0 : tall;
		offset = clamp(offset, top + tall + head - high, top);
		grid.scrollTop = offset;
		offset = grid.scrollTop;
	}
}

function first8() {
	return PHONE.matches && !isFull;
}

/** On the wall nobody scrolls: whole rows that fit. */
function rowsShown() {
	const fit = isWall() ? Math.floor(high / tall) - 1 : Infinity;
	return Math.min(order.length, first8() ? PHONE_ROWS : Math.max(1, fit));
}

function isHeld() {
	return !isWall() && (inside || more?.isDetailOpen()
		|| grid.contains(document.activeElement));
}

/** @param {import('../app.js').Frame} frame */
function arrange({ model, now }) {
	if (!model) {
		return;
	}
	if (listed !== model || alphabet.length !== model.components.size) {
		alphabet = alphabetOf(model.components.values());
		order = order.filter((name) => model.components.has(name));
		listed = model;
		countedAt = '';
		sortedAt = order.length > 0 ? sortedAt : '';
	}
	const moves = /response|checked/.test(view.sort);
	const key = `${model.roster} ${model.order} ${alphabet.length} `
		+ `${moves ? Math.floor(now / MOVING_SORT_MS) : ''}`;
	if (key !== countedAt) {
		counts = countStates(alphabet);
		countedAt = key;
	}
	if (key === sortedAt) {
		show('components-held', false);
		return;
	}
	const held = sortedAt !== '' && isHeld();
	show('components-held', held);
	if (!held) {
		order = listOf(alphabet, view);
		sortedAt = key;
	}
}

/** @param {import('../app.js').Frame} frame */
export function drawComponents(frame) {
	arrange(frame);
	drawFacets(frame.model ? counts : null, view.states);
	if (frame.model) {
		const rows = rowsShown();
		space.style.height = `calc(${rows} * var(--row))`;
		const last = Math.max(0, rows - Math.floor(high / tall));
		const sight = Math.ceil(high / tall) + SPARE;
		const top = first8() ? 0
			: Math.max(0, Math.min(last, Math.floor(offset / tall)) - SPARE / 2);
		fill(frame, frame.model, top, Math.min(rows, top + sight));
		say(frame.model.components.size);
	}
}

/** @param {import('../app.js').Frame} frame @param {import('../live/model.js').Model} model
 * @param {number} top @param {number} end */
function fill(frame, model, top, end) {
	while (pool.length < end - top) {
		pool.push(createRow());
	}
	for (const row of pool.splice(end - top)) {
		row.node.remove();
	}
	pool.forEach((row, nth) => {
		const component = model.components.get(order[top + nth]);
		if (component) {
			row.place(top + nth, component.name === selected);
			row.update(component, stripOf(component.name), frame.now);
		}
		if (!row.node.isConnected) {
			space.append(row.node);
		}
	});
	if (isRight(frame.state)) {
		wantStrips(pool.map((row) => row.name).filter((name) => model.components.has(name)));
	}
	point();
}

/** Where a screen reader is, and how the table is sorted. */
function point() {
	const row = pool.find((one) => one.name === selected);
	const cell = heads[headAt]?.id ?? row?.node.id ?? null;
	const column = view.sort.replace('-', '') || 'status';
	const way = view.sort.startsWith('-') ? 'descending' : 'ascending';
	setAttr(grid, 'aria-rowcount', order.length + 1);
	setAttr(grid, 'aria-activedescendant', cell);
	heads.forEach((head, nth) => {
		setAttr(head, 'aria-sort', head.dataset.sort === column ? way : 'none');
		head.classList.toggle('active', nth === headAt);
	});
}

/** @param {number} all */
function say(all) {
	const total = order.length;
	const narrowed = view.words.length + view.states.size > 0;
	const more = first8() && total > PHONE_ROWS;
	setText('components-note', view.words.length > 0
		? `${count(total)} of ${count(all)}` : '');
	show('components-none', total === 0);
	setText('components-why', all === 0 ? FIRST : 'No component matches.');
	show('components-clear', all > 0 && narrowed);
	show('components-all', more);
	setText('components-all', `Show all ${count(total)}`);
	show(grid, total > 0);
}

function isWall() {
	return document.documentElement.classList.contains('wall');
}

/** @param {string} text */
function wordsOf(text) {
	return text.toLowerCase().split(/\s+/).filter(Boolean);
}
