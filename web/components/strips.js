// The states of the last 24 hours of the components in sight: asked for when they have stood still
// for a moment, kept for a while, and continued by what the model says now.
//
// A drawing is as many columns as it is wide, each of the worst that happened in it, so that a
// component that changes every second costs no more than a quiet one, and one minute is seen. The
// last column is what is now.
import { patch, setAttr, setClass, svg } from '../view/dom.js';
import { percent, uptime } from '../view/format.js';
import { ask } from '../view/daemon.js';
import { stateMark } from '../view/marks.js';

const DAY_MS = 86_400_000;
const ASK_MOST = 40;
const KEEP_MOST = 400;
const STILL_MS = 120;
const AGAIN_MS = 30_000;
/** Worse hides better in the same column. `none`: nobody looked. Of these a moment, as the one
 * between a start and the first check, is not worth a column: only from half of one they are seen. */
const MOMENTARY = new Set(['none', 'unknown']);
const WEIGHTS = ['empty', 'none', 'healthy', 'unknown', 'maintenance', 'degraded', 'unhealthy'];
const HEIGHT = 18;

/**
 * @typedef {object} Strip
 * @property {[number, string][]} points since when it was in which state
 * @property {[number, number][]} gaps
 * @property {number} askedAt
 * @typedef {import('../live/model.js').Component} Component
 */

/** @type {Map<string, Strip>} */
const kept = new Map();
/** @type {string[]} */
let inSight = [];
let timer = 0;
let asking = false;
let notBefore = 0;
let arrived = () => {};

/** @param {() => void} listener told when there are strips that were not there */
export function onStrips(listener) {
	arrived = listener;
}

/** @param {string} name */
export function stripOf(name) {
	return kept.get(name);
}

/** @param {string[]} names what is in sight now */
export function wantStrips(names) {
	const same = names.length === inSight.length
		&& names.every((name, nth) => name === inSight[nth]);
	inSight = names;
	if (!same) {
		clearTimeout(timer);
		timer = 0;
	}
	if (timer === 0 && !asking && missing().length > 0) {
		const wait = Math.max(STILL_MS, notBefore - uptime());
		timer = setTimeout(refresh, wait);
	}
}

function missing() {
	const old = uptime() - AGAIN_MS;
	return inSight.filter((name) => (kept.get(name)?.askedAt ?? -Infinity) < old)
		.slice(0, ASK_MOST);
}

async function refresh() {
	const names = missing();
	timer = 0;
	asking = true;
	try {
		const asked = names.map(encodeURIComponent).join(',');
		take(names, await ask(`/api/v1/strips?names=${asked}`));
	} catch {
		notBefore = uptime() + AGAIN_MS;
	}
	asking = false;
	arrived();
}

/** @param {string[]} names @param {any} answer */
function take(names, answer) {
	const at = (/** @type {number} */ s) => answer.from + s * 1000;
	const gaps = (answer.gaps ?? []).map((/** @type {number[]} */ [from, to]) =>
		[at(from), at(to)]);
	const found = new Map(Object.entries(answer.strips ?? {}));
	for (const name of names) {
		const points = (found.get(name) ?? []).map((/** @type {any[]} */ [s, word]) =>
			[at(s), String(word)]);
		kept.delete(name);
		kept.set(name, { points, gaps, askedAt: uptime() });
	}
	for (const name of kept.keys()) {
		if (kept.size <= KEEP_MOST) {
			break;
		}
		kept.delete(name);
	}
}

/**
 * What was known when asked, and what the model says since.
 * @param {Strip} strip @param {Component} component
 * @returns {[number, string][]}
 */
export function continued({ points }, { status, since }) {
	const last = points.at(-1);
	if (last?.[1] === status || (!last && since === null)) {
		return points;
	}
	const from = last?.[0] ?? 0;
	return [...points, [Math.max(from, since ?? from), status]];
}

/** @param {string} word @returns {number} */
function weightOf(word) {
	const weight = WEIGHTS.indexOf(word);
	return weight < 0 ? WEIGHTS.indexOf('unknown') : weight;
}

/**
 * @param {[number, string][]} points
 * @param {[number, number][]} gaps
 * @param {number} now
 * @param {number} columns
 * @returns {number[]} of each column a position in WEIGHTS
 */
