// The history within the details of components and breakers, uptime, and what was wrong first.
import assert from 'node:assert/strict';
import { openFake, patch, say, snapshotAt } from './fake.mjs';
import { assertNoAxe, assertNoOverflow, text, waitText } from './look.mjs';
import { GAP, series } from './year.mjs';

export const config = 'components: []\n';

const DAYS = { '1h': 1 / 24, '6h': 0.25, '24h': 1, '7d': 7, '30d': 30, '90d': 90, '1y': 365 };
const AXIS = 46;
const FIELDS = { component: { response_us: ['response_time', 1000] },
	breaker: { failure_rate: ['cpu_usage', 0.005], avg_response_us: ['response_time', 1000] } };
const SWITCHES = { healthy: 'CLOSED', degraded: 'HALF_OPEN', unhealthy: 'OPEN', none: 'none' };

const figure = (percent, up_s, down_s, unknown_s) => ({ percent, text: percent === null ? '–'
	: `${percent.toFixed(2).replace('100.00', '100')} %`, up_s, down_s, maintenance_s: 0, unknown_s });
const UPTIME = { '24h': figure(100, 86_400, 0, 0), '7d': figure(99.98, 604_680, 120, 0),
	'30d': figure(99.99, 864_000, 1, 1_728_000), '90d': figure(0, 0, 60, 7_775_940),
	'1y': figure(null, 0, 0, 31_536_000) };

const problem = (route) => route.fulfill({ status: 503, json: { title: 'busy' } });

/** A page before a daemon with a component and a breaker "one" that have a year behind them. */
async function openYears(test, hash, it = {}) {
	const { page, url } = test;
	const now = Date.now();
	const known = { asked: [], broken: false, changes: [], now, ...it };
	const chart = (kind, word) => (route) => {
		const { pathname, searchParams: query } = new URL(route.request().url());
		known.asked.push([decodeURIComponent(pathname.split('/').at(-2)), query.get('range'), Number(query.get('points'))]);
		return known.broken ? problem(route) : route.fulfill({ json:
			series(now, DAYS[query.get('range')], Number(query.get('points')), FIELDS[kind], word) });
	};
	await page.route('**/api/v1/components/*', (route) => route.fulfill({ json: { name: 'one',
		details: {}, timeout_seconds: 5, every_seconds: 30 } }));
	await page.route('**/api/v1/components/*/history?points=*', (route) => route.fulfill({ json: { data: [] } }));
	await page.route('**/api/v1/components/*/history?format=*', chart('component', String));
	await page.route('**/api/v1/breakers/*', (route) => route.fulfill({ json: { worker_list: [],
		config: { failure_rate_threshold: 0.3 } } }));
	await page.route('**/api/v1/breakers/*/history?*', chart('breaker', (word) => SWITCHES[word]));
	await page.route('**/api/v1/changes?*', (route) => route.fulfill({ json: { changes: known.changes } }));
	await page.route('**/api/v1/uptime?*', (route) => (known.broken ? problem(route)
		: route.fulfill({ json: { windows: Object.keys(UPTIME), uptime: { one: UPTIME } } })));
	const snapshot = snapshotAt(5, known.status ?? 'healthy',
		{ breakers: { total_breakers: 1, states: {}, changed: { one: { state: 'closed' } } } });
	await page.setViewportSize({ width: 1440, height: 1000 });
	await openFake({ page, url: `${url}/${hash}` }, [snapshot]);
	return known;
}

const waitSaid = (page, pattern, id = 'detail') => waitText(page, `#${id}-chart-text`, pattern);
const rangeOf = (page, word) => page.locator(`#detail-history .ranges button:has-text("${word}")`);

