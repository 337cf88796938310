// Something that covers the page and that the browser's "back" takes away again. It is a key of the
// address; opening it lays an entry down in the browser's history, closing takes that up. What else
// the reader changed in the address meanwhile is kept, because closing writes the address anew.
import { keepView, onView, viewOf } from '../shell/address.js';

/** @typedef {import('../shell/address.js').ViewKey} ViewKey */

/** @type {Sheet[]} those that laid an entry down, the uppermost last */
const laid = [];
/** @type {Promise<void>} done when no entry is being taken up */
let settled = Promise.resolve();

addEventListener('popstate', () => laid.pop()?.left());

export class Sheet {
	/**
	 * @param {ViewKey} key
	 * @param {(value: string) => void} opened also told of another value while it is open
	 * @param {() => void} closed
	 */
	constructor(key, opened, closed) {
		this.key = key;
		this.opened = opened;
		this.closed = closed;
		onView(key, (value) => (value === '' ? closed() : opened(value)));
	}

	/** Opens what the address of the page asked for. */
	resume() {
		const value = viewOf(this.key);
		if (value !== '') {
			this.opened(value);
		}
	}

	/** @param {string} value */
	async open(value) {
		this.opened(value);
		await settled;
		if (!laid.includes(this) && viewOf(this.key) === '') {
			history.pushState(null, '', location.href);
			laid.push(this);
		}
		keepView(this.key, value);
	}

	close() {
		if (laid.at(-1) === this) {
			settled = new Promise((done) => {
				addEventListener('popstate', () => done(), { once: true });
			});
			history.back();
		} else {
			this.left();
		}
	}

	/** @returns {boolean} whether it was opened from this page */
	isOpen() {
		return laid.includes(this);
	}

	left() {
		keepView(this.key, '');
		this.closed();
	}
}
