// The picture of a chart: the ribbon of states, a lane a figure, holes, the axis and the cursor. Drawn
// as a whole each time, which at a thousand points is a few milliseconds.
import { offsetAt } from '../shell/zone.js';
import { clamp, tickText } from '../view/format.js';
import { colors, drawHoles } from './recorder.js';
import { drawRibbon, reaches } from './ribbon.js';
import { stepFor, ticks } from './ticks.js';
import { drawTrace, extent, visible } from './trace.js';

/** Sixteenths of a rem. */
const RIBBON = 26;
const RIBBON_MIDDLE = 11;
const LANE = 80;
const HEAD = 18;
const PAD = 6;
const FOOT = 20;
const AXIS = 46;
const TICK_ROOM = 70;
const NOW_ROOM = 40;

/**
 * @typedef {object} Picture
 * @property {import('./past.js').Past | null} past
 * @property {import('./chart.js').Figure[]} figures
 * @property {(number | null)[]} limits of each figure
 * @property {import('./columns.js').Span[]} holes
 * @property {(word: string) => string} health which state of a component a word is drawn like
 * @property {number} from
 * @property {number} to
 * @property {number} cursor
 *
 * @typedef {Omit<import('./trace.js').Box, 'y'>} Box
 */

const unitOf = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** @param {number} figures @returns {string} how high the canvas has to be */
export const heightOf = (figures) => `${(RIBBON + figures * LANE + FOOT) / 16}rem`;

/** @param {HTMLCanvasElement} canvas */
export const plotOf = (canvas) => Math.max(1, canvas.clientWidth - AXIS * unitOf());

/** @param {HTMLCanvasElement} canvas @param {Picture} picture */
export function paintChart(canvas, picture) {
	const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
	const { from, to, cursor, figures } = picture;
	const ratio = devicePixelRatio || 1;
	const unit = unitOf();
	const right = plotOf(canvas);
	canvas.width = Math.round(canvas.clientWidth * ratio);
	canvas.height = Math.round(canvas.clientHeight * ratio);
	pen.setTransform(ratio, 0, 0, ratio, 0, 0);
	pen.font = `${11 * unit}px ${getComputedStyle(canvas).fontFamily}`;
	pen.lineJoin = 'round';
	const x = (/** @type {number} */ at) => (at - from) / (to - from) * right;
	const bottom = (RIBBON + figures.length * LANE) * unit;
	const box = { pen, colors, unit, x, right, top: RIBBON * unit, bottom };
	paintAxis(box, from, to);
	figures.forEach((_, nth) => paintLane(box, picture, nth));
	paintStates(box, picture);
	paintNames(box, figures);
	if (isFinite(cursor)) {
		pen.fillStyle = colors.t2;
		pen.fillRect(Math.round(x(cursor)), 0, unit, bottom);
	}
}

/** @param {Box} box @param {number} from @param {number} to */
function paintAxis({ pen, unit, x, right, top, bottom }, from, to) {
	const step = stepFor(TICK_ROOM * unit / right * (to - from));
	const write = (/** @type {string} */ text, /** @type {number} */ at) => {
		pen.fillStyle = colors.t3;
		pen.fillText(text, at, bottom + 5 * unit);
	};
	pen.textBaseline = 'top';
	pen.textAlign = 'center';
	for (const at of ticks(from, to, step, offsetAt)) {
		pen.fillStyle = colors.line;
		pen.fillRect(Math.round(x(at)), top, unit, bottom - top);
		if (x(at) > NOW_ROOM / 2 * unit && x(at) < right - NOW_ROOM * unit) {
			write(tickText(at, step, to - from), x(at));
		}
	}
	write('now', right);
}

/** @param {Box} box @param {Picture} picture @param {number} nth */
function paintLane(box, { past, figures, limits, holes, from, to }, nth) {
	const { pen, unit, right } = box;
	const { lane } = figures[nth];
	const top = (RIBBON + nth * LANE + HEAD) * unit;
	const bottom = (RIBBON + (nth + 1) * LANE - PAD) * unit;
	const [least, most] = past ? extent(past, nth, from, to) : [1, 0];
	const [low, high] = least <= most ? lane.scale(least, most) : lane.scale(100, 0);
	const y = (/** @type {number} */ value) => top
		+ (high - clamp(value, low, high)) / (high - low) * (bottom - top);
	const limit = limits[nth] ?? null;
	pen.fillStyle = colors.line;
	pen.fillRect(0, bottom + (PAD - 1) * unit, right, unit);
	pen.fillStyle = colors.t3;
	pen.textAlign = 'left';
	pen.textBaseline = 'middle';
	pen.fillText(lane.axis(high), right + 7 * unit, y(high));
	pen.fillText(lane.axis(low), right + 7 * unit, y(low));
	for (let px = 0; limit !== null && limit > low && limit < high && px < right; px += 5 * unit) {
		pen.fillRect(px, Math.round(y(limit)), 1.6 * unit, unit);
	}
	if (past) {
		const path = visible(past.at, past.values[nth], { from, to, pixels: right, holes });
		pen.save();
		pen.beginPath();
		pen.rect(0, 0, right, bottom + unit);
		pen.clip();
		drawTrace(path, past, nth, lane, [limit, null], { ...box, y, top, bottom });
		pen.restore();
	}
}

/** @param {Box} box @param {Picture} picture */
function paintStates(box, { past, holes, from, to, health }) {
	drawHoles({ holes, from, to }, box);
	if (past) {
		const found = reaches(past, from, to, holes).map((one) =>
			({ ...one, word: one.word === 'none' ? one.word : health(one.word) }));
		drawRibbon(found, { ...box, y: () => RIBBON_MIDDLE * box.unit });
	}
}

/** @param {Box} box @param {import('./chart.js').Figure[]} figures */
function paintNames({ pen, unit }, figures) {
	pen.textAlign = 'left';
	pen.textBaseline = 'top';
	figures.forEach(({ lane }, nth) => {
		const top = (RIBBON + nth * LANE + 3) * unit;
		pen.fillStyle = colors.card;
		pen.fillRect(0, top, pen.measureText(lane.name).width + 4 * unit, 13 * unit);
		pen.fillStyle = colors.t3;
		pen.fillText(lane.name, 0, top);
	});
}
