// Which stretch of time the history shows: one that follows now, or one that stands still because
// the reader zoomed into it. It is kept in the address.
import { clamp } from '../view/format.js';
import { keepView, onView, viewOf } from '../shell/address.js';

const HOUR_MS = 3_600_000;
const LEAST_MS = 120_000;
export const DAY_MS = 24 * HOUR_MS;
const MOST_MS = 366 * DAY_MS;

/** @type {[string, number][]} the word in the address, milliseconds */
export const RANGES = [['15m', HOUR_MS / 4], ['1h', HOUR_MS], ['6h', 6 * HOUR_MS], ['24h', DAY_MS],
	['7d', 7 * DAY_MS], ['30d', 30 * DAY_MS], ['90d', 90 * DAY_MS], ['1y', 365 * DAY_MS]];

let width = DAY_MS;
let start = NaN;
let end = NaN;
let chosen = false;

let changed = () => {};

function read() {
	const range = RANGES.find(([word]) => word === viewOf('range'));
	const [from, to] = [Number(viewOf('from')) * 1000, Number(viewOf('to')) * 1000];
	const fixed = from > 0 && to - from >= LEAST_MS && to - from <= MOST_MS;
	[start, end] = fixed ? [from, to] : [NaN, NaN];
	chosen = fixed || range !== undefined;
	width = range?.[1] ?? DAY_MS;
}

/** @returns {boolean} it ends now */
export const isFollowing = () => !isFinite(start);

/** @param {string} word one of RANGES @returns {boolean} is it what is shown? */
export const isRange = (word) => isFollowing() && rangeOf(width) === word;

/** @param {number} wide */
const rangeOf = (wide) => RANGES.find((range) => range[1] === wide)?.[0] ?? '';

/** @param {number} now @returns {[number, number]} */
export function windowAt(now) {
	return isFollowing() ? [now - width, now] : [start, end];
}

/** Until the reader chooses, the shortest range of a day at most that shows everything there is.
 * @param {number} old milliseconds */
export function fitSpan(old) {
	if (!chosen) {
		width = RANGES.find(([, wide]) => Math.min(old, DAY_MS) <= wide)?.[1] ?? DAY_MS;
	}
}

/** @param {number} [wide] one of RANGES; else the one before the reader zoomed */
export function follow(wide = width) {
	keep(wide, NaN, NaN);
}

/** @param {number} from @param {number} to @param {number} now */
export function zoomTo(from, to, now) {
	const wide = clamp(to - from, LEAST_MS, MOST_MS);
	const last = Math.min(now, (from + to + wide) / 2);
	keep(width, Math.round((last - wide) / 1000) * 1000, Math.round(last / 1000) * 1000);
}

/** @param {1 | -1} closer @param {number} about a time that stays where it is, or NaN
 * @param {number} now */
export function zoomStep(closer, about, now) {
	const [from, to] = windowAt(now);
	if (isFollowing() && !isFinite(about)) {
		const nth = RANGES.findIndex(([, wide]) => wide === width) - closer;
		follow(RANGES[clamp(nth, 0, RANGES.length - 1)][1]);
		return;
	}
	const wide = (to - from) * (closer > 0 ? 0.5 : 2);
	const still = isFinite(about) ? about : (from + to) / 2;
	const first = still - (still - from) / (to - from) * wide;
	if (wide >= MOST_MS) {
		follow(RANGES[RANGES.length - 1][1]);
	} else {
		zoomTo(first, first + wide, now);
	}
}

/** @param {number} wide @param {number} from @param {number} to */
function keep(wide, from, to) {
	[width, start, end, chosen] = [wide, from, to, true];
	const follows = isFollowing();
	keepView('range', follows ? rangeOf(wide) : '');
	keepView('from', follows ? '' : String(from / 1000));
	keepView('to', follows ? '' : String(to / 1000));
	changed();
}

/** @param {() => void} listener told when another stretch is shown */
export function onSpan(listener) {
	changed = listener;
	for (const key of /** @type {const} */ (['range', 'from', 'to'])) {
		onView(key, () => {
			read();
			changed();
		});
	}
	read();
}
