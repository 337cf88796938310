// The history's panel: asks for the day, keeps it up to date and hands it to the canvas, the labels
// and the table.
import { offerKey } from '../shell/keys.js';
import { keepView, onView, viewOf } from '../shell/address.js';
import { onZone, zone } from '../shell/zone.js';
import { button, byId, el, on, patch, setAttr, setSymbol, setText, show, symbol }
	from '../view/dom.js';
import { age, clock, hours, NONE, number, parseTime, plural, when } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { Columns } from './columns.js';
import { Cursor } from './cursor.js';
import { LANES, toneOf } from './lanes.js';
import { Recorder } from './recorder.js';
import { RANGES, Span } from './span.js';
import { drawTable } from './table.js';

const PATH = '/api/v1/history?format=columns';
const REFINE_MS = 300;
const AGAIN_MS = 5000;
const AGAIN_MAX_MS = 60_000;
const FETCH_MAX_MS = 10_000;
const MARK_NEAR = 8;
const TOLD = 4;
const LOOKS = ['(prefers-color-scheme: dark)', '(forced-colors: active)',
	'(prefers-contrast: more)', 'print'];

/** Who a mark without a name is about. @type {Record<string, string>} */
const OWN = { overall: 'Overall', daemon: 'Bellwether', clock: 'Clock went' };
/** @type {Record<string, string>} */
const WHY = { stopped: 'Bellwether was stopped', lost: 'Bellwether was lost' };

/** @typedef {import('../app.js').Frame} Frame */

export class History {
	constructor() {
		this.canvas = /** @type {HTMLCanvasElement} */ (byId('recorder'));
		this.recorder = new Recorder(this.canvas);
		this.columns = new Columns();
		this.span = new Span(() => this.turn());
		this.drawnAt = '';
		this.refined = [NaN, NaN];
		this.refining = 0;
		this.timer = 0;
		this.failures = 0;
		this.askedAt = -Infinity;
		/** @type {Frame | null} */
		this.frame = null;
		this.cursor = new Cursor(this.canvas, { recorder: this.recorder, span: this.span,
			now: () => this.now(), interval: () => this.columns.interval,
			seek: (at, selected) => this.seek(at, selected) });
		this.controls();
		this.turn();
	}

	controls() {
		for (const [word, wide] of RANGES) {
			const name = word.replace(/(\d+)/, '$1\u202f');
			const node = button('', () => this.span.follow(wide), name);
			node.dataset.range = word;
			byId('ranges').append(node);
		}
		const zoom = (/** @type {1 | -1} */ closer) => () =>
			this.span.zoom(closer, this.recorder.cursor, this.now());
		on('zoom-in', 'click', zoom(1));
		on('zoom-out', 'click', zoom(-1));
		offerKey(['+', '='], 'zoom the history in', zoom(1));
		offerKey(['-', '−'], 'zoom the history out', zoom(-1));
		const flip = () => {
			keepView('table', viewOf('table') ? '' : '1');
			this.turn();
		};
		on('history-table', 'click', flip);
		offerKey(['t'], 'the history as a table', flip);
		on('history-retry', 'click', () => this.fetch());
		onView('table', () => this.turn());
		onZone(() => this.turn());
		LOOKS.forEach((look) => matchMedia(look).addEventListener('change', () => this.theme()));
	}

	/** Another window, zone or view: everything is drawn anew. */
	turn() {
		const { span } = this;
		const table = viewOf('table') !== '';
		for (const node of byId('ranges').children) {
			const [, wide] = RANGES.find(([word]) =>
				word === /** @type {HTMLElement} */ (node).dataset.range) ?? ['', NaN];
			setAttr(node, 'aria-pressed', span.following && wide === span.wide);
		}
		setAttr('history-table', 'aria-pressed', table);
		show('history-lanes', !table);
		show('history-grid', table);
		this.drawnAt = '';
		clearTimeout(this.refining);
		this.refining = setTimeout(() => this.refine(), REFINE_MS);
		if (this.frame) {
			this.draw(this.frame);
		}
	}

	/** @param {number} from @param {number} [to] shows an incident, with what was before it */
	showIncident(from, to = this.now()) {
		const room = Math.max(60_000, (to - from) * 0.15);
		this.span.set(from - room, to + room, this.now());
		byId('history').scrollIntoView({ block: 'nearest' });
	}

	theme() {
		this.recorder.theme();
	}

	/** @param {number} at @param {unknown[]} values as in a sample event */
	add(at, values) {
		this.columns.add(at, values);
	}

	/** @param {any[]} mark as in a mark event */
	mark(mark) {
		this.columns.addMark(mark);
		if (mark[1] === 'overall') {
			this.columns.note(String(mark[4]), number(mark[0]) ?? NaN, this.now());
		} else if (mark[1] === 'clock') {
			this.columns = new Columns();
			this.renew();
		}
	}

