// A day of history as the daemon sends it, made by arithmetic, the same each time: a quiet day with
// maintenance, a time without a daemon, a short trouble and an incident that goes on.
const STEP_S = 30;
const DAY_S = 86_400;
export const GAP = [45_900, 47_400];
export const MAINTENANCE = [13_800, 15_600];
export const TROUBLE = [66_600, 68_400];
export const INCIDENT = 80_640;
export const WORST = 86_040;

/** A wave with a bit of roughness, between -1 and 1, without chance. */
export const rough = (s, nth) => (Math.sin(s / 997 + nth) + Math.sin(s / 211 + 3 * nth)
	+ Math.sin(s * 12.9898 + nth * 78.233)) / 3;
export const inside = (s, [from, to]) => s >= from && s < to;

/** How much of the short trouble there is, 0 to 1. */
export const bumpAt = (s) => Math.exp(-(((s - 67_500) / 1500) ** 2));

function valuesAt(s) {
	const bump = bumpAt(s);
	const ill = s >= INCIDENT;
	const short = inside(s, TROUBLE);
	return [
		(ill ? 70 : 93 - 13 * bump) + 2 * rough(s, 1),
		(ill ? 98.55 : short ? 99.2 : 99.97) + 0.03 * rough(s, 2),
		(ill ? 760 : 45 + 300 * bump) + (ill ? 60 : 12) * rough(s, 3),
		38 + 12 * rough(s, 4) + 30 * bump + (ill ? 38 : 0),
		66 + 2 * rough(s / 9, 5),
		ill ? 80 : short ? 90 : 100,
	];
}

/** @param {number} now milliseconds since 1970
 * @param {(s: number) => number[]} valuesOf one of each lane at a second of the day */
export function day(now, valuesOf = valuesAt) {
	const at = [];
	for (let s = 0; s <= DAY_S; s += STEP_S) {
		if (!inside(s, [GAP[0] + 1, GAP[1]])) {
			at.push(s);
		}
	}
	const rows = at.map((s) => valuesOf(s).map((value) => Math.round(value * 100) / 100));
	const column = (nth) => rows.map((row) => row[nth]);
	const from = now - DAY_S * 1000;
	return {
		from, to: now, now, interval_ms: STEP_S * 1000,
		step_s: at.map((s, nth) => s - (nth > 0 ? at[nth - 1] : 0)),
		values: { health_score: column(0), availability: column(1), response_time: column(2),
			cpu_usage: column(3), memory_usage: column(4), circuit_breaker_health: column(5) },
		status: [[0, 'healthy'], [GAP[0], 'none'], [GAP[1], 'healthy'], [TROUBLE[0], 'degraded'],
			[TROUBLE[1], 'healthy'], [INCIDENT, 'degraded'], [WORST, 'unhealthy'],
			[WORST + 60, 'degraded']],
		gaps: [[GAP[0], GAP[1], 'stopped']],
		maintenance: [[MAINTENANCE[0], MAINTENANCE[1], 'new disks']],
		marks: [
			[WORST, 'component', 'store/tick-archive-02', 'healthy', 'unhealthy', 'write failed'],
			[INCIDENT, 'breaker', 'us-equity-trades', 'closed', 'open', 'opened after 12 failures'],
			[INCIDENT + 20, 'overall', '', 'healthy', 'degraded', ''],
			[TROUBLE[0] + 300, 'alert', 'CPU', '', 'firing', 'CPU at 87 %'],
			[GAP[1], 'daemon', '', 'none', 'started', ''],
			[MAINTENANCE[0], 'component', 'store', 'healthy', 'maintenance', ''],
		],
		found: at.length, cut: false,
	};
}
