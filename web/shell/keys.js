// The keys of the page, in one table: who offers a key says what it does, and the help lists it.
// Single letters and signs can be turned off by the reader (WCAG 2.1.4); arrows, Enter and Escape
// belong to the thing that has the focus and are not in this table.

import { keep, kept } from '../view/kept.js';

const OFF = 'off';

/**
 * @typedef {object} Key
 * @property {string[]} keys values of KeyboardEvent.key
 * @property {string} does for the help, in a few words
 * @property {(event: KeyboardEvent) => void} press
 */

/** @type {Key[]} */
export const offeredKeys = [];
export let areKeysOn = kept('keys') !== OFF;

/** @param {string[]} keys @param {string} does @param {Key['press']} press */
export function offerKey(keys, does, press) {
	offeredKeys.push({ keys, does, press });
}

/** @param {boolean} on */
export function turnKeys(on) {
	areKeysOn = on;
	keep('keys', on ? 'on' : OFF);
}

/** @param {KeyboardEvent} event @returns {boolean} is it a key of the browser or the system? */
export const hasModifier = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;

/** @param {EventTarget | null} target */
function takesText(target) {
	return target instanceof HTMLElement
		&& (target.isContentEditable || target.matches('input, textarea, select'));
}

/** @param {KeyboardEvent} event @returns {boolean} is it meant for the page as a whole? */
export function isForPage(event) {
	return !event.defaultPrevented && !hasModifier(event) && !event.isComposing
		&& !takesText(event.target)
		&& document.querySelector('dialog[open]') === null;
}

document.addEventListener('keydown', (event) => {
	const key = offeredKeys.find((one) => one.keys.includes(event.key));
	if (areKeysOn && key && isForPage(event)) {
		event.preventDefault();
		key.press(event);
	}
});
