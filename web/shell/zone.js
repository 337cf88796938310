// The time zone of the whole page: UTC, or the reader's own. Times are formatted through here, so
// that one switch turns all of them.

const KEY = 'bellwether.zone';

/** @typedef {'utc' | 'local'} Zone */

/** @type {Zone} */
let current = 'utc';
/** @type {((zone: Zone) => void)[]} */
const listeners = [];

/** @returns {Zone} */
export function zone() {
	return current;
}

/** @param {Zone} next */
export function setZone(next) {
	if (next === current) {
		return;
	}
	current = next;
	try {
		localStorage.setItem(KEY, next);
	} catch {
		document.documentElement.dataset.storage = 'refused';
	}
	for (const listener of listeners) {
		listener(next);
	}
}

/** @param {(zone: Zone) => void} listener */
export function onZone(listener) {
	listeners.push(listener);
}

/**
 * @param {number} at milliseconds since 1970
 * @returns {number} milliseconds to add to UTC for the wall clock of the zone at that moment
 */
export function offsetAt(at) {
	return current === 'utc' ? 0 : -new Date(at).getTimezoneOffset() * 60_000;
}
