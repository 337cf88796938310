// One stream a browser. Of the tabs that are in sight one holds the lock, and with it the stream; it
// passes every event on to the others, word for word. Who is hidden or paused lets go of both, so a
// lock never lies in a tab that the browser may freeze; and should the holder hang all the same, the
// others notice that not even its "here" comes, and one takes the lock away from it.
// Without Web Locks (a page over plain HTTP from another host) each tab has its own stream.
import { uptime } from '../view/format.js';
import { closeSource, onSource, openSource, sourceRetryAt, watchSource } from './source.js';

const NAME = 'bellwether.live';
const HANGS_MS = 4000;

/**
 * @typedef {object} Listener
 * @property {(type: string, text: string) => void} heard an event of the stream
 * @property {(wait: number) => void} closed there is no connection; the next try is so far away
 */

/** @type {Listener} */
let listener;
let leads = false;
let heardAt = 0;
let toldAt = 0;
/** @type {BroadcastChannel | null} */
let channel = null;
/** @type {AbortController | null} given up when the tab leaves the line */
let waiting = null;
let letGo = () => {};

/** @param {Listener} ears */
export function onLine(ears) {
	listener = ears;
	onSource({ heard: (type, text) => tell({ type, text }),
		closed: (wait) => tell({ type: 'closed', wait }) });
}

export function joinLine() {
	leaveLine();
	if (!navigator.locks || typeof BroadcastChannel === 'undefined') {
		lead();
		return;
	}
	channel = new BroadcastChannel(NAME);
	channel.onmessage = ({ data }) => hear(data);
	heardAt = uptime();
	queue();
}

export function leaveLine() {
	leads = false;
	closeSource();
	waiting?.abort();
	waiting = null;
	letGo();
	channel?.close();
	channel = null;
}

export function tryLine() {
	if (leads) {
		openSource();
	} else {
		channel?.postMessage({ type: 'try' });
	}
}

/** Each second. */
export function watchLine() {
	const now = uptime();
	if (leads) {
		watchSource();
		if (now - toldAt > HANGS_MS / 4) {
			const wait = sourceRetryAt() - now;
			post(isFinite(wait) ? { type: 'closed', wait } : { type: 'here' });
		}
	} else if (channel && now - heardAt > HANGS_MS) {
		heardAt = now;
		queue({ steal: true });
	}
}

/** @param {{ steal?: boolean }} [how] */
function queue(how = {}) {
	waiting?.abort();
	const mine = new AbortController();
	waiting = mine;
	const options = how.steal ? how : { signal: mine.signal };
	navigator.locks.request(NAME, options, () => hold(mine)).catch(() => {
		if (waiting !== mine || mine.signal.aborted) {
			return;
		}
		if (leads) {
			robbed();
		} else {
			lead();
		}
	});
}

/** @param {AbortController} mine @returns {Promise<void>} lasts as long as the tab leads */
function hold(mine) {
	return new Promise((done) => {
		if (waiting !== mine) {
			done();
			return;
		}
		letGo = done;
		lead();
	});
}

function lead() {
	leads = true;
	openSource();
}

/** Another tab took the lock because this one hung. */
function robbed() {
	leads = false;
	closeSource();
	heardAt = uptime();
	queue();
}

/** @param {any} word */
function tell(word) {
	post(word);
	pass(word);
}

/** @param {any} word */
function post(word) {
	toldAt = uptime();
	channel?.postMessage(word);
}

/** @param {any} word from another tab */
function hear(word) {
	if (typeof word?.type !== 'string') {
		return;
	}
	if (word.type === 'try') {
		if (leads) {
			openSource();
		}
	} else if (!leads) {
		heardAt = uptime();
		if (word.type !== 'here') {
			pass(word);
		}
	}
}

/** @param {any} word */
function pass(word) {
	if (word.type === 'closed') {
		listener.closed(word.wait);
	} else {
		listener.heard(word.type, word.text);
	}
}
