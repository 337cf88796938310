// The keys of the page, in one table: who offers a key says what it does, and the help lists it.
// Single letters and signs can be turned off by the reader (WCAG 2.1.4); arrows, Enter and Escape
// belong to the thing that has the focus and are not in this table.

/**
 * @typedef {object} Key
 * @property {string[]} keys values of KeyboardEvent.key
 * @property {string} does for the help, in a few words
 * @property {(event: KeyboardEvent) => void} press
 */

/** @type {Key[]} */
const table = [];

/** @param {string[]} keys @param {string} does @param {Key['press']} press */
export function offerKey(keys, does, press) {
	table.push({ keys, does, press });
}

/** @returns {readonly Key[]} */
export function offeredKeys() {
	return table;
}

/** @param {EventTarget | null} target */
function takesText(target) {
	return target instanceof HTMLElement
		&& (target.isContentEditable || target.matches('input, textarea, select'));
}

document.addEventListener('keydown', (event) => {
	if (event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)
		|| document.querySelector('dialog[open]')) {
		return;
	}
	const key = table.find((one) => one.keys.includes(event.key));
	if (key) {
		event.preventDefault();
		key.press(event);
	}
});
