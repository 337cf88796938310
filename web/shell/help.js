// The help: every key that the page offers at this moment, and the switch that turns them off. The
// keys of the thing that has the focus cannot be turned off and stand in index.html.
import { byId, el, on } from '../view/dom.js';
import { areKeysOn, offeredKeys, offerKey, turnKeys } from './keys.js';

const dialog = /** @type {HTMLDialogElement} */ (byId('keys'));
const box = /** @type {HTMLInputElement} */ (byId('keys-on'));

/** @type {HTMLElement[]} */
let offered = [];

/** @param {import('./keys.js').Key} key */
const line = ({ keys, does }) =>
	el('div', '', el('dt', '', ...keys.map((key) => el('kbd', '', key))), el('dd', '', does));

function openHelp() {
	offered.forEach((node) => node.remove());
	offered = offeredKeys.map(line);
	byId('key-list').prepend(...offered);
	box.checked = areKeysOn;
	dialog.showModal();
}

export function listenHelp() {
	on('help', 'click', openHelp);
	on(box, 'change', () => turnKeys(box.checked));
	offerKey(['?'], 'this list', openHelp);
	on(dialog, 'keydown', (event) => {
		if (event.key === '?') {
			dialog.close();
		}
	});
}
