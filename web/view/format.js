// Numbers and times as text, times in the zone of the page. What is not a number is a dash, never a
// zero.
import { offsetAt, zoneName } from '../shell/zone.js';

const THIN = '\u202f';
const DAY_MS = 86_400_000;
export const NONE = '–';

/**
 * @param {unknown} value
 * @returns {number | null} a finite number or null
 */
export function number(value) {
	return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** @param {number} n @param {number} least @param {number} most goes before `least` */
export const clamp = (n, least, most) => Math.min(most, Math.max(least, n));

/** @returns {number} milliseconds since the page was opened, without those the machine slept */
export const uptime = () => performance.now();

/**
 * @template {any[]} More
 * @param {(n: number, ...more: More) => string} text
 * @returns {(value: unknown, ...more: More) => string} a dash for what is not a number
 */
const ofNumber = (text) => (value, ...more) =>
	(typeof value === 'number' && Number.isFinite(value) ? text(value, ...more) : NONE);

/** Milliseconds: 4.2 ms, 184 ms, 1.24 s, 1 m. */
export const ms = ofNumber((n) => {
	if (n < 9.95) {
		return `${n > 0 && n < 0.05 ? '<0.1' : n.toFixed(1)}${THIN}ms`;
	}
	if (n < 999.5) {
		return `${n.toFixed(0)}${THIN}ms`;
	}
	return n < 59995 ? `${(n / 1000).toFixed(2)}${THIN}s` : age(n / 1000);
});

/** 100 % only when it is exactly that: 99.996 is 99.99 %. */
export const percent = ofNumber((n, /** @type {number} */ decimals = 0) => {
	const scale = 10 ** decimals;
	let text = n.toFixed(decimals);
	if (n < 100 && Number(text) >= 100) {
		text = (Math.floor(n * scale) / scale).toFixed(decimals);
	}
	return `${n === 100 ? '100' : text}${THIN}%`;
});

/** 1,204; 18.4 k; 1.20 M */
export const count = ofNumber((n) => {
	if (Math.abs(n) < 10_000) {
		return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
	}
	for (const [size, unit] of /** @type {[number, string][]} */ ([[1e9, 'G'], [1e6, 'M']])) {
		if (n >= size * 0.9995) {
			return `${(n / size).toPrecision(3)}${THIN}${unit}`;
		}
	}
	return `${Number((n / 1000).toPrecision(3))}${THIN}k`;
});

/** Of a size in MiB. */
export const mebibytes = ofNumber((n) => {
	const units = ['MiB', 'GiB', 'TiB', 'PiB'];
	let unit = 0;
	for (; n >= 999.5 && unit < units.length - 1; unit++) {
		n /= 1024;
	}
	return `${n.toFixed(n < 99.95 ? 1 : 0)}${THIN}${units[unit]}`;
});

/** @type {[number, string][]} */
const AGES = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];

/** Of seconds: now, 44 s, 31 m, 1 h 36 m, 3 d 2 h. */
export const age = ofNumber((n) => {
	if (n < 2) {
		return 'now';
	}
	const first = AGES.findIndex(([size]) => n >= size);
	const [size, name] = AGES[first];
	const whole = Math.floor(n / size);
	const text = `${whole}${THIN}${name}`;
	if (size <= 60) {
		return text;
	}
	const [smaller, short] = AGES[first + 1];
	const rest = Math.floor((n - whole * size) / smaller);
	return rest > 0 ? `${text} ${rest}${THIN}${short}` : text;
});

/** @param {number} at milliseconds since 1970 @returns {string | null} for `datetime` and titles */
export function iso(at) {
	const date = new Date(at);
	return Number.isFinite(date.getTime()) ? date.toISOString() : null;
}

/** @param {number} at @returns {string | null} as iso(), but of the wall clock in the page's zone */
const wallClock = (at) => iso(at + offsetAt(at));

/** @param {number} at @returns {string} 13:29 */
export function hours(at) {
	return wallClock(at)?.slice(11, 16) ?? NONE;
}

/** @param {number} at @returns {string} 13:29:07 UTC */
export function clock(at) {
	const wall = wallClock(at);
	return wall === null ? NONE : `${wall.slice(11, 19)} ${zoneName(at)}`;
}

/**
 * The time alone when it was less than a day ago, else with its date.
 * @param {number} at
 * @param {number} now
 * @returns {string}
 */
export function when(at, now) {
	const wall = wallClock(at);
	if (wall === null) {
		return NONE;
	}
	const date = now - at < DAY_MS ? '' : `${wall.slice(0, 10)} `;
	return `${date}${wall.slice(11, 16)} ${zoneName(at)}`;
}

/** A moment of a picture: with its date when the picture shows more than a day.
 * @param {number} at @param {number} wide milliseconds
 * @param {(at: number) => string} usual @returns {string} */
export const moment = (at, wide, usual) => (wide > DAY_MS ? when(at, Infinity) : usual(at));

/** A mark of the time axis: 13:00, 22 Nov, Nov, 2026.
 * @param {number} at @param {number} step between marks @param {number} wide of the axis
 * @returns {string} */
export function tickText(at, step, wide) {
	const [, day, month, year, time] = new Date(at + offsetAt(at)).toUTCString().split(' ');
	if (step > 20 * DAY_MS) {
		return month === 'Jan' ? year : month;
	}
	return step < DAY_MS && (wide <= DAY_MS || time !== '00:00:00') ? time.slice(0, 5)
		: `${Number(day)} ${month}`;
}

/** @param {unknown} value @returns {number} milliseconds since 1970, or NaN */
export function parseTime(value) {
	return typeof value === 'string' ? Date.parse(value) : NaN;
}

/** @param {number} n @param {string} one @param {string} [many] @returns {string} */
export function plural(n, one, many = `${one}s`) {
	return `${count(n)} ${n === 1 ? one : many}`;
}
