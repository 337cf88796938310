// What lies behind the day that the page keeps up to date: asked for as the window shows it, at most
// MOST points of it. Where those are averages (buckets), their lowest and highest are drawn as a band,
// so that no spike is lost.
import { isRight } from '../live/live.js';
import { ask } from '../view/daemon.js';
import { age, clamp, iso, mebibytes, parseTime, plural, uptime, when } from '../view/format.js';
import { Columns, FIELDS } from './columns.js';
import { toneOf } from './lanes.js';
import { thin } from './trace.js';

export const MOST = 2000;
const BAND = 0.38;
const EXCESS = 0.85;
const STILL_MS = 300;
const AGAIN_MS = 5000;
const AGAIN_MAX_MS = 60_000;
/* What is live comes in between, so that it is renewed when it has grown by some hundredths. */
const RENEW_PART = 200;
const RENEW_LEAST_MS = 60_000;
const RENEW_MOST_MS = 3_600_000;
const MARKS_MOST = 200;
const ROOM = 8;

/**
 * What is kept at all.
 * @typedef {object} Kept
 * @property {number} from NaN when it is not known
 * @property {string[]} words what is to be said of it
 */

/** @param {any} answer of /api/v1/history/extent, null when it could not be had @returns {Kept} */
export function keptOf(answer) {
	const begun = [answer?.raw_from, answer?.rollup_from].map(parseTime).filter(isFinite);
	const damaged = Number(answer?.damaged ?? 0);
	return { from: begun.length > 0 ? Math.min(...begun) : NaN, words: [
		answer?.limited ? `The oldest went early, to stay within ${mebibytes(answer.limit_bytes / 1048576)}.` : '',
		damaged > 0 ? `${plural(damaged, 'piece')} of the history ${damaged === 1 ? 'is' : 'are'} damaged and left out.` : '',
	].filter(Boolean) };
}

/** @param {string[]} parts @returns {string} */
export function sentence(parts) {
	const words = parts.filter(Boolean).join(' · ');
	return words && words[0].toUpperCase() + words.slice(1);
}

export class Past extends Columns {
	/** @param {any} answer @param {Kept} kept @param {string[]} [fields] */
	constructor(answer, kept, fields = FIELDS) {
		super(answer, fields);
		this.kept = kept;
		this.width = Math.max(0, Number(answer.resolution_s) || 0) * 1000;
		this.marksCut = this.marks.length >= MARKS_MOST;
		/** @type {number[][][]} lowest and highest of each lane */
		this.bands = ['min', 'max'].map((end) => fields.map((field, nth) => {
			const column = answer.bands?.[field]?.[end];
			return this.width && Array.isArray(column)
				? this.at.map((_, at) => column[at] ?? NaN) : this.values[nth];
		}));
		const least = (this.to - this.from) / MOST;
		/** @type {[number, string][]} */
		const states = this.status;
		this.status = states.filter(([at, word], nth) => word !== 'unknown'
			|| (states[nth + 1]?.[0] ?? Infinity) - at > least);
		/** @type {(number | null)[][]} what 95 of 100 stay below */
		this.p95 = fields.map((field) => answer.quantiles?.[field]?.p95 ?? []);
		if (this.width) {
			this.at = this.at.map((at) => Math.max(at, Math.min(at + this.width / 2, this.to)));
			this.servedTo = this.last();
		}
	}


	get lows() {
		return this.bands[0];
	}

	get highs() {
		return this.bands[1];
	}

	/** @param {number} at @param {unknown[]} values */
	add(at, values) {
		if (at > this.last() && this.at.length < 4 * MOST) {
			this.at.push(at);
			values.forEach((value, nth) => {
				const number = typeof value === 'number' ? value : NaN;
				new Set([this.values, ...this.bands].map((columns) => columns[nth]))
					.forEach((column) => column.push(number));
			});
			this.version++;
		}
	}

	/** @param {number} at @param {number} before */
	patience(at, before) {
		return this.width && before <= this.servedTo ? 1.5 * this.width + super.patience(Infinity)
			: super.patience(at);
	}

	/** Those that nobody can see are none, or a year of restarts would hide what is between.
	 * @param {number} from @param {number} to @param {number} cut */
	holes(from, to, cut) {
		return super.holes(from, to, cut)
			.filter(([begin, end]) => end === to || end - begin > (to - from) / MOST);
	}

