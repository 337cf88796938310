// The canvas of the history: the ribbon, the marks and all lanes over one time axis. It is told
// what to show and draws when that changed, never by itself. The picture is kept beside the
// canvas, so that a moving cursor costs one copy.
import { byId } from '../view/dom.js';
import { clamp, clock, hours, moment, tickText } from '../view/format.js';
import { offsetAt } from '../shell/zone.js';
import { LANES, toneOf } from './lanes.js';
import { drawMarks, drawRibbon, grouped, reaches } from './ribbon.js';
import { stepFor, ticks } from './ticks.js';
import { BREAK, drawTrace, extent, thin, visible } from './trace.js';

const PAD = 9;
const RIBBON_MIDDLE = 11;
const MARKS_TOP = 23;
const TICK_ROOM = 76;
const NOW_ROOM = 40;
const TEXT_HALF = 20;
/* A hole that goes on is seen at once, however short it is yet. */
const OPEN_HOLE = 9;
const INKS = ['trace', 'line', 't1', 't2', 't3', 'edge', 'warn', 'bad', 'quiet', 'dim', 'calm',
	'info'];
const GROUNDS = ['card', 'raised'];
const SIZES = ['ribbon', 'lane', 'head', 'foot', 'axis'];

/**
 * @typedef {object} Scene
 * @property {import('./columns.js').Columns} columns
 * @property {(number | null)[][]} limits of each lane: warning, critical
 * @property {boolean[]} silent lanes that have nothing to say
 * @property {number} from
 * @property {number} to
 * @property {boolean} following the window ends now
 * @property {import('./columns.js').Span[]} holes
 */

/** @type {Scene | null} */
export let scene = null;
export let cursor = NaN;
export let selected = NaN;
export let unit = 1;
let ratio = 1;
let width = 0;
let height = 0;
let font = '';
/** @type {Record<string, string>} */
export const colors = {};
/** @type {Record<string, number>} */
const sizes = {};
/** @type {import('./ribbon.js').Group[]} */
export let groups = [];
/** @type {number[]} */
let written = [];
/** @type {[number, number][]} */
const scales = LANES.map(() => [0, 1]);

const canvas = /** @type {HTMLCanvasElement} */ (byId('recorder'));
const screen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
const picture = document.createElement('canvas');
const pen = /** @type {CanvasRenderingContext2D} */ (picture.getContext('2d'));
const probe = canvas.appendChild(document.createElement('span'));

/** @param {CanvasRenderingContext2D} brush
 * @returns {(color: string, left: number, top: number, wide: number, tall: number) => void} */
const filler = (brush) => (color, left, top, wide, tall) => {
	brush.fillStyle = color;
	brush.fillRect(left, top, wide, tall);
};
const fill = filler(pen);
const fillOver = filler(screen);

/** The tokens as the canvas can use them: the style engine resolves light-dark() and what the
 * reader's system asks for. On paper they are the light ones. */
export function theme() {
	probe.style.colorScheme = matchMedia('print').matches ? 'light' : '';
	const style = getComputedStyle(probe);
	for (const name of INKS) {
		probe.style.color = `var(--${name})`;
		colors[name] = style.color;
	}
	for (const name of GROUNDS) {
		probe.style.backgroundColor = `var(--${name})`;
		colors[name] = style.backgroundColor;
	}
	if (matchMedia('(forced-colors: active)').matches) {
		colors.line = thin(colors.line, 0.4);
	}
	draw();
}

function measure() {
	const style = getComputedStyle(canvas);
	const box = canvas.getBoundingClientRect();
	const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
	unit = rem / 16;
	ratio = devicePixelRatio || 1;
	[width, height] = [box.width, box.height];
	for (const name of SIZES) {
		sizes[name] = parseFloat(style.getPropertyValue(`--${name}`)) * rem || 0;
	}
	for (const sheet of [canvas, picture]) {
		sheet.width = Math.round(width * ratio);
		sheet.height = Math.round(height * ratio);
	}
	font = `${11 * unit}px ${style.fontFamily}`;
	draw();
}

/** @param {Scene} next */
export function set(next) {
	scene = next;
	draw();
}

/** @param {number} at where the cursor stands, or NaN
 * @param {number} [other] the other end of what is being selected */
export function seek(at, other = NaN) {
	[cursor, selected] = [at, other];
	showPicture();
}

export function plotWidth() {
	return Math.max(1, width - (sizes.axis ?? 0));
}

/** @param {number} x in CSS pixels @returns {number} */
export function timeAt(x) {
	const { from, to } = /** @type {Scene} */ (scene);
	return from + clamp(x / plotWidth(), 0, 1) * (to - from);
}

/** @param {number} at */
export function xOf(at) {
	const { from, to } = /** @type {Scene} */ (scene);
	return (at - from) / (to - from) * plotWidth();
}

