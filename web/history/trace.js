// One lane's line: which samples a screen can show, and the line, its soft ground and the stretches
// past the limit. Straight lines, true spacing; a column of pixels keeps its first, lowest, highest
// and last sample, so that no spike is lost.
import { firstAt } from './columns.js';
import { toneOf } from './lanes.js';

const GROUND = 0.13;
const EXCESS = 0.25;
export const BREAK = -1;

/**
 * @typedef {object} Window
 * @property {number} from
 * @property {number} to
 * @property {number} pixels
 * @property {import('./columns.js').Span[]} holes
 *
 * @typedef {object} Box
 * @property {CanvasRenderingContext2D} pen
 * @property {Record<string, string>} colors
 * @property {(at: number) => number} x
 * @property {(value: number) => number} y
 * @property {number} top
 * @property {number} bottom
 * @property {number} right
 * @property {number} unit the size of a rem's sixteenth
 */

/**
 * @param {number[]} at
 * @param {number[]} values
 * @param {Window} window
 * @returns {number[]} positions of samples, with BREAK where the line ends
 */
export function visible(at, values, { from, to, pixels, holes }) {
	/** @type {number[]} */
	const path = [];
	const scale = pixels / (to - from);
	let [first, low, high, last, column, hole] = [-1, -1, -1, -1, NaN, 0];
	const flush = () => {
		if (first >= 0) {
			const inner = low < high ? [low, high] : [high, low];
			for (const nth of [first, ...inner, last]) {
				if (nth !== path[path.length - 1]) {
					path.push(nth);
				}
			}
			first = -1;
		}
	};
	for (let i = Math.max(0, firstAt(at, from) - 1); i < at.length; i++) {
		const value = values[i];
		const before = hole;
		while (hole < holes.length && holes[hole][1] <= at[i]) {
			hole++;
		}
		if (hole !== before || value !== value) {
			flush();
			path.push(BREAK);
			column = NaN;
		}
		if (value === value) {
			const here = Math.floor((at[i] - from) * scale);
			if (here !== column) {
				flush();
				[first, low, high, column] = [i, i, i, here];
			}
			low = value < values[low] ? i : low;
			high = value > values[high] ? i : high;
			last = i;
		}
		if (at[i] > to) {
			break;
		}
	}
	flush();
	return path;
}

/** @param {import('./columns.js').Columns} columns @param {number} lane
 * @param {number} from @param {number} to
 * @returns {[number, number]} lowest and highest in sight */
export function extent({ at, lows, highs }, lane, from, to) {
	let [low, high] = [Infinity, -Infinity];
	for (let i = Math.max(0, firstAt(at, from) - 1); i < at.length && !(at[i - 1] > to); i++) {
		if (highs[lane][i] >= lows[lane][i]) {
			low = Math.min(low, lows[lane][i]);
			high = Math.max(high, highs[lane][i]);
		}
	}
	return [low, high];
}

/** @param {number[]} path @param {number[]} at @param {number[]} values @param {Box} box
 * @param {number} ground where the filled shape ends
 * @returns {{ line: Path2D, shape: Path2D }} */
function paths(path, at, values, { x, y, unit }, ground) {
	const line = new Path2D();
	const shape = new Path2D();
	let [begun, end] = [NaN, NaN];
	const close = () => {
		if (begun === begun) {
			shape.lineTo(end, ground);
			shape.lineTo(begun, ground);
			shape.closePath();
			begun = NaN;
		}
	};
	for (const nth of path) {
		if (nth === BREAK) {
			close();
			continue;
		}
		const [px, py] = [x(at[nth]), y(values[nth])];
		if (begun === begun) {
			line.lineTo(px, py);
			shape.lineTo(px, py);
			end = px;
		} else {
			begun = px;
			end = px + unit;
			line.moveTo(px, py);
			line.lineTo(end, py);
			shape.moveTo(px, ground);
			shape.lineTo(px, py);
		}
	}
	close();
	return { line, shape };
}

/**
 * @typedef {{ from: number, to: number, tone: import('./lanes.js').Tone }} Stretch in time
 *
 * @param {number[]} path
 * @param {number[]} at
 * @param {number[]} values
 * @param {Pick<import('./lanes.js').Lane, 'floor'>} lane
 * @param {(number | null)[]} limits
 * @returns {Stretch[]} past the first limit, each as bad as its worst sample, from the sample before
 * to the one behind
 */
export function stretches(path, at, values, lane, limits) {
	/** @type {Stretch[]} */
	const found = [];
	/** @type {Stretch | null} */
	let open = null;
	let before = BREAK;
	for (const nth of path) {
		const tone = nth === BREAK ? '' : toneOf(lane, limits, values[nth]);
		if (tone && !open) {
			open = { from: at[before === BREAK ? nth : before], to: at[nth], tone };
			found.push(open);
		} else if (tone && open) {
			open.to = at[nth];
			open.tone = tone === 'bad' ? tone : open.tone;
		} else if (open) {
			open.to = nth === BREAK ? open.to : at[nth];
			open = null;
		}
		before = nth;
	}
	return found;
}

/** @param {string} color as computed, rgb(…) @param {number} share */
export function thin(color, share) {
	return `rgb(${(color.match(/[\d.]+/g) ?? []).slice(0, 3).join(' ')} / ${share})`;
}

/** @param {import('./lanes.js').Tone} tone @param {Stretch[]} found @param {Box} box
 * @param {[number, number]} side top and bottom of what is past the limit */
function clipTo(tone, found, { pen, x, unit }, [top, bottom]) {
	pen.beginPath();
	for (const stretch of found.filter((one) => one.tone === tone)) {
		const left = x(stretch.from);
		pen.rect(left - unit / 2, top, Math.max(unit, x(stretch.to) - left) + unit, bottom - top);
	}
	pen.clip();
}

/**
 * @param {number[]} path
 * @param {import('./columns.js').Columns} columns
 * @param {number} nth
 * @param {import('./lanes.js').Lane} lane
 * @param {(number | null)[]} limits
 * @param {Box} box
 */
export function drawTrace(path, columns, nth, lane, limits, box) {
	const { pen, colors, top, bottom, unit } = box;
	const { at } = columns;
	const values = columns.values[nth];
	const { line, shape } = paths(path, at, values, box, bottom);
	const ground = pen.createLinearGradient(0, top, 0, bottom);
	ground.addColorStop(0, thin(colors.trace, GROUND));
	ground.addColorStop(1, thin(colors.trace, 0));
	pen.fillStyle = ground;
	pen.fill(shape);
	columns.drawBand(nth, lane, limits, box);
	pen.strokeStyle = colors.trace;
	pen.lineWidth = 1.4 * unit;
	pen.stroke(line);
	if (limits[0] === null) {
		return;
	}
	const found = stretches(path, at, values, lane, limits);
	const edge = box.y(limits[0]);
	const { shape: excess } = paths(path, at, values, box, edge);
	for (const tone of /** @type {const} */ (['warn', 'bad'])) {
		if (found.some((one) => one.tone === tone)) {
			pen.save();
			clipTo(tone, found, box, lane.floor ? [edge - unit, bottom + 9 * unit]
				: [top - 9 * unit, edge + unit]);
			pen.fillStyle = thin(colors[tone], EXCESS);
			pen.fill(excess);
			pen.strokeStyle = colors[tone];
			pen.lineWidth = 2 * unit;
			pen.stroke(line);
			pen.restore();
		}
	}
}
