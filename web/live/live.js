// What the page knows and whether it can be believed: a snapshot, then every event laid in by its
// number. Only the age of the latest message counts, looked at each second. Whoever is behind (a
// hole in the numbers, another list, an event that cannot be read, a new connection) fetches the
// snapshot, and until it is there ages as if nothing had arrived.
import { ask } from '../view/daemon.js';
import { number, uptime } from '../view/format.js';
import { joinLine, leaveLine, onLine, tryLine, watchLine } from './line.js';
import { takePatch, takeSnapshot } from './model.js';
import { backOff } from './source.js';

const LATE_MS = 4000;
const LOST_MS = 15_000;
const FETCH_APART_MS = 1000;
const SNAPSHOT = '/api/v1/live/snapshot';
const GRACE_MS = 1500;
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

/** @type {Handlers} */
let handlers;
/** @type {import('./model.js').Model | null} */
let model = null;
let isPaused = false;
let runs = false;
let closed = false;
let startedAt = uptime();
let messageAt = -Infinity;
let behindSince = Infinity;
let retryAt = Infinity;
let serverNow = NaN;
let beats = 0;
let wall = NaN;
/** @type {{ type: string, data: any }[]} */
let queue = [];
let wanted = 0;
let fetchedAt = -Infinity;
/** @type {AbortController | null} there while the snapshot is being fetched */
let fetching = null;

/** @param {Handlers} listener */
export function begin(listener) {
	handlers = listener;
	onLine({ heard: hear, closed: close });
	setInterval(watch, 1000);
	document.addEventListener('visibilitychange', () => turn(!document.hidden));
	addEventListener('pagehide', () => turn(false));
	addEventListener('pageshow', (event) => event.persisted && turn(!document.hidden));
	turn(!document.hidden);
}

/** @returns {import('../app.js').Frame} */
export function frame() {
	const liveness = state();
	const age = ageNow();
	const retryIn = retryAt - uptime();
	return { model, state: liveness, time: time(), now: liveness === 'lost' ? serverNow : time(), age,
		lostFor: liveness === 'lost' ? age : 0, retryIn, beats,
		fresh: uptime() - startedAt < GRACE_MS };
}

/** A page in sight begins with a snapshot; a hidden or paused one asks nothing of anybody.
 * @param {boolean} shown */
function turn(shown) {
	stop();
	runs = shown && !isPaused;
	if (runs) {
		startedAt = uptime();
		behindSince = model ? messageAt : Infinity;
		closed = false;
		retryAt = Infinity;
		joinLine();
		renew(0);
	}
	handlers.changed();
}

function stop() {
	runs = false;
	leaveLine();
	forget();
}

/** What is under way is of no use any more. */
function forget() {
	fetching?.abort();
	fetching = null;
	queue = [];
}

/** The reader holds the page still, or lets it go; only what is right can be held. */
export function turnPause() {
	if (!isPaused) {
		if (!isRight(state())) {
			return;
		}
		serverNow = time();
		messageAt = uptime();
	}
	isPaused = !isPaused;
	turn(!document.hidden);
}

export function tryNow() {
	tryLine();
	forget();
	renew(wanted);
}

/** Nothing arrives while a machine sleeps, and its clock for ages stands still: the other one
 * tells. */
function watch() {
	const before = wall;
	wall = Date.now() - uptime();
	if (runs) {
		if (wall - before > LATE_MS) {
			messageAt -= wall - before;
			turn(true);
		}
		watchLine();
	}
	if (runs || isPaused) {
		handlers.changed();
	}
}

/** @returns {number} milliseconds since the page was known to be right */
function ageNow() {
	const heard = model ? messageAt : startedAt;
	return uptime() - Math.min(heard, behindSince);
}

/** @param {Liveness} liveness */
export const isRight = (liveness) => liveness === 'live' || liveness === 'late';

/** @returns {Liveness} */
function state() {
	if (isPaused) {
		return 'paused';
	}
	const age = ageNow();
	if (closed || age > LOST_MS) {
		return 'lost';
	}
	if (!model) {
		return 'waiting';
	}
	return age > LATE_MS ? 'late' : 'live';
}

