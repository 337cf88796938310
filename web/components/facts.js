// What a check found out, as words for people: `memory_limit_bytes: 1073741824` is
// "Memory limit" and "1.0 GiB".
import { age, mebibytes, ms, NONE, number, percent } from '../view/format.js';

const TEXT_MAX = 2000;
const NAMES = new Map([['http', 'HTTP'], ['tls', 'TLS'], ['cpu', 'CPU'], ['ttl', 'TTL'],
	['pids', 'Process ids'], ['rcode', 'Answer code']]);

/** @param {number} n */
function bytes(n) {
	return n < 1048576 / 10 ? (n < 1024 ? `${n}\u202fB` : `${(n / 1024).toFixed(1)}\u202fKiB`)
		: mebibytes(n / 1048576);
}

/** @type {[RegExp, (n: number) => string][]} */
const UNITS = [
	[/_bytes$/, bytes], [/_ms$/, ms], [/_us$/, (n) => ms(n / 1000)], [/_seconds$/, age],
	[/_percent$/, (n) => percent(n, 1)],
];

/** @param {string} key @returns {string} */
export function labelOf(key) {
	const unit = UNITS.find(([pattern]) => pattern.test(key));
	const words = (unit ? key.replace(unit[0], '') : key).split('_').filter(Boolean)
		.map((word) => NAMES.get(word) ?? word);
	const text = words.join(' ') || key;
	return text[0].toUpperCase() + text.slice(1);
}

/** @param {string} key @param {unknown} value @returns {string} */
function valueOf(key, value) {
	const unit = UNITS.find(([pattern]) => pattern.test(key));
	if (value === null || value === undefined || value === '') {
		return NONE;
	}
	if (typeof value === 'boolean') {
		return value ? 'yes' : 'no';
	}
	if (number(value) !== null && unit) {
		return unit[1](Number(value));
	}
	if (Array.isArray(value)) {
		const apart = value.some((one) => typeof one === 'object') ? '\n' : ', ';
		return value.map((one) => valueOf('', one)).join(apart) || NONE;
	}
	if (typeof value === 'object') {
		return Object.entries(value).map(([name, one]) =>
			`${labelOf(name).toLowerCase()} ${valueOf(name, one)}`).join(', ');
	}
	return String(value);
}

/** @param {Record<string, unknown>} details @returns {[string, string][]} */
export function factsOf(details) {
	return Object.entries(details).map(([key, value]) =>
		[labelOf(key), valueOf(key, value).slice(0, TEXT_MAX)]);
}
