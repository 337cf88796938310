// The help: every key that the page offers at this moment, and the switch that turns them off. The
// keys of the thing that has the focus cannot be turned off.
import { el, on } from '../view/dom.js';
import { make } from '../view/make.js';
import { areKeysOn, offeredKeys, turnKeys } from './keys.js';

/** @type {[string, string][]} */
const FIXED = [['↑ ↓ PgUp PgDn Home End', 'rows of the components'], ['Enter', 'open the row'],
	['← →', 'cursor of the history, with Shift twelve steps'],
	['Esc', 'clear the filter, close, leave the wall']];

const box = /** @type {HTMLInputElement} */ (make('input#keys-on', { type: 'checkbox' }));
const list = el('dl');
const dialog = /** @type {HTMLDialogElement} */ (make('dialog.keys#keys', { 'aria-labelledby': 'keys-title' },
	make('h2#keys-title', {}, 'Keys'), list,
	make('form.buttons', { method: 'dialog' },
		el('label', 'key-switch', box, 'Single letters and signs act as keys'), el('button', 'push', 'Close'))));
on(dialog, 'close', () => dialog.remove());

/** @param {Pick<import('./keys.js').Key, 'keys' | 'does'>} key */
const line = ({ keys, does }) =>
	el('div', '', el('dt', '', ...keys.map((key) => el('kbd', '', key))), el('dd', '', does));

export function openHelp() {
	list.replaceChildren(...[...offeredKeys, ...FIXED.map(([keys, does]) =>
		({ keys: keys.split(' '), does }))].map(line));
	box.checked = areKeysOn;
	document.body.append(dialog);
	dialog.showModal();
}

on(box, 'change', () => turnKeys(box.checked));
on(dialog, 'keydown', (event) => {
	if (event.key === '?') {
		dialog.close();
	}
});
