// A day in the life of a research cluster: what a daemon's store would hold of it, and the peers and
// the configuration with which a real daemon finds the same state now. Made by arithmetic around
// what a daemon measured of these peers just before, so that the day runs into the present.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { bumpAt, day, GAP, INCIDENT, inside, rough, TROUBLE, WORST } from './day.mjs';

const GROUPS = {
	feed: ['us-equity', 'eu-equity', 'fx-spot', 'futures-cme', 'options-opra', 'crypto', 'macro'],
	store: ['tick-archive-01', 'tick-archive-02', 'bars-1m', 'results-db', 'factor-cache', 'blobs'],
	worker: ['bt-001', 'bt-002', 'bt-003', 'bt-004', 'bt-005', 'bt-006', 'bt-007', 'bt-008', 'bt-009',
		'bt-010', 'bt-011', 'bt-012'],
	vendor: ['corporate-actions', 'fundamentals', 'calendar', 'borrow-rates', 'broker'],
	risk: ['covariance', 'limits', 'margin'],
	queue: ['optimizer', 'walk-forward', 'reports'],
	web: ['notebooks', 'api', 'docs', 'status'],
};
const GUARDED = ['us-equity', 'eu-equity', 'fx-spot', 'futures-cme', 'broker', 'fundamentals',
	'results-db', 'borrow-rates'];
/** Who refuses, who says that it failed, and who did at first and is being tested now. */
const DEAD = ['us-equity', 'tick-archive-02'];
const FAILING = ['borrow-rates', 'bt-007'];
const RECOVERING = 'results-db';
const FAILURES = 5;
const SLOW = ['covariance', 'corporate-actions', 'optimizer', 'eu-equity', 'factor-cache',
	'walk-forward'];
const WITHIN_MS = 500;
/** How long the cluster's own work keeps each processor busy, of 100 ms. */
const BUSY_MS = 30;

const all = Object.entries(GROUPS).flatMap(([group, names]) => names.map((name) => ({ group, name })));

/** When what is wrong with a component now began, and how it told. */
const FAULTS = {
	'us-equity': [INCIDENT - 25, 'unhealthy', 'connection refused by 127.0.0.1:9'],
	'borrow-rates': [INCIDENT + 460, 'unhealthy', 'status 503, expected 200'],
	'bt-007': [INCIDENT + 3290, 'unhealthy', 'status 503, expected 200'],
	'tick-archive-02': [WORST, 'unhealthy', 'connection refused by 127.0.0.1:9'],
};

const lateOf = (name) => 640 + (name.length * 97) % 500;
const slow = (ms) => `slow: ${ms} ms, limit ${WITHIN_MS} ms`;

/** How a component came to be what it is, as [second of the day, from, to, text]. */
function storyOf(name, nth) {
	if (name in FAULTS) {
		const [when, to, text] = FAULTS[name];
		return [[when, 'healthy', to, text]];
	}
	if (SLOW.includes(name)) {
		return [[TROUBLE[0] + nth, 'healthy', 'degraded', slow(612)],
			[TROUBLE[1] - nth, 'degraded', 'healthy', ''],
			[INCIDENT + 60 + 40 * nth, 'healthy', 'degraded', slow(lateOf(name))]];
	}
	if (nth % 11 === 3) {
		return [[20_000 + nth * 700, 'healthy', 'degraded', slow(531)],
			[20_900 + nth * 700, 'degraded', 'healthy', '']];
	}
	return [];
}

/** How much of today's trouble there is at a second of the day, 0 to 1: it came in steps. */
function shareOf(s) {
	const begun = Object.values(FAULTS).filter(([when]) => s >= when).length;
	return begun / Object.keys(FAULTS).length;
}

