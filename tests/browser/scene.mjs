// A day in the life of a research cluster: what a daemon's store would hold of it, and the peers and
// the configuration with which a real daemon finds the same state now. Made by arithmetic, so that
// it is the same each time but for the hour.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { day, GAP, INCIDENT, TROUBLE, WORST } from './day.mjs';

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
const GUARDED = ['us-equity', 'eu-equity', 'fx-spot', 'futures-cme', 'corporate-actions',
	'fundamentals', 'broker', 'results-db', 'blobs', 'limits'];
const DEAD = ['us-equity', 'tick-archive-02'];
const SLOW = ['covariance', 'corporate-actions', 'optimizer'];
const SLOW_MS = 160;
const WITHIN_MS = 100;

const all = Object.entries(GROUPS).flatMap(([group, names]) => names.map((name) => ({ group, name })));

/** How a component came to be what it is, as [second of the day, from, to, text]. */
function storyOf(name, nth) {
	if (name === 'us-equity') {
		return [[INCIDENT - 25, 'healthy', 'unhealthy', 'connection refused']];
	}
	if (name === 'tick-archive-02') {
		return [[WORST, 'healthy', 'unhealthy', 'write failed: read-only file system']];
	}
	if (SLOW.includes(name)) {
		return [[TROUBLE[0] + nth, 'healthy', 'degraded', 'slow: 212 ms over the limit of 100 ms'],
			[TROUBLE[1] - nth, 'degraded', 'healthy', ''],
			[INCIDENT + 60 + 7 * nth, 'healthy', 'degraded', 'slow: 168 ms over the limit of 100 ms']];
	}
	if (nth % 11 === 3) {
		return [[20_000 + nth * 700, 'healthy', 'degraded', 'slow: 131 ms over the limit of 100 ms'],
			[20_900 + nth * 700, 'degraded', 'healthy', '']];
	}
	return [];
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
export function storeLines(now, ill) {
	const { from, step_s: steps, values } = day(now);
	const columns = Object.values(values);
	const at = (second) => from + second * 1000;
	const lines = [];
	let second = 0;
	steps.forEach((step, nth) => {
		second += step;
		const calm = !ill && second >= INCIDENT ? nth - 1600 : nth;
		lines.push({ row: 'point', at: at(second), values: columns.map((column) => column[calm]) });
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
		title: 'Slow Response: covariance', message: 'covariance took 212 ms, its limit is 100 ms',
		fired: at(TROUBLE[0] + 20), resolved: at(TROUBLE[1]) });
	return lines;
}

/** Writes the day into FOLDER/bellwether.db. */
export function fillStore(program, folder, ill) {
	const now = Date.now();
	const child = spawn(program, [join(folder, 'bellwether.db'), String(now)],
		{ stdio: ['pipe', 'inherit', 'inherit'] });
	child.stdin.end(storeLines(now, ill).map((line) => `${JSON.stringify(line)}\n`).join(''));
	return new Promise((done, failed) => {
		child.on('error', failed).on('exit', (code) =>
			(code === 0 ? done() : failed(new Error(`store_fill ended with ${code}`))));
	});
}

/** The peers of the day: one server that answers, late where it should. */
export async function startPeers(ill) {
	const server = createServer((asked, answer) => {
		const name = asked.url.slice(1);
		const late = ill && SLOW.includes(name) ? SLOW_MS : (name.length * 7) % 40;
		setTimeout(() => answer.end('fine\n'), late);
	});
	server.unref();
	await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
	return server;
}

/** The configuration; a dead component asks a port where nobody is. */
export function configuration(port, ill) {
	const rows = all.map(({ group, name }) => `  - name: ${name}
    group: ${group}
    every: 2s
    within: ${WITHIN_MS}ms
    http: { url: "http://127.0.0.1:${ill && DEAD.includes(name) ? 9 : port}/${name}" }
${GUARDED.includes(name) ? '    breaker: { failure_threshold: 5, recovery_timeout: 30s }\n' : ''}`);
	return `refresh_interval: 30s\ncomponents:\n${rows.join('')}`;
}
