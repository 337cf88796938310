// The components, worst first. Only the rows in sight exist: a pool of nodes moves over a space as
// high as all rows. The order holds still while a pointer or the focus is inside; values do not.
import { byId, el, setAttr, setClass, setSymbol, setText, show, symbol } from '../view/dom.js';
import { age, count, ms, NONE } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { openDetail } from './detail.js';

const SPARE = 6;
const PHONE = matchMedia('(max-width: 640px)');
const PHONE_ROWS = 8;
const TEXT_MAX = 300;

/** @typedef {import('../live/model.js').Component} Component */

/** @param {Component} left @param {Component} right */
function worseFirst(left, right) {
	const rank = stateMark(left.status).rank - stateMark(right.status).rank;
	if (rank !== 0) {
		return rank;
	}
	if (left.status !== 'healthy' && left.since !== right.since) {
		return (right.since ?? 0) - (left.since ?? 0);
	}
	return left.name < right.name ? -1 : 1;
}

/** @param {Component} component @param {string[]} words */
function matches(component, words) {
	const text = `${component.name} ${component.group} ${component.status} `
		+ `${component.error ?? ''}`;
	const low = text.toLowerCase();
	return words.every((word) => low.includes(word));
}

class Row {
	constructor() {
		this.node = el('div', 'row');
		this.mark = symbol('ring', 'mark');
		this.word = el('span');
		this.group = el('span', 'group');
		this.own = el('span', 'own');
		this.response = el('span', 'response right');
		this.checked = el('span', 'checked right');
		this.detail = el('span', 'detail');
		this.name = '';
		this.at = -1;
		const status = el('span', 'status');
		const title = el('span', 'title');
		status.append(this.mark, this.word);
		title.append(this.group, this.own);
		this.node.append(status, title, this.response, this.checked, this.detail);
		this.node.setAttribute('role', 'row');
		for (const cell of this.node.children) {
			cell.setAttribute('role', 'gridcell');
		}
	}

	/** @param {Component} component @param {number} nth @param {boolean} active @param {number} now */
	update(component, nth, active, now) {
		const mark = stateMark(component.status);
		const tinted = mark.tone === 'bad' ? ' is-bad' : '';
		this.name = component.name;
		setClass(this.node, `row ${mark.tone}${tinted}${active ? ' active' : ''}`);
		setAttr(this.node, 'id', `row-${nth}`);
		setAttr(this.node, 'aria-rowindex', String(nth + 2));
		setAttr(this.node, 'aria-selected', String(active));
		setSymbol(this.mark, mark.shape);
		setClass(this.mark, `mark ${mark.tone}`);
		setText(this.word, mark.word);
		setText(this.group, component.group ? `${component.group}/` : '');
		setText(this.own, component.name);
		setText(this.response, ms(component.responseMs));
		setText(this.checked, component.checkedAt === null ? NONE
			: age((now - component.checkedAt) / 1000));
		setText(this.detail, (component.error ?? '').slice(0, TEXT_MAX));
		const transform = `translateY(calc(${nth} * var(--row)))`;
		if (this.at !== nth) {
			this.at = nth;
			this.node.style.transform = transform;
		}
	}
}

export class Components {
	constructor() {
		this.grid = byId('grid');
		this.space = byId('rows');
		this.filter = /** @type {HTMLInputElement} */ (byId('filter'));
		/** @type {Row[]} */
		this.pool = [];
		/** @type {string[]} */
		this.order = [];
		this.key = '';
		/** @type {import('../live/model.js').Model | null} */
		this.model = null;
		this.full = false;
		this.active = -1;
		this.inside = false;
		/** @type {import('../app.js').Frame | null} */
		this.frame = null;
		this.listen();
	}

	listen() {
		const redraw = () => this.redraw();
		this.filter.addEventListener('input', () => {
			this.active = -1;
			this.grid.scrollTop = 0;
			this.key = '';
			redraw();
		});
		this.grid.addEventListener('scroll', redraw, { passive: true });
		this.grid.addEventListener('pointerenter', () => { this.inside = true; });
		this.grid.addEventListener('pointerleave', () => { this.inside = false; });
		this.grid.addEventListener('keydown', (event) => this.press(event));
		this.space.addEventListener('click', (event) => this.click(event));
		byId('components-all').addEventListener('click', () => this.expand(true));
		byId('components-close').addEventListener('click', () => this.expand(false));
		PHONE.addEventListener('change', () => this.expand(false));
		new ResizeObserver(redraw).observe(this.grid);
	}

	redraw() {
		if (this.frame) {
			this.draw(this.frame);
		}
	}