	/** Asks for the whole day, though not again and again when the stream has hole after hole. */
	renew() {
		if (this.timer === 0) {
			const pause = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** Math.max(0, this.failures - 1));
			const wait = this.askedAt + pause - performance.now();
			this.timer = setTimeout(() => this.fetch(), Math.max(0, wait));
		}
	}

	async fetch() {
		clearTimeout(this.timer);
		this.timer = 0;
		this.askedAt = performance.now();
		try {
			const answer = await fetch(PATH, {
				cache: 'no-store', signal: AbortSignal.timeout(FETCH_MAX_MS),
			});
			if (!answer.ok) {
				throw new Error(`the answer was ${answer.status}`);
			}
			this.take(await answer.json());
			this.failures = 0;
			show('history-failed', false);
		} catch (error) {
			this.failures++;
			const why = error instanceof Error ? error.message : '';
			setText('history-why', `The earlier history could not be had (${why}).`);
			show('history-failed', true);
			this.renew();
		}
	}

	/** Asks once for what lies between the samples, where the window could show it. */
	async refine() {
		const { columns, span } = this;
		const [from, to] = span.window(this.now());
		const end = Math.min(to, columns.servedTo);
		const there = columns.count(from, end);
		const could = Math.min(there * columns.thinned, 2 * this.recorder.plotWidth());
		if (there >= could / 2 || (from >= this.refined[0] && end <= this.refined[1])) {
			return;
		}
		this.refined = [from, to];
		const [first, last] = [from, to].map((at) => new Date(at).toISOString());
		const answer = await fetch(`${PATH}&from=${first}&to=${last}`, {
			signal: AbortSignal.timeout(FETCH_MAX_MS) }).catch(() => null);
		if (answer?.ok) {
			columns.refine(new Columns(await answer.json().catch(() => ({}))));
			this.turn();
		}
	}

	/** @param {any} answer */
	take(answer) {
		const before = this.columns;
		this.columns = new Columns(answer);
		this.refined = [NaN, NaN];
		this.columns.keepNewer(before);
		this.columns.version = before.version + 1;
		const first = this.columns.status.find(([, word]) => word !== 'none')?.[0];
		const begun = [this.columns.at[0], first].map((at) => at ?? Infinity);
		this.span.fit(this.now() - Math.min(...begun));
		this.turn();
	}

	now() {
		const { frame } = this;
		return frame && Number.isFinite(frame.now) ? frame.now + frame.lostFor : Date.now();
	}

	/** @param {Frame} frame */
	draw(frame) {
		this.frame = frame;
		const { model, state } = frame;
		if (!model || !Number.isFinite(frame.now)) {
			return;
		}
		const { columns, span } = this;
		if (state !== 'lost') {
			columns.interval = (number(model.metadata.auto_refresh_interval) ?? 30) * 1000;
			const { overall_status: word, since } = model.overview;
			columns.note(String(word), parseTime(since), frame.now);
		}
		const now = this.now();
		const [from, to] = span.window(now);
		const pixel = (to - from) / this.recorder.plotWidth();
		const key = [span.following ? Math.floor(now / pixel) : from, to - from, state, zone(),
			columns.version, model.components.size > 0, JSON.stringify(model.thresholds)].join(' ');
		if (key !== this.drawnAt) {
			this.drawnAt = key;
			this.paint(model, from, to);
		}
		this.labels();
	}

	/** @param {import('../live/model.js').Model} model @param {number} from @param {number} to */
	paint(model, from, to) {
		const { columns, span } = this;
		const frame = /** @type {Frame} */ (this.frame);
		const none = model.components.size === 0;
		const silent = LANES.map((lane) => lane.judged && none);
		const limits = LANES.map((lane) => lane.limits(model.thresholds));
		const holes = columns.holes(from, to, frame.state === 'lost' ? frame.now : Infinity);
		show('key-maintenance', columns.maintenance.length > 0);
		setText('history-note', span.following ? ''
			: `${when(from, this.now())} – ${when(to, this.now())} · ${age((to - from) / 1000)}`);
		const { following } = span;
		this.recorder.set({ columns, limits, silent, from, to, following, holes });
		if (viewOf('table')) {
			drawTable(columns, [from, to], silent, this.now());
		}
	}

	/** @param {number} at @param {number} [selected] */
	seek(at, selected) {
		this.recorder.seek(at, selected);
		if (this.frame?.model) {
			this.labels();
		}
	}

	/** @returns {string} the state under the cursor, or now */
	statusShown() {
		const { frame, columns, recorder: { cursor, scene } } = this;
		if (Number.isFinite(cursor)) {
			const hole = scene?.holes.some(([from, to]) => from < cursor && cursor < to);
			const word = hole ? '' : columns.statusAt(cursor);
			return word && word !== 'none' ? stateMark(word).word : 'No data';
		}
		return frame?.state === 'lost' ? 'No data'
			: stateMark(frame?.model?.overview.overall_status).word;
	}

	/** @param {number} nth @returns {number} under the cursor, or now; NaN when it is not known */
	valueShown(nth) {
		const { frame, columns, recorder: { cursor, scene } } = this;
		if (scene?.silent[nth] || !frame?.model) {
			return NaN;
		}
		if (Number.isFinite(cursor)) {
			return columns.values[nth][columns.nearest(cursor)] ?? NaN;
		}
		return frame.state === 'lost' ? NaN : number(LANES[nth].now(frame.model)) ?? NaN;
	}

	labels() {
		const { recorder: { cursor, scene } } = this;
		const said = LANES.map((lane, nth) => {
			const value = this.valueShown(nth);
			const text = lane.text(value);
			return { name: lane.name, value: text === NONE ? 'no data' : text,
				tone: toneOf(lane, scene?.limits[nth] ?? [null], value) };
		});
		const status = this.statusShown();
		patch('lane-labels', [{ name: 'Status', value: status, tone: '' }, ...said],
			(one) => one.name, label);
		const at = Number.isFinite(cursor) ? clock(cursor) : 'Now';
		const told = this.told();
		const [from, to] = [scene?.from ?? 0, scene?.to ?? 1];
		setAttr(this.canvas, 'aria-valuemax', String(Math.round((to - from) / 1000)));
		setAttr(this.canvas, 'aria-valuenow',
			String(Math.round(((Number.isFinite(cursor) ? cursor : to) - from) / 1000)));
		setAttr(this.canvas, 'aria-valuetext', [`${at}. Status ${status}`,
			said.map(({ name, value, tone }) => `${name} ${value}${tone && ', past its limit'}`)
				.join(', '), ...told].join('. '));
		this.tip(told);
	}

	/** @returns {string[]} what stands at the cursor beside the numbers */
	told() {
		const { columns, recorder } = this;
		const { cursor, scene } = recorder;
		if (!scene || !Number.isFinite(cursor) || Number.isFinite(recorder.selected)) {
			return [];
		}
		const over = (/** @type {import('./columns.js').Span[]} */ list) =>
			list.find(([from, to]) => from <= cursor && cursor <= to);
		const hole = over(scene.holes);
		const closed = over(columns.maintenance);
		const marks = recorder.groups.find(({ x }) =>
			Math.abs(x - recorder.x(cursor)) <= MARK_NEAR * recorder.unit)?.marks ?? [];
		const words = marks.slice(0, TOLD).map((mark) => `${hours(mark.at)} ${sentence(mark)}`);
		const why = (/** @type {import('./columns.js').Span} */ [, , word]) =>
			word && `: ${WHY[word] ?? word}`;
		const more = marks.length - TOLD;
		return [hole ? `No data for ${age((hole[1] - hole[0]) / 1000)}${why(hole)}` : '',
			closed ? `Maintenance${why(closed)}` : '', ...words,
			more > 0 ? `and ${plural(more, 'more event')}` : ''].filter(Boolean);
	}

	/** @param {string[]} told */
	tip(told) {
		const node = byId('history-tip');
		show(node, told.length > 0);
		if (told.length > 0) {
			setText(node, told.join('\n'));
			const { recorder } = this;
			const room = recorder.plotWidth() - node.offsetWidth;
			const middle = recorder.x(recorder.cursor) - node.offsetWidth / 2;
			const left = Math.max(0, Math.min(room, middle));
			node.style.transform = `translateX(${Math.round(left)}px)`;
		}
	}
}

/** @param {import('./columns.js').Mark} mark @returns {string} */
function sentence({ kind, name, to, text }) {
	return `${name || OWN[kind] || kind} ${to.replace('_', '-')}${text && `: ${text}`}`;
}

/** @typedef {{ name: string, value: string, tone: string }} Label */

/** @param {Label} first @returns {import('../view/dom.js').View<Label>} */
function label({ name }) {
	const node = el('li', '', name);
	const value = el('strong');
	const words = el('span');
	const shape = symbol('triangle', 'mark');
	value.append(words, shape);
	node.append(value);
	return { node, update: (one) => {
		setText(words, one.value);
		setAttr(value, 'class', one.value === 'no data' ? 'absent' : null);
		setAttr(shape, 'class', `mark ${one.tone}`);
		setSymbol(shape, one.tone === 'bad' ? 'square' : 'triangle');
		setAttr(shape, 'hidden', one.tone === '' ? '' : null);
	} };
}
