// Years of history as the daemon sends them, made by arithmetic, the same each time: samples where
// few enough, else buckets; a time without a daemon, maintenance, two bad days, one slow bucket.
import { inside, rough } from './day.mjs';

const DAY_S = 86_400;
const STEP_S = 30;
const NAMES = ['health_score', 'availability', 'response_time', 'cpu_usage', 'memory_usage',
	'circuit_breaker_health'];
/** Days before now. */
export const KEPT = 300;
export const GAP = [130, 112];
export const MAINTENANCE = [60, 58];
export const BAD = [41, 39];
export const SPIKE = 20.5;
export const SPIKE_MS = 900;

/** Lowest, average and highest of each lane, `ago` days before now. */
function reachOf(ago, width) {
	const s = -ago * DAY_S;
	const ill = inside(-ago, BAD.map((day) => -day));
	const spike = Math.abs(ago - SPIKE) * DAY_S < width / 2;
	const wide = 1 + Math.abs(rough(s / 40, 7));
	const around = (middle, less, more) => [middle - less * wide, middle, middle + more * wide];
	return [around((ill ? 72 : 93) + rough(s / 50, 1), 6, 3), [ill ? 97.9 : 99.6, ill ? 98.6 : 99.97, 100],
		spike ? [38, 60, SPIKE_MS] : around((ill ? 260 : 60) + 12 * rough(s / 50, 3), 15, 70),
		around(40 + 12 * rough(s / 50, 4), 8, 20), around(66 + 2 * rough(s / 400, 5), 3, 3),
		ill ? [80, 88, 100] : [100, 100, 100]];
}

/** @param {number} now @param {number} from @param {number} to @param {number} points
 * @returns an answer of /api/v1/history?format=columns */
export function past(now, from, to, points, names = NAMES) {
	const width = [STEP_S, 300, 900, 3600, 14_400, 21_600].find((s) => (to - from) / 1000 / s <= points) ?? 43_200;
	const rows = [];
	for (let at = Math.ceil(from / 1000 / width) * width; at < to / 1000; at += width) {
		const ago = (now / 1000 - at - width / 2) / DAY_S;
		if (ago < KEPT && !inside(-ago, GAP.map((day) => -day))) {
			rows.push({ at, values: reachOf(ago, width) });
		}
	}
	const ends = (nth) => Object.fromEntries(names.map((name, lane) =>
		[name, rows.map(({ values }) => Math.round(values[lane][nth] * 100) / 100)]));
	const [low, average, high] = [0, 1, 2].map(ends);
	const s = (ago) => Math.round((now - from) / 1000 - ago * DAY_S);
	const within = (list) => list.filter(([a, b]) => b > 0 && a < (to - from) / 1000)
		.map(([a, b, ...why]) => [Math.max(0, a), b, ...why]);
	const states = [[KEPT, 'healthy'], [GAP[0], 'none'], [GAP[1], 'healthy'], [BAD[0], 'degraded'],
		[BAD[0] - 0.5, 'unhealthy'], [BAD[0] - 1, 'degraded'], [BAD[1], 'healthy']];
	return { from, to, now, interval_ms: STEP_S * 1000, resolution_s: width > STEP_S ? width : 0,
		step_s: rows.map(({ at }, nth) => at - (nth > 0 ? rows[nth - 1].at : from / 1000)),
		values: average, bands: Object.fromEntries(names.map((name) =>
			[name, { min: low[name], max: high[name] }])),
		status: states.filter(([ago], nth) => s(states[nth + 1]?.[0] ?? 0) > 0)
			.map(([ago, word]) => [Math.max(0, s(ago)), word]),
		gaps: within([[s(9999), s(KEPT), 'not recorded'], [s(GAP[0]), s(GAP[1]), 'stopped']]),
		maintenance: within([[s(MAINTENANCE[0]), s(MAINTENANCE[1]), 'new racks']]),
		marks: [[s(BAD[0]), 'overall', '', 'healthy', 'degraded', 'the feed was late']],
		found: rows.length, cut: false };
}

/** Of /api/v1/components/NAME/history?format=columns, or of a breaker.
 * @param {Record<string, [string, number]>} fields from which lane each is, and how much more
 * @param {(word: string) => string} word of a state */
export function series(now, days, points, fields, word = String) {
	const { values, bands, status, gaps, maintenance, marks: _marks, ...rest } =
		past(now, now - days * DAY_S * 1000, now, points);
	const each = (of) => Object.fromEntries(Object.entries(fields).map(([name, [lane, scale]]) =>
		[name, of(lane).map((n) => n * scale)]));
	const [low, high] = ['min', 'max'].map((end) => each((lane) => bands[lane][end]));
	return { ...rest, values: each((lane) => values[lane]), bands: Object.fromEntries(Object.keys(fields)
		.map((name) => [name, { min: low[name], max: high[name] }])),
	quantiles: { response_us: { p95: high.response_us?.map((n) => n * 0.9) } },
	strip: status.map(([at, state]) => [at, word(state)]), gaps: gaps.map(([from, to]) => [from, to]),
	maintenance: maintenance.map(([from, to]) => [from, to]) };
}

/** Of /api/v1/history/extent. */
export const extentAt = (now, more = {}) => ({ raw_from: new Date(now - 7 * DAY_S * 1000).toISOString(),
	rollup_from: new Date(now - KEPT * DAY_S * 1000).toISOString(), limited: false,
	limit_bytes: 4 * 2 ** 30, bytes: 2 ** 28, damaged: 0, ...more });
