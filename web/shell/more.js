// The second script: details, forms, lists and tables, which nobody needs to see how things stand. It is
// loaded when one of them is wanted, or when the page has been filled and has nothing else to do.
import { byId, on, setText, show } from '../view/dom.js';
import { wordsOf } from '../view/daemon.js';
import { redraw } from '../view/paint.js';
import { onView, viewOf } from './address.js';
import { offerKey } from './keys.js';

/** @typedef {typeof import('../more.js')} More */

const IDLE_MS = 1000;
const dialog = /** @type {HTMLDialogElement} */ (byId('more'));
/** @type {NodeListOf<HTMLElement>} panels that it draws */
const lines = document.querySelectorAll('.unloaded');

/** @type {More | null} */
export let more = null;
/** @type {Promise<More> | null} */
let loading = null;
let tries = 0;
let soon = 0;
/** @type {(loaded: More) => void} what failed last */
let wanted = () => undefined;

/** A browser may keep a failure by its address, so every try has one of its own.
 * @returns {Promise<More>} */
const load = () => import(`${document.body.dataset.more}${tries++ ? `?${tries}` : ''}`);

/** @param {(loaded: More) => void} [use] when nobody waits for it, a failure is told in the panels */
export async function withMore(use) {
	try {
		loading ??= load();
		more = await loading;
		lines.forEach((line) => show(line, false));
	} catch (error) {
		const text = `This part of the page could not be loaded (${wordsOf(error)}). Was Bellwether`
			+ ' renewed meanwhile? Then reload the page.';
		loading = null;
		lines.forEach((line) => {
			setText(/** @type {Element} */ (line.firstElementChild), text);
			show(line, true);
		});
		if (use) {
			wanted = use;
			setText('more-text', text);
			dialog.showModal();
		}
		return;
	}
	redraw(more.draw);
	use?.(more);
}

/** @param {import('../app.js').Frame} frame */
export function drawMore(frame) {
	more?.draw(frame);
	if (frame.model && frame.state === 'live' && soon === 0) {
		soon = setTimeout(() => {
			soon = document.hidden ? 0 : soon;
			if (!document.hidden) {
				withMore();
			}
		}, IDLE_MS);
	}
}

export function listenMore() {
	const help = () => withMore(({ openHelp }) => openHelp());
	on('help', 'click', help);
	offerKey(['?'], 'this list', help);
	on('silences-new', 'click', () => withMore(({ openSilence }) => openSilence([])));
	on('more-retry', 'click', () => withMore(wanted));
	lines.forEach((line) => on(/** @type {HTMLElement} */ (line.lastElementChild), 'click', () => withMore()));
	for (const key of /** @type {const} */ (['open', 'breaker'])) {
		const turn = () => viewOf(key) !== '' && !more && withMore(() => undefined);
		onView(key, turn);
		turn();
	}
}
