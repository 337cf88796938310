// What the lanes are: their names, limits, scales and how their numbers are written.
import { ms, NONE, number, percent } from '../view/format.js';

/**
 * @typedef {object} Lane
 * @property {string} name
 * @property {(model: import('../live/model.js').Model) => unknown} now
 * @property {boolean} judged says something about components, and nothing when there are none
 * @property {boolean} floor the limits are not to be fallen below; else not to be passed
 * @property {(thresholds: Record<string, any>) => (number | null)[]} limits warning, critical
 * @property {(value: unknown) => string} text
 * @property {(value: number) => string} axis
 * @property {(low: number, high: number) => [number, number]} scale for what is in sight
 *
 * @typedef {'' | 'warn' | 'bad'} Tone
 */

/** From the highest end that hides nothing to 100.
 * @param {number[]} ends @returns {Lane['scale']} */
const upTo100 = (...ends) => (low) => [ends.find((end) => low >= end) ?? 0, 100];

/** @type {Lane['scale']} */
function fromZero(_, high) {
	const decade = 10 ** Math.floor(Math.log10(Math.max(high, 1)));
	return [0, decade * ([1, 2, 5].find((n) => n * decade >= high) ?? 10)];
}

/** @param {unknown} n */
const whole = (n) => percent(n);

/** @type {Lane[]} */
export const LANES = [
	{ name: 'Health score', now: (model) => model.metrics.system_health_score, judged: true,
		floor: true, limits: () => [90, 75], scale: upTo100(50), axis: String,
		text: (n) => number(n)?.toFixed(0) ?? NONE },
	{ name: 'Availability', now: (model) => model.metrics.availability_percentage, judged: true,
		floor: true, limits: () => [99.5, 99], scale: upTo100(98, 90, 50), axis: whole,
		text: (n) => percent(n, 2) },
	{ name: 'Response time', now: (model) => model.metrics.average_response_time_ms, judged: true,
		floor: false, limits: (limits) => [number(limits.response_time_ms), null], scale: fromZero,
		axis: (n) => (n >= 1000 ? `${n / 1000}\u202fs` : `${n}\u202fms`), text: ms },
	{ name: 'CPU', now: (model) => model.resources.cpu_percent, judged: false,
		floor: false, limits: (limits) => [number(limits.cpu_usage), null], scale: upTo100(),
		axis: whole, text: whole },
	{ name: 'Memory', now: (model) => model.resources.memory_percent, judged: false,
		floor: false, limits: (limits) => [number(limits.memory_usage), null], scale: upTo100(),
		axis: whole, text: whole },
	{ name: 'Breakers closed', now: (model) => model.metrics.circuit_breaker_health, judged: true,
		floor: true, limits: () => [100, 50], scale: upTo100(), axis: whole, text: whole },
];

/** @param {Lane} lane @param {number} low @param {number} high
 * @returns {string} 12–310 ms; nothing when both are the same */
export function reachText(lane, low, high) {
	const [least, most] = [low, high].map(lane.text);
	const [, unit = ''] = most.match(/(\u202f.*)/) ?? [];
	return least === most ? '' : `${least.replace(unit, '')}–${most}`;
}

/**
 * @param {Pick<Lane, 'floor'>} lane
 * @param {(number | null)[]} limits
 * @param {number} value
 * @returns {Tone}
 */
export function toneOf({ floor }, [warn, bad], value) {
	const past = (/** @type {number | null} */ limit) => limit !== null
		&& (floor ? value < limit : value > limit);
	return past(bad) ? 'bad' : past(warn) ? 'warn' : '';
}