/** The lanes at a second of the day: before the incident better than now, since then towards now. */
function valuesOf(present, ill) {
	const { score, availability, response, cpu, memory, breakers } = present;
	const quiet = ill ? { score: 95, availability: 100, response: 24, cpu: Math.min(38, cpu) * 0.7,
		breakers: 100 } : present;
	return (s) => {
		const share = ill ? shareOf(s) : 1;
		const between = (from, to) => from + (to - from) * share;
		const [short, bump] = [inside(s, TROUBLE), bumpAt(s)];
		return [
			between(quiet.score, score) - 14 * bump + 0.9 * rough(s, 1),
			between(quiet.availability, availability) - (short ? 2.5 : 0),
			between(quiet.response, response) * (1 + 0.06 * rough(s, 3)) + 90 * bump,
			Math.max(1, Math.min(100, between(quiet.cpu, cpu) + 5 * rough(s, 4) + 25 * bump)),
			memory + 0.4 * rough(s / 9, 5),
			between(quiet.breakers, breakers) - (short ? 12.5 : 0),
		];
	};
}

function changesOf(ill) {
	const changes = [
		[GAP[0], 'daemon', '', 'started', 'stopped', ''], [GAP[1], 'daemon', '', 'stopped', 'started', ''],
		[5, 'daemon', '', 'none', 'started', ''], [20, 'overall', '', 'unknown', 'healthy', ''],
		[TROUBLE[0] + 20, 'overall', '', 'healthy', 'degraded', 'covariance is slow'],
		[TROUBLE[1], 'overall', '', 'degraded', 'healthy', ''],
	];
	if (ill) {
		changes.push([INCIDENT, 'breaker', 'us-equity', 'closed', 'open', 'opened after 5 failures'],
			[INCIDENT + 480, 'breaker', 'borrow-rates', 'closed', 'open', 'opened after 5 failures'],
			[INCIDENT - 20, 'overall', '', 'healthy', 'degraded', 'us-equity is unhealthy']);
	}
	all.forEach(({ name }, nth) => {
		changes.push([15, 'component', name, 'unknown', 'healthy', '']);
		for (const change of storyOf(name, nth)) {
			if (ill || change[0] < INCIDENT - 100) {
				changes.push([change[0], 'component', name, ...change.slice(1)]);
			}
		}
	});
	return changes.sort((a, b) => a[0] - b[0]);
}

/** The lines for store_fill. */
export function storeLines(now, ill, present) {
	const { from, step_s: steps, values } = day(now, valuesOf(present, ill));
	const columns = Object.values(values);
	const at = (second) => from + second * 1000;
	const lines = [];
	let second = 0;
	steps.forEach((step, nth) => {
		second += step;
		lines.push({ row: 'point', at: at(second), values: columns.map((column) => column[nth]) });
	});
	const changes = changesOf(ill);
	for (const [when, kind, name, before, after, text] of changes) {
		lines.push({ row: 'change', at: at(when), kind, name, from: before, to: after, text });
	}
	lines.push({ row: 'change', at: now, kind: 'daemon', name: '', from: 'started', to: 'stopped', text: '' });
	for (const { name } of all) {
		const last = changes.filter(([, kind, who]) => kind === 'component' && who === name).at(-1);
		lines.push({ row: 'state', name, health: last[4], since: at(last[0]), checked: now - 5000,
			response_ms: 20, error: last[5] || null });
	}
	lines.push({ row: 'alert', id: 1, severity: 'warning', type: 'performance',
		title: 'Slow Response: covariance', message: `covariance took 612 ms, its limit is ${WITHIN_MS} ms`,
		fired: at(TROUBLE[0] + 20), resolved: at(TROUBLE[1]) });
	return lines;
}

/** Writes the day into FOLDER/bellwether.db.
 * @param {{ score, availability, response, cpu, memory, breakers }} present what is measured now */
export function fillStore(program, folder, ill, present) {
	const now = Date.now();
	const child = spawn(program, [join(folder, 'bellwether.db'), String(now)],
		{ stdio: ['pipe', 'inherit', 'inherit'] });
	child.stdin.end(storeLines(now, ill, present).map((line) => `${JSON.stringify(line)}\n`).join(''));
	return new Promise((done, failed) => {
		child.on('error', failed).on('exit', (code) =>
			(code === 0 ? done() : failed(new Error(`store_fill ended with ${code}`))));
	});
}