/** @returns {number} the server's time, as far as it can be supposed */
function time() {
	return serverNow + (isPaused ? 0 : uptime() - messageAt);
}

/** @param {number} wait until the next try */
function close(wait) {
	closed = true;
	retryAt = uptime() + wait;
	forget();
	handlers.changed();
}

/** @param {string} type @param {string} text */
function hear(type, text) {
	if (!runs) {
		return;
	}
	let data;
	try {
		data = JSON.parse(text);
	} catch {
		data = null;
	}
	if (number(data?.seq) === null) {
		renew(wanted);
		return;
	}
	if (type === 'hello' && model) {
		behindSince = Math.min(behindSince, messageAt);
	}
	beat(type === 'hello' ? null : number(data.now));
	closed = false;
	follow(type, data);
	handlers.changed();
}

/** @param {number | null} theirs the server's time, when the message brings it */
function beat(theirs) {
	const now = uptime();
	serverNow = theirs ?? serverNow + now - messageAt;
	messageAt = now;
	beats++;
}

/** @param {string} type @param {any} data */
function follow(type, data) {
	if (type === 'hello') {
		queue = [];
		wanted = data.seq;
	}
	if (!fetching) {
		apply(type, data);
	} else if (type !== 'heartbeat' && queue.push({ type, data }) > QUEUE_MAX) {
		queue = [];
		wanted = data.seq;
	}
}

/** @param {string} type @param {any} data */
function apply(type, data) {
	const other = data.roster !== undefined && data.roster !== model?.roster;
	if (!model || type === 'resync' || other) {
		renew(data.seq);
	} else if (type === 'heartbeat' || type === 'hello') {
		compare(data.seq, model.seq);
	} else if (data.seq > model.seq + 1) {
		renew(data.seq);
	} else if (data.seq === model.seq + 1) {
		lay(type, data, model);
	}
}

/** A number below ours may still have been under way when the snapshot was made, but not long.
 * @param {number} theirs @param {number} ours */
function compare(theirs, ours) {
	if (theirs > ours
		|| (theirs < ours && uptime() - fetchedAt > FETCH_APART_MS)) {
		renew(theirs);
	} else {
		behindSince = Infinity;
	}
}

/** @param {string} type @param {any} data @param {import('./model.js').Model} into */
function lay(type, data, into) {
	into.seq = data.seq;
	if (type === 'patch') {
		takePatch(into, data);
	} else if (type === 'sample' && Array.isArray(data.values)) {
		handlers.sampled(data.at, data.values);
	} else if (type === 'mark' && Array.isArray(data.mark)) {
		handlers.marked(data.mark);
	}
}

/** @param {number} seq the number that the snapshot must have reached */
async function renew(seq) {
	wanted = seq;
	if (fetching || !runs) {
		return;
	}
	const mine = new AbortController();
	const gone = () => fetching !== mine;
	fetching = mine;
	behindSince = Math.min(behindSince, uptime());
	await rest(fetchedAt + FETCH_APART_MS - uptime());
	for (let failures = 0; !gone(); failures++) {
		const data = await ask(SNAPSHOT, { signal: mine.signal }).catch(() => null);
		if (gone()) {
			return;
		}
		if (number(data?.seq) !== null && data.seq >= wanted) {
			accept(data);
			return;
		}
		const wait = backOff(failures);
		retryAt = uptime() + wait;
		await rest(wait);
	}
}

/** @param {any} data a snapshot */
function accept(data) {
	fetchedAt = uptime();
	fetching = null;
	behindSince = Infinity;
	if (messageAt < startedAt) {
		beat(null);
	}
	if (!isFinite(serverNow)) {
		serverNow = guessNow(Number(data.now));
	}
	model = takeSnapshot(model, data);
	handlers.renewed();
	for (const { type, data: event } of queue.splice(0)) {
		apply(type, event);
	}
	handlers.changed();
}

/** @param {number} ms */
function rest(ms) {
	return new Promise((done) => { setTimeout(done, ms); });
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