	/** @param {number} nth @param {import('./lanes.js').Lane} lane
	 * @param {(number | null)[]} limits @param {import('./trace.js').Box} box */
	drawBand(nth, lane, limits, { pen, colors, x, y, right, unit }) {
		const [lows, highs] = this.bands.map((ends) => ends[nth]);
		const half = this.width / 2;
		/** @type {Record<string, Path2D>} */
		const shapes = { '': new Path2D(), warn: new Path2D(), bad: new Path2D() };
		for (let i = 0; half > 0 && i < this.at.length && this.at[i] <= this.servedTo; i++) {
			const left = Math.floor(x(this.at[i] - half));
			const end = Math.min(right, Math.ceil(x(this.at[i] + half)));
			if (end > 0 && left < right && lows[i] <= highs[i]) {
				const [top, bottom] = [y(highs[i]), y(lows[i])];
				const wide = Math.max(unit, end - left);
				shapes[''].rect(left, top, wide, Math.max(unit, bottom - top));
				const tone = toneOf(lane, limits, lane.floor ? lows[i] : highs[i]);
				if (tone) {
					const edge = clamp(y(limits[0] ?? 0), top, bottom);
					const [from, to] = lane.floor ? [edge, bottom] : [top, edge];
					shapes[tone].rect(left, from, wide, Math.max(unit, to - from));
				}
			}
		}
		pen.fillStyle = thin(colors.trace, BAND);
		pen.fill(shapes['']);
		for (const tone of ['warn', 'bad']) {
			pen.fillStyle = thin(colors[tone], EXCESS);
			pen.fill(shapes[tone]);
		}
	}

	/** @param {Omit<import('./trace.js').Box, 'y'>} box */
	drawEdge({ pen, colors, x, top, bottom, right, unit }) {
		const edge = x(this.kept.from);
		const text = this.keptSince().replace(/ \d\d:.*/, '');
		const wide = pen.measureText(text).width + 2 * ROOM * unit;
		if (edge > wide) {
			const middle = Math.min(edge, right) / 2;
			const height = (top + bottom) / 2;
			pen.fillStyle = colors.card;
			pen.fillRect(middle - wide / 2, height - 10 * unit, wide, 20 * unit);
			pen.fillStyle = colors.t2;
			pen.textAlign = 'center';
			pen.textBaseline = 'middle';
			pen.fillText(text, middle, height);
		}
	}

	keptSince() {
		return isFinite(this.kept.from) ? `kept since ${when(this.kept.from, Infinity)}` : '';
	}

	/** @param {number} wide of the window @returns {string} */
	words(wide) {
		return sentence(this.notes(wide));
	}

	/** @param {number} wide of the window @returns {string[]} */
	notes(wide) {
		return [
			this.to - wide < this.kept.from ? this.keptSince() : '',
			this.width ? `averages of ${age(this.width / 1000)}, the band is from lowest to highest` : '',
			this.marksCut ? `events since ${when(this.marks[0].at, Infinity)}` : '',
		];
	}

	warnings() {
		return this.kept.words.join(' ');
	}
}

/** @type {Past | null} */
let past = null;
/** the window that was asked for last */
let asked = [NaN, NaN];
let askedAt = -Infinity;
let asking = false;
let failures = 0;
let timer = 0;

/** Forgets what is known, because it may be wrong, or because the reader wants another try. */
export function dropPast() {
	past = null;
	asked = [NaN, NaN];
	[askedAt, failures] = [-Infinity, 0];
}

/** @param {number} wide */
const period = (wide) => clamp(wide / RENEW_PART, RENEW_LEAST_MS, RENEW_MOST_MS);

/**
 * @param {[number, number]} window
 * @param {boolean} follows it ends now
 * @param {import('../live/live.js').Liveness} state
 * @param {(error: unknown) => void} came told when there is more, or why there is not
 * @returns {Past | null} null when nothing is known of the window yet
 */
export function pastOf([from, to], follows, state, came) {
	const wide = to - from;
	const near = follows ? period(wide) : 0;
	const same = Math.abs(asked[1] - asked[0] - wide) < 1 && Math.abs(from - asked[0]) <= near;
	const covers = past !== null && past.from <= from + wide / 100 && past.to >= to - wide / 100;
	if ((!same || (failures > 0 && timer === 0)) && !asking && isRight(state)) {
		const pause = failures > 0 ? Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** (failures - 1)) : 0;
		clearTimeout(timer);
		timer = setTimeout(() => load([from, to], came), Math.max(covers && !same ? STILL_MS : 0,
			askedAt + pause - uptime()));
		asked = [from, to];
	}
	return covers ? past : null;
}

/** @param {[number, number]} window @param {(error: unknown) => void} came */
async function load([from, to], came) {
	timer = 0;
	asking = true;
	askedAt = uptime();
	let trouble = null;
	try {
		const [answer, extent] = await Promise.all([
			ask(`/api/v1/history?format=columns&from=${iso(from)}&to=${iso(to)}&points=${MOST}`),
			ask('/api/v1/history/extent').catch(() => null)]);
		past = new Past(answer, keptOf(extent));
		failures = 0;
	} catch (error) {
		failures++;
		trouble = error;
	}
	asking = false;
	came(trouble);
}
