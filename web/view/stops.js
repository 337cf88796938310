// A list whose rows have buttons is one stop of the Tab key: the button that had the focus last, else the
// first one. Arrows, Home and End go to the others.
import { byId, on, setAttr } from './dom.js';
import { neighbour } from './rove.js';

/** @param {string} id of the list
 * @returns {() => void} to be called when its rows were drawn */
export function createStop(id) {
	const list = byId(id);
	/** @type {Element | null} */
	let last = null;
	const all = () => [...list.querySelectorAll('button')]
		.filter((one) => !one.hidden && !one.disabled);
	const tidy = () => {
		const buttons = all();
		const stop = buttons.find((one) => one === last) ?? buttons[0];
		buttons.forEach((one) => setAttr(one, 'tabindex', one === stop ? 0 : -1));
	};
	on(list, 'focusin', ({ target }) => {
		last = /** @type {Element} */ (target);
		tidy();
	});
	on(list, 'keydown', (event) => neighbour(all(), event, 'ArrowUp', 'ArrowDown')?.focus());
	return tidy;
}
