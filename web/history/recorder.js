// The canvas with the lanes of the history: one time axis, straight lines, true spacing. A stretch
// without samples is hatched, and no line crosses it. It draws only when it is told something new.
import { hours } from '../view/format.js';

const AXIS_PX = 46;
const FOOT_PX = 24;
const PAD_PX = 9;
const HOLE_MIN_PX = 3;

/**
 * @typedef {object} Lane
 * @property {string} field of a point
 * @property {(value: number) => string} text
 * @property {(peak: number) => [number, number]} scale of the axis
 * @property {number | null} limit
 *
 * @typedef {object} Scene
 * @property {{ at: number, point: Record<string, any> }[]} points in the order of time
 * @property {Lane[]} lanes
 * @property {number} from
 * @property {number} to
 * @property {number} gap milliseconds without a sample that make a hole
 * @property {number} cursor time, or NaN
 */

/**
 * @param {Scene['points']} points
 * @param {number} at
 * @returns {number} the index of the first not before `at`
 */
export function firstAt(points, at) {
	let low = 0;
	let high = points.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (points[middle].at < at) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

export class Recorder {
	/** @param {HTMLCanvasElement} canvas */
	constructor(canvas) {
		this.canvas = canvas;
		this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
		/** @type {Scene | null} */
		this.scene = null;
		this.probe = document.createElement('span');
		canvas.append(this.probe);
		this.theme();
		new ResizeObserver(() => this.size()).observe(canvas);
	}

	/** The tokens as the canvas can use them: light-dark() is resolved by the style engine. */
	theme() {
		this.colors = Object.fromEntries(['trace', 'line', 't3', 'edge'].map((name) => {
			this.probe.style.color = `var(--${name})`;
			return [name, getComputedStyle(this.probe).color];
		}));
		this.hatch = this.makeHatch();
		this.draw();
	}

	makeHatch() {
		const tile = document.createElement('canvas');
		tile.width = 8;
		tile.height = 8;
		const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext('2d'));
		pen.strokeStyle = /** @type {any} */ (this.colors).edge;
		pen.beginPath();
		for (const shift of [-8, 0, 8]) {
			pen.moveTo(shift, 8);
			pen.lineTo(shift + 8, 0);
		}
		pen.stroke();
		return this.pen.createPattern(tile, 'repeat');
	}

	size() {
		const ratio = window.devicePixelRatio || 1;
		this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
		this.width = this.canvas.clientWidth;
		this.height = this.canvas.clientHeight;
		this.canvas.width = Math.round(this.width * ratio);
		this.canvas.height = Math.round(this.height * ratio);
		this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
		this.draw();
	}

	/** @param {Scene} scene */
	set(scene) {
		this.scene = scene;
		this.draw();
	}

	plotWidth() {
		return Math.max(1, (this.width ?? 0) - AXIS_PX * (this.rem ?? 1));
	}

	/** @param {number} x in CSS pixels @returns {number} */
	timeAt(x) {
		const scene = /** @type {Scene} */ (this.scene);
		const share = Math.min(1, Math.max(0, x / this.plotWidth()));
		return scene.from + share * (scene.to - scene.from);
	}

	/** @param {number} at */
	x(at) {
		const scene = /** @type {Scene} */ (this.scene);
		return (at - scene.from) / (scene.to - scene.from) * this.plotWidth();
	}

	draw() {
		const { scene, pen } = this;
		if (!scene || !this.width || !this.height) {
			return;
		}
		const foot = this.height - FOOT_PX * (this.rem ?? 1);
		const tall = foot / scene.lanes.length;
		pen.clearRect(0, 0, this.width, this.height);
		pen.font = `${11 * (this.rem ?? 1)}px ${getComputedStyle(this.canvas).fontFamily}`;
		this.drawGaps(foot);
		this.drawTimes(foot);
		scene.lanes.forEach((lane, nth) => this.drawLane(lane, nth * tall, tall));
		if (Number.isFinite(scene.cursor)) {
			pen.fillStyle = /** @type {any} */ (this.colors).t3;
			pen.fillRect(Math.round(this.x(scene.cursor)), 0, 1, foot);
		}
	}

	/** @returns {[number, number][]} the holes between samples within the window */
	holes() {
		const { points, from, to, gap } = /** @type {Scene} */ (this.scene);
		/** @type {[number, number][]} */
		const found = [];
		let last = from;
		for (let i = firstAt(points, from); i < points.length && points[i].at <= to; i++) {
			if (points[i].at - last > gap) {
				found.push([last, points[i].at]);
			}
			last = points[i].at;
		}
		if (to - last > gap) {
			found.push([last, to]);
		}
		return found;
	}

	/** @param {number} foot */
	drawGaps(foot) {
		for (const [from, to] of this.holes()) {
			const x = this.x(from);
			this.pen.fillStyle = /** @type {CanvasPattern} */ (this.hatch);
			this.pen.fillRect(x, 0, Math.max(HOLE_MIN_PX, this.x(to) - x), foot);
		}
	}

	/** @param {number} foot */
	drawTimes(foot) {
		const { from, to } = /** @type {Scene} */ (this.scene);
		const colors = /** @type {any} */ (this.colors);
		const minute = 60_000;
		const wide = 70 * (this.rem ?? 1) / this.plotWidth() * (to - from);
		const step = [1, 2, 5, 10, 15, 30, 60, 180, 360, 720].map((n) => n * minute)
			.find((size) => size >= wide) ?? 1440 * minute;
		this.pen.textAlign = 'center';
		this.pen.textBaseline = 'bottom';
		for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
			const x = Math.round(this.x(at));
			this.pen.fillStyle = colors.line;
			this.pen.fillRect(x, 0, 1, foot);
			if (x > 16 && x < this.plotWidth() - 36) {
				this.pen.fillStyle = colors.t3;
				this.pen.fillText(hours(at), x, (this.height ?? 0) - 4);
			}
		}
		this.pen.fillStyle = colors.t3;
		this.pen.fillText('now', this.plotWidth(), (this.height ?? 0) - 4);
	}

	/** @param {Lane} lane @returns {[number, number]} */
	scaleOf(lane) {
		const { points, from } = /** @type {Scene} */ (this.scene);
		let peak = 0;
		for (let i = firstAt(points, from); i < points.length; i++) {
			const value = points[i].point[lane.field];
			if (typeof value === 'number') {
				peak = Math.max(peak, value);
			}
		}
		return lane.scale(peak);
	}

	/** @param {Lane} lane @param {number} top @param {number} tall */
	drawLane(lane, top, tall) {
		const { pen } = this;
		const colors = /** @type {any} */ (this.colors);
		const [low, high] = this.scaleOf(lane);
		const room = tall - 2 * PAD_PX;
		const y = (/** @type {number} */ value) =>
			top + PAD_PX + (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low)) * room;
		pen.fillStyle = colors.line;
		pen.fillRect(0, Math.round(top + tall) - 1, this.plotWidth(), 1);
		pen.fillStyle = colors.t3;
		pen.textAlign = 'left';
		pen.textBaseline = 'middle';
		pen.fillText(lane.text(high), this.plotWidth() + 6, y(high) + 1);
		pen.fillText(lane.text(low), this.plotWidth() + 6, y(low));
		if (lane.limit !== null && lane.limit > low && lane.limit < high) {
			this.drawLimit(y(lane.limit));
		}
		this.drawLine(lane, y);
	}

	/** @param {number} y */
	drawLimit(y) {
		this.pen.strokeStyle = /** @type {any} */ (this.colors).t3;
		this.pen.lineWidth = 1;
		this.pen.setLineDash([2, 4]);
		this.pen.beginPath();
		this.pen.moveTo(0, Math.round(y) + 0.5);
		this.pen.lineTo(this.plotWidth(), Math.round(y) + 0.5);
		this.pen.stroke();
		this.pen.setLineDash([]);
	}

	/** @param {Lane} lane @param {(value: number) => number} y */
	drawLine(lane, y) {
		const { points, from, to, gap } = /** @type {Scene} */ (this.scene);
		const { pen } = this;
		let before = NaN;
		let end = null;
		pen.beginPath();
		for (let i = Math.max(0, firstAt(points, from)); i < points.length; i++) {
			const { at, point } = points[i];
			const value = point[lane.field];
			if (typeof value !== 'number' || at > to) {
				before = NaN;
				continue;
			}
			end = [this.x(at), y(value)];
			if (at - before <= gap) {
				pen.lineTo(end[0], end[1]);
			} else {
				pen.moveTo(end[0], end[1]);
				pen.lineTo(end[0] + 0.8, end[1]);
			}
			before = at;
		}
		pen.strokeStyle = /** @type {any} */ (this.colors).trace;
		pen.lineWidth = 1.4;
		pen.lineJoin = 'round';
		pen.stroke();
		if (end) {
			pen.fillStyle = pen.strokeStyle;
			pen.beginPath();
			pen.arc(end[0], end[1], 2.6, 0, 7);
			pen.fill();
		}
	}
}