async function ranges(test) {
	const { page } = test;
	const { asked } = await openYears(test, '#?open=one');
	await waitSaid(page, /^Response time [\d.]+–\d+\u202fms/);
	assert.deepEqual(asked.at(-1), ['one', '24h', 1000]);
	for (const [word, range] of [['1\u202fh', '1h'], ['6\u202fh', '6h'], ['7\u202fd', '7d'], ['30\u202fd', '30d'], ['90\u202fd', '90d'], ['1\u202fy', '1y']]) {
		await rangeOf(page, word).click();
		await page.waitForURL(new RegExp(`span=${range}`));
		await page.waitForFunction(() => !/Asking/.test(document.querySelector('#detail-chart-text').textContent));
		assert.deepEqual(asked.at(-1), ['one', range, 1000]);
	}
	await waitSaid(page, /known since \d{4}-\d\d-\d\d.* · averages of 12\u202fh/);
	await page.reload();
	await waitSaid(page, /averages of 12\u202fh/);
	assert.equal(await rangeOf(page, '1\u202fy').getAttribute('aria-pressed'), 'true');
	await rangeOf(page, '24\u202fh').click();
	await page.waitForURL((where) => !/span/.test(where.href));
}

async function reads(test) {
	const { page } = test;
	await openYears(test, '#?open=one&span=1y');
	await waitSaid(page, /averages of/);
	const box = await page.locator('#detail-chart').boundingBox();
	const point = (days) => page.mouse.move(box.x + (box.width - AXIS) * (1 - days / 365), box.y + 60);
	await point(200);
	await waitSaid(page, /^\d{4}-\d\d-\d\d \d\d:\d\d UTC · Healthy · response time \d\d\u202fms \([\d.]+–\d+\u202fms, p95 \d+\u202fms\)$/);
	await point((GAP[0] + GAP[1]) / 2);
	await waitSaid(page, / · no data$/);
	await point(330);
	await waitSaid(page, / · no data$/);
	await page.mouse.move(5, 5);
	await waitSaid(page, /^Response time/);
	const chart = page.locator('#detail-chart');
	await chart.press('ArrowLeft');
	await waitSaid(page, /^\d{4}-\d\d-\d\d .* · Healthy/);
	assert.equal(await chart.getAttribute('aria-valuetext'), await text(page, '#detail-chart-text'));
	await chart.press('Home');
	await waitSaid(page, / · no data$/);
}

/** Which colours are in a column of the ribbon. */
async function draws(test) {
	const { page } = test;
	await openYears(test, '#?open=one&span=1y');
	await waitSaid(page, /averages of/);
	const at = (days) => page.evaluate(([back, axis]) => {
		const canvas = document.querySelector('#detail-chart');
		const x = Math.round((canvas.width - axis) * (1 - back / 365));
		const { data } = canvas.getContext('2d').getImageData(x, 0, 1, 22);
		return Array.from({ length: 22 }, (_, nth) => data.slice(nth * 4, nth * 4 + 3).join(' '));
	}, [days, AXIS]);
	const colorOf = (token) => page.evaluate((name) => {
		const probe = document.body.appendChild(document.createElement('span'));
		probe.style.color = `var(--${name})`;
		return getComputedStyle(probe).color.match(/\d+/g).join(' ');
	}, token);
	const [quiet, bad] = [await colorOf('quiet'), await colorOf('bad')];
	assert.equal((await at(200)).filter((color) => color === quiet).length, 4);
	assert.ok((await at(40.1)).includes(bad), 'twelve hours of a year');
	const gap = await at((GAP[0] + GAP[1]) / 2);
	assert.ok(!gap.includes(quiet) && !gap.includes(bad), 'a gap is no state');
}

async function counts(test) {
	const { page } = test;
	await openYears(test, '#?open=one');
	await waitText(page, '#detail-uptime', /99\.98\u202f%/);
	const rows = await page.locator('#detail-uptime > div').allTextContents();
	assert.deepEqual(rows, ['24\u202fh100\u202f%never down', '7\u202fd99.98\u202f%2\u202fm down',
		'30\u202fd99.99\u202f%2\u202fs downof 10\u202fd', '90\u202fd0.00\u202f%1\u202fm downof 1\u202fm', '1\u202fy–not known']);
	assert.match(await page.locator('#detail-uptime > div').nth(1).getAttribute('title'),
		/^Up 6\u202fd 23\u202fh, down 2\u202fm, maintenance 0, unknown 0$/);
}

