// What the page knows and whether it can be believed: a snapshot, then every event laid in by its
// number. Only the age of the latest message counts, looked at each second. Whoever is behind (a
// hole in the numbers, another list, an event that cannot be read, a new connection) fetches the
// snapshot, and until it is there ages as if nothing had arrived.
import { number } from '../view/format.js';
import { Line } from './line.js';
import { takePatch, takeSnapshot } from './model.js';
import { backOff } from './source.js';

export const LATE_MS = 4000;
export const LOST_MS = 15_000;
const FETCH_APART_MS = 1000;
const FETCH_MAX_MS = 10_000;
const QUEUE_MAX = 500;
const CLOCKS_AGREE_MS = 300_000;

/**
 * @typedef {'waiting' | 'live' | 'late' | 'lost' | 'paused'} Liveness
 * @typedef {object} Handlers
 * @property {() => void} changed the model or the liveness is another one
 * @property {(at: number, values: any[]) => void} sampled a point of the history
 * @property {(mark: any[]) => void} marked an entry of the change journal
 * @property {() => void} renewed the snapshot came: what lies between is unknown
 */

export class Live {
	/** @param {Handlers} handlers */
	constructor(handlers) {
		this.handlers = handlers;
		this.line = new Line(LOST_MS, {
			heard: (type, text) => this.hear(type, text),
			closed: (wait) => this.close(wait),
		});
		/** @type {import('./model.js').Model | null} */
		this.model = null;
		this.paused = false;
		this.runs = false;
		this.closed = false;
		this.startedAt = performance.now();
		this.messageAt = -Infinity;
		this.behindSince = Infinity;
		this.retryAt = Infinity;
		this.serverNow = NaN;
		this.beats = 0;
		this.wall = Date.now() - performance.now();
		/** @type {{ type: string, data: any }[]} */
		this.queue = [];
		this.wanted = 0;
		this.fetchedAt = -Infinity;
		/** @type {AbortController | null} there while the snapshot is being fetched */
		this.fetching = null;
	}

	begin() {
		setInterval(() => this.watch(), 1000);
		document.addEventListener('visibilitychange', () => this.turn(!document.hidden));
		addEventListener('pagehide', () => this.turn(false));
		addEventListener('pageshow', (event) => event.persisted && this.turn(!document.hidden));
		this.turn(!document.hidden);
	}

	/** A page in sight begins with a snapshot; a hidden or paused one asks nothing of anybody.
	 * @param {boolean} shown */
	turn(shown) {
		this.stop();
		this.runs = shown && !this.paused;
		if (this.runs) {
			this.startedAt = performance.now();
			this.behindSince = this.model ? this.messageAt : Infinity;
			this.closed = false;
			this.retryAt = Infinity;
			this.line.start();
			this.renew(0);
		}
		this.handlers.changed();
	}

	stop() {
		this.runs = false;
		this.line.stop();
		this.fetching?.abort();
		this.fetching = null;
		this.queue = [];
	}

	/** The reader holds the page still; only what is right can be held.
	 * @param {boolean} paused */
	pause(paused) {
		if (paused === this.paused || (paused && !['live', 'late'].includes(this.state()))) {
			return;
		}
		if (paused) {
			this.serverNow = this.now();
			this.messageAt = performance.now();
		}
		this.paused = paused;
		this.turn(!document.hidden);
	}

	tryNow() {
		this.line.tryNow();
		this.fetching?.abort();
		this.fetching = null;
		this.renew(this.wanted);
	}

	/** Nothing arrives while a machine sleeps, and its clock for ages stands still: the other one
	 * tells. */
	watch() {
		if (!this.runs) {
			this.wall = Date.now() - performance.now();
			if (this.paused) {
				this.handlers.changed();
			}
			return;
		}
		const wall = Date.now() - performance.now();
		const slept = wall - this.wall;
		this.wall = wall;
		if (slept > LATE_MS) {
			this.messageAt -= slept;
			this.turn(true);
		}
		this.line.watch();
		this.handlers.changed();
	}

	/** @returns {number} milliseconds since the page was known to be right */
	age() {
		const heard = this.model ? this.messageAt : this.startedAt;
		return performance.now() - Math.min(heard, this.behindSince);
	}

	/** @returns {Liveness} */
	state() {
		if (this.paused) {
			return 'paused';
		}
		const age = this.age();
		if (this.closed || age > LOST_MS) {
			return 'lost';
		}
		if (!this.model) {
			return 'waiting';
		}
		return age > LATE_MS ? 'late' : 'live';
	}

	/** @returns {number} the server's time, as far as it can be supposed */
	time() {
		return this.serverNow + (this.paused ? 0 : performance.now() - this.messageAt);
	}

	/** @returns {number} the same, which stands still when nothing can be believed */
	now() {
		return this.state() === 'lost' ? this.serverNow : this.time();
	}

