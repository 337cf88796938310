// The arithmetic of the history: where its axis has marks in any zone, where its holes are, which
// samples are drawn. Modules without a page.
import assert from 'node:assert/strict';
import { Columns } from '../../web/history/columns.js';
import { LANES, toneOf } from '../../web/history/lanes.js';
import { grouped, reaches } from '../../web/history/ribbon.js';
import { rowsOf } from '../../web/history/table.js';
import { stepFor, ticks } from '../../web/history/ticks.js';
import { BREAK, stretches, visible } from '../../web/history/trace.js';
import { tickText } from '../../web/view/format.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const offsetAt = (at) => -new Date(at).getTimezoneOffset() * MINUTE;

/** The wall clock at each mark of a window, as that zone's clocks show it. */
function marks(zone, from, hours, step) {
	const before = process.env.TZ;
	process.env.TZ = zone;
	try {
		const begin = Date.parse(from);
		return ticks(begin, begin + hours * HOUR, step, offsetAt).map((at) => {
			const date = new Date(at);
			return `${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`;
		}).join(' ');
	} finally {
		if (before === undefined) {
			delete process.env.TZ;
		} else {
			process.env.TZ = before;
		}
	}
}

async function wholeHours() {
	assert.equal(stepFor(1), MINUTE);
	assert.equal(stepFor(2.5 * HOUR), 3 * HOUR);
	assert.equal(stepFor(20 * DAY), 30 * DAY);
	assert.equal(stepFor(1e12), 360 * DAY);
	const rows = [
		['UTC', '2026-03-28T22:10:00Z', 9, 3 * HOUR, '0:00 3:00 6:00'],
		['Europe/Berlin', '2026-03-28T22:10:00Z', 9, 3 * HOUR, '0:00 3:00 6:00 9:00'],
		['Europe/Berlin', '2026-03-28T22:10:00Z', 5, HOUR, '0:00 1:00 3:00 4:00 5:00'],
		['Europe/Berlin', '2026-10-24T22:10:00Z', 5, HOUR, '1:00 2:00 2:00 3:00 4:00'],
		['Europe/Berlin', '2026-10-24T21:10:00Z', 12, 6 * HOUR, '0:00 6:00'],
		['America/New_York', '2026-03-08T04:10:00Z', 9, 3 * HOUR, '0:00 3:00 6:00 9:00'],
		['Asia/Kathmandu', '2026-06-01T00:00:00Z', 4, HOUR, '6:00 7:00 8:00 9:00'],
		['Australia/Lord_Howe', '2026-04-04T13:40:00Z', 4, HOUR, '1:00 2:00 3:00 4:00'],
		['Asia/Kathmandu', '2026-06-01T00:00:00Z', 1, 30 * MINUTE, '6:00 6:30'],
	];
	for (const [zone, from, hours, step, wanted] of rows) {
		assert.equal(marks(zone, from, hours, step), wanted, `${zone} ${from}`);
	}
}

async function wholeMonths() {
	const from = Date.parse('2025-11-23T06:45:00Z');
	const words = (days, step) => ticks(from, from + days * DAY, step, () => 0)
		.map((at) => tickText(at, step, days * DAY)).join(' ');
	assert.equal(words(365, stepFor(80 * DAY)), '2026 Apr Jul Oct');
	assert.equal(words(120, stepFor(25 * DAY)), 'Dec 2026 Feb Mar');
	assert.equal(words(30, stepFor(5 * DAY)), '24 Nov 1 Dec 8 Dec 15 Dec 22 Dec');
	assert.equal(words(3, DAY), '24 Nov 25 Nov 26 Nov');
	assert.equal(words(2, 12 * HOUR), '12:00 24 Nov 12:00 25 Nov');
	assert.equal(words(1, 6 * HOUR), '12:00 18:00 00:00 06:00');
	const summer = Date.parse('2026-03-20T00:00:00Z');
	const inBerlin = (at) => (at >= Date.parse('2026-03-29T01:00:00Z') ? 2 : 1) * HOUR;
	assert.deepEqual(ticks(summer, summer + 20 * DAY, 7 * DAY, inBerlin).map((at) => new Date(at).toJSON()),
		['2026-03-22T23:00:00.000Z', '2026-03-29T22:00:00.000Z', '2026-04-05T22:00:00.000Z']);
}

/** A history of a sample each 30 s, with a null where `values` has one. */
function history(values, more = {}) {
	return new Columns({ from: 0, to: values.length * 30_000, interval_ms: 30_000,
		step_s: values.map((_, nth) => (nth > 0 ? 30 : 0)), values: { health_score: values },
		found: values.length, ...more });
}

