// What the details of components and of breakers are made of: lines with a mark, and pairs of a name
// and a value.
import { el, setAttr, setMark, setText, symbol } from '../view/dom.js';
import { clock, iso, when } from '../view/format.js';

/**
 * @typedef {object} Line
 * @property {import('../view/marks.js').Mark} look
 * @property {string} head
 * @property {string | null} [time] of the head, when that is a time
 * @property {string} short
 * @property {string} text
 */

/** @param {number} at @param {number} now @returns {Pick<Line, 'head' | 'time'>} */
export const timed = (at, now) => ({ time: iso(at),
	head: now - at < 86_400_000 ? clock(at) : when(at, now) });

/** @param {Line} first */
export function createLine(first) {
	const mark = symbol('ring', 'mark');
	const word = el('span', 'unseen');
	const head = el(first.time ? 'time' : 'span');
	const short = el('span', 'short');
	const text = el('bdi', 'said');
	const node = el('li', '', mark, word, head, short, text);
	return { node, update(/** @type {Line} */ line) {
		setMark(mark, line.look);
		setText(word, line.look.word);
		setText(head, line.head);
		setAttr(head, 'datetime', line.time ?? null);
		setText(short, line.short);
		setText(text, line.text);
		setAttr(text, 'title', line.text);
	} };
}

export function createFact() {
	const name = el('dt');
	const value = el('dd');
	const node = el('div', '', name, value);
	return { node, update(/** @type {[string, string]} */ [label, text]) {
		setText(name, label);
		setText(value, text);
	} };
}
