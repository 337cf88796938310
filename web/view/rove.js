// Arrows within a row of buttons, a list of tabs or of lines, so that each is one stop of the Tab key.
import { on, setAttr } from './dom.js';

/**
 * @param {Element[]} all
 * @param {KeyboardEvent} event
 * @param {string} back the key that goes to the one before
 * @param {string} forth
 * @returns {HTMLElement | null} where the key leads
 */
export function neighbour(all, event, back, forth) {
	const nth = all.indexOf(/** @type {Element} */ (document.activeElement));
	const to = { [back]: nth - 1, [forth]: nth + 1, Home: 0, End: all.length - 1 }[event.key];
	if (nth < 0 || to === undefined || !all[to]) {
		return null;
	}
	event.preventDefault();
	return /** @type {HTMLElement} */ (all[to]);
}

/** Makes a toolbar one stop, for whoever enters it: from then on the button that had the focus last.
 * @param {HTMLElement} group */
export function rove(group) {
	on(group, 'focusin', ({ target }) => [...group.children].forEach((one) =>
		setAttr(one, 'tabindex', one === target ? null : '-1')));
	on(group, 'keydown', (event) =>
		neighbour([...group.children], event, 'ArrowLeft', 'ArrowRight')?.focus());
}
