// One EventSource that is kept alive: opened again after 1, 2, 4 … 30 s. Its own state says nothing
// about the daemon (a stopped one stays OPEN), so silence counts as closed.

const EVENTS = ['hello', 'patch', 'sample', 'mark', 'resync', 'heartbeat'];
const RETRY_MAX_MS = 30_000;
const STEADY_MS = 10_000;

/** @param {number} failures so far @returns {number} milliseconds, never two readers the same */
export function backOff(failures) {
	return Math.min(RETRY_MAX_MS, 1000 * 2 ** failures) * (0.75 + Math.random() / 4);
}

/**
 * @typedef {object} Ears
 * @property {(type: string, text: string) => void} heard
 * @property {(wait: number) => void} closed and tried again in so many milliseconds
 */

export class Source {
	/** @param {string} url @param {number} silentMs @param {Ears} ears */
	constructor(url, silentMs, ears) {
		this.url = url;
		this.silentMs = silentMs;
		this.ears = ears;
		/** @type {EventSource | null} */
		this.stream = null;
		this.openedAt = 0;
		this.heardAt = 0;
		this.failures = 0;
		this.retryAt = Infinity;
	}

	open() {
		this.close();
		this.openedAt = performance.now();
		this.heardAt = this.openedAt;
		const stream = new EventSource(this.url);
		for (const type of EVENTS) {
			stream.addEventListener(type, (event) => {
				this.heardAt = performance.now();
				this.ears.heard(type, event.data);
			});
		}
		stream.addEventListener('error', () => this.fail());
		this.stream = stream;
	}

	close() {
		this.stream?.close();
		this.stream = null;
		this.retryAt = Infinity;
	}

	tryNow() {
		this.failures = 0;
		this.open();
	}

	fail() {
		this.close();
		if (this.heardAt - this.openedAt > STEADY_MS) {
			this.failures = 0;
		}
		const wait = backOff(this.failures++);
		this.retryAt = performance.now() + wait;
		this.ears.closed(wait);
	}

	/** Each second. */
	watch() {
		const now = performance.now();
		if (this.stream && now - this.heardAt > this.silentMs) {
			this.fail();
		} else if (now >= this.retryAt) {
			this.open();
		}
	}
}
