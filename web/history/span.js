// Which stretch of time the history shows: one that follows now, or one that stands still because
// the reader zoomed into it. It is kept in the address.
import { keepView, onView, viewOf } from '../shell/address.js';

const HOUR_MS = 3_600_000;
const LEAST_MS = 120_000;
export const DAY_MS = 24 * HOUR_MS;

/** @type {[string, number][]} the word in the address, milliseconds */
export const RANGES = [['15m', HOUR_MS / 4], ['1h', HOUR_MS], ['6h', 6 * HOUR_MS], ['24h', DAY_MS]];

export class Span {
	wide = DAY_MS;
	from = NaN;
	to = NaN;
	chosen = false;

	/** @param {() => void} changed */
	constructor(changed) {
		this.changed = changed;
		const read = () => {
			this.read();
			changed();
		};
		/** @type {const} */ (['range', 'from', 'to']).forEach((key) => onView(key, read));
		this.read();
	}

	read() {
		const range = RANGES.find(([word]) => word === viewOf('range'));
		const [from, to] = [Number(viewOf('from')) * 1000, Number(viewOf('to')) * 1000];
		const fixed = from > 0 && to - from >= LEAST_MS && to - from <= DAY_MS;
		[this.from, this.to] = fixed ? [from, to] : [NaN, NaN];
		this.chosen = fixed || range !== undefined;
		this.wide = range?.[1] ?? DAY_MS;
	}

	/** @returns {boolean} it ends now */
	get following() {
		return !Number.isFinite(this.from);
	}

	/** @param {number} now @returns {[number, number]} */
	window(now) {
		return this.following ? [now - this.wide, now] : [this.from, this.to];
	}

	/** Until the reader chooses, the shortest range that shows everything there is.
	 * @param {number} old milliseconds */
	fit(old) {
		if (!this.chosen) {
			this.wide = (RANGES.find(([, wide]) => old <= wide) ?? RANGES[3])[1];
		}
	}

	/** @param {number} wide one of RANGES */
	follow(wide) {
		this.keep(wide, NaN, NaN);
	}

	/** @param {number} from @param {number} to @param {number} now */
	set(from, to, now) {
		const wide = Math.min(DAY_MS, Math.max(LEAST_MS, to - from));
		const end = Math.min(now, (from + to + wide) / 2);
		this.keep(DAY_MS, Math.round((end - wide) / 1000) * 1000, Math.round(end / 1000) * 1000);
	}

	/** @param {1 | -1} closer @param {number} about a time that stays where it is, or NaN
	 * @param {number} now */
	zoom(closer, about, now) {
		const [from, to] = this.window(now);
		if (this.following && !Number.isFinite(about)) {
			const nth = RANGES.findIndex(([, wide]) => wide === this.wide) - closer;
			this.follow(RANGES[Math.min(3, Math.max(0, nth))][1]);
			return;
		}
		const wide = (to - from) * (closer > 0 ? 0.5 : 2);
		const still = Number.isFinite(about) ? about : (from + to) / 2;
		const start = still - (still - from) / (to - from) * wide;
		if (wide >= DAY_MS) {
			this.follow(DAY_MS);
		} else {
			this.set(start, start + wide, now);
		}
	}

	/** @param {number} wide @param {number} from @param {number} to */
	keep(wide, from, to) {
		[this.wide, this.from, this.to, this.chosen] = [wide, from, to, true];
		const word = RANGES.find((range) => range[1] === wide)?.[0] ?? '';
		keepView('range', this.following ? word : '');
		keepView('from', this.following ? '' : String(from / 1000));
		keepView('to', this.following ? '' : String(to / 1000));
		this.changed();
	}
}
