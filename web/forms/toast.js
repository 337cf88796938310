// What was just done, and for ten seconds the way back. A way back that is refused says why and stays.
import { button, el, setAttr, setClass, setText, show } from '../view/dom.js';
import { wordsOf } from '../view/daemon.js';

const SHOWN_MS = 10_000;

const text = el('span');
/** @type {() => Promise<unknown>} */
let undo = async () => undefined;
let timer = 0;
const press = button('link', async () => {
	clearTimeout(timer);
	press.disabled = true;
	try {
		await undo();
		show(toast, false);
	} catch (error) {
		complain(`Not done: ${wordsOf(error)}`);
	}
	press.disabled = false;
}, 'Undo');
const close = button('link', () => show(toast, false), 'Close');
const toast = el('div', 'toast', text, press, close);
setAttr(text, 'role', 'status');
toast.hidden = true;

/** @param {string} what @param {string} word @param {boolean} failed */
function tell(what, word, failed) {
	clearTimeout(timer);
	(document.querySelector('dialog[open]') ?? document.body).append(toast);
	setClass(toast, failed ? 'toast bad' : 'toast');
	show(toast, true);
	setText(text, what);
	setText(press, word);
	show(close, failed);
}

/** @param {string} why */
function complain(why) {
	tell(why, 'Retry', true);
}

/** @param {string} what @param {() => Promise<unknown>} back throws what the daemon said */
export function offerUndo(what, back) {
	undo = back;
	tell(what, 'Undo', false);
	timer = setTimeout(() => show(toast, false), SHOWN_MS);
}

/** Does it at once; when it is refused, says why and lets the reader try again.
 * @param {() => Promise<unknown>} act throws what the daemon said */
export async function attempt(act) {
	try {
		await act();
	} catch (error) {
		undo = act;
		complain(`Not done: ${wordsOf(error)}`);
	}
}
