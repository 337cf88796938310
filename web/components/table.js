// The table of components. Only the rows in sight exist: a pool of nodes moves over a space as high
// as all rows. The order holds still while a pointer or the focus is inside; values do not. What is
// selected is a component, not a place.
import { byId, setAttr, setText, show } from '../view/dom.js';
import { count } from '../view/format.js';
import { keepView, onView, viewOf } from '../shell/address.js';
import { offerKey } from '../shell/keys.js';
import { Detail } from './detail.js';
import { Facets } from './facets.js';
import { alphabetOf, COLUMNS, countStates, listOf, STATES } from './order.js';
import { Row } from './row.js';
import { Sheet } from './sheet.js';
import { Strips } from './strips.js';

const SPARE = 6;
const PHONE = matchMedia('(max-width: 640px)');
const PHONE_ROWS = 8;
const KEEP_AFTER_MS = 300;
const MOVING_SORT_MS = 2000;

export class Components {
	constructor() {
		this.section = byId('components');
		this.grid = byId('grid');
		this.space = byId('rows');
		this.filter = /** @type {HTMLInputElement} */ (byId('filter'));
		this.heads = /** @type {HTMLElement[]} */ ([...this.grid.querySelectorAll('[data-sort]')]);
		/** @type {Row[]} */
		this.pool = [];
		/** @type {import('./order.js').View} */
		this.view = { words: [], states: new Set(), sort: '' };
		/** @type {import('../live/model.js').Component[]} */
		this.alphabet = [];
		/** @type {string[]} */
		this.order = [];
		/** @type {number[]} */
		this.counts = [];
		this.sortedAt = '';
		this.countedAt = '';
		this.selected = '';
		this.head = -1;
		this.inside = false;
		this.full = false;
		this.top = 0;
		this.tall = 30;
		this.high = 600;
		/** @type {import('../live/model.js').Model | null} */
		this.model = null;
		/** @type {import('../app.js').Frame | null} */
		this.frame = null;
		this.keepLater = 0;
		this.strips = new Strips(() => this.redraw());
		this.facets = new Facets((states) => this.look({ states }));
		this.detail = new Detail(this.strips, (by) => this.step(by));
		this.list = new Sheet('list', () => this.expand(true), () => this.expand(false));
		this.readAddress();
		this.listen();
		this.list.resume();
	}

	listen() {
		this.filter.addEventListener('input', () => this.search(this.filter.value));
		this.filter.addEventListener('keydown', (event) => this.leaveFilter(event));
		this.grid.addEventListener('scroll', () => this.scrolled(), { passive: true });
		this.grid.addEventListener('pointerenter', () => { this.inside = true; });
		this.grid.addEventListener('pointerleave', () => this.left());
		this.grid.addEventListener('focusout', () => setTimeout(() => this.redraw()));
		this.grid.addEventListener('focus', () => this.entered());
		this.grid.addEventListener('keydown', (event) => this.press(event));
		this.grid.addEventListener('click', (event) => this.click(event));
		this.section.addEventListener('keydown', (event) => this.escape(event));
		byId('components-clear').addEventListener('click', () => this.clear());
		byId('components-all').addEventListener('click', () => this.list.open('1'));
		byId('components-close').addEventListener('click', () => this.list.close());
		PHONE.addEventListener('change', () => this.full && this.list.close());
		new ResizeObserver(() => this.measure()).observe(this.grid);
		offerKey(['/'], 'filter the components', () => this.filter.focus());
		offerKey(['j'], 'next component', () => this.walk(1));
		offerKey(['k'], 'previous component', () => this.walk(-1));
		for (const key of /** @type {const} */ (['q', 'status', 'sort'])) {
			onView(key, () => { this.readAddress(); this.redraw(); });
		}
	}

	readAddress() {
		const states = viewOf('status').split(',').filter((state) => STATES.includes(state));
		const sort = viewOf('sort');
		this.filter.value = viewOf('q');
		this.view = { words: wordsOf(this.filter.value), states: new Set(states),
			sort: COLUMNS.has(sort.replace('-', '')) ? sort : '' };
		this.sortedAt = '';
	}

	/** What the reader asks for is done at once, whether the order is held or not.
	 * @param {Partial<import('./order.js').View>} change */
	look(change) {
		Object.assign(this.view, change);
		keepView('status', [...this.view.states].join(','));
		keepView('sort', this.view.sort);
		this.sortedAt = '';
		this.top = 0;
		this.grid.scrollTop = 0;
		this.redraw();
	}

	/** @param {string} text */
	search(text) {
		this.look({ words: wordsOf(text) });
		clearTimeout(this.keepLater);
		this.keepLater = window.setTimeout(() => keepView('q', text.trim()), KEEP_AFTER_MS);
	}

	clear() {
		this.filter.value = '';
		this.view.states = new Set();
		this.search('');
		this.filter.focus();
	}

	/** @param {KeyboardEvent} event */
	leaveFilter(event) {
		if (event.key === 'Escape') {
			event.preventDefault();
			this.filter.value = '';
			this.search('');
			this.filter.blur();
		} else if (event.key === 'Enter' || event.key === 'ArrowDown') {
			event.preventDefault();
			this.grid.focus();
			this.go(0);
		}
	}

