// The stream of events, and whether it can be believed. The state of an EventSource says nothing
// about the daemon (a stopped one stays OPEN), so liveness is the age of the last message alone,
// looked at every second. A hole in the sequence makes the page fetch the document anew; as long as
// it is behind, it counts as if nothing had arrived.
import { applyChange, fromDocument } from './model.js';
import { parseTime } from '../view/format.js';

const EVENTS = ['snapshot', 'change', 'sample', 'resync', 'heartbeat'];
export const LATE_MS = 4000;
export const LOST_MS = 15000;
const RETRY_MAX_MS = 30000;
const FETCH_AGAIN_MS = 250;
const FETCH_APART_MS = 1000;
const FETCH_MAX_MS = 10000;
const QUEUE_MAX = 500;
const CLOCKS_AGREE_MS = 300_000;

/**
 * @typedef {'waiting' | 'live' | 'late' | 'lost'} Liveness
 * @typedef {object} Handlers
 * @property {() => void} changed the model or the liveness is another one
 * @property {(point: any) => void} sampled
 * @property {() => void} renewed the whole document came: what lies between is unknown
 */

export class Live {
	/** @param {Handlers} handlers */
	constructor(handlers) {
		this.handlers = handlers;
		/** @type {import('./model.js').Model | null} */
		this.model = null;
		/** @type {EventSource | null} */
		this.source = null;
		this.began = performance.now();
		this.openedAt = this.began;
		this.messageAt = -Infinity;
		this.behindSince = Infinity;
		this.serverNow = NaN;
		this.beats = 0;
		this.closed = false;
		this.failures = 0;
		this.retryAt = Infinity;
		/** @type {any[]} */
		this.queue = [];
		this.fetching = false;
		this.fetchedAt = -Infinity;
		this.generation = 0;
	}

	start() {
		setInterval(() => this.watch(), 1000);
		document.addEventListener('visibilitychange', () => this.turn());
		addEventListener('pagehide', () => this.close());
		addEventListener('pageshow', (event) => event.persisted && this.turn());
		this.turn();
	}

	/** A hidden page keeps no stream; a page shown again begins with a snapshot. */
	turn() {
		if (document.hidden) {
			this.close();
			this.closed = true;
			this.retryAt = Infinity;
			this.handlers.changed();
		} else {
			this.tryNow();
		}
	}

	tryNow() {
		this.failures = 0;
		this.connect();
	}

	connect() {
		this.close();
		this.openedAt = performance.now();
		this.retryAt = Infinity;
		const source = new EventSource('/api/v1/events');
		for (const type of EVENTS) {
			source.addEventListener(type, (event) => this.receive(type, event));
		}
		source.addEventListener('error', () => this.fail());
		this.source = source;
		this.handlers.changed();
	}

	close() {
		this.source?.close();
		this.source = null;
		this.generation++;
		this.fetching = false;
		this.queue = [];
	}

	fail() {
		this.close();
		this.closed = true;
		const delay = Math.min(RETRY_MAX_MS, 1000 * 2 ** this.failures++);
		this.retryAt = performance.now() + delay * (0.75 + Math.random() / 4);
		this.handlers.changed();
	}

	watch() {
		const now = performance.now();
		if (document.hidden) {
			return;
		}
		const silent = now - Math.max(this.openedAt, Math.min(this.messageAt, this.behindSince));
		if (this.source && silent > LOST_MS) {
			this.fail();
		} else if (!this.source && now >= this.retryAt) {
			this.connect();
		}
		this.handlers.changed();
	}

	/** @returns {number} milliseconds since the page was known to be right */
	age() {
		return performance.now() - Math.min(this.messageAt, this.behindSince);
	}

	/** @returns {Liveness} */
	state() {
		if (!this.model) {
			return this.closed ? 'lost' : 'waiting';
		}
		const age = this.age();
		if (this.closed || age > LOST_MS) {
			return 'lost';
		}
		return age > LATE_MS ? 'late' : 'live';
	}

	/** @returns {number} the server's time; it stands still when nothing can be believed */
	now() {
		const since = this.state() === 'lost' ? 0 : performance.now() - this.messageAt;
		return this.serverNow + since;
	}

	/** @param {string} type @param {MessageEvent} event */
	receive(type, event) {
		let data;
		try {
			data = JSON.parse(event.data);
		} catch {
			this.fail();
			return;
		}
		this.messageAt = performance.now();
		this.beats++;
		if (type === 'snapshot') {
			this.serverNow = guessNow(parseTime(data.metadata?.last_updated));
			this.accept(data);
		} else {
			this.serverNow = parseTime(data.now);
			this.follow(type, data);
		}
		this.handlers.changed();
	}

	/** @param {any} document */
	accept(document) {
		this.model = fromDocument(document);
		this.closed = false;
		this.failures = 0;
		this.behindSince = Infinity;
		this.handlers.renewed();
	}

	/** @param {string} type @param {any} data */
	follow(type, data) {
		if (!this.model) {
			return;
		}
		if (this.fetching) {
			this.queue.push({ type, data });
			if (this.queue.length > QUEUE_MAX) {
				this.fail();
			}
			return;
		}
		if (type === 'heartbeat') {
			if (data.seq !== this.model.seq) {
				this.renew(data.seq);
			}
		} else if (data.seq > this.model.seq) {
			this.apply(type, data);
		}
	}

	/** @param {string} type @param {any} data */
	apply(type, data) {
		const model = /** @type {import('./model.js').Model} */ (this.model);
		if (type === 'resync' || data.seq !== model.seq + 1) {
			this.renew(data.seq);
		} else if (type === 'change') {
			applyChange(model, data);
		} else {
			model.seq = data.seq;
			this.handlers.sampled(data.point);
		}
	}

	/** @param {number} wanted the sequence number that the document must have reached */
	async renew(wanted) {
		const generation = this.generation;
		this.fetching = true;
		this.behindSince = Math.min(this.behindSince, performance.now());
		await pause(this.fetchedAt + FETCH_APART_MS - performance.now());
		while (generation === this.generation) {
			const document = await fetchDocument();
			this.fetchedAt = performance.now();
			if (generation !== this.generation) {
				return;
			}
			if (document && Number(document.metadata?.seq) >= wanted) {
				this.fetching = false;
				this.accept(document);
				this.drain();
				this.handlers.changed();
				return;
			}
			await pause(FETCH_AGAIN_MS);
		}
	}

	drain() {
		for (const { type, data } of this.queue.splice(0)) {
			if (type !== 'heartbeat') {
				this.follow(type, data);
			}
		}
	}
}

/** @param {number} ms */
function pause(ms) {
	return new Promise((done) => { setTimeout(done, Math.max(0, ms)); });
}

/** @returns {Promise<any>} null when it could not be had */
async function fetchDocument() {
	try {
		const answer = await fetch('/api/v1/dashboard', {
			cache: 'no-store', signal: AbortSignal.timeout(FETCH_MAX_MS),
		});
		return answer.ok ? await answer.json() : null;
	} catch {
		return null;
	}
}

/**
 * A snapshot says when it was built, which may be a while ago; the first heartbeat brings the time.
 * Until then our own clock serves, when the two are not far apart.
 * @param {number} built
 */
function guessNow(built) {
	const ours = Date.now();
	return Math.abs(ours - built) < CLOCKS_AGREE_MS ? Math.max(ours, built) : built;
}
