// The ribbon of states above the lanes, and the marks of events below it. Each state has a height
// and a shape of its own, so that it can be told without colour.
import { stateMark } from '../view/marks.js';

/** @type {Record<string, number>} */
const HEIGHTS = { ok: 4, warn: 10, bad: 18, dim: 12, calm: 10 };
const NEAR = 12;
const COUNTED = 26;
const NO_DATA = 'none';
/** Room that a hole leaves for a state that has only just begun. */
const BESIDE = 3;

/**
 * @typedef {{ from: number, to: number, word: string }} Reach
 * @typedef {{ x: number, marks: import('./columns.js').Mark[] }} Group
 */

/**
 * @param {import('./columns.js').Columns} columns
 * @param {number} from
 * @param {number} to
 * @param {import('./columns.js').Span[]} holes
 * @returns {Reach[]} worst last, so that it is painted over what is better
 */
export function reaches({ status, maintenance }, from, to, holes) {
	/** @type {Reach[]} */
	const found = [];
	status.forEach(([at, word], nth) => {
		const end = status[nth + 1]?.[0] ?? to;
		if (end > from && at < to && word !== NO_DATA) {
			found.push({ from: Math.max(at, from), to: Math.min(end, to), word });
		}
	});
	const lay = (/** @type {import('./columns.js').Span[]} */ list, /** @type {string} */ word) => {
		for (const [a, b] of list) {
			if (b > from && a < to) {
				found.push({ from: Math.max(a, from), to: Math.min(b, to), word });
			}
		}
	};
	lay(maintenance, 'maintenance');
	found.sort((a, b) => stateMark(b.word).rank - stateMark(a.word).rank);
	lay(holes, NO_DATA);
	return found;
}

/** @param {Reach} reach @param {import('./trace.js').Box} box @param {number} ground */
function drawReach({ from, to, word }, { pen, colors, x, y, unit, right }, ground) {
	const tone = word === NO_DATA ? 'dim' : stateMark(word).tone;
	const tall = (HEIGHTS[tone] ?? HEIGHTS.dim) * unit;
	const boxed = tone === 'dim';
	const begin = Math.round(x(from));
	const end = Math.round(x(to)) - (word === NO_DATA && x(to) < right ? BESIDE * unit : 0);
	const wide = Math.max((tone === 'ok' ? 1 : boxed ? 5 : 2) * unit, end - begin);
	const left = Math.min(begin, right - wide);
	const top = Math.round(y(0) - tall / 2);
	if (tone !== 'ok') {
		pen.fillStyle = colors.card;
		pen.fillRect(left - unit, ground, wide + 2 * unit, 20 * unit);
	}
	pen.fillStyle = colors[tone === 'ok' ? 'quiet' : tone];
	if (boxed) {
		pen.strokeStyle = colors.t2;
		pen.lineWidth = unit;
		pen.setLineDash([2.5 * unit, 2 * unit]);
		pen.strokeRect(left + 0.5 * unit, top + 0.5 * unit, wide - unit, tall - unit);
		pen.setLineDash([]);
	} else if (tone === 'calm') {
		pen.fillRect(left, top, wide, 2 * unit);
		pen.fillRect(left, top + tall - 2 * unit, wide, 2 * unit);
	} else {
		pen.fillRect(left, top, wide, tall);
	}
}

/** @param {Reach[]} found @param {import('./trace.js').Box} box its y is the ribbon's middle */
export function drawRibbon(found, box) {
	const ground = box.y(0) - 10 * box.unit;
	const shown = /** @type {Map<string, number>} */ (new Map());
	for (const reach of found) {
		const right = Math.round(box.x(reach.to));
		if (!(right <= (shown.get(reach.word) ?? NaN))) {
			drawReach(reach, box, ground);
			shown.set(reach.word, right);
		}
	}
}

/** @param {import('./columns.js').Mark[]} marks @param {(at: number) => number} x
 * @param {number} unit @returns {Group[]} marks too close to be told apart are one */
export function grouped(marks, x, unit) {
	/** @type {Group[]} */
	const groups = [];
	for (const mark of marks) {
		const last = groups[groups.length - 1];
		const px = x(mark.at);
		if (last && px - last.x < (last.marks.length > 1 ? COUNTED : NEAR) * unit) {
			last.marks.push(mark);
		} else {
			groups.push({ x: px, marks: [mark] });
		}
	}
	return groups;
}

/** @param {Group[]} groups @param {import('./trace.js').Box} box its top is the marks' */
export function drawMarks(groups, { pen, colors, top, unit }) {
	pen.fillStyle = colors.t2;
	pen.textAlign = 'left';
	pen.textBaseline = 'middle';
	for (const { x, marks } of groups) {
		pen.beginPath();
		pen.moveTo(x, top);
		pen.lineTo(x + 3.5 * unit, top + 6 * unit);
		pen.lineTo(x - 3.5 * unit, top + 6 * unit);
		pen.fill();
		if (marks.length > 1) {
			pen.fillText(String(marks.length), x + 5 * unit, top + 3.5 * unit);
		}
	}
}