async function findsHoles() {
	const columns = history([1, 2, 3], { gaps: [[200, 260, 'stopped']] });
	columns.add(90_000, [4]);
	columns.add(90_000, [5]);
	columns.add(NaN, [5]);
	columns.add(300_000, [6, null]);
	assert.equal(columns.at.length, 5);
	assert.deepEqual(columns.holes(0, 310_000, Infinity), [[90_000, 300_000, 'stopped']]);
	assert.deepEqual(columns.holes(0, 400_000, Infinity).at(-1), [300_000, 400_000, '']);
	assert.deepEqual(columns.holes(0, 330_000, 310_000).at(-1), [310_000, 330_000, '']);
	assert.deepEqual(columns.holes(-1e6, 60_000, Infinity), [[-1e6, 0, '']]);
	assert.deepEqual(new Columns().holes(5, 10, Infinity), [[5, 10, '']]);
	assert.deepEqual(new Columns({ values: 7, gaps: null, step_s: 'x' }).holes(5, 10, 7),
		[[5, 10, '']]);
	assert.deepEqual([columns.nearest(31_000), columns.nearest(200_000)], [1, -1]);
	assert.ok(Number.isNaN(columns.values[1][4]), 'null is not zero');
}

async function isBounded() {
	const columns = history([1]);
	for (let i = 1; i < 90_000; i++) {
		columns.add(i * 1000, [1]);
		columns.addMark([i * 1000, 'alert', 'x', '', 'firing', '']);
		columns.note(i % 2 ? 'healthy' : 'degraded', i * 1000, i * 1000);
	}
	assert.ok(columns.at.length <= 87_000, `${columns.at.length} samples`);
	assert.equal(columns.values[5].length, columns.at.length);
	assert.equal(columns.marks.length, 200);
	assert.ok(columns.status.length <= 100_000);
}

async function keepsSpikes() {
	const values = Array.from({ length: 2880 }, (_, nth) => (nth === 1234 ? 99 : 50));
	const columns = history(values);
	const path = visible(columns.at, columns.values[0], { from: 0, to: 86_400_000, pixels: 100,
		holes: [] });
	assert.ok(path.length <= 401 && path.includes(1234), `${path.length} points`);
	const holed = visible([0, 1, 2, 3], [5, NaN, 5, 5], { from: 0, to: 3, pixels: 100,
		holes: [[2, 3, '']] });
	assert.deepEqual(holed, [0, BREAK, 2, BREAK, 3]);
}

async function findsStretches() {
	const score = LANES[0];
	assert.deepEqual([95, 89, 60, NaN].map((n) => toneOf(score, [90, 75], n)),
		['', 'warn', 'bad', '']);
	assert.equal(toneOf(LANES[3], [80, null], 81), 'warn');
	const path = [0, 1, 2, 3, BREAK, 5];
	const found = stretches(path, [0, 10, 20, 30, 40, 50], [100, 80, 70, 100, NaN, 89], score,
		[90, 75]);
	assert.deepEqual(found.map(({ tone }) => tone), ['bad', 'warn']);
	assert.deepEqual(found.map(({ from, to }) => [from, to]), [[0, 30], [50, 50]]);
}

async function sumsUp() {
	const columns = history(Array.from({ length: 120 }, (_, nth) => nth),
		{ status: [[0, 'healthy'], [1000, 'unhealthy'], [1100, 'none'], [1500, 'healthy']] });
	const rows = rowsOf(columns, 0, HOUR, LANES.map(() => false));
	assert.equal(rows.length, 12);
	assert.deepEqual([rows[11].from, rows[0].to], [0, HOUR]);
	assert.equal(rows[11].cells[0], '5\n0–9');
	assert.equal(rows[0].cells[1], '–');
	assert.equal(rows[8].status, 'unhealthy');
	assert.equal(rows[7].status, '', 'no daemon ran');
	const found = reaches(columns, 0, HOUR, [[1_100_000, 1_500_000, '']]);
	assert.deepEqual(found.map(({ word }) => word), ['healthy', 'healthy', 'unhealthy', 'none']);
	const marked = [0, 5, 40].map((at) => ({ at, kind: '', name: '', to: '', text: '' }));
	assert.deepEqual(grouped(marked, (at) => at, 1).map((one) => one.marks.length), [2, 1]);
}

export const tests = [
	['the axis has whole hours in every zone', wholeHours],
	['a year has whole days, Mondays and months', wholeMonths],
	['holes are found', findsHoles],
	['a long day is bounded', isBounded],
	['no spike is lost', keepsSpikes],
	['what is past the limit is found', findsStretches],
	['states and values are summed up', sumsUp],
];
