// The history of one component or one breaker within its detail: the ribbon of its states and a lane a
// figure, over a range that the reader chooses, with a cursor for pointer and keys. Asked for when it
// is shown, and again when there may be more to see.
import { isRight } from '../live/live.js';
import { hasModifier } from '../shell/keys.js';
import { keepView, onView, viewOf } from '../shell/address.js';
import { onZone } from '../shell/zone.js';
import { ask, wordsOf } from '../view/daemon.js';
import { button, el, on, setAttr, setText } from '../view/dom.js';
import { clamp, clock, moment, parseTime, uptime, when } from '../view/format.js';
import { make } from '../view/make.js';
import { rove } from '../view/rove.js';
import { heightOf, paintChart, plotOf } from './chart_paint.js';
import { firstAt } from './columns.js';
import { reachText } from './lanes.js';
import { Past, sentence } from './past.js';
import { RANGES } from './span.js';
import { extent } from './trace.js';

const POINTS = 1000;
const AGAIN_LEAST_MS = 30_000;
const AGAIN_MOST_MS = 3_600_000;
const STEPS = 288;
const CHOICE = RANGES.slice(1);
/** A day. */
const USUAL = CHOICE[2];

/**
 * @typedef {object} Figure
 * @property {string} field of the answer
 * @property {number} scale what its numbers are to be multiplied with
 * @property {import('./lanes.js').Lane} lane
 *
 * @typedef {object} Kind
 * @property {string} path of the kind in the interface
 * @property {Figure[]} figures
 * @property {(word: string) => string} health which state of a component a word is drawn like
 * @property {(word: string) => string} say
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {string} state what it is now; empty when that is not known
 * @property {number} since when
 * @property {(number | null)[]} limits of each figure
 * @property {number} now
 * @property {import('../live/live.js').Liveness} liveness
 */

/** @param {any} answer @param {Figure[]} figures @returns {Past} */
function pastOf(answer, figures) {
	const column = (/** @type {any} */ columns, /** @type {Figure} */ { field, scale }) =>
		(Array.isArray(columns?.[field]) ? columns[field] : []).map((/** @type {any} */ n) =>
			(typeof n === 'number' ? n * scale : null));
	const each = (/** @type {(figure: Figure) => any} */ of) =>
		Object.fromEntries(figures.map((figure) => [figure.field, of(figure)]));
	const end = (/** @type {string} */ which) => each(({ field }) => answer.bands?.[field]?.[which]);
	const [low, high] = [end('min'), end('max')];
	const p95 = each(({ field }) => answer.quantiles?.[field]?.p95);
	const [from, to] = [answer.from, answer.to].map((at) => (typeof at === 'number' ? at : parseTime(at)));
	return new Past({ ...answer, from, to, status: answer.strip,
		values: each((figure) => column(answer.values, figure)),
		bands: each((figure) => ({ min: column(low, figure), max: column(high, figure) })),
		quantiles: each((figure) => ({ p95: column(p95, figure) })) },
	{ from: NaN, words: [] }, figures.map(({ field }) => field));
}

/** Where nobody looked, and before anything is known; what nobody can see is left out.
 * @param {Past | null} past @param {number} from @param {number} to
 * @returns {import('./columns.js').Span[]} */
function holesOf(past, from, to) {
	const status = past?.status ?? [];
	return [[from, 'none'], ...status].map(([at, word], nth) =>
		/** @type {[number, number, string]} */ ([at, status[nth]?.[0] ?? to, word]))
		.filter(([begin, end, word]) => word === 'none' && end - begin > (to - from) / POINTS)
		.map(([begin, end]) => [begin, end, '']);
}

export class Chart {
	/** @param {string} id of the detail @param {Kind} kind @param {() => void} again draws it */
	constructor(id, kind, again) {
		const canvas = make(`canvas#${id}-chart`, { tabindex: 0, role: 'slider', 'aria-label': 'History',
			'aria-valuemin': 0, 'aria-valuemax': 100 });
		this.canvas = /** @type {HTMLCanvasElement} */ (canvas);
		this.text = make(`p.note#${id}-chart-text`, {});
		this.bar = make('div.ranges', { role: 'toolbar', 'aria-label': 'Range of the history' },
			...CHOICE.map(([word]) => button('', () => this.choose(word), word.replace(/(\d+)/, '$1\u202f'))));
		this.node = make(`section.chart#${id}-history`, {}, el('h3', '', 'History'), this.bar, canvas, this.text);
		this.kind = kind;
		this.again = again;
		/** @type {Subject | null} */
		this.subject = null;
		/** @type {Past | null} */
		this.past = null;
		this.asked = '';
		this.trouble = '';
		this.drawn = '';
		this.askedAt = -Infinity;
		this.cursor = NaN;
		canvas.style.height = heightOf(kind.figures.length);
		this.listen();
	}

	listen() {
		const { canvas } = this;
		rove(this.bar);
		for (const type of /** @type {const} */ (['pointermove', 'pointerdown'])) {
			on(canvas, type, ({ offsetX }) => this.seek(this.timeAt(offsetX)));
		}
		on(canvas, 'pointerleave', () => this.seek(NaN));
		on(canvas, 'blur', () => this.seek(NaN));
		on(canvas, 'keydown', (event) => this.key(event));
		new ResizeObserver(() => this.refresh()).observe(canvas);
		onZone(() => this.refresh());
		onView('span', this.again);
	}

	refresh() {
		this.drawn = '';
		this.again();
	}

	/** @returns {[string, number]} */
	get range() {
		return CHOICE.find(([word]) => word === viewOf('span')) ?? USUAL;
	}