async function fails(test) {
	const { page, allow } = test;
	const it = await openYears(test, '#?open=one', { broken: true });
	await waitSaid(page, /^The history could not be had: busy$/);
	assert.deepEqual(await page.locator('#detail-uptime strong').allTextContents(), ['–', '–', '–', '–', '–']);
	it.broken = false;
	await rangeOf(page, '7\u202fd').click();
	await waitSaid(page, /^Response time/);
	allow(/503/);
}

async function nonsense(test) {
	const { page } = test;
	await openYears(test, '#?open=one');
	await waitSaid(page, /^Response time/);
	await page.route('**/api/v1/components/*/history?format=*', (route) => route.fulfill({ json: { from: 'x',
		to: {}, step_s: [1], values: { response_us: 'y' }, bands: [], strip: 7, resolution_s: -3 } }));
	await rangeOf(page, '30\u202fd').click();
		await waitText(page, '#detail-chart-text', /^Known since/);
}

async function begins(test) {
	const { page } = test;
	const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
	const change = (minutes, from, to, what) => ({ at: at(minutes), kind: 'component', name: 'one', from, to, text: what });
	const it = { status: 'unhealthy', changes: [change(1, 'degraded', 'unhealthy', 'refused'),
		change(3000, 'healthy', 'degraded', 'slow: <b>3 s</b>'), change(4000, 'unhealthy', 'healthy', ''),
		change(4001, 'healthy', 'unhealthy', 'something else')] };
	await openYears(test, '#?open=one', it);
	await waitText(page, '#detail-first', /^First: slow: <b>3 s<\/b> \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)$/);
	await say(page, 'patch', patch(6, 'healthy', { components: { row: [0], status: [0], response_ms: [1],
		checked_s: [0], since_s: [0], error: [null] } }));
	await page.locator('#detail-first').waitFor({ state: 'hidden' });
}

async function breakers(test) {
	const { page } = test;
	const { asked } = await openYears(test, '#?breaker=one&span=1y');
	await waitSaid(page, /^Failure rate \d+–\d+\u202f% · Response time [\d.]+–900\u202fms · known since/, 'breaker');
	assert.deepEqual(asked.at(-1), ['one', '1y', 1000]);
	const box = await page.locator('#breaker-chart').boundingBox();
	await page.mouse.move(box.x + (box.width - AXIS) * (1 - 40.1 / 365), box.y + 60);
	await waitSaid(page, / · Open · failure rate \d+\u202f% \(\d+–\d+\u202f%\) · response time/, 'breaker');
}

async function fits(test) {
	const { page } = test;
	await openYears(test, '#?open=one&span=1y', { status: 'unhealthy' });
	await waitSaid(page, /averages of/);
	for (const [width, colorScheme] of [[1440, 'dark'], [390, 'light']]) {
		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 900 });
		await assertNoAxe(page, `a detail at ${width}, ${colorScheme}`, '#detail');
	}
	await page.setViewportSize({ width: 320, height: 700 });
	await assertNoOverflow(page, 'a detail at 320');
	const wide = await page.locator('#detail-body').evaluate((node) => node.scrollWidth - node.clientWidth);
	assert.equal(wide, 0, 'nothing scrolls sideways');
}

export const tests = [
	['a component has ranges up to a year', ranges],
	['pointer and keys read them', reads],
	['states and holes are drawn', draws],
	['uptime says of how much it speaks', counts],
	['a failed answer is told', fails],
	['nonsense is nothing', nonsense],
	['what began the trouble is told', begins],
	['a breaker has a history too', breakers],
	['it is readable everywhere', fits],
];
