// Breakers of other processes, with real workers of the region: they come without a reload, open,
// count their probes, tell of dead and late workers, obey the page, and stay text.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { openHealthy, patch, say } from './fake.mjs';
import { assertNoAxe, assertNoOverflow, openLive, text, waitText } from './look.mjs';
import { Skip } from './skip.mjs';
import { existsSync } from 'node:fs';

const PROGRAM = join(dirname(resolve(process.argv[2])), 'tests/support/breaker_worker');
const HOSTILE = '<img src=x onerror=alert(1)> \u202Eevil <b>';

export const config = `
refresh_interval: 1s
components:
  - name: steady
    every: 5s
    exec: { command: ["true"] }
`;

/** A process that shares the breaker `name` with the daemon of the test. */
function work(daemon, name, ...settings) {
	if (!existsSync(PROGRAM)) {
		throw new Skip('breaker_worker is not built');
	}
	const env = { ...process.env, BELLWETHER_REGION: join(daemon.folder, 'breakers.region') };
	const child = spawn(PROGRAM, [name, ...settings], { env, stdio: ['pipe', 'pipe', 'inherit'] });
	const waiting = [() => {}]; // it begins with its state
	let rest = '';
	child.stdout.on('data', (part) => {
		const lines = (rest + part).split('\n');
		rest = lines.pop();
		lines.forEach((line) => waiting.shift()(line));
	});
	return { child, end: () => child.stdin.end(), do: (word) => new Promise((done) => {
		waiting.push(done);
		child.stdin.write(`${word}\n`);
	}) };
}

async function repeat(worker, word, times) {
	let answer = '';
	for (let nth = 0; nth < times; nth++) {
		answer = await worker.do(word);
	}
	return answer;
}

const rowOf = (page, name) => page.locator('#breaker-list .breaker')
	.filter({ has: page.locator('.name', { hasText: name }) });

async function appears({ page, url, daemon }) {
	await openLive(page, url);
	await page.evaluate(() => { window.sameDocument = true; });
	const worker = work(daemon, 'vendor', 'failures=3', 'recovery=300');
	const others = [1, 2, 3].map(() => work(daemon, 'vendor'));
	try {
		await repeat(worker, 'ok', 2);
		await rowOf(page, 'vendor').waitFor({ timeout: 3000 });
		await Promise.all(others.map((other) => other.do('ok')));
		await rowOf(page, 'vendor').filter({ hasText: '4 workers' }).waitFor();
		assert.equal(await repeat(worker, 'fail', 3), 'open');
		const row = rowOf(page, 'vendor');
		await row.filter({ hasText: /Open .* · probe in \d/ }).waitFor();
		await row.filter({ hasText: /1 of 4 workers is the cause: pid \d+ breaker_worker/ }).waitFor();
		await waitText(page, '#breakers-note', /^1 open · 0 closed$/);
		await row.locator('.push').click();
		await row.locator('.push').click();
		await row.filter({ hasNotText: /Open/ }).waitFor();
		assert.equal(await worker.do('state'), 'closed', 'the worker sees the reset');
		assert.equal(await page.evaluate(() => window.sameDocument), true);
	} finally {
		[worker, ...others].forEach((one) => one.end());
	}
}

async function probes({ page, url, daemon }) {
	const [first, second] = [1, 2].map(() => work(daemon, 'bars', 'failures=1', 'recovery=0.1'));
	try {
		await openLive(page, url);
		await first.do('ok');
		await second.do('ok');
		await first.do('fail');
		await page.waitForFunction(() => /bars/.test(document.querySelector('#breaker-list').textContent));
		let state = 'open';
		while (state !== 'half_open') {
			state = await second.do('ok');
		}
		await rowOf(page, 'bars').filter({ hasText: /Half-open .* · 1 of 3 probes passed/ }).waitFor();
		await second.do('begin');
		await rowOf(page, 'bars').filter({ hasText: /1 of 3 probes passed, 1 under way/ }).waitFor();
	} finally {
		first.end();
		second.end();
	}
}

async function mourns({ page, url, daemon }) {
	const [dead, late, well] = [1, 2, 3].map(() => work(daemon, 'reference', 'timeout=0.5'));
	try {
		await openLive(page, url);
		await well.do('ok');
		await late.do('begin');
		await dead.do('begin');
		dead.child.kill('SIGKILL');
		const row = rowOf(page, 'reference');
		await row.filter({ hasText: /1 worker gone with a call in flight/ }).waitFor();
		await row.filter({ hasText: /1 call overdue/ }).waitFor();
		await row.click();
		await page.waitForURL(/breaker=reference/);
		const sheet = page.locator('#breaker');
		await sheet.locator('#breaker-workers li').nth(2).waitFor();
		await sheet.locator('li', { hasText: /Gone.*1 call in flight/ }).waitFor();
		await sheet.locator('li', { hasText: /Alive.*1 call in flight for/ }).waitFor();
		await waitText(page, '#breaker-facts', /Timeout threshold500\u202fms/);
		await assertNoAxe(page, 'a breaker in full');
		await page.setViewportSize({ width: 320, height: 700 });
		await assertNoOverflow(page, 'a breaker in full at 320');
	} finally {
		[late, well].forEach((one) => one.end());
	}
}

