// The history: the daemon's points of the last day, then each sample as it comes.
import { byId, button, el, patch, setAttr, setClass, setText } from '../view/dom.js';
import { clock, ms, NONE, number, parseTime, percent } from '../view/format.js';
import { firstAt, Recorder } from './recorder.js';

const HOUR_MS = 3_600_000;
const KEEP_MS = 24 * HOUR_MS;
const RANGES = [0.25, 1, 6, 24];
const POINTS = 3000;
const MISSED_INTERVALS = 2.5;
const AGAIN_MS = 5000;
const FETCH_MAX_MS = 10000;

/** @param {number} value */
const whole = (value) => value.toFixed(0);
/** @param {number} value */
const share = (value) => `${value.toFixed(0)}%`;
/** @type {() => [number, number]} */
const hundred = () => [0, 100];

/** @param {number} peak @returns {[number, number]} */
function niceTop(peak) {
	const decade = 10 ** Math.floor(Math.log10(Math.max(peak, 1)));
	const top = [1, 2, 5, 10].map((n) => n * decade).find((n) => n >= peak);
	return [0, top ?? 10 * decade];
}

/**
 * `judged` lanes say something about components, and nothing when there are none.
 * @typedef {{ name: string, field: string, judged: boolean, limit: string | null,
 *   text: (n: number) => string, value: (n: unknown) => string, scale: (peak: number) => [number, number] }} Shown
 */

/** @type {Shown[]} */
const LANES = [
	{ name: 'Health score', field: 'health_score', judged: true, limit: null, text: whole,
		value: (n) => (number(n) === null ? NONE : whole(/** @type {number} */ (n))), scale: hundred },
	{ name: 'Availability', field: 'availability', judged: true, limit: null, text: share,
		value: (n) => percent(n, 2), scale: hundred },
	{ name: 'Response time', field: 'response_time', judged: true, limit: 'response_time_ms',
		text: (n) => (n >= 1000 ? `${n / 1000}s` : `${n}ms`), value: ms, scale: niceTop },
	{ name: 'CPU', field: 'cpu_usage', judged: false, limit: 'cpu_usage', text: share,
		value: (n) => percent(n), scale: hundred },
	{ name: 'Memory', field: 'memory_usage', judged: false, limit: 'memory_usage', text: share,
		value: (n) => percent(n), scale: hundred },
	{ name: 'Breakers closed', field: 'circuit_breaker_health', judged: true, limit: null,
		text: share,
		value: (n) => percent(n), scale: hundred },
];

export class History {
	constructor() {
		this.canvas = /** @type {HTMLCanvasElement} */ (byId('recorder'));
		this.recorder = new Recorder(this.canvas);
		/** @type {{ at: number, point: any }[]} */
		this.points = [];
		this.thinned = 1;
		this.hours = 24;
		this.chosen = false;
		this.empty = false;
		this.cursor = NaN;
		this.drawnAt = '';
		/** @type {any} */
		this.shown = undefined;
		this.timer = 0;
		this.askedAt = -Infinity;
		/** @type {import('../app.js').Frame | null} */
		this.frame = null;
		this.ranges();
		this.listen();
	}

	ranges() {
		for (const hours of RANGES) {
			const node = button('', () => {
				this.hours = hours;
				this.chosen = true;
				this.mark();
				this.redraw();
			}, hours < 1 ? `${hours * 60}\u202fm` : `${hours}\u202fh`);
			node.dataset.hours = String(hours);
			byId('ranges').append(node);
		}
		this.mark();
	}

	/** Until the reader chooses, the shortest range that shows everything there is. */
	fit() {
		const old = this.points.length > 0 ? this.points[this.points.length - 1].at - this.points[0].at
			: KEEP_MS;
		if (!this.chosen) {
			this.hours = RANGES.find((hours) => old <= hours * HOUR_MS) ?? 24;
			this.mark();
		}
	}

	mark() {
		for (const node of byId('ranges').children) {
			const chosen = /** @type {HTMLElement} */ (node).dataset.hours === String(this.hours);
			setAttr(node, 'aria-pressed', String(chosen));
		}
	}

	listen() {
		const move = (/** @type {PointerEvent} */ event) => {
			this.cursor = this.recorder.scene ? this.recorder.timeAt(event.offsetX) : NaN;
			this.redraw();
		};
		const leave = () => {
			this.cursor = NaN;
			this.redraw();
		};
		this.canvas.addEventListener('pointermove', move);
		this.canvas.addEventListener('pointerleave', leave);
		this.canvas.addEventListener('blur', leave);
		this.canvas.addEventListener('keydown', (event) => this.key(event));
	}

	/** @param {KeyboardEvent} event */
	key(event) {
		const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
		if (!step || !this.frame) {
			return;
		}
		event.preventDefault();
		const now = this.frame.now;
		const jump = this.hours * HOUR_MS / 240 * (event.shiftKey ? 12 : 1) * step;
		const from = Number.isFinite(this.cursor) ? this.cursor : now;
		this.cursor = Math.min(now, Math.max(now - this.hours * HOUR_MS, from + jump));
		this.redraw();
	}