	/** @param {number} wait until the next try */
	close(wait) {
		this.closed = true;
		this.retryAt = performance.now() + wait;
		this.fetching?.abort();
		this.fetching = null;
		this.queue = [];
		this.handlers.changed();
	}

	/** @param {string} type @param {string} text */
	hear(type, text) {
		if (!this.runs) {
			return;
		}
		let data;
		try {
			data = JSON.parse(text);
		} catch {
			data = null;
		}
		if (number(data?.seq) === null) {
			this.renew(this.wanted);
			return;
		}
		if (type === 'hello' && this.model) {
			this.behindSince = Math.min(this.behindSince, this.messageAt);
		}
		this.beat(type === 'hello' ? null : number(data.now));
		this.closed = false;
		this.follow(type, data);
		this.handlers.changed();
	}

	/** @param {number | null} theirs the server's time, when the message brings it */
	beat(theirs) {
		const now = performance.now();
		this.serverNow = theirs ?? this.serverNow + now - this.messageAt;
		this.messageAt = now;
		this.beats++;
	}

	/** @param {string} type @param {any} data */
	follow(type, data) {
		if (type === 'hello') {
			this.queue = [];
			this.wanted = data.seq;
		}
		if (!this.fetching) {
			this.apply(type, data);
		} else if (type !== 'heartbeat' && this.queue.push({ type, data }) > QUEUE_MAX) {
			this.queue = [];
			this.wanted = data.seq;
		}
	}

	/** @param {string} type @param {any} data */
	apply(type, data) {
		const { model } = this;
		const other = data.roster !== undefined && data.roster !== model?.roster;
		if (!model || type === 'resync' || other) {
			this.renew(data.seq);
		} else if (type === 'heartbeat' || type === 'hello') {
			this.compare(data.seq, model.seq);
		} else if (data.seq > model.seq + 1) {
			this.renew(data.seq);
		} else if (data.seq === model.seq + 1) {
			this.lay(type, data, model);
		}
	}

	/** A number below ours may still have been under way when the snapshot was made, but not long.
	 * @param {number} theirs @param {number} ours */
	compare(theirs, ours) {
		if (theirs > ours
			|| (theirs < ours && performance.now() - this.fetchedAt > FETCH_APART_MS)) {
			this.renew(theirs);
		} else {
			this.behindSince = Infinity;
		}
	}

	/** @param {string} type @param {any} data @param {import('./model.js').Model} model */
	lay(type, data, model) {
		model.seq = data.seq;
		if (type === 'patch') {
			takePatch(model, data);
		} else if (type === 'sample' && Array.isArray(data.values)) {
			this.handlers.sampled(data.at, data.values);
		} else if (type === 'mark' && Array.isArray(data.mark)) {
			this.handlers.marked(data.mark);
		}
	}

	/** @param {number} wanted the number that the snapshot must have reached */
	async renew(wanted) {
		this.wanted = wanted;
		if (this.fetching || !this.runs) {
			return;
		}
		const fetching = new AbortController();
		const gone = () => fetching !== this.fetching;
		this.fetching = fetching;
		this.behindSince = Math.min(this.behindSince, performance.now());
		await pause(this.fetchedAt + FETCH_APART_MS - performance.now());
		for (let failures = 0; !gone(); failures++) {
			const data = await fetchSnapshot(fetching.signal);
			if (gone()) {
				return;
			}
			if (number(data?.seq) !== null && data.seq >= this.wanted) {
				this.accept(data);
				return;
			}
			const wait = backOff(failures);
			this.retryAt = performance.now() + wait;
			await pause(wait);
		}
	}

	/** @param {any} data a snapshot */
	accept(data) {
		this.fetchedAt = performance.now();
		this.fetching = null;
		this.behindSince = Infinity;
		if (this.messageAt < this.startedAt) {
			this.beat(null);
		}
		if (!Number.isFinite(this.serverNow)) {
			this.serverNow = guessNow(Number(data.now));
		}
		this.model = takeSnapshot(this.model, data);
		this.handlers.renewed();
		for (const { type, data: event } of this.queue.splice(0)) {
			this.apply(type, event);
		}
		this.handlers.changed();
	}
}

/** @param {number} ms */
function pause(ms) {
	return new Promise((done) => { setTimeout(done, Math.max(0, ms)); });
}

/** @param {AbortSignal} signal @returns {Promise<any>} null when it could not be had or read */
async function fetchSnapshot(signal) {
	const late = AbortSignal.timeout(FETCH_MAX_MS);
	try {
		const answer = await fetch('/api/v1/live/snapshot', {
			cache: 'no-store', signal: AbortSignal.any([signal, late]),
		});
		return answer.ok ? await answer.json() : null;
	} catch {
		return null;
	}
}

/**
 * A snapshot says when it was built, which may be a while ago; the next event brings the time. Until
 * then our own clock serves, when the two are not far apart.
 * @param {number} built
 */
function guessNow(built) {
	const ours = Date.now();
	return Math.abs(ours - built) < CLOCKS_AGREE_MS ? Math.max(ours, built) : built;
}