/** @param {number} nth @returns {(value: number) => number} */
function yOf(nth) {
	const [low, high] = scales[nth];
	const { ribbon, lane, head } = sizes;
	const top = ribbon + nth * lane + head + PAD * unit;
	const tall = lane - head - 2 * PAD * unit;
	return (value) => top + (high - clamp(value, low, high)) / (high - low) * tall;
}

/** @param {number} n on whole pixels of the screen, so that fine lines are sharp */
function crisp(n) {
	return Math.round(n * ratio) / ratio;
}

function hair() {
	return Math.max(1, Math.round(unit * ratio)) / ratio;
}

function foot() {
	return sizes.ribbon + LANES.length * sizes.lane;
}

function draw() {
	const shown = scene;
	if (!shown || !width || !height) {
		return;
	}
	if (ratio !== (devicePixelRatio || 1)) {
		measure();
		return;
	}
	pen.setTransform(ratio, 0, 0, ratio, 0, 0);
	pen.clearRect(0, 0, width, height);
	pen.font = font;
	pen.lineJoin = 'round';
	drawGround(shown);
	const ends = LANES.map((lane, nth) => drawLane(shown, lane, nth));
	const all = { pen, colors, unit, x: xOf, top: sizes.ribbon, bottom: foot() - hair(), right: plotWidth() };
	drawHoles(shown, all);
	shown.columns.drawEdge(all);
	ends.forEach((end, nth) => drawEnd(shown, end, nth));
	drawAbove(shown);
	showPicture();
}

/** @param {Scene} scene */
function drawGround(scene) {
	const top = sizes.head + MARKS_TOP * unit;
	const tint = thin(colors.calm, 0.13);
	written = [];
	for (const [from, to] of scene.columns.maintenance) {
		const left = Math.max(0, xOf(from));
		const wide = Math.min(plotWidth(), xOf(to)) - left;
		fill(tint, left, sizes.ribbon, Math.max(0, wide), foot() - sizes.ribbon);
	}
	pen.textAlign = 'center';
	pen.textBaseline = 'bottom';
	const room = scene.to - scene.from;
	const step = stepFor(TICK_ROOM * unit / plotWidth() * room);
	const end = plotWidth() - (scene.following ? NOW_ROOM * unit : 0);
	for (const at of ticks(scene.from, scene.to, step, offsetAt)) {
		const x = crisp(xOf(at));
		fill(colors.line, x, top, hair(), foot() - top);
		if (x > 15 * unit && x < end) {
			writeTime(colors.t3, tickText(at, step, room), x);
		}
	}
	if (scene.following) {
		writeTime(colors.t2, 'now', plotWidth());
	}
}

/** @param {string} color @param {string} text @param {number} x */
function writeTime(color, text, x) {
	pen.fillStyle = color;
	pen.fillText(text, x, height - 4 * unit);
	written.push(x);
}

/** @param {Scene} scene @param {import('./lanes.js').Lane} lane @param {number} nth
 * @returns {number} the sample its line ends with, or BREAK */
function drawLane(scene, lane, nth) {
	const { columns, from, to, holes } = scene;
	const wide = plotWidth();
	const path = scene.silent[nth] ? [] : visible(columns.at, columns.values[nth],
		{ from, to, pixels: wide * ratio, holes });
	const [least, most] = scene.silent[nth] ? [1, 0] : extent(columns, nth, from, to);
	scales[nth] = least <= most ? lane.scale(least, most) : lane.scale(100, 0);
	const y = yOf(nth);
	const [low, high] = scales[nth];
	const [limit] = scene.limits[nth];
	const bottom = sizes.ribbon + (nth + 1) * sizes.lane;
	fill(colors.line, 0, crisp(bottom) - hair(), wide, hair());
	pen.fillStyle = colors.t3;
	pen.textAlign = 'left';
	pen.textBaseline = 'middle';
	pen.fillText(lane.axis(high), wide + 7 * unit, y(high) + unit);
	pen.fillText(lane.axis(low), wide + 7 * unit, y(low) - unit);
	if (limit !== null && limit > low && limit < high) {
		drawLimit(crisp(y(limit)));
	}
	pen.save();
	pen.beginPath();
	pen.rect(0, 0, wide, height);
	pen.clip();
	drawTrace(path, columns, nth, lane, scene.limits[nth], { pen, colors, unit, y,
		x: xOf, top: y(high), bottom: bottom - hair(), right: wide });
	pen.restore();
	return path[path.length - 1] ?? BREAK;
}

/** @param {number} y */
function drawLimit(y) {
	const color = thin(colors.t3, 0.75);
	for (let x = 0; x < plotWidth(); x += 5 * unit) {
		fill(color, crisp(x), y, crisp(1.6 * unit), hair());
	}
}

/** A dot where the line ends now.
 * @param {Scene} scene @param {number} last @param {number} nth */
