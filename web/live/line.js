// One stream a browser. Of the tabs that are in sight one holds the lock, and with it the stream; it
// passes every event on to the others, word for word. Who is hidden or paused lets go of both, so a
// lock never lies in a tab that the browser may freeze; and should the holder hang all the same, the
// others notice that not even its "here" comes, and one takes the lock away from it.
// Without Web Locks (a page over plain HTTP from another host) each tab has its own stream.
import { Source } from './source.js';

const NAME = 'bellwether.live';
const PATH = '/api/v1/live';
const HANGS_MS = 4000;

/**
 * @typedef {object} Listener
 * @property {(type: string, text: string) => void} heard an event of the stream
 * @property {(wait: number) => void} closed there is no connection; the next try is so far away
 */

export class Line {
	/** @param {number} silentMs a stream silent for so long is closed @param {Listener} listener */
	constructor(silentMs, listener) {
		this.listener = listener;
		this.source = new Source(PATH, silentMs, {
			heard: (type, text) => this.tell({ type, text }),
			closed: (wait) => this.tell({ type: 'closed', wait }),
		});
		this.leads = false;
		this.heardAt = 0;
		this.toldAt = 0;
		/** @type {BroadcastChannel | null} */
		this.channel = null;
		/** @type {AbortController | null} given up when the tab leaves the line */
		this.waiting = null;
		this.letGo = () => {};
	}

	start() {
		this.stop();
		if (!navigator.locks || typeof BroadcastChannel === 'undefined') {
			this.lead();
			return;
		}
		this.channel = new BroadcastChannel(NAME);
		this.channel.onmessage = ({ data }) => this.hear(data);
		this.heardAt = performance.now();
		this.queue();
	}

	stop() {
		this.leads = false;
		this.source.close();
		this.waiting?.abort();
		this.waiting = null;
		this.letGo();
		this.channel?.close();
		this.channel = null;
	}

	tryNow() {
		if (this.leads) {
			this.source.tryNow();
		} else {
			this.channel?.postMessage({ type: 'try' });
		}
	}

	/** Each second. */
	watch() {
		const now = performance.now();
		if (this.leads) {
			this.source.watch();
			if (now - this.toldAt > HANGS_MS / 4) {
				const wait = this.source.retryAt - now;
				this.post(Number.isFinite(wait) ? { type: 'closed', wait } : { type: 'here' });
			}
		} else if (this.channel && now - this.heardAt > HANGS_MS) {
			this.heardAt = now;
			this.queue({ steal: true });
		}
	}

	/** @param {{ steal?: boolean }} [how] */
	queue(how = {}) {
		this.waiting?.abort();
		const waiting = new AbortController();
		this.waiting = waiting;
		const options = how.steal ? how : { signal: waiting.signal };
		navigator.locks.request(NAME, options, () => this.hold(waiting)).catch(() => {
			if (this.waiting !== waiting || waiting.signal.aborted) {
				return;
			}
			if (this.leads) {
				this.robbed();
			} else {
				this.lead();
			}
		});
	}

	/** @param {AbortController} waiting @returns {Promise<void>} lasts as long as the tab leads */
	hold(waiting) {
		return new Promise((done) => {
			if (this.waiting !== waiting) {
				done();
				return;
			}
			this.letGo = done;
			this.lead();
		});
	}

	lead() {
		this.leads = true;
		this.source.tryNow();
	}

	/** Another tab took the lock because this one hung. */
	robbed() {
		this.leads = false;
		this.source.close();
		this.heardAt = performance.now();
		this.queue();
	}

	/** @param {any} word */
	tell(word) {
		this.post(word);
		this.pass(word);
	}

	/** @param {any} word */
	post(word) {
		this.toldAt = performance.now();
		this.channel?.postMessage(word);
	}

	/** @param {any} word from another tab */
	hear(word) {
		if (typeof word?.type !== 'string') {
			return;
		}
		if (word.type === 'try') {
			if (this.leads) {
				this.source.tryNow();
			}
		} else if (!this.leads) {
			this.heardAt = performance.now();
			if (word.type !== 'here') {
				this.pass(word);
			}
		}
	}

	/** @param {any} word */
	pass(word) {
		if (word.type === 'closed') {
			this.listener.closed(word.wait);
		} else {
			this.listener.heard(word.type, word.text);
		}
	}
}