	/** Fetches the whole day, though not again and again when the stream has hole after hole. */
	renew() {
		if (this.timer === 0) {
			const wait = this.askedAt + AGAIN_MS - performance.now();
			this.timer = setTimeout(() => this.fetch(), Math.max(0, wait));
		}
	}

	/** Samples that came meanwhile stay. */
	async fetch() {
		this.timer = 0;
		this.askedAt = performance.now();
		try {
			const answer = await fetch(`/api/v1/history?points=${POINTS}`, {
				cache: 'no-store', signal: AbortSignal.timeout(FETCH_MAX_MS),
			});
			const { data, found } = await answer.json();
			this.take(data, found);
		} catch {
			this.renew();
		}
	}

	/** @param {any[]} data @param {number} found before they were thinned */
	take(data, found) {
		const fresh = data.map((point) => ({ at: parseTime(point.timestamp), point }));
		const last = fresh.length > 0 ? fresh[fresh.length - 1].at : -Infinity;
		this.points = fresh.concat(this.points.filter(({ at }) => at > last));
		this.thinned = Math.max(1, fresh.length > 0 ? found / fresh.length : 1);
		this.fit();
		this.redraw();
	}

	/** @param {any} point */
	add(point) {
		const at = parseTime(point?.timestamp);
		const last = this.points[this.points.length - 1];
		if (!Number.isFinite(at) || (last && at <= last.at)) {
			return;
		}
		this.points.push({ at, point });
		this.points.splice(0, firstAt(this.points, at - KEEP_MS));
		this.drawnAt = '';
	}

	redraw() {
		this.drawnAt = '';
		if (this.frame) {
			this.draw(this.frame);
		}
	}

	theme() {
		this.recorder.theme();
	}

	/** Thinned points stand farther apart than samples, by no more than two of their buckets.
	 * @param {import('../live/model.js').Model} model */
	gap(model) {
		const interval = number(model.metadata.auto_refresh_interval) ?? 30;
		const spread = this.thinned > 1 ? 2 * this.thinned : 1;
		return MISSED_INTERVALS * interval * 1000 * spread;
	}

	/** @param {number} now */
	pointShown(now) {
		if (!Number.isFinite(this.cursor)) {
			return this.points[this.points.length - 1]?.point;
		}
		const gap = this.recorder.scene?.gap ?? 0;
		const nth = firstAt(this.points, this.cursor);
		const near = [this.points[nth - 1], this.points[nth]].filter(Boolean)
			.sort((a, b) => Math.abs(a.at - this.cursor) - Math.abs(b.at - this.cursor))[0];
		return near && Math.abs(near.at - Math.min(now, this.cursor)) <= gap ? near.point : undefined;
	}

	/** @param {import('../app.js').Frame} frame */
	draw(frame) {
		this.frame = frame;
		const { model, state, now } = frame;
		const step = this.hours * HOUR_MS / 1000;
		const key = `${Math.floor(now / step)} ${state} ${this.points.length}`;
		if (!model || key === this.drawnAt || !Number.isFinite(now)) {
			return;
		}
		this.drawnAt = key;
		const none = model.components.size === 0;
		const lanes = LANES.map((lane) => ({
			...lane, field: none && lane.judged ? '' : lane.field,
			limit: lane.limit === null ? null : number(model.thresholds[lane.limit]),
		}));
		const to = state === 'lost' ? now + frame.lostFor : now;
		this.recorder.set({ points: this.points, lanes, from: to - this.hours * HOUR_MS, to,
			gap: this.gap(model), cursor: this.cursor });
		this.labels({ ...frame, model });
	}

	/** @param {import('../app.js').Frame & { model: import('../live/model.js').Model }} frame */
	labels({ model, state, now }) {
		const silent = state === 'lost' && !Number.isFinite(this.cursor);
		this.shown = silent ? undefined : this.pointShown(now);
		this.empty = model.components.size === 0;
		patch(byId('lane-labels'), LANES, (lane) => lane.field, (lane) => {
			const node = el('li', '', lane.name);
			const value = el('strong');
			node.append(value);
			return { node, update: () => {
				setText(value, this.valueOf(lane));
				setClass(value, value.textContent === 'no data' ? 'absent' : '');
			} };
		});
		const at = Number.isFinite(this.cursor) ? clock(this.cursor) : 'Now';
		setAttr(this.canvas, 'aria-valuetext', `${at}. ${LANES.map((lane) =>
			`${lane.name} ${this.valueOf(lane)}`).join(', ')}`);
	}

	/** @param {typeof LANES[number]} lane */
	valueOf(lane) {
		const text = this.empty && lane.judged ? NONE : lane.value(this.shown?.[lane.field]);
		return text === NONE ? 'no data' : text;
	}
}
