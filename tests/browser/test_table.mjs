// The table of the components and the detail of one, against real checks: what is listed, in what
// order, what holds still, what the address keeps, and what a reader learns about one component.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertNoAxe, assertNoOverflow, openLive, row, waitText } from './look.mjs';
import { HttpPeer } from './peers.mjs';

const NODES_MAX = 1500;
const web = await new HttpPeer().start();
const flag = join(tmpdir(), `bellwether-table-${process.pid}`);
const HOSTILE = '<img src=x onerror="document.title=1"> \u202Eevil\u202C <b>bold</b> NUL\0end ';
const said = join(tmpdir(), `bellwether-said-${process.pid}`);
writeFileSync(said, HOSTILE + 'x'.repeat(4096));
const healthy = Array.from({ length: 30 }, (_, nth) => `
  - name: calm-${String(nth).padStart(2, '0')}
    group: quiet
    every: 1h
    exec: { command: ["true"] }`).join('');

export const config = `
refresh_interval: 1s
components:
  - name: web
    group: edge
    description: The front of the house
    runbook: "https://example.org/web"
    every: 1s
    depends_on: [flagged, calm-00]
    http: { url: "http://127.0.0.1:${web.port}/" }
    breaker: { failure_threshold: 100 }
  - name: flagged
    group: edge
    every: 1s
    exec: { command: ["sh", "-c", "test ! -e ${flag} || exit 2"] }
  - name: hostile
    every: 1s
    exec: { command: ["sh", "-c", "cat ${said}; exit 2"] }
  - name: slow
    group: vendor
    every: 2s
    within: 1ms
    exec: { command: ["sleep", "0.05"] }
  - name: silent
    push: { every: 1h }${healthy}
`;

const names = (page) => page.locator('#rows .row .own').allTextContents();
const rowsBy = async (page) => (await page.locator('#rows .row').evaluateAll((rows) =>
	rows.map((one) => [Number(one.ariaRowIndex), one.querySelector('.own').textContent])))
	.sort((one, other) => one[0] - other[0]).map(([, name]) => name);
const facet = (page, word) => page.locator('.facet', { hasText: word });
const setFlag = () => writeFileSync(flag, '');
const dropFlag = () => rmSync(flag, { force: true });
const leave = (page) => page.evaluate(() => document.activeElement.blur())
	.then(() => page.mouse.move(5, 5));

/** The page when every component has been looked at. */
async function openSettled({ page, url }, view = '') {
	await openLive(page, url + view);
	await waitText(page, '#facets', /Unhealthy1Degraded1Unknown1.*Healthy32/);
}

async function facets(test) {
	const { page } = test;
	await openSettled(test);
	assert.deepEqual((await rowsBy(page)).slice(0, 4), ['hostile', 'slow', 'silent', 'flagged']);
	assert.equal(await page.locator('.facet:visible').count(), 5, 'no maintenance, no facet of it');
	await facet(page, 'Degraded').click();
	assert.deepEqual(await names(page), ['slow']);
	await facet(page, 'Unhealthy').click();
	assert.deepEqual(await rowsBy(page), ['hostile', 'slow']);
	assert.match(page.url(), /status=degraded(,|%2C)unhealthy/);
	assert.equal(await facet(page, 'Degraded').getAttribute('aria-pressed'), 'true');
	await facet(page, 'All').click();
	assert.doesNotMatch(page.url(), /status=/);
	await page.waitForFunction(() => document.querySelectorAll('#rows .row').length > 10);
}

