// The canvas of the history: the ribbon, the marks and all lanes over one time axis. It is told
// what to show and draws when that changed, never by itself. The picture is kept beside the
// canvas, so that a moving cursor costs one copy.
import { clock, hours } from '../view/format.js';
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

export class Recorder {
	/** @type {Scene | null} */
	scene = null;
	cursor = NaN;
	selected = NaN;
	unit = 1;
	ratio = 1;
	width = 0;
	height = 0;
	font = '';
	/** @type {Record<string, string>} */
	colors = {};
	/** @type {Record<string, number>} */
	sizes = {};
	/** @type {import('./ribbon.js').Group[]} */
	groups = [];
	/** @type {number[]} */
	written = [];
	/** @type {[number, number][]} */
	scales = LANES.map(() => [0, 1]);

	/** @param {HTMLCanvasElement} canvas */
	constructor(canvas) {
		this.canvas = canvas;
		this.screen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
		this.picture = document.createElement('canvas');
		this.pen = /** @type {CanvasRenderingContext2D} */ (this.picture.getContext('2d'));
		this.probe = canvas.appendChild(document.createElement('span'));
		this.theme();
		new ResizeObserver(() => this.size()).observe(canvas);
	}

	/** The tokens as the canvas can use them: the style engine resolves light-dark() and what the
	 * reader's system asks for. On paper they are the light ones. */
	theme() {
		this.probe.style.colorScheme = matchMedia('print').matches ? 'light' : '';
		const style = getComputedStyle(this.probe);
		for (const name of INKS) {
			this.probe.style.color = `var(--${name})`;
			this.colors[name] = style.color;
		}
		for (const name of GROUNDS) {
			this.probe.style.backgroundColor = `var(--${name})`;
			this.colors[name] = style.backgroundColor;
		}
		if (matchMedia('(forced-colors: active)').matches) {
			this.colors.line = thin(this.colors.line, 0.4);
		}
		this.draw();
	}

	size() {
		const style = getComputedStyle(this.canvas);
		const box = this.canvas.getBoundingClientRect();
		const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
		this.unit = rem / 16;
		this.ratio = window.devicePixelRatio || 1;
		[this.width, this.height] = [box.width, box.height];
		for (const name of SIZES) {
			this.sizes[name] = parseFloat(style.getPropertyValue(`--${name}`)) * rem || 0;
		}
		for (const canvas of [this.canvas, this.picture]) {
			canvas.width = Math.round(this.width * this.ratio);
			canvas.height = Math.round(this.height * this.ratio);
		}
		this.font = `${11 * this.unit}px ${style.fontFamily}`;
		this.draw();
	}

	/** @param {Scene} scene */
	set(scene) {
		this.scene = scene;
		this.draw();
	}

	/** Moves the window over the same history. @param {number} from @param {number} to */
	zoom(from, to) {
		if (this.scene) {
			this.set({ ...this.scene, from, to });
		}
	}

	/** @param {number} at where the cursor stands, or NaN
	 * @param {number} [selected] the other end of what is being selected */
	seek(at, selected = NaN) {
		[this.cursor, this.selected] = [at, selected];
		this.show();
	}

	plotWidth() {
		return Math.max(1, this.width - (this.sizes.axis ?? 0));
	}

	/** @param {number} x in CSS pixels @returns {number} */
	timeAt(x) {
		const { from, to } = /** @type {Scene} */ (this.scene);
		return from + Math.min(1, Math.max(0, x / this.plotWidth())) * (to - from);
	}

	/** @param {number} at */
	x(at) {
		const { from, to } = /** @type {Scene} */ (this.scene);
		return (at - from) / (to - from) * this.plotWidth();
	}

	/** @param {number} nth @returns {(value: number) => number} */
	yOf(nth) {
		const [low, high] = this.scales[nth];
		const { ribbon, lane, head } = this.sizes;
		const top = ribbon + nth * lane + head + PAD * this.unit;
		const tall = lane - head - 2 * PAD * this.unit;
		return (value) => top + (high - Math.min(high, Math.max(low, value))) / (high - low) * tall;
	}

	/** @param {number} n on whole pixels of the screen, so that fine lines are sharp */
	crisp(n) {
		return Math.round(n * this.ratio) / this.ratio;
	}

	hair() {
		return Math.max(1, Math.round(this.unit * this.ratio)) / this.ratio;
	}

	foot() {
		return this.sizes.ribbon + LANES.length * this.sizes.lane;
	}