function drawEnd({ columns, limits, to }, last, nth) {
	if (last === columns.at.length - 1 && last !== BREAK
		&& columns.at[last] <= to + columns.interval) {
		dot(pen, columns.at[last], columns.values[nth][last], nth, limits[nth]);
	}
}

/** @param {CanvasRenderingContext2D} brush @param {number} at @param {number} value
 * @param {number} nth lane @param {(number | null)[]} limits */
function dot(brush, at, value, nth, limits) {
	brush.fillStyle = colors[toneOf(LANES[nth], limits, value) || 'trace'];
	brush.beginPath();
	brush.arc(xOf(at), yOf(nth)(value), 2.7 * unit, 0, 7);
	brush.fill();
}

/** @param {Pick<Scene, 'holes' | 'from' | 'to'>} scene
 * @param {Omit<import('./trace.js').Box, 'y'>} box of what is hatched */
export function drawHoles({ holes, from, to }, { pen, x: xOf, top, bottom, right, unit, colors }) {
	const tall = bottom - top;
	pen.lineWidth = unit;
	for (const hole of holes) {
		const begin = xOf(Math.max(from, hole[0]));
		const wide = Math.max((hole[1] < to ? 2 : OPEN_HOLE) * unit, xOf(Math.min(to, hole[1])) - begin);
		const left = Math.min(begin, right - wide);
		pen.save();
		pen.beginPath();
		pen.rect(left, top, wide, tall);
		pen.clip();
		pen.fillStyle = colors.card;
		pen.fillRect(left, top, wide, tall);
		pen.strokeStyle = wide > right / 3 ? colors.line : colors.edge;
		pen.beginPath();
		const first = Math.floor((left - tall) / (6 * unit)) * 6 * unit;
		for (let x = first; x < left + wide; x += 6 * unit) {
			pen.moveTo(x, bottom);
			pen.lineTo(x + tall, top);
		}
		pen.stroke();
		pen.restore();
	}
}

/** @param {Scene} scene */
function drawAbove(scene) {
	const box = { pen, colors, unit, bottom: 0, right: plotWidth(),
		top: sizes.head + MARKS_TOP * unit, y: () => sizes.head + RIBBON_MIDDLE * unit,
		x: xOf };
	const { columns, from, to, holes } = scene;
	drawRibbon(reaches(columns, from, to, holes), box);
	const marks = columns.marks.filter(({ at }) => at >= from && at <= to);
	groups = grouped(marks, box.x, unit);
	drawMarks(groups, box);
}

/** The picture, and over it the cursor. */
function showPicture() {
	screen.setTransform(1, 0, 0, 1, 0, 0);
	screen.clearRect(0, 0, canvas.width, canvas.height);
	if (!scene || !width || !height) {
		return;
	}
	screen.drawImage(picture, 0, 0);
	if (!isFinite(cursor)) {
		return;
	}
	screen.setTransform(ratio, 0, 0, ratio, 0, 0);
	const x = crisp(xOf(cursor));
	const tall = foot() - sizes.head;
	if (isFinite(selected)) {
		const other = xOf(selected);
		fillOver(thin(colors.info, 0.13), Math.min(x, other), sizes.head, Math.abs(x - other), tall);
		fillOver(colors.info, crisp(other), sizes.head, hair(), tall);
	}
	fillOver(colors.t2, x, sizes.head, hair(), tall);
	showDots(scene);
	showTime(x);
}

/** @param {Scene} scene */
function showDots({ columns, silent, limits }) {
	const sample = columns.nearest(cursor);
	columns.values.forEach((column, nth) => {
		const value = column[sample];
		if (value === value && value !== undefined && !silent[nth]) {
			dot(screen, cursor, value, nth, limits[nth]);
		}
	});
}

/** In place of the axis's own times that it would cover. @param {number} x */
function showTime(x) {
	const ends = [cursor, selected].sort((a, b) => a - b);
	const { from, to } = /** @type {Scene} */ (scene);
	const text = isFinite(selected) ? ends.map((at) => moment(at, to - from, hours)).join(' – ')
		: moment(cursor, to - from, clock);
	screen.font = font;
	const wide = screen.measureText(text).width + 10 * unit;
	const left = clamp(x - wide / 2, 0, width - wide);
	const top = foot() + 3 * unit;
	const half = TEXT_HALF * unit;
	for (const at of written) {
		if (at > left - half && at < left + wide + half) {
			screen.clearRect(at - half, top, 2 * half, height - top);
		}
	}
	fillOver(colors.raised, left, top, wide, height - top);
	screen.fillStyle = colors.t1;
	screen.textAlign = 'center';
	screen.textBaseline = 'bottom';
	screen.fillText(text, left + wide / 2, height - 4 * unit);
}

theme();
new ResizeObserver(measure).observe(canvas);