async function obeys({ page, url, daemon, allow }) {
	const worker = work(daemon, 'vendor');
	try {
		await worker.do('ok');
		await openLive(page, `${url}/#breakers?breaker=vendor`);
		const sheet = page.locator('#breaker');
		const press = async (word) => {
			await sheet.getByRole('button', { name: `${word} this breaker` }).click();
			await sheet.getByRole('button', { name: `Confirm: ${word} this breaker` }).click();
		};
		await press('Force open');
		await waitText(page, '#breaker-word', /^Forced open/);
		assert.equal(await worker.do('ok'), 'rejected');
		await sheet.getByRole('button', { name: 'Force open this breaker' }).waitFor({ state: 'hidden' });
		await press('Enable');
		await waitText(page, '#breaker-word', /^Closed$/);
		await waitText(page, '#breaker-events', /Forced open.*force open/);
		await page.route('**/disable', (route) => route.fulfill({ status: 403,
			contentType: 'application/problem+json', body: '{"detail":"it belongs to <b>another</b> user"}' }));
		await press('Disable');
		await waitText(page, '#breaker-said', /it belongs to <b>another<\/b> user/);
		allow(/403/);
		await page.keyboard.press('Escape');
		await sheet.waitFor({ state: 'hidden' });
		assert.doesNotMatch(page.url(), /breaker=/);
	} finally {
		worker.end();
	}
}

/** The daemon knows nothing of breakers that a test made up. */
const noHistory = (page) => page.route('**/api/v1/breakers/*/history?*', (route) =>
	route.fulfill({ json: { strip: [] } }));

/** The rows are one stop of the Tab key; arrows move, Enter opens. */
async function walks(test) {
	const { page } = test;
	const changed = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { state: 'closed' }]));
	await openHealthy(test, []);
	await say(page, 'patch', patch(6, 'healthy', { breakers: { total_breakers: 3, changed } }));
	await rowOf(page, 'c').waitFor();
	assert.equal(await page.locator('#breaker-list [tabindex="0"]').count(), 1);
	await page.locator('#breaker-list [tabindex="0"]').focus();
	await page.keyboard.press('End');
	await page.keyboard.press('ArrowUp');
	assert.equal(await page.evaluate(() => document.activeElement.title), 'b');
	assert.equal(await page.locator('#breaker-list [tabindex="0"]').getAttribute('title'), 'b');
	await page.route('**/api/v1/breakers/b', (route) => route.fulfill({ json: { worker_list: [], config: {} } }));
	await noHistory(page);
	await page.keyboard.press('Enter');
	await waitText(page, '#breaker-title', /^b$/);
}

async function isText(test) {
	const { page } = test;
	const breaker = { state: 'open', workers: { total: 2, alive: 2, dead: 0, overdue: 0, failing: 1,
		in_flight: 0, cause: `1 of 2 workers is the cause: pid 7 ${HOSTILE}` }, shared: true };
	await openHealthy(test, []);
	await noHistory(page);
	await page.route('**/api/v1/breakers/*', (route) => route.fulfill({ json: { worker_list: [{ pid: 7,
		command: HOSTILE, alive: true, in_flight: 0, busy_s: null, admitted: 1, failed: 1,
		last_failure: HOSTILE }, null, 7].slice(0, 1), config: { strategy: HOSTILE },
	events: [{ at: HOSTILE, from: HOSTILE, to: HOSTILE, reason: HOSTILE }] } }));
	await say(page, 'patch', patch(6, 'healthy', { breakers: { total_breakers: 1,
		changed: { [HOSTILE]: breaker } } }));
	await page.locator('#breaker-list .name').click();
	await waitText(page, '#breaker-title', /<img src=x/);
	await waitText(page, '#breaker-workers', /7 <img/);
	await waitText(page, '#breaker-events', /<img/);
	assert.equal(await page.locator('img, #breaker-list b, #breaker b').count(), 0);
	await assertNoOverflow(page, 'with hostile names');
}

async function bounds(test) {
	const { page } = test;
	const changed = Object.fromEntries(Array.from({ length: 1000 }, (_, nth) => [`b${nth}`,
		{ state: nth % 50 ? 'closed' : 'open', failure_count: nth % 7, shared: true,
			workers: { total: 32, alive: 32, dead: 0, overdue: 0, failing: 0, in_flight: 3, cause: null } }]));
	await openHealthy(test, []);
	await say(page, 'patch', patch(6, 'healthy', { breakers: { total_breakers: 1000, changed } }));
	await waitText(page, '#breakers-note', /^20 open · 980 closed$/);
	await waitText(page, '#breakers-more', /^and 976 more breakers, all closed$/);
	assert.equal(await page.locator('#breaker-list .breaker').count(), 24);
	const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
	assert.ok(nodes <= 1500, `${nodes} nodes`);
	assert.match(await text(page, '#breaker-list tr:last-child'), /32 workers/);
}

export const tests = [
	['a breaker of another process appears, opens, is reset', appears],
	['probes are counted while half-open', probes],
	['a dead worker and a call that is late are told', mourns],
	['orders reach the workers, and a refusal is told in full', obeys],
	['the rows obey the keyboard', walks],
	['names and commands stay text', isText],
	['a thousand breakers', bounds],
];