	/** @param {KeyboardEvent} event */
	escape(event) {
		if (event.key !== 'Escape' || event.defaultPrevented) {
			return;
		}
		if (this.full) {
			this.list.close();
		} else if (this.view.words.length + this.view.states.size > 0) {
			this.clear();
		} else {
			return;
		}
		event.preventDefault();
	}

	scrolled() {
		this.top = this.grid.scrollTop;
		this.redraw();
	}

	left() {
		this.inside = false;
		this.redraw();
	}

	measure() {
		const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
		this.tall = rem * (PHONE.matches ? 3.625 : 1.875);
		this.high = this.grid.clientHeight || 600;
		this.redraw();
	}

	redraw() {
		if (this.frame && !document.hidden) {
			this.draw(this.frame);
		}
	}

	/** @param {boolean} full on a phone: the whole list instead of its first rows */
	expand(full) {
		if (full === this.full || (full && !PHONE.matches)) {
			return;
		}
		this.full = full;
		this.section.classList.toggle('full', full);
		for (const other of document.querySelectorAll('body > header, body > nav, '
			+ 'main > :not(#components)')) {
			/** @type {HTMLElement} */ (other).inert = full;
		}
		show(byId('components-close'), full);
		this.top = 0;
		this.grid.scrollTop = 0;
		this.measure();
		byId(full ? 'components-close' : 'components-all').focus({ preventScroll: !full });
	}

	/** A keyboard that comes in finds a row selected. */
	entered() {
		if (this.head < 0 && !this.order.includes(this.selected)
			&& this.grid.matches(':focus-visible')) {
			this.selected = this.order[Math.ceil(this.top / this.tall)] ?? '';
		}
		this.redraw();
	}

	/** @param {MouseEvent} event */
	click(event) {
		const target = /** @type {Element} */ (event.target);
		const head = /** @type {HTMLElement | null} */ (target.closest('[data-sort]'));
		const node = target.closest('.row');
		const row = this.pool.find((one) => one.node === node);
		if (head) {
			this.sortBy(head);
		} else if (row) {
			this.selected = row.name;
			this.head = -1;
			this.detail.open(row.name);
		}
	}

	/** @param {HTMLElement} head */
	sortBy(head) {
		const column = String(head.dataset.sort);
		const [now, usual] = [this.view.sort, (COLUMNS.get(column) ?? '') + column];
		const turned = usual.startsWith('-') ? column : `-${column}`;
		const next = (now || 'status') === usual ? turned : usual;
		this.look({ sort: next === 'status' ? '' : next });
	}

	/** @param {KeyboardEvent} event */
	press(event) {
		const at = this.order.indexOf(this.selected);
		const page = Math.max(1, Math.floor(this.high / this.tall) - 2);
		const to = new Map([['ArrowDown', at + 1], ['ArrowUp', at - 1], ['PageDown', at + page],
			['PageUp', at - page], ['Home', 0], ['End', Infinity]]).get(event.key);
		if (event.ctrlKey || event.metaKey || event.altKey) {
			return;
		}
		if (this.head >= 0 ? this.pressHead(event.key) : event.key === 'ArrowUp' && at <= 0) {
			this.head = Math.max(0, this.head);
			this.redraw();
		} else if (event.key === 'Enter' && this.head < 0 && at >= 0) {
			this.detail.open(this.selected);
		} else if (to !== undefined) {
			this.go(this.head >= 0 && event.key === 'ArrowDown' ? 0 : to);
		} else {
			return;
		}
		event.preventDefault();
	}

	/** @param {string} key @returns {boolean} whether it stays in the head */
	pressHead(key) {
		const by = { ArrowRight: 1, ArrowLeft: -1 }[key] ?? 0;
		this.head = Math.min(this.heads.length - 1, Math.max(0, this.head + by));
		if (key === 'Enter' || key === ' ') {
			this.sortBy(this.heads[this.head]);
		}
		return by !== 0 || ['Enter', ' ', 'ArrowUp'].includes(key);
	}

	/** @param {number} nth of the list; selects and shows it @returns {string} its name */
	go(nth) {
		const last = this.rowsShown() - 1;
		if (last >= 0) {
			const to = Math.min(last, Math.max(0, nth));
			this.head = -1;
			this.selected = this.order[to];
			this.reveal(to);
			this.redraw();
		}
		return this.selected;
	}

	/** @param {number} by */
	step(by) {
		return this.go(this.order.indexOf(this.selected) + by);
	}

	/** @param {number} by */
	walk(by) {
		const begins = !this.order.includes(this.selected);
		this.grid.focus();
		this.go(begins ? Math.ceil(this.top / this.tall) : this.order.indexOf(this.selected) + by);
	}

