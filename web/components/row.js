// One row of the table: a set of nodes that shows whichever component stands there now.
import { el, setAttr, setBar, setClass, setMark, setText, show, symbol } from '../view/dom.js';
import { age, ms } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { StripView } from './strips.js';

const STRIP_COLUMNS = 136;
const TEXT_MAX = 300;

/** @typedef {import('../live/model.js').Component} Component */

export class Row {
	constructor() {
		this.mark = symbol('ring', 'mark');
		this.word = el('span');
		this.group = el('span', 'group');
		this.own = el('bdi', 'own');
		this.value = el('span');
		this.bar = el('span', 'limit-fill');
		this.track = el('span', 'limit', this.bar);
		this.strip = new StripView(STRIP_COLUMNS);
		this.history = el('span', 'day', this.strip.node);
		this.checked = el('span', 'checked right');
		this.detail = el('span', 'detail');
		this.name = '';
		this.at = -1;
		this.node = el('div', 'row', el('span', 'status', this.mark, this.word),
			el('span', 'title', this.group, this.own),
			el('span', 'response right', this.value, this.track),
			this.history, this.checked, this.detail);
		setAttr(this.node, 'role', 'row');
		for (const cell of this.node.children) {
			setAttr(cell, 'role', 'gridcell');
		}
	}

	/** @param {number} nth its place in the list @param {boolean} selected */
	place(nth, selected) {
		if (this.at !== nth) {
			this.at = nth;
			this.node.id = `row-${nth}`;
			this.node.style.transform = `translateY(calc(${nth} * var(--row)))`;
			setAttr(this.node, 'aria-rowindex', nth + 2);
		}
		setAttr(this.node, 'aria-selected', selected);
	}

	/** @param {Component} component @param {import('./strips.js').Strip | undefined} strip
	 * @param {number} now */
	update(component, strip, now) {
		const mark = stateMark(component.status);
		this.name = component.name;
		setClass(this.node, `row is-${mark.tone}`);
		setMark(this.mark, mark);
		setText(this.word, mark.word);
		setText(this.group, component.group ? `${component.group}/` : '');
		setText(this.own, component.name);
		setText(this.checked, age((now - (component.checkedAt ?? NaN)) / 1000));
		setText(this.detail, (component.error ?? '').slice(0, TEXT_MAX));
		this.measure(component);
		this.strip.update(strip, component, now);
		setAttr(this.history, 'aria-label', this.strip.share || 'No history yet');
	}

	/** @param {Component} component */
	measure({ responseMs, limitMs }) {
		const share = responseMs === null || !limitMs ? null : responseMs / limitMs;
		setText(this.value, ms(responseMs));
		show(this.track, share !== null);
		setBar(this.bar, share);
		setClass(this.track, share !== null && share >= 1 ? 'limit past' : 'limit');
	}
}
