// How many components are in each state; a press shows those alone, a second press all again.
import { button, el, patch, setAttr, setClass, setText, show, symbol } from '../view/dom.js';
import { count } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { STATES } from './order.js';

/** @typedef {{ key: string, n: number | null, pressed: boolean }} Facet */

/** @type {Set<string>} */
let shown = new Set();
/** @type {(states: Set<string>) => void} */
let chosen = () => undefined;

/** @param {(states: Set<string>) => void} listener told which states the reader wants to see */
export function onFacets(listener) {
	chosen = listener;
}

/** @param {string} state empty for all */
function press(state) {
	const next = new Set(state === '' ? [] : shown);
	if (state !== '' && !next.delete(state)) {
		next.add(state);
	}
	chosen(next);
}

/** @param {Facet} facet */
function create({ key: state }) {
	const node = button('facet', () => press(state));
	const look = stateMark(state);
	const mark = symbol(look.shape, 'mark');
	const n = el('b');
	node.append(...state === '' ? [el('span', '', 'All')] : [mark, el('span', '', look.word)], n);
	return { node, update(/** @type {Facet} */ facet) {
		setText(n, count(facet.n));
		setAttr(node, 'aria-pressed', facet.pressed);
		setClass(mark, `mark ${facet.n ? look.tone : 'faint'}`);
		setClass(node, facet.n === 0 ? 'facet empty' : 'facet');
		show(node, state !== 'maintenance' || facet.pressed || Boolean(facet.n));
	} };
}

/** @param {number[] | null} counts of each state, null when nothing is known
 * @param {Set<string>} states those that are shown */
export function drawFacets(counts, states) {
	shown = states;
	const all = { key: '', n: counts?.reduce((sum, n) => sum + n, 0) ?? null,
		pressed: states.size === 0 };
	const each = STATES.map((state, nth) => ({ key: state, n: counts?.[nth] ?? null,
		pressed: states.has(state) }));
	patch('facets', [all, ...each], create);
}
