// How many components are in each state; a press shows those alone, a second press all again.
import { button, byId, el, patch, setAttr, setClass, setText, show, symbol } from '../view/dom.js';
import { count } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { STATES } from './order.js';

/** @typedef {{ state: string, n: number | null, pressed: boolean }} Facet */

export class Facets {
	/** @param {(states: Set<string>) => void} chosen */
	constructor(chosen) {
		this.chosen = chosen;
		/** @type {Set<string>} */
		this.states = new Set();
	}

	/** @param {string} state empty for all */
	press(state) {
		const next = new Set(state === '' ? [] : this.states);
		if (state !== '' && !next.delete(state)) {
			next.add(state);
		}
		this.chosen(next);
	}

	/** @param {Facet} facet */
	create({ state }) {
		const node = button('facet', () => this.press(state));
		const look = stateMark(state);
		const mark = symbol(look.shape, 'mark');
		const n = el('b');
		if (state !== '') {
			node.append(mark);
		}
		node.append(el('span', '', state === '' ? 'All' : look.word), n);
		return { node, update(/** @type {Facet} */ facet) {
			setText(n, count(facet.n));
			setAttr(node, 'aria-pressed', String(facet.pressed));
			setClass(mark, `mark ${facet.n ? look.tone : 'faint'}`);
			setClass(node, facet.n === 0 ? 'facet empty' : 'facet');
			show(node, state !== 'maintenance' || facet.pressed || Boolean(facet.n));
		} };
	}

	/** @param {number[] | null} counts of each state, null when nothing is known
	 * @param {Set<string>} states those that are shown */
	draw(counts, states) {
		this.states = states;
		const all = { state: '', n: counts?.reduce((sum, n) => sum + n, 0) ?? null,
			pressed: states.size === 0 };
		const each = STATES.map((state, nth) => ({ state, n: counts?.[nth] ?? null,
			pressed: states.has(state) }));
		patch(byId('facets'), [all, ...each], (facet) => facet.state, (facet) =>
			this.create(facet));
	}
}
