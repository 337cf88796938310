// The history as the page keeps it: a column of times, a column of numbers a lane (NaN: not known),
// and what else stands on the time axis. Bounded: a day, and no more than MOST of anything.

const KEEP_MS = 86_400_000;
const SPARE = 512;
const MOST = 100_000;
const MARKS = 200;
const MISSED = 2.5;
const SAME_MS = 2000;

/** The lanes' columns in the server's order. */
export const FIELDS = ['health_score', 'availability', 'response_time', 'cpu_usage',
	'memory_usage', 'circuit_breaker_health'];

/**
 * @typedef {[number, number, string]} Span from, to, why
 * @typedef {{ at: number, kind: string, name: string, to: string, text: string }} Mark
 */

/** @param {unknown} value */
const known = (value) => (typeof value === 'number' ? value : NaN);
/** @param {unknown} list @returns {any[]} */
const listOf = (list) => (Array.isArray(list) ? list : []);

/** @param {number[]} at ascending @param {number} time @returns {number} the first not before it */
export function firstAt(at, time) {
	let low = 0;
	let high = at.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (at[middle] < time) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/** @param {any[]} mark as the server sends it @param {number} at @returns {Mark} */
function markOf([, kind, name, , to, text], at) {
	return { at, kind: String(kind ?? ''), name: String(name ?? ''), to: String(to ?? ''),
		text: String(text ?? '') };
}

/** @param {Span[]} spans @returns {Span[]} in order, those that overlap made one */
function merged(spans) {
	/** @type {Span[]} */
	const out = [];
	for (const span of spans.sort((a, b) => a[0] - b[0])) {
		const last = out[out.length - 1];
		if (last && span[0] < last[1]) {
			last[1] = Math.max(last[1], span[1]);
			last[2] ||= span[2];
		} else {
			out.push([...span]);
		}
	}
	return out;
}

export class Columns {
	/** @param {any} [answer] of /api/v1/history?format=columns @param {string[]} [fields] */
	constructor(answer = {}, fields = FIELDS) {
		const from = known(answer.from);
		const times = (/** @type {any} */ s) => from + s * 1000;
		const spans = (/** @type {unknown} */ list) => listOf(list).map(([a, b, why]) =>
			/** @type {Span} */ ([times(a), times(b), String(why ?? '')]));
		let at = from;
		/** @type {number[]} */
		this.at = listOf(answer.step_s).map((s) => (at += s * 1000));
		/** @type {number[][]} */
		this.values = fields.map((field) => {
			const column = listOf(answer.values?.[field]);
			return this.at.map((_, nth) => known(column[nth]));
		});
		/** how long a value stands for: 0 for samples */
		this.width = 0;
		/** @type {[number, string][]} */
		this.status = listOf(answer.status).map(([s, word]) => [times(s), String(word)]);
		this.gaps = spans(answer.gaps);
		this.maintenance = spans(answer.maintenance);
		this.marks = listOf(answer.marks).map((mark) => markOf(mark, times(mark[0])))
			.sort((a, b) => a.at - b.at);
		this.from = from;
		this.to = known(answer.to);
		this.interval = known(answer.interval_ms) || 30_000;
		this.thinned = Math.max(1, (known(answer.found) || 0) / Math.max(1, this.at.length));
		this.servedTo = this.last();
		this.version = 0;
	}

	/** The lowest of what each value stands for. */
	get lows() {
		return this.values;
	}

	/** The highest of it. */
	get highs() {
		return this.values;
	}

	/** @param {number} _wide of the window @returns {string} what is to be known about the picture */
	words(_wide) {
		return '';
	}

	/** @returns {string} what of it was lost */
	warnings() {
		return '';
	}

	/** @param {number} _nth @param {import('./lanes.js').Lane} _lane
	 * @param {(number | null)[]} _limits @param {import('./trace.js').Box} _box */
	drawBand(_nth, _lane, _limits, _box) {}

	/** What is not kept any more.
	 * @param {Omit<import('./trace.js').Box, 'y'>} _box of all lanes */
	drawEdge(_box) {}

	last() {
		return this.at.length > 0 ? this.at[this.at.length - 1] : -Infinity;
	}

	/** What came while the answer was on its way. @param {Columns} before */
	keepNewer(before) {
		for (let i = firstAt(before.at, this.to + 1); i < before.at.length; i++) {
			this.add(before.at[i], before.values.map((column) => column[i]));
		}
		for (const mark of before.marks.filter(({ at }) => at > this.to)) {
			this.addMark([0, mark.kind, mark.name, '', mark.to, mark.text], mark.at);
		}
	}

	/** @param {number} at @param {unknown[]} values */
	add(at, values) {
		if (!isFinite(at) || at <= this.last()) {
			return;
		}
		this.at.push(at);
		this.values.forEach((column, nth) => column.push(known(values[nth])));
		const old = Math.max(firstAt(this.at, at - KEEP_MS) - 1, this.at.length - MOST);
		if (old > SPARE) {
			this.at.splice(0, old);
			this.values.forEach((column) => column.splice(0, old));
		}
		this.version++;
	}

	/** @param {any[]} mark @param {number} [at] */
	addMark(mark, at = known(mark[0])) {
		if (!isFinite(at)) {
			return;
		}
		this.marks.push(markOf(mark, at));
		this.marks.splice(0, this.marks.length - MARKS);
		this.version++;
	}

	/** The state that holds now. @param {string} word @param {number} since NaN when not known
	 * @param {number} now */
	note(word, since, now) {
		const last = this.status[this.status.length - 1];
		if (last?.[1] !== word) {
			const at = isFinite(since) ? since : now;
			this.status.push([Math.max(at, last?.[0] ?? -Infinity), word]);
			this.status.splice(0, this.status.length - MOST);
			this.version++;
		}
	}

	/** A window of maintenance that is open now. @param {number} from @param {number} to
	 * @param {string} why */
	maintain(from, to, why) {
		const known = this.maintenance.find(([begun, end]) => begun - SAME_MS < from && from <= end);
		if (!known || known[1] < to) {
			this.version++;
			if (known) {
				known[1] = to;
			} else {
				this.maintenance.push([from, to, why]);
			}
		}
	}

	/** Without a sample for longer than this is a hole; thinned ones stand up to two buckets apart.
	 * @param {number} at of a sample @param {number} [_before] of the one before */
	patience(at, _before) {
		const spread = this.thinned > 1 && at <= this.servedTo ? 2 * this.thinned : 1;
		return MISSED * this.interval * spread;
	}

	/** @param {number} at of a sample @returns {number} how far it speaks to either side */
	half(at) {
		return at <= this.servedTo ? this.width / 2 : 0;
	}

	/** @param {number} from @param {number} to @param {number} cut nothing is known from here on
	 * @returns {Span[]} in order; where a line must not be drawn */
	holes(from, to, cut) {
		const found = this.gaps.filter((gap) => gap[1] > from && gap[0] < to);
		let last = NaN;
		for (let i = Math.max(0, firstAt(this.at, from) - 1); i < this.at.length; i++) {
			const at = this.at[i];
			if (at - last > this.patience(at, last)) {
				found.push([last + this.half(last), at - this.half(at), '']);
			} else if (!(last <= at) && at - from > this.patience(at, at)) {
				found.push([from, at - this.half(at), '']);
			}
			last = at;
			if (at > to) {
				break;
			}
		}
		const end = Math.min(to, cut);
		if (!(end - last <= this.patience(Infinity, last))) {
			found.push([Math.max(from, last + this.half(last) || from), to, '']);
		} else if (cut < to) {
			found.push([Math.max(from, cut), to, '']);
		}
		return merged(found).filter((hole) => hole[1] > from);
	}

	/** @param {number} time @returns {number} the sample shown there; -1 in a hole */
	nearest(time) {
		const after = firstAt(this.at, time);
		const nth = after > 0 && !(this.at[after] - time < time - this.at[after - 1])
			? after - 1 : after;
		const away = Math.abs((this.at[nth] ?? NaN) - time);
		return away <= Math.max(this.half(this.at[nth]), this.patience(this.at[nth], NaN) / 2) ? nth : -1;
	}

	/** @param {number} time @returns {string} the state that held; empty when that is not known */
	statusAt(time) {
		let word = '';
		for (const [at, next] of this.status) {
			word = at <= time ? next : word;
		}
		return word;
	}
}