	draw() {
		const { scene, pen } = this;
		if (!scene || !this.width || !this.height) {
			return;
		}
		if (this.ratio !== (window.devicePixelRatio || 1)) {
			this.size();
			return;
		}
		pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		pen.clearRect(0, 0, this.width, this.height);
		pen.font = this.font;
		pen.lineJoin = 'round';
		this.drawGround(scene);
		const ends = LANES.map((lane, nth) => this.drawLane(scene, lane, nth));
		this.drawHoles(scene);
		ends.forEach((end, nth) => this.drawEnd(scene, end, LANES[nth], nth));
		this.drawAbove(scene);
		this.show();
	}

	/** @param {Scene} scene */
	drawGround(scene) {
		const { pen, colors, unit, sizes } = this;
		const top = sizes.head + MARKS_TOP * unit;
		const hair = this.hair();
		this.written = [];
		pen.fillStyle = thin(colors.calm, 0.13);
		for (const [from, to] of scene.columns.maintenance) {
			const left = Math.max(0, this.x(from));
			const wide = Math.min(this.plotWidth(), this.x(to)) - left;
			pen.fillRect(left, sizes.ribbon, Math.max(0, wide), this.foot() - sizes.ribbon);
		}
		pen.textAlign = 'center';
		pen.textBaseline = 'bottom';
		const room = scene.to - scene.from;
		const step = stepFor(TICK_ROOM * unit / this.plotWidth() * room);
		const end = this.plotWidth() - (scene.following ? NOW_ROOM * unit : 0);
		for (const at of ticks(scene.from, scene.to, step, offsetAt)) {
			const x = this.crisp(this.x(at));
			pen.fillStyle = colors.line;
			pen.fillRect(x, top, hair, this.foot() - top);
			if (x > 15 * unit && x < end) {
				pen.fillStyle = colors.t3;
				pen.fillText(hours(at), x, this.height - 4 * unit);
				this.written.push(x);
			}
		}
		if (scene.following) {
			pen.fillStyle = colors.t2;
			pen.fillText('now', this.plotWidth(), this.height - 4 * unit);
			this.written.push(this.plotWidth());
		}
	}

	/** @param {Scene} scene @param {import('./lanes.js').Lane} lane @param {number} nth
	 * @returns {number} the sample its line ends with, or BREAK */
	drawLane(scene, lane, nth) {
		const { pen, colors, unit, sizes } = this;
		const { columns, from, to, holes } = scene;
		const wide = this.plotWidth();
		const path = scene.silent[nth] ? [] : visible(columns.at, columns.values[nth],
			{ from, to, pixels: wide * this.ratio, holes });
		const [least, most] = extent(path, columns.values[nth]);
		this.scales[nth] = least <= most ? lane.scale(least, most) : lane.scale(100, 0);
		const y = this.yOf(nth);
		const [low, high] = this.scales[nth];
		const [limit] = scene.limits[nth];
		const bottom = sizes.ribbon + (nth + 1) * sizes.lane;
		pen.fillStyle = colors.line;
		pen.fillRect(0, this.crisp(bottom) - this.hair(), wide, this.hair());
		pen.fillStyle = colors.t3;
		pen.textAlign = 'left';
		pen.textBaseline = 'middle';
		pen.fillText(lane.axis(high), wide + 7 * unit, y(high) + unit);
		pen.fillText(lane.axis(low), wide + 7 * unit, y(low) - unit);
		if (limit !== null && limit > low && limit < high) {
			this.drawLimit(this.crisp(y(limit)));
		}
		pen.save();
		pen.beginPath();
		pen.rect(0, 0, wide, this.height);
		pen.clip();
		drawTrace(path, columns, nth, lane, scene.limits[nth], { pen, colors, unit, y,
			x: (at) => this.x(at), top: y(high), bottom: bottom - this.hair(), right: wide });
		pen.restore();
		return path[path.length - 1] ?? BREAK;
	}

	/** @param {number} y */
	drawLimit(y) {
		const { pen, unit } = this;
		pen.fillStyle = thin(this.colors.t3, 0.75);
		for (let x = 0; x < this.plotWidth(); x += 5 * unit) {
			pen.fillRect(this.crisp(x), y, this.crisp(1.6 * unit), this.hair());
		}
	}

	/** A dot where the line ends now.
	 * @param {Scene} scene @param {number} last @param {import('./lanes.js').Lane} lane
	 * @param {number} nth */
	drawEnd({ columns, limits, to }, last, lane, nth) {
		if (last === columns.at.length - 1 && last !== BREAK
			&& columns.at[last] <= to + columns.interval) {
			const value = columns.values[nth][last];
			this.dot(this.pen, columns.at[last], this.yOf(nth)(value),
				this.colors[toneOf(lane, limits[nth], value) || 'trace']);
		}
	}

