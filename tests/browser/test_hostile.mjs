// Whoever sends a link, whoever else has a page of this origin, and a stream that says nonsense: the
// page shows what it can, keeps what it is told as text, and goes on.
import assert from 'node:assert/strict';
import { beats, row, waitText } from './look.mjs';
import { COLUMNS, openHealthy, patch, say, snapshotAt } from './fake.mjs';

export const config = `
refresh_interval: 1s
components:
  - name: constructor
    every: 1s
    exec: { command: ["true"] }
  - name: hasownproperty
    group: constructor
    every: 1s
    exec: { command: ["sh", "-c", "echo '<img src=x onerror=alert(1)>'; exit 2"] }
`;

const EVIL = '<img src=x onerror=window.stolen=1>\u202e\u0000\ud800';
const PERCENT = encodeURIComponent(EVIL.replace("\ud800", "\ufffd"));
const LINKS = [
	'#history?from=1&to=9999999999&zone=local', '#history?from=0&to=0',
	'#history?from=9999999999&to=1',
	'#history?from=9999990000&to=9999999999&table=1', '#history?from=1&to=90000&table=1',
	'#history?range=__proto__&sort=constructor&status=constructor,__proto__&alerts=constructor',
	`#components?q=${PERCENT}`, `#components?q=${'(a+)+%5C'.repeat(30)}`,
	`#components?open=${PERCENT.repeat(80)}`, '#components?open=__proto__',
	'#components?open=constructor&list=1&wall=1', '#__proto__', `#${PERCENT}`, '#main?%', '#%?&&=&=',
	'?wall=1&zone=mars&q=%FF%C0', '#help?zone=local', `#components?${'q=a&'.repeat(20_000)}`,
];

async function links({ page, url }) {
	for (const link of LINKS) {
		await page.goto('about:blank');
		await page.goto(url + link);
		await page.waitForSelector('body.live', { timeout: 5000 })
			.catch(() => assert.fail(`${link.slice(0, 60)}: never live`));
		const drawn = await page.evaluate(async () => {
			const began = performance.now();
			for (let nth = 0; nth < 3; nth++) {
				await new Promise(requestAnimationFrame);
			}
			return performance.now() - began;
		});
		assert.ok(drawn < 2000, `${link.slice(0, 60)}: three frames take ${drawn} ms`);
		assert.equal(await page.evaluate(() => window.stolen), undefined, link.slice(0, 60));
		assert.equal(await page.locator('img').count(), 0, link.slice(0, 60));
	}
}

/** The server would refuse the whole list of names for the sake of one. */
async function unknown({ page, url }) {
	for (const name of [',', '%EF%BC%8C'.repeat(120), PERCENT.repeat(80)]) {
		const strips = page.waitForResponse(/strips/);
		await page.goto('about:blank');
		await page.goto(`${url}#components?open=${name}`);
		assert.equal((await strips).status(), 200, name.slice(0, 60));
	}
}

async function words({ page, context, url }) {
	const other = await context.newPage();
	await other.goto(url);
	await page.goto(url);
	await beats(page);
	await other.evaluate((evil) => {
		const channel = new BroadcastChannel('bellwether.live');
		for (const word of [null, 7, 'text', [], {}, { type: null }, { type: 'closed' },
			{ type: 'closed', wait: 'soon' }, { type: 'patch' }, { type: 'patch', text: evil },
			{ type: 'patch', text: 'null' }, { type: '__proto__', text: '{"seq": 1}' },
			{ type: 'mark', text: '{"seq": 1, "mark": [null]}' }]) {
			channel.postMessage(word);
		}
	}, EVIL);
	await beats(page);
	await beats(other);
	await waitText(page, '#liveness-word', /^Live/);
}

async function kept({ page, url }) {
	await page.addInitScript((evil) => {
		for (const key of ['theme', 'zone', 'keys']) {
			localStorage.setItem(`bellwether.${key}`, evil);
		}
	}, EVIL);
	await page.goto(url);
	await beats(page);
	await row(page, 'constructor').filter({ hasText: 'Healthy' }).waitFor();
}