	/** @param {string} word */
	choose(word) {
		keepView('span', word);
		this.again();
	}

	/** @returns {[number, number]} */
	get window() {
		const to = this.subject?.now ?? NaN;
		return [to - this.range[1], to];
	}

	/** @param {number} x */
	timeAt(x) {
		const [from, to] = this.window;
		return from + clamp(x / plotOf(this.canvas), 0, 1) * (to - from);
	}

	/** @param {number} at */
	seek(at) {
		if (!Object.is(at, this.cursor)) {
			this.cursor = at;
			this.refresh();
		}
	}

	/** @param {KeyboardEvent} event */
	key(event) {
		const [from, to] = this.window;
		const step = Math.max((to - from) / STEPS, this.past?.width ?? 0) * (event.shiftKey ? 12 : 1);
		const at = isFinite(this.cursor) ? this.cursor : to;
		const next = /** @type {Record<string, number>} */ ({ ArrowLeft: at - step, ArrowRight: at + step,
			Home: from, End: to })[event.key];
		if (next !== undefined && !hasModifier(event)) {
			event.preventDefault();
			event.stopPropagation();
			this.seek(clamp(next, from, to));
		}
	}

	/** @param {string} wanted @param {string} name */
	async load(wanted, name) {
		this.asked = wanted;
		this.askedAt = uptime();
		try {
			const answer = await ask(`${this.kind.path}${encodeURIComponent(name)}/history`
				+ `?format=columns&range=${this.range[0]}&points=${POINTS}`);
			if (this.asked === wanted) {
				this.past = pastOf(answer, this.kind.figures);
				this.trouble = '';
			}
		} catch (error) {
			if (this.asked === wanted) {
				this.trouble = `The history could not be had: ${wordsOf(error)}`;
			}
		}
		this.refresh();
	}

	/** @param {Subject} subject */
	draw(subject) {
		const [word, wide] = this.range;
		const { name, now, state } = subject;
		const wanted = `${word} ${name}`;
		this.subject = subject;
		if (this.asked !== wanted) {
			[this.past, this.trouble, this.cursor, this.askedAt] = [null, '', NaN, -Infinity];
		}
		const pause = clamp(this.past?.width || wide / POINTS, AGAIN_LEAST_MS, AGAIN_MOST_MS);
		if (isRight(subject.liveness) && uptime() - this.askedAt > pause) {
			this.load(wanted, name);
		}
		if (state && (state !== 'unknown' || now - subject.since > wide / POINTS)) {
			this.past?.note(state, subject.since, now);
		}
		[...this.bar.children].forEach((one, nth) => setAttr(one, 'aria-pressed', CHOICE[nth][0] === word));
		this.paint(`${wanted} ${Math.floor(now / (wide / POINTS))} ${subject.limits}`);
		this.tell();
	}

	/** @param {string} moment changes when there is something new to see */
	paint(moment) {
		const { past, cursor, kind, subject } = this;
		const key = `${moment} ${past?.version} ${past?.to} ${cursor}`;
		if (key !== this.drawn && subject && this.canvas.clientWidth > 0) {
			const [from, to] = this.window;
			this.drawn = key;
			paintChart(this.canvas, { past, figures: kind.figures, limits: subject.limits, health: kind.health,
				from, to, cursor, holes: past ? holesOf(past, from, to) : [] });
		}
	}

	/** @param {Past} past @returns {string} what stands under the cursor */
	atCursor(past) {
		const { at, values, lows, highs, width, p95, maintenance } = past;
		const { cursor } = this;
		const [from, to] = this.window;
		const word = past.statusAt(cursor) || 'none';
		const after = firstAt(at, cursor);
		const isLater = at[after] === cursor || (width > 0 && at[after] - cursor < cursor - at[after - 1]);
		const nth = isLater || after === 0 ? after : after - 1;
		const found = this.kind.figures.map(({ lane }, of) => {
			const most = p95[of][nth] ?? NaN;
			const reach = [reachText(lane, lows[of][nth], highs[of][nth]),
				isFinite(most) ? `p95 ${lane.text(most)}` : ''].filter(Boolean).join(', ');
			return isFinite(values[of][nth])
				? `${lane.name.toLowerCase()} ${lane.text(values[of][nth])}${reach && ` (${reach})`}` : '';
		});
		const kept = maintenance.some(([begin, end]) => begin <= cursor && cursor <= end);
		return [moment(cursor, to - from, clock), kept ? 'maintenance' : '',
			...word === 'none' ? ['no data'] : [this.kind.say(word), ...found]].filter(Boolean).join(' · ');
	}

	/** @param {Past} past @returns {string} what is to be known of all of it */
	inShort(past) {
		const [from, to] = this.window;
		const begun = past.status.find(([, word]) => word !== 'none')?.[0] ?? past.at[0];
		const ends = this.kind.figures.map(({ lane }, nth) => {
			const [low, high] = extent(past, nth, from, to);
			return low <= high ? `${lane.name} ${reachText(lane, low, high) || lane.text(low)}` : '';
		});
		return sentence([...ends, begun - from > (to - from) / 100 ? `known since ${when(begun, Infinity)}` : '',
			...past.notes(0)]) || 'Nothing is known of this time.';
	}

	tell() {
		const { past, cursor, trouble } = this;
		const [from, to] = this.window;
		const words = !past ? trouble || 'Asking for it.'
			: trouble || (isFinite(cursor) ? this.atCursor(past) : this.inShort(past));
		setText(this.text, words);
		setAttr(this.canvas, 'aria-valuetext', words);
		setAttr(this.canvas, 'aria-valuenow',
			Math.round(isFinite(cursor) ? (cursor - from) / (to - from) * 100 : 100));
	}
}
