// One EventSource that is kept alive: opened again after 1, 2, 4 … 30 s. Its own state says nothing
// about the daemon (a stopped one stays OPEN), so silence counts as closed.
import { uptime } from '../view/format.js';

const PATH = '/api/v1/live';
const SILENT_MS = 15_000;
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

/** @type {Ears} */
let ears;
/** @type {EventSource | null} */
let stream = null;
let openedAt = 0;
let heardAt = 0;
let failures = 0;
let retryAt = Infinity;

/** @param {Ears} listener */
export function onSource(listener) {
	ears = listener;
}

/** @returns {number} when it is opened again; Infinity while it is open */
export const sourceRetryAt = () => retryAt;

function open() {
	closeSource();
	openedAt = uptime();
	heardAt = openedAt;
	stream = new EventSource(PATH);
	for (const type of EVENTS) {
		stream.addEventListener(type, (event) => {
			heardAt = uptime();
			ears.heard(type, event.data);
		});
	}
	stream.addEventListener('error', fail);
}

export function closeSource() {
	stream?.close();
	stream = null;
	retryAt = Infinity;
}

export function openSource() {
	failures = 0;
	open();
}

function fail() {
	closeSource();
	if (heardAt - openedAt > STEADY_MS) {
		failures = 0;
	}
	const wait = backOff(failures++);
	retryAt = uptime() + wait;
	ears.closed(wait);
}

/** Each second. */
export function watchSource() {
	const now = uptime();
	if (stream && now - heardAt > SILENT_MS) {
		fail();
	} else if (now >= retryAt) {
		open();
	}
}