async function sorts(test) {
	const { page } = test;
	await openSettled(test);
	const sorted = (id) => page.locator(`#head-${id}`).getAttribute('aria-sort');
	assert.equal(await sorted('status'), 'ascending');
	await page.locator('#head-component').click();
	assert.equal(await sorted('component'), 'ascending');
	assert.equal(await sorted('status'), 'none');
	assert.deepEqual((await rowsBy(page)).slice(0, 4), ['flagged', 'web', 'hostile', 'calm-00']);
	await page.locator('#head-component').click();
	assert.equal(await sorted('component'), 'descending');
	assert.equal((await rowsBy(page))[0], 'slow');
	await page.locator('#head-response').click();
	assert.equal(await sorted('response'), 'descending');
	assert.match(page.url(), /sort=-response/);
	await page.locator('#grid').focus();
	await page.keyboard.press('End');
	assert.equal((await rowsBy(page)).at(-1), 'silent', 'no response is last');
	await page.locator('#head-status').click();
	assert.doesNotMatch(page.url(), /sort=/);
	await page.locator('#head-status').click();
	assert.equal((await rowsBy(page))[0], 'calm-29');
}

async function keepsAddress(test) {
	const { page, url } = test;
	await openSettled(test);
	await page.keyboard.press('/');
	await page.keyboard.type('QUIET calm-1');
	await waitText(page, '#components-note', /^10 of 35$/);
	await page.locator('#head-component').click();
	await page.locator('#head-component').click();
	await page.waitForFunction(() => /q=quiet.calm-1&sort=-component|sort=-component&q=QUIET/i
		.test(location.href));
	const address = page.url();
	await page.goto('about:blank');
	await page.goto(address);
	await waitText(page, '#components-note', /^10 of 35$/);
	assert.equal((await rowsBy(page))[0], 'calm-19');
	assert.equal(await page.locator('#filter').inputValue(), 'QUIET calm-1');
	await page.locator('#filter').focus();
	await page.keyboard.press('Escape');
	await page.waitForFunction(() => !/q=/.test(location.href));
	await page.evaluate(() => { location.hash = '#components?status=unknown'; });
	await page.waitForFunction(() => document.querySelectorAll('#rows .row').length === 1);
	assert.deepEqual(await names(page), ['silent']);
	await page.goto(`${url}/#components?status=nonsense&sort=nonsense`);
	await page.reload();
	await page.waitForFunction(() => document.querySelectorAll('#rows .row').length > 10);
}

async function holds(test) {
	const { page } = test;
	await openSettled(test);
	await page.locator('#grid').hover();
	const before = await rowsBy(page);
	const place = before.indexOf('flagged');
	assert.ok(place > 2);
	try {
		setFlag();
		await row(page, 'flagged').filter({ hasText: 'Unhealthy' }).waitFor();
		assert.equal((await rowsBy(page)).indexOf('flagged'), place, 'its row stays where it was');
		await page.locator('#components-held').waitFor();
		await leave(page);
		await page.waitForFunction(() => [...document.querySelectorAll('#rows .row')]
			.some((one) => one.ariaRowIndex === '2' && /flagged/.test(one.textContent)));
		assert.equal(await page.locator('#components-held').isVisible(), false);
		await page.locator('#grid').focus();
		await page.keyboard.press('Home');
		const selected = () => page.locator('#rows [aria-selected="true"] .own').textContent();
		assert.equal(await selected(), 'flagged');
		dropFlag();
		await row(page, 'flagged').filter({ hasText: 'Healthy' }).waitFor();
		assert.equal((await rowsBy(page))[0], 'flagged', 'focus holds the order too');
		await leave(page);
		await page.waitForFunction(() => ![...document.querySelectorAll('#rows .row')]
			.some((one) => one.ariaRowIndex === '2' && /flagged/.test(one.textContent)));
		assert.equal(await selected(), 'flagged', 'the component stays selected, not the place');
	} finally {
		dropFlag();
	}
}