	/** @param {boolean} full on a phone: the whole list instead of its first rows */
	expand(full) {
		this.full = full;
		byId('components').classList.toggle('full', full);
		show(byId('components-close'), full);
		this.grid.scrollTop = 0;
		this.redraw();
		byId(full ? 'components-close' : 'components-all').focus({ preventScroll: !full });
	}

	/** @param {MouseEvent} event */
	click(event) {
		const node = /** @type {Element} */ (event.target).closest('.row');
		const row = this.pool.find((one) => one.node === node);
		if (row) {
			this.active = row.at ?? -1;
			this.redraw();
			openDetail(row.name);
		}
	}

	/** @param {KeyboardEvent} event */
	press(event) {
		const last = this.order.length - 1;
		const page = Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight()) - 2);
		const to = {
			ArrowDown: this.active + 1, ArrowUp: this.active - 1, j: this.active + 1,
			k: this.active - 1, PageDown: this.active + page, PageUp: this.active - page,
			Home: 0, End: last,
		}[event.key];
		if (event.key === 'Enter' && this.order[this.active] !== undefined) {
			openDetail(this.order[this.active]);
		} else if (to !== undefined && last >= 0) {
			this.active = Math.min(last, Math.max(0, to));
			this.reveal();
		} else {
			return;
		}
		event.preventDefault();
		this.redraw();
	}

	reveal() {
		const height = this.rowHeight();
		const head = PHONE.matches ? 0 : height;
		const top = this.active * height;
		if (top < this.grid.scrollTop) {
			this.grid.scrollTop = top;
		} else if (top + height + head > this.grid.scrollTop + this.grid.clientHeight) {
			this.grid.scrollTop = top + height + head - this.grid.clientHeight;
		}
	}

	rowHeight() {
		const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
		return rem * (PHONE.matches ? 3.625 : 1.875);
	}

	/** @param {import('../live/model.js').Model} model */
	sort(model) {
		const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
		const key = `${model.order} ${model.components.size} ${words.join(' ')}`;
		const held = this.model === model && this.key !== ''
			&& (this.inside || this.grid.contains(document.activeElement));
		if (held) {
			this.order = this.order.filter((name) => model.components.has(name));
		} else if (key !== this.key || this.model !== model) {
			const found = [...model.components.values()];
			const kept = words.length > 0 ? found.filter((one) => matches(one, words)) : found;
			this.order = kept.sort(worseFirst).map((component) => component.name);
			this.key = key;
			this.model = model;
		}
	}

	/** @param {import('../app.js').Frame} frame */
	draw(frame) {
		this.frame = frame;
		const { model, now } = frame;
		if (!model) {
			return;
		}
		this.sort(model);
		const first8 = PHONE.matches && !this.full;
		const total = this.order.length;
		const rows = first8 ? Math.min(PHONE_ROWS, total) : total;
		const tall = this.rowHeight();
		this.space.style.height = `${rows * tall}px`;
		const top = first8 ? 0 : Math.max(0, Math.floor(this.grid.scrollTop / tall) - SPARE / 2);
		const sight = Math.ceil((this.grid.clientHeight || 600) / tall) + SPARE;
		const end = Math.min(rows, first8 ? PHONE_ROWS : top + sight);
		this.fill(model, top, end, now);
		this.words(model, total, first8);
	}

	/** @param {import('../live/model.js').Model} model @param {number} top @param {number} end
	 * @param {number} now */
	fill(model, top, end, now) {
		while (this.pool.length < end - top) {
			this.pool.push(new Row());
		}
		for (const row of this.pool.splice(end - top)) {
			row.node.remove();
		}
		for (let nth = top; nth < end; nth++) {
			const row = this.pool[nth - top];
			const component = model.components.get(this.order[nth]);
			if (component) {
				row.update(component, nth, nth === this.active, now);
			}
			if (!row.node.isConnected) {
				this.space.append(row.node);
			}
		}
		setAttr(this.grid, 'aria-rowcount', String(this.order.length + 1));
		const seen = this.active >= top && this.active < end;
		setAttr(this.grid, 'aria-activedescendant', seen ? `row-${this.active}` : null);
	}

	/** @param {import('../live/model.js').Model} model @param {number} total @param {boolean} first8 */
	words(model, total, first8) {
		const all = model.components.size;
		const none = byId('components-none');
		setText(byId('components-note'), total === all ? count(all)
			: `${count(total)} of ${count(all)}`);
		show(none, total === 0);
		setText(none, all === 0 ? 'No components yet. They are written in the configuration.'
			: 'No component matches the filter.');
		show(byId('components-all'), first8 && total > PHONE_ROWS);
		setText(byId('components-all'), `Show all ${count(total)}`);
		show(this.grid, total > 0);
	}
}