	/** @param {CanvasRenderingContext2D} pen @param {number} at @param {number} y
	 * @param {string} color */
	dot(pen, at, y, color) {
		pen.fillStyle = color;
		pen.beginPath();
		pen.arc(this.x(at), y, 2.7 * this.unit, 0, 7);
		pen.fill();
	}

	/** @param {Scene} scene */
	drawHoles({ holes, from, to }) {
		const { pen, sizes, unit } = this;
		const foot = this.foot() - this.hair();
		pen.lineWidth = unit;
		for (const hole of holes) {
			const begin = this.x(Math.max(from, hole[0]));
			const wide = Math.max(2 * unit, this.x(Math.min(to, hole[1])) - begin);
			const left = Math.min(begin, this.plotWidth() - wide);
			pen.save();
			pen.beginPath();
			pen.rect(left, sizes.ribbon, wide, foot - sizes.ribbon);
			pen.clip();
			pen.fillStyle = this.colors.card;
			pen.fillRect(left, sizes.ribbon, wide, foot);
			pen.strokeStyle = wide > this.plotWidth() / 3 ? this.colors.line : this.colors.edge;
			pen.beginPath();
			const tall = foot - sizes.ribbon;
			const first = Math.floor((left - tall) / (6 * unit)) * 6 * unit;
			for (let x = first; x < left + wide; x += 6 * unit) {
				pen.moveTo(x, foot);
				pen.lineTo(x + tall, sizes.ribbon);
			}
			pen.stroke();
			pen.restore();
		}
	}

	/** @param {Scene} scene */
	drawAbove(scene) {
		const { pen, colors, unit, sizes } = this;
		const box = { pen, colors, unit, bottom: 0, right: this.plotWidth(),
			top: sizes.head + MARKS_TOP * unit, y: () => sizes.head + RIBBON_MIDDLE * unit,
			x: (/** @type {number} */ at) => this.x(at) };
		const { columns, from, to, holes } = scene;
		drawRibbon(reaches(columns, from, to, holes), box);
		const marks = columns.marks.filter(({ at }) => at >= from && at <= to);
		this.groups = grouped(marks, box.x, unit);
		drawMarks(this.groups, box);
	}

	/** The picture, and over it the cursor. */
	show() {
		const { screen, scene, sizes } = this;
		screen.setTransform(1, 0, 0, 1, 0, 0);
		screen.clearRect(0, 0, this.canvas.width, this.canvas.height);
		if (!scene || !this.width || !this.height) {
			return;
		}
		screen.drawImage(this.picture, 0, 0);
		if (!Number.isFinite(this.cursor)) {
			return;
		}
		screen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		const x = this.crisp(this.x(this.cursor));
		const tall = this.foot() - sizes.head;
		if (Number.isFinite(this.selected)) {
			const other = this.x(this.selected);
			screen.fillStyle = thin(this.colors.info, 0.13);
			screen.fillRect(Math.min(x, other), sizes.head, Math.abs(x - other), tall);
			screen.fillStyle = this.colors.info;
			screen.fillRect(this.crisp(other), sizes.head, this.hair(), tall);
		}
		screen.fillStyle = this.colors.t2;
		screen.fillRect(x, sizes.head, this.hair(), tall);
		this.showDots(scene);
		this.showTime(x);
	}

	/** @param {Scene} scene */
	showDots({ columns, silent, limits }) {
		const sample = columns.nearest(this.cursor);
		LANES.forEach((lane, nth) => {
			const value = columns.values[nth][sample];
			if (value === value && value !== undefined && !silent[nth]) {
				this.dot(this.screen, this.cursor, this.yOf(nth)(value),
					this.colors[toneOf(lane, limits[nth], value) || 'trace']);
			}
		});
	}

	/** In place of the axis's own times that it would cover. @param {number} x */
	showTime(x) {
		const { screen, unit } = this;
		const ends = [this.cursor, this.selected].sort((a, b) => a - b);
		const text = Number.isFinite(this.selected) ? ends.map(hours).join(' – ')
			: clock(this.cursor);
		screen.font = this.font;
		const wide = screen.measureText(text).width + 10 * unit;
		const left = Math.min(this.width - wide, Math.max(0, x - wide / 2));
		const top = this.foot() + 3 * unit;
		const half = TEXT_HALF * unit;
		for (const at of this.written) {
			if (at > left - half && at < left + wide + half) {
				screen.clearRect(at - half, top, 2 * half, this.height - top);
			}
		}
		screen.fillStyle = this.colors.raised;
		screen.fillRect(left, top, wide, this.height - top);
		screen.fillStyle = this.colors.t1;
		screen.textAlign = 'center';
		screen.textBaseline = 'bottom';
		screen.fillText(text, left + wide / 2, this.height - 4 * unit);
	}
}
