// A button for what cannot be undone: the first press arms it, the second one within five seconds
// acts. Leaving it disarms it.
import { button, setAttr, setClass, setText } from './dom.js';

const ARMED_MS = 5000;

/**
 * @param {string} word what it does
 * @param {string} what of which thing, for who cannot see where it stands
 * @param {() => Promise<void>} act
 * @returns {HTMLButtonElement}
 */
export function confirmButton(word, what, act) {
	let armed = 0;
	const dress = (/** @type {boolean} */ on) => {
		setText(node, on ? 'Confirm' : word);
		setClass(node, on ? 'push armed' : 'push');
		setAttr(node, 'aria-label', on ? `Confirm: ${word} ${what}` : `${word} ${what}`);
	};
	const disarm = () => {
		clearTimeout(armed);
		armed = 0;
		dress(false);
	};
	const node = button('push', async () => {
		if (armed === 0) {
			armed = setTimeout(disarm, ARMED_MS);
			dress(true);
			return;
		}
		disarm();
		node.disabled = true;
		await act();
		node.disabled = false;
	}, word);
	node.addEventListener('blur', disarm);
	dress(false);
	return node;
}