const ODD_PATCHES = [{ components: { row: ['__proto__', 'length', -1, 1e9, null, {}],
	status: [0, 0, 0, 0, 0, 0], response_ms: [{}], checked_s: 'x', error: [[], {}, 1] } },
{ components: 7 }, { components: [] }, { components: { row: [0], status: ['__proto__'] } },
{ breakers: { changed: { __proto__: null, constructor: null, [EVIL]: { state: EVIL } },
	removed: [null, {}], states: 7 } }, { breakers: { changed: 7, removed: 7 } },
{ alerts: { firing: [null, 7, {}, { id: {}, title: EVIL, message: EVIL, severity: 'constructor',
	type: {}, timestamp: EVIL, fired_at: 1e300 }], counts: [] } }, { alerts: 'x' },
{ overview: { overall_status: 'constructor', since: EVIL, last_problem: { from: 7, text: {} },
	first_cause: { at: EVIL, kind: 'constructor', name: EVIL, text: EVIL } } },
{ overview: { overall_status: {}, first_cause: 7, last_problem: [] } },
{ metrics: { figures: [null, 7, { name: {}, unit: {}, now: 'x', average: {} }] } },
{ metrics: { figures: 7 } }, { resources: { cpu_usage: {}, memory: EVIL } },
{ metadata: { notices: [null, 7, {}, EVIL], instance: EVIL, version: {}, started: {} } },
{ thresholds: { cpu_usage: EVIL } }];

async function nonsense(test) {
	const { page } = test;
	await openHealthy(test, []);
	let seq = 5;
	for (const parts of ODD_PATCHES) {
		await say(page, 'patch', patch(++seq, 'healthy', parts));
	}
	for (const mark of [[], [null], [{}, {}, {}, {}, {}, {}], [1e300, EVIL, EVIL, EVIL, EVIL, EVIL],
		[Date.now(), 'constructor', EVIL, '__proto__', 'constructor', EVIL.repeat(2000)]]) {
		await say(page, 'mark', { seq: ++seq, now: Date.now(), mark });
	}
	await say(page, 'sample', { seq: ++seq, now: Date.now(), at: {}, values: [EVIL, {}] });
	await say(page, 'sample', { seq: ++seq, now: {}, at: Date.now(), values: [1e308, -1e308] });
	await say(page, 'patch', patch(++seq, 'unhealthy', { overview: { overall_status: 'unhealthy' } }));
	await waitText(page, '#verdict-word', /^Unhealthy$/);
	assert.equal(await page.evaluate(() => window.stolen ?? [].status ?? {}.status
		?? (() => 0).status), undefined, 'no prototype was written to');
	assert.equal(await page.locator('img').count(), 0);
}

async function flood(test) {
	const { page } = test;
	const firing = Array.from({ length: 10_000 }, (_, id) => ({ id, type: 'x', severity: 'critical',
		title: EVIL, message: `${id} ${'\u0301'.repeat(500)}`, timestamp: new Date().toISOString(),
		fired_at: new Date().toISOString() }));
	await openHealthy(test, [snapshotAt(9, 'unhealthy', { alerts: { firing,
		counts: { firing: 10_000, critical: 10_000, warning: 0, info: 0, resolved: 0 } },
	components: { ...COLUMNS, status: [1], name: [EVIL], error: [[0, EVIL.repeat(20_000)]] } })]);
	await say(page, 'resync', { seq: 6, now: Date.now(), roster: 'r1' });
	await waitText(page, '#verdict-word', /^Unhealthy$/);
	assert.ok(await page.locator('*').count() < 1500, 'a flood is no flood of nodes');
	assert.equal(await page.locator('img').count(), 0);
}

/** A name that every object answers to, of a component that the daemon has just lost. */
async function borrowed(test) {
	const two = { ...COLUMNS, name: ['constructor', 'two'], group: [null, null], kind: [0, 0],
		limit_ms: [null, null], status: [0, 0], response_ms: [1, 1], checked_s: [0, 0],
		since_s: [60, 60] };
	await test.page.route('**/api/v1/strips?*', (route) => route.fulfill({ json: {
		from: Date.now() - 86_400_000, gaps: [], strips: { two: [[0, 'unhealthy']] } } }));
	await openHealthy(test, [snapshotAt(9, 'healthy', { roster: 'r2', components: two })]);
	await say(test.page, 'resync', { seq: 6, now: Date.now(), roster: 'r2' });
	await row(test.page, 'two').locator('.strip-bad').waitFor({ state: 'attached' });
}

export const tests = [
	['a link of a stranger', links],
	['a link to what is not there', unknown],
	['odd words of another tab', words],
	['odd things kept by the browser', kept],
	['a stream of nonsense', nonsense],
	['ten thousand alerts', flood],
	['a name that every object has', borrowed],
];