/** In threads of their own: work that is done and goes on. */
function startWork() {
	const busy = `setInterval(() => { const end = performance.now() + ${BUSY_MS};
		while (performance.now() < end); }, 100)`;
	return Array.from({ length: availableParallelism() }, () => {
		const worker = new Worker(busy, { eval: true });
		worker.unref();
		return worker;
	});
}

/** The peers of the day: one server that answers, late or not well where it should. */
export async function startPeers(ill) {
	const work = ill ? startWork() : [];
	let failures = 0;
	const server = createServer((asked, answer) => {
		const name = asked.url.slice(1);
		const late = ill && SLOW.includes(name) ? lateOf(name) : (name.length * 7) % 40;
		const fails = FAILING.includes(name) || (name === RECOVERING && failures++ < FAILURES);
		answer.statusCode = ill && fails ? 503 : 200;
		setTimeout(() => answer.end('fine\n'), late);
	});
	server.unref();
	server.on('close', () => work.forEach((worker) => worker.terminate()));
	await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
	return { port: server.address().port, close: () => server.close(),
		again: () => { failures = 0; } };
}

/** A window of maintenance, in minutes from now. */
function windowAt(name, match, from, until, reason) {
	const at = (minutes) => `"${new Date(Date.now() + minutes * 60_000).toISOString().replace(/\..*/, 'Z')}"`;
	return `  - { name: ${name}, match: ["${match}"], from: ${at(from)}, until: ${at(until)}, reason: ${reason} }\n`;
}

/** What was planned, and who is told: in ill times a part is open now, and one channel is dead. */
function notices(port, ill) {
	const channel = (name, severity, to) =>
		`  - { name: ${name}, severity: ${severity}, webhook: { url: "http://127.0.0.1:${to}/told" } }\n`;
	return `maintenance:
${windowAt('patch-night', 'group=store', -1210, -1180, 'patches')}${ill ? windowAt('docs-move', 'group=web', -40, 80, 'new rack') : ''}${windowAt('exchange', 'group=feed', 400, 520, 'weekly close')}notify:
${channel('ops', 'info', port)}${channel('boss', 'critical', ill ? 9 : port)}self_watch: false
`;
}

/** What people have done about the alerts that fire.
 * @param {(path: string, body?: object) => Promise<any>} ask */
export async function orders(ask) {
	const { alerts } = await ask('/api/v1/alerts');
	const { id } = alerts.find(({ rule, subject }) => rule === 'component_unhealthy' && subject.name === 'bt-007');
	await ask(`/api/v1/alerts/${id}/ack`, { by: 'ada', comment: 'the disk is being changed' });
	await ask('/api/v1/silences', { match: ['component=covariance'], by: 'grace', reason: 'new factor model',
		for: '4h' });
	await ask('/api/v1/silences', { match: ['group=~queue.*'], by: 'ada', reason: 'a week of large runs',
		until_resolved: true });
}

/** The configuration; a dead component asks a port where nobody is. */
export function configuration(port, ill) {
	const guard = (name) => `    breaker: { failure_threshold: ${FAILURES}, ${name === RECOVERING
		? 'recovery_timeout: 5s, success_threshold: 200' : 'recovery_timeout: 30s'} }\n`;
	const rows = all.map(({ group, name }) => `  - name: ${name}
    group: ${group}
    every: 2s
    within: ${WITHIN_MS}ms
    http: { url: "http://127.0.0.1:${ill && DEAD.includes(name) ? 9 : port}/${name}" }
${GUARDED.includes(name) ? guard(name) : ''}`);
	return `refresh_interval: 30s\n${notices(port, ill)}components:\n${rows.join('')}`;
}