async function walks(test) {
	const { page } = test;
	await openSettled(test);
	const index = () => page.evaluate(() => {
		const id = document.querySelector('#grid').getAttribute('aria-activedescendant');
		return Number(document.getElementById(id)?.ariaRowIndex ?? NaN);
	});
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	assert.equal(await index(), 3);
	await page.keyboard.press('k');
	assert.equal(await index(), 2);
	await page.keyboard.press('ArrowDown');
	assert.equal(await index(), 3);
	await page.keyboard.press('End');
	assert.equal(await index(), 36);
	await page.keyboard.press('PageUp');
	const up = await index();
	assert.ok(up < 36 && up > 10, String(up));
	await page.keyboard.press('Home');
	assert.equal(await index(), 2);
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowRight');
	assert.equal(await page.locator('#grid').getAttribute('aria-activedescendant'), 'head-component');
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('#head-component').getAttribute('aria-sort'), 'ascending');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await waitText(page, '#detail-title', /^edge\/flagged$/);
	await page.keyboard.press('j');
	await waitText(page, '#detail-title', /^edge\/web$/);
	await page.keyboard.press('Escape');
	await page.locator('#detail').waitFor({ state: 'hidden' });
	await page.waitForFunction(() => document.activeElement.id === 'grid');
	assert.equal(await page.locator('#rows [aria-selected="true"] .own').textContent(), 'web');
}

async function tells(test) {
	const { page } = test;
	await openSettled(test);
	await row(page, 'web').click();
	const detail = page.locator('#detail');
	await waitText(page, '#detail', /Uptime.*History.*Depends on.*Breaker.*Recent checks.*Facts.*HTTP/s);
	assert.match(page.url(), /open=web/);
	assert.match(await detail.textContent(), /Healthysince \d\d:\d\d UTC \(.*\), checked /);
	assert.match(await detail.textContent(), /The front of the house/);
	assert.equal(await detail.locator('a').getAttribute('href'), 'https://example.org/web');
	assert.match(await detail.locator('.links').textContent(), /flaggedHealthy.*calm-00Healthy/);
	assert.match(await detail.locator('.breaker-line').textContent(), /web, closed/);
	assert.match(await detail.locator('#detail-facts').textContent(), /Kindhttp.*HTTP version/);
	assert.ok(await detail.locator('.checks li').count() > 1);
	await web.stop();
	try {
		await waitText(page, '#detail pre', /refused/);
		await waitText(page, '#detail .since', /^Unhealthy/);
		await waitText(page, '#detail .lines', /Unhealthy.*refused/);
		await detail.locator('#detail-chart').press('End');
		await waitText(page, '#detail-chart-text', / · Unhealthy/);
		await assertNoAxe(page, 'with the detail of a failing component');
	} finally {
		await web.start();
	}
	await waitText(page, '#detail .since', /^Healthy/);
	assert.equal(await detail.locator('pre').isVisible(), false, 'an error that is over is gone');
	await detail.locator('.links button', { hasText: 'flagged' }).click();
	await waitText(page, '#detail-title', /^edge\/flagged$/);
	await page.goBack();
	await detail.waitFor({ state: 'hidden' });
	assert.doesNotMatch(page.url(), /open=/);
}

async function opensByAddress(test) {
	const { page } = test;
	await openSettled(test, '/#components?open=slow&status=unhealthy');
	await waitText(page, '#detail-title', /^vendor\/slow$/);
	await page.keyboard.press('Escape');
	await page.locator('#detail').waitFor({ state: 'hidden' });
	assert.match(page.url(), /status=unhealthy$/);
	await page.evaluate(() => { location.hash = '#components?open=nobody'; });
	await waitText(page, '#detail', /No component of this name is watched/);
}

async function checksNow(test) {
	const { page, allow } = test;
	await openSettled(test, '/#components?open=calm-07');
	const detail = page.locator('#detail');
	await waitText(page, '#detail .checks', /Healthy/);
	const before = await detail.locator('.checks li').count();
	await detail.locator('button', { hasText: 'Check now' }).click();
	await waitText(page, '#detail footer', /Checked just now/);
	await page.waitForFunction((n) => document.querySelectorAll('#detail .checks li').length === n,
		before + 1);
	await page.route('**/check', (route) => route.fulfill({ status: 503,
		json: { detail: 'the daemon is stopping' } }), { times: 1 });
	await detail.locator('button', { hasText: 'Check now' }).click();
	await waitText(page, '#detail footer', /the daemon is stopping/);
	await detail.locator('button', { hasText: 'Retry' }).click();
	await waitText(page, '#detail footer', /Checked just now/);
	assert.equal(await detail.locator('button', { hasText: 'Retry' }).isVisible(), false);
	allow(/503/);
}

