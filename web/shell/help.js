// The help: every key that the page offers at this moment, and the switch that turns them off.
import { button, byId, el, on } from '../view/dom.js';
import { keysAreOn, offeredKeys, offerKey, turnKeys } from './keys.js';

/** @type {[string[], string][]} those of the thing that has the focus; they cannot be turned off */
const OF_THE_FOCUS = [
	[['↑', '↓', 'PgUp', 'PgDn', 'Home', 'End'], 'rows of the components'],
	[['Enter'], 'open the row'],
	[['←', '→'], 'cursor of the history, with Shift twelve steps'],
	[['Esc'], 'clear the filter, close, leave the wall'],
];

/** @param {readonly string[]} keys @param {string} does */
function line(keys, does) {
	return el('div', '', el('dt', '', ...keys.map((key) => el('kbd', '', key))), el('dd', '', does));
}

function keyList() {
	return el('dl', '', ...offeredKeys().map(({ keys, does }) => line(keys, does)),
		...OF_THE_FOCUS.map(([keys, does]) => line(keys, does)));
}

function keySwitch() {
	const label = el('label', 'key-switch');
	const box = /** @type {HTMLInputElement} */ (el('input'));
	box.type = 'checkbox';
	box.id = 'keys-on';
	box.checked = keysAreOn();
	box.addEventListener('change', () => turnKeys(box.checked));
	label.append(box, 'Single letters and signs act as keys');
	return label;
}

function openHelp() {
	const dialog = /** @type {HTMLDialogElement} */ (byId('keys'));
	const head = el('h2', '', 'Keys');
	const foot = el('p', 'buttons');
	head.id = 'keys-title';
	foot.append(keySwitch(), button('push', () => dialog.close(), 'Close'));
	dialog.replaceChildren(head, keyList(), foot);
	dialog.showModal();
}

export function listenHelp() {
	on('help', 'click', openHelp);
	offerKey(['?'], 'this list', openHelp);
	on('keys', 'keydown', (event) => {
		if (event.key === '?') {
			/** @type {HTMLDialogElement} */ (byId('keys')).close();
		}
	});
}
