// One row of the table: a set of nodes that shows whichever component stands there now.
import { el, setAttr, setBar, setClass, setMark, setText, show, symbol } from '../view/dom.js';
import { age, ms } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { standing } from './order.js';
import { createStrip } from './strips.js';

const STRIP_COLUMNS = 136;
const TEXT_MAX = 300;

/** @typedef {import('../live/model.js').Component} Component */

export function createRow() {
	const mark = symbol('ring', 'mark');
	const word = el('span');
	const group = el('span', 'group');
	const own = el('bdi', 'own');
	const title = el('span', 'title', group, own);
	const value = el('span');
	const bar = el('span', 'limit-fill');
	const track = el('span', 'limit', bar);
	const strip = createStrip(STRIP_COLUMNS);
	const day = el('span', 'day', strip.node);
	const checked = el('span', 'checked right');
	const detail = el('span', 'detail');
	const node = el('div', 'row', el('span', 'status', mark, word), title,
		el('span', 'response right', value, track), day, checked, detail);
	let at = -1;
	setAttr(node, 'role', 'row');
	for (const cell of node.children) {
		setAttr(cell, 'role', 'gridcell');
	}

	/** @param {number} nth its place in the list @param {boolean} selected */
	const place = (nth, selected) => {
		if (at !== nth) {
			at = nth;
			node.id = `row-${nth}`;
			node.style.transform = `translateY(calc(${nth} * var(--row)))`;
			setAttr(node, 'aria-rowindex', nth + 2);
		}
		setAttr(node, 'aria-selected', selected);
	};

	/** @param {Component} component */
	const measure = ({ responseMs, limitMs }) => {
		const share = responseMs === null || !limitMs ? null : responseMs / limitMs;
		setText(value, ms(responseMs));
		show(track, share !== null);
		setBar(bar, share);
		setClass(track, share !== null && share >= 1 ? 'limit past' : 'limit');
	};

	/** @param {Component} component @param {import('./strips.js').Strip | undefined} known
	 * @param {number} now */
	const update = (component, known, now) => {
		const look = stateMark(standing(component));
		const aside = component.kept && component.status !== 'healthy';
		row.name = component.name;
		setClass(node, `row is-${look.tone}`);
		setMark(mark, look);
		setText(word, look.word);
		setText(group, component.group && `${component.group}/`);
		setText(own, component.name);
		setText(checked, age((now - (component.checkedAt ?? NaN)) / 1000));
		if (!aside) {
			title.querySelector('.mark')?.remove();
		} else if (own === title.lastElementChild) {
			title.append(symbol('bars', 'mark calm'));
		}
		setText(detail, [aside && 'In maintenance', component.error?.slice(0, TEXT_MAX)]
			.filter(Boolean).join(' · '));
		measure(component);
		setAttr(day, 'aria-label', strip.update(known, component, now) || 'No history yet');
	};
	const row = { node, name: '', place, update };
	return row;
}