function columnsOf(points, gaps, now, columns) {
	const found = new Array(columns).fill(0);
	const from = now - DAY_MS;
	const lay = (/** @type {number} */ start, /** @type {number} */ end,
		/** @type {number} */ weight) => {
		if (end < from || end < start) {
			return;
		}
		const right = Math.min(columns, Math.ceil((end - from) / DAY_MS * columns));
		const wide = weight > weightOf('unknown') ? 2 : 1;
		const left = Math.min(Math.floor((start - from) / DAY_MS * columns), right - wide);
		for (let x = Math.max(0, left); x < right; x++) {
			found[x] = Math.max(found[x], weight);
		}
	};
	points.forEach(([at, word], nth) => {
		const end = points[nth + 1]?.[0] ?? Infinity;
		if (!MOMENTARY.has(word) || end - at > DAY_MS / columns / 2) {
			lay(at, Math.min(end, now), weightOf(word));
		}
	});
	for (const [start, end] of gaps) {
		const right = Math.floor((end - from) / DAY_MS * columns);
		for (let x = Math.max(0, Math.ceil((start - from) / DAY_MS * columns)); x < right; x++) {
			found[x] = found[x] > weightOf('healthy') ? found[x] : weightOf('none');
		}
	}
	found[columns - 1] = weightOf(points.at(-1)?.[1] ?? 'empty');
	return found;
}

/** @type {Record<string, [number, number][]>} boxes of a state: from the top, and how high */
const BOXES = { healthy: [[7, 3]], degraded: [[4, 10]], unhealthy: [[0, HEIGHT]],
	maintenance: [[5, 2], [11, 2]] };

/** @param {string} word @param {number} x @param {number} wide @returns {string} */
function shapeOf(word, x, wide) {
	if (word === 'unknown') {
		return `M${x + 0.5} 5h${wide - 1}v8h-${wide - 1}z`;
	}
	return BOXES[word]?.map(([y, high]) => `M${x} ${y}h${wide}v${high}h-${wide}z`).join('')
		?? `M${x} 8.5h${wide}`;
}

/** @param {number[]} found @returns {Map<string, string>} a path of each word */
function pathsOf(found) {
	const paths = new Map();
	for (let x = 0, end = 0; x < found.length; x = end) {
		while (end < found.length && found[end] === found[x]) {
			end++;
		}
		const word = WEIGHTS[found[x]];
		paths.set(word, (paths.get(word) ?? '') + shapeOf(word, x, end - x));
	}
	return paths;
}

/**
 * @param {[number, string][]} points @param {number} now
 * @returns {string} how much of the time that somebody looked it was healthy
 */
function shareOf(points, now) {
	let known = 0;
	let good = 0;
	points.forEach(([at, word], nth) => {
		const end = nth + 1 < points.length ? points[nth + 1][0] : now;
		const lasted = Math.max(0, end - Math.max(at, now - DAY_MS));
		known += word === 'none' || word === 'unknown' ? 0 : lasted;
		good += word === 'healthy' ? lasted : 0;
	});
	return known > 0 ? `Healthy ${percent(good / known * 100, 2)} of the last 24 h` : '';
}

/** A drawing of one strip.
 * @param {number} columns */
export function createStrip(columns) {
	const node = svg('svg');
	let drawn = '';
	let share = '';
	setClass(node, 'strip');
	setAttr(node, 'viewBox', `0 0 ${columns} ${HEIGHT}`);
	setAttr(node, 'preserveAspectRatio', 'none');
	setAttr(node, 'aria-hidden', true);

	/** @param {Strip | undefined} strip @param {Component} component @param {number} now
	 * @returns {string} what it shows, in words; empty when there is nothing to show */
	const update = (strip, component, now) => {
		const minute = Math.floor(now / 60_000);
		const key = `${component.name} ${strip?.askedAt} ${component.status} ${minute}`;
		if (key !== drawn) {
			drawn = key;
			const points = strip ? continued(strip, component) : [];
			share = shareOf(points, now);
			patch(node, [...pathsOf(columnsOf(points, strip?.gaps ?? [], now, columns))]
				.map(([key, shape]) => ({ key, shape })), createPath);
		}
		return share;
	};
	return { node, update };
}

/** @param {{ key: string, shape: string }} first a state and where it was */
function createPath({ key: word }) {
	const node = svg('path');
	setClass(node, `strip-${word in { empty: 0, none: 0 } ? word : stateMark(word).tone}`);
	return { node, update: (/** @type {{ shape: string }} */ { shape }) => setAttr(node, 'd', shape) };
}