async function copies(test) {
	const { page, context, url } = test;
	await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
	await openSettled(test, '/#components?open=hostile');
	await page.locator('#detail button', { hasText: 'Copy JSON' }).click();
	await page.locator('#detail button', { hasText: 'Copied' }).waitFor();
	const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
	assert.equal(copied.name, 'hostile');
	assert.equal(copied.status, 'unhealthy');
}

async function isText(test) {
	const { page } = test;
	for (const width of [1440, 390]) {
		await page.setViewportSize({ width, height: 900 });
		await openSettled(test);
		const failing = row(page, 'hostile');
		await failing.filter({ hasText: '<img src=x onerror="document.title=1">' }).waitFor();
		const high = await failing.evaluate((node) => node.offsetHeight);
		assert.equal(high, await row(page, 'slow').evaluate((node) => node.offsetHeight));
		await failing.click();
		await waitText(page, '#detail pre', /<b>bold<\/b>/);
		await page.waitForFunction(() => document.querySelector('#detail pre').textContent
			.length >= 500);
		assert.equal(await page.locator('#detail img, #rows img, #detail b').count(), 0);
		assert.equal(await page.locator('#detail pre').evaluate((node) =>
			getComputedStyle(node).unicodeBidi), 'plaintext');
		const [inner, outer] = await page.locator('#detail .body').evaluate((node) =>
			[node.scrollWidth, node.clientWidth]);
		assert.ok(inner <= outer, `${inner} px in ${outer}`);
		await assertNoOverflow(page, `at ${width}`);
		await assertNoAxe(page, `detail at ${width}`);
		assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < NODES_MAX);
		await page.goto('about:blank');
	}
}

async function drawsStrips(test) {
	const { page } = test;
	let asked = 0;
	page.on('request', (request) => {
		const listed = new URL(request.url()).searchParams.get('names')?.split(',') ?? [];
		asked += /strips/.test(request.url()) ? 1 : 0;
		assert.ok(listed.length <= 40);
	});
	await openSettled(test);
	const strip = (name) => row(page, name).locator('.strip');
	await strip('hostile').locator('.strip-bad').waitFor();
	await strip('slow').locator('.strip-warn').waitFor();
	await strip('flagged').locator('.strip-ok').waitFor();
	const before = asked;
	try {
		setFlag();
		await strip('flagged').locator('.strip-bad').waitFor();
		assert.equal(asked, before, 'a change of state is drawn without asking again');
		assert.match(await row(page, 'flagged').locator('.day').getAttribute('aria-label'),
			/Healthy [\d.]+\u202f% of the last 24 h/);
	} finally {
		dropFlag();
	}
	await row(page, 'flagged').filter({ hasText: 'Healthy' }).waitFor();
}

async function hangs(test) {
	const { page } = test;
	await page.setViewportSize({ width: 1920, height: 1080 });
	await openSettled(test, '/#?wall=1');
	assert.equal(await page.locator('#filter').isVisible(), false);
	await page.waitForFunction(() => {
		const grid = document.querySelector('#grid');
		const rows = [...document.querySelectorAll('#rows .row')];
		const end = grid.getBoundingClientRect().bottom;
		return rows.length > 1 && grid.scrollHeight <= grid.clientHeight
			&& rows.every((one) => one.getBoundingClientRect().bottom <= end + 1);
	});
}

process.on('exit', () => {
	dropFlag();
	rmSync(said, { force: true });
});

export const tests = [
	['facets say how many and choose', facets],
	['heads sort, twice turns around', sorts],
	['the address keeps the view', keepsAddress],
	['strips appear and go on by themselves', drawsStrips],
	['the order holds still under the hand', holds],
	['the keyboard walks the rows and the heads', walks],
	['the detail tells everything and follows', tells],
	['a detail is opened by its address', opensByAddress],
	['a check can be asked for, again after a refusal', checksNow],
	['the whole component can be copied', copies],
	['hostile text stays text and breaks nothing', isText],
	['on the wall there are rows that fit', hangs],
];
