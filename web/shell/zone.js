// The time zone of the whole page: UTC, or the reader's own. Times are formatted through here, so
// that one switch turns all of them.

import { keep, kept } from '../view/kept.js';

/** @typedef {'utc' | 'local'} Zone */

/** @type {Zone} */
export let zone = 'utc';
/** @type {((zone: Zone) => void)[]} */
const listeners = [];
/** @type {Map<number, string>} what the zone is called while it has that offset */
const names = new Map();

/** @returns {Zone} what the reader chose the last time */
export function keptZone() {
	return kept('zone') === 'local' ? 'local' : 'utc';
}

/** @param {Zone} next @param {boolean} [forNextVisit] */
export function setZone(next, forNextVisit = true) {
	if (next === zone) {
		return;
	}
	zone = next;
	if (forNextVisit) {
		keep('zone', next);
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
	return zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset() * 60_000;
}

/** Letters where the zone has some (CEST, EDT), else its distance (UTC+5:30).
 * @param {number} at @returns {string} */
function nameAt(at) {
	for (const locale of ['en-GB', 'en-US', 'en-AU', 'en-IN']) {
		const part = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(at)
			.find(({ type }) => type === 'timeZoneName')?.value ?? '';
		if (/^[A-Z]{2,5}$/.test(part)) {
			return part;
		}
	}
	const minutes = offsetAt(at) / 60_000;
	const size = Math.abs(minutes);
	const rest = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
	return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${rest}`;
}

/** @param {number} at milliseconds since 1970 @returns {string} UTC, CEST, UTC+5:30 */
export function zoneName(at) {
	if (zone === 'utc') {
		return 'UTC';
	}
	const offset = offsetAt(at);
	const name = names.get(offset) ?? nameAt(at);
	names.set(offset, name);
	return name;
}
