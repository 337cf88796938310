// Something that covers the page and that the browser's "back" takes away again. It is a key of the
// address; opening it lays an entry down in the browser's history, closing takes that up. What else
// the reader changed in the address meanwhile is kept, because closing writes the address anew.
import { keepView, onView, viewOf } from '../shell/address.js';

/** @typedef {import('../shell/address.js').ViewKey} ViewKey */

/** @type {(() => void)[]} how those that laid an entry down are left, the uppermost last */
const laid = [];
/** @type {Promise<void>} done when no entry is being taken up */
let settled = Promise.resolve();

addEventListener('popstate', () => laid.pop()?.());

/**
 * @param {ViewKey} key
 * @param {(value: string) => void} opened also told of another value while it is open
 * @param {() => void} closed
 */
export function createSheet(key, opened, closed) {
	const left = () => {
		keepView(key, '');
		closed();
	};
	onView(key, (value) => (value === '' ? closed() : opened(value)));
	return {
		/** Opens what the address of the page asked for. */
		resume() {
			if (viewOf(key) !== '') {
				opened(viewOf(key));
			}
		},

		/** @param {string} value */
		async open(value) {
			opened(value);
			await settled;
			if (!laid.includes(left) && viewOf(key) === '') {
				history.pushState(null, '', location.href);
				laid.push(left);
			}
			keepView(key, value);
		},

		close() {
			if (laid.at(-1) === left) {
				settled = new Promise((done) => {
					addEventListener('popstate', () => done(), { once: true });
				});
				history.back();
			} else {
				left();
			}
		},

		/** @returns {boolean} whether it was opened from this page */
		isOpen: () => laid.includes(left),
	};
}
