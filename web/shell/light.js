// Dark or light: what the system says, until the reader turns it. What was turned back to the
// system's is not kept, so that the page goes with the system again.
import { on, setAttr } from '../view/dom.js';
import { keep } from '../view/kept.js';
import { offerKey } from './keys.js';

const system = matchMedia('(prefers-color-scheme: dark)');

function turn() {
	const root = document.documentElement;
	const ofSystem = system.matches ? 'dark' : 'light';
	const next = (root.dataset.theme ?? ofSystem) === 'dark' ? 'light' : 'dark';
	if (next === ofSystem) {
		delete root.dataset.theme;
	} else {
		root.dataset.theme = next;
	}
	keep('theme', root.dataset.theme ?? '');
}

/** @param {() => void} changed what is drawn, not styled, must be drawn anew */
export function listenLight(changed) {
	const tell = () => {
		const chosen = document.documentElement.dataset.theme;
		setAttr('theme', 'title', `Dark or light: ${chosen ?? 'as the system'}`);
		changed();
	};
	const press = () => {
		turn();
		tell();
	};
	on('theme', 'click', press);
	offerKey(['d'], 'dark or light', press);
	system.addEventListener('change', tell);
}
