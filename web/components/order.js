// Which components are listed, and in what order. Pure; quick enough for every keystroke at 10,000:
// the alphabet is sorted once a list, states fall into buckets, and only what is not healthy is
// compared by time.
import { stateMark } from '../view/marks.js';

/** @typedef {import('../live/model.js').Component} Component */

/**
 * What the reader wants to see.
 * @typedef {object} View
 * @property {string[]} words all of them are in a listed component
 * @property {Set<string>} states empty for all
 * @property {string} sort a column, `-` before it for descending; empty for the usual order
 */

/** The states in the order of their weight; a rank of `stateMark` is a position here. */
export const STATES = ['unhealthy', 'degraded', 'unknown', 'maintenance', 'healthy'];

/** The columns that sort, and which way the first press sorts. */
export const COLUMNS = new Map([['status', ''], ['component', ''], ['response', '-'],
	['checked', '-']]);

/** What a component is listed as: what is well may be in maintenance, what is not shows what it is.
 * @param {Component} component */
export const standing = ({ status, kept }) => (kept && status === 'healthy' ? 'maintenance' : status);

/** @type {WeakMap<Component, { error: string | null, low: string }>} */
const texts = new WeakMap();

/** @param {Component} component @returns {string} what the filter looks into */
function textOf(component) {
	let text = texts.get(component);
	if (!text || text.error !== component.error) {
		const { group, name, kind, error } = component;
		text = { error, low: `${group}/${name} ${kind} ${error ?? ''}`.toLowerCase() };
		texts.set(component, text);
	}
	return text.low;
}

/** @param {Iterable<Component>} components @returns {Component[]} by what their row is called */
export function alphabetOf(components) {
	return Array.from(components, (component) => ({ component,
		title: component.group ? `${component.group}/${component.name}` : component.name }))
		.sort((left, right) => (left.title < right.title ? -1 : 1))
		.map(({ component }) => component);
}

/** @param {Component[]} alphabet @returns {number[]} how many are in each of STATES */
export function countStates(alphabet) {
	const counts = STATES.map(() => 0);
	for (const component of alphabet) {
		counts[stateMark(standing(component)).rank]++;
	}
	return counts;
}

/** @param {Component[]} kept @returns {Component[]} worst first, then newest; healthy by name */
function bySeverity(kept) {
	/** @type {Component[][]} */
	const buckets = STATES.map(() => []);
	for (const component of kept) {
		buckets[stateMark(standing(component)).rank].push(component);
	}
	for (const bucket of buckets.slice(0, -1)) {
		bucket.sort((left, right) => (right.since ?? 0) - (left.since ?? 0));
	}
	return buckets.flat();
}

/**
 * @param {Component[]} kept
 * @param {'responseMs' | 'checkedAt'} key
 * @param {number} way 1 or -1; what has no value is last either way
 */
function byValue(kept, key, way) {
	const last = way * Infinity;
	return kept.sort((left, right) => {
		const [one, other] = [left[key] ?? last, right[key] ?? last];
		return one === other ? 0 : way * (one - other);
	});
}

/**
 * @param {Component[]} alphabet
 * @param {View} view
 * @returns {string[]} names
 */
export function listOf(alphabet, { words, states, sort }) {
	const kept = alphabet.filter((component) =>
		(states.size === 0 || states.has(STATES[stateMark(standing(component)).rank]))
		&& words.every((word) => textOf(component).includes(word)));
	const column = sort.replace('-', '');
	const way = sort.startsWith('-') ? -1 : 1;
	let found = kept;
	if (column === 'response') {
		found = byValue(kept, 'responseMs', way);
	} else if (column === 'checked') {
		found = byValue(kept, 'checkedAt', -way);
	} else {
		found = column === 'component' ? kept : bySeverity(kept);
		found = way < 0 ? found.reverse() : found;
	}
	return found.map((component) => component.name);
}