	/** @param {number} nth */
	reveal(nth) {
		const head = PHONE.matches ? 0 : this.tall;
		const top = nth * this.tall;
		if (this.first8()) {
			return;
		}
		if (top < this.top) {
			this.grid.scrollTop = top;
		} else if (top + this.tall + head > this.top + this.high) {
			this.grid.scrollTop = top + this.tall + head - this.high;
		}
		this.top = this.grid.scrollTop;
	}

	first8() {
		return PHONE.matches && !this.full;
	}

	/** On the wall nobody scrolls: whole rows that fit. */
	rowsShown() {
		const fit = isWall() ? Math.floor(this.high / this.tall) - 1 : Infinity;
		return Math.min(this.order.length, this.first8() ? PHONE_ROWS : Math.max(1, fit));
	}

	isHeld() {
		return !isWall() && (this.inside || this.detail.sheet.isOpen()
			|| this.grid.contains(document.activeElement));
	}

	/** @param {import('../app.js').Frame} frame */
	sort({ model, now }) {
		if (!model) {
			return;
		}
		if (this.model !== model || this.alphabet.length !== model.components.size) {
			this.alphabet = alphabetOf(model.components.values());
			this.order = this.order.filter((name) => model.components.has(name));
			this.model = model;
			this.countedAt = '';
			this.sortedAt = this.order.length > 0 ? this.sortedAt : '';
		}
		const moves = /response|checked/.test(this.view.sort);
		const key = `${model.roster} ${model.order} ${this.alphabet.length} `
			+ `${moves ? Math.floor(now / MOVING_SORT_MS) : ''}`;
		if (key !== this.countedAt) {
			this.counts = countStates(this.alphabet);
			this.countedAt = key;
		}
		if (key === this.sortedAt) {
			show(byId('components-held'), false);
			return;
		}
		const held = this.sortedAt !== '' && this.isHeld();
		show(byId('components-held'), held);
		if (!held) {
			this.order = listOf(this.alphabet, this.view);
			this.sortedAt = key;
		}
	}

	/** @param {import('../app.js').Frame} frame */
	draw(frame) {
		this.frame = frame;
		this.sort(frame);
		this.detail.draw(frame);
		this.facets.draw(frame.model ? this.counts : null, this.view.states);
		if (frame.model) {
			const rows = this.rowsShown();
			this.space.style.height = `calc(${rows} * var(--row))`;
			const last = Math.max(0, rows - Math.floor(this.high / this.tall));
			const sight = Math.ceil(this.high / this.tall) + SPARE;
			const top = this.first8() ? 0
				: Math.max(0, Math.min(last, Math.floor(this.top / this.tall)) - SPARE / 2);
			this.fill(frame, frame.model, top, Math.min(rows, top + sight));
			this.say(frame.model.components.size);
		}
	}

	/** @param {import('../app.js').Frame} frame @param {import('../live/model.js').Model} model
	 * @param {number} top @param {number} end */
	fill(frame, model, top, end) {
		while (this.pool.length < end - top) {
			this.pool.push(new Row());
		}
		for (const row of this.pool.splice(end - top)) {
			row.node.remove();
		}
		this.pool.forEach((row, nth) => {
			const component = model.components.get(this.order[top + nth]);
			if (component) {
				row.place(top + nth, component.name === this.selected);
				row.update(component, this.strips.of(component.name), frame.now);
			}
			if (!row.node.isConnected) {
				this.space.append(row.node);
			}
		});
		if (frame.state === 'live' || frame.state === 'late') {
			this.strips.want([...this.detail.names(), ...this.pool.map((row) => row.name)]);
		}
		this.point();
	}

	/** Where a screen reader is, and how the table is sorted. */
	point() {
		const row = this.pool.find((one) => one.name === this.selected);
		const cell = this.heads[this.head]?.id ?? row?.node.id ?? null;
		const column = this.view.sort.replace('-', '') || 'status';
		const way = this.view.sort.startsWith('-') ? 'descending' : 'ascending';
		setAttr(this.grid, 'aria-rowcount', String(this.order.length + 1));
		setAttr(this.grid, 'aria-activedescendant', cell);
		this.heads.forEach((head, nth) => {
			setAttr(head, 'aria-sort', head.dataset.sort === column ? way : 'none');
			head.classList.toggle('active', nth === this.head);
		});
	}

	/** @param {number} all */
	say(all) {
		const total = this.order.length;
		const narrowed = this.view.words.length + this.view.states.size > 0;
		const more = this.first8() && total > PHONE_ROWS;
		setText(byId('components-note'), this.view.words.length > 0
			? `${count(total)} of ${count(all)}` : '');
		show(byId('components-none'), total === 0);
		setText(byId('components-why'), all === 0
			? 'No components yet. Each entry under components: in the configuration becomes a row here.'
			: 'No component matches.');
		show(byId('components-clear'), all > 0 && narrowed);
		show(byId('components-all'), more);
		setText(byId('components-all'), `Show all ${count(total)}`);
		show(this.grid, total > 0);
	}
}

function isWall() {
	return document.documentElement.classList.contains('wall');
}

/** @param {string} text */
function wordsOf(text) {
	return text.toLowerCase().split(/\s+/).filter(Boolean);
}
