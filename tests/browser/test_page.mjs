// The page against a real daemon and real peers: it lives, changes without a reload, shows foreign
// text as text, obeys two clicks, and can be read by everybody on every screen.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertNoAxe, assertNoOverflow, beats, openLive, row, text, turn, waitStreams, waitText }
	from './look.mjs';
import { HttpPeer } from './peers.mjs';

const web = await new HttpPeer().start();
const vendor = await new HttpPeer().start();
const HOSTILE = '<img src=x onerror="document.title=1"> \u202Eevil\u202C <b>bold</b> &amp; ';
const plugin = `printf %s '${HOSTILE}${'x'.repeat(4096)}'; exit 2`;

export const config = `
refresh_interval: 1s
thresholds: { cpu_usage: 100, memory_usage: 100, disk_usage: 100 }
components:
  - name: web
    group: edge
    every: 1s
    http: { url: "http://127.0.0.1:${web.port}/" }
  - name: vendor
    every: 1s
    http: { url: "http://127.0.0.1:${vendor.port}/" }
    breaker: { failure_threshold: 2, recovery_timeout: 600s }
  - name: hostile
    every: 1s
    exec: { command: ${JSON.stringify(['sh', '-c', plugin])} }
`;

async function lives({ page, url }) {
	await openLive(page, url);
	assert.match(await text(page, '#liveness-word'), /^Live$/);
	await waitText(page, '#clock', /^\d\d:\d\d:\d\d UTC$/);
	await page.waitForFunction(() => /^Degraded · .*Bellwether$/.test(document.title));
	await waitText(page, '#score', /^\d+$/);
	assert.equal(await page.locator('#factors li').count(), 5);
	assert.equal(await page.locator('#resources li').count(), 4);
	await waitText(page, '#lane-labels li:nth-child(5)', /CPU\d+\u202f%/);
	const tone = () => page.locator('#liveness-mark').getAttribute('class');
	const before = await tone();
	await page.waitForFunction((was) => document.querySelector('#liveness-mark')
		.getAttribute('class') !== was, before);
}

async function follows({ page, url }) {
	await openLive(page, url);
	await page.evaluate(() => { window.sameDocument = true; });
	await waitText(page, '#verdict-text', /First: hostile/);
	await row(page, 'web').filter({ hasText: 'Healthy' }).waitFor();
	await web.stop();
	try {
		await row(page, 'web').filter({ hasText: 'Unhealthy' }).waitFor();
		await row(page, 'web').filter({ hasText: 'refused' }).waitFor();
		await waitText(page, '#chips', /2 unhealthy/);
	} finally {
		await web.start();
	}
	await row(page, 'web').filter({ hasText: /Healthy/ }).waitFor();
	await waitText(page, '#chips', /1 unhealthy/);
	assert.equal(await page.evaluate(() => window.sameDocument), true);
}

async function isText({ page, url }) {
	await openLive(page, url);
	await row(page, 'hostile').filter({ hasText: '<img src=x onerror="document.title=1">' }).waitFor();
	await row(page, 'hostile').click();
	await page.waitForFunction(() => document.querySelector('#detail pre')?.textContent.length > 300);
	const shown = await text(page, '#detail pre');
	assert.ok(shown.includes('<b>bold</b> &amp; '), shown.slice(0, 200));
	assert.ok(shown.length >= 500, `${shown.length} letters of the error are shown`);
	assert.equal(await page.locator('img, b:text-is("bold")').count(), 0);
	assert.notEqual(await page.title(), '1');
	await assertNoOverflow(page, 'with hostile text');
	await page.keyboard.press('Escape');
	await page.locator('#detail').waitFor({ state: 'hidden' });
}

async function resets({ page, url }) {
	await openLive(page, url);
	const breaker = page.locator('#breaker-list tr', { hasText: 'vendor' });
	assert.equal(await breaker.locator('.push').isVisible(), false);
	await vendor.stop();
	try {
		await breaker.filter({ hasText: /Open.*probe in/ }).waitFor();
		await waitText(page, '#alert-list', /Component Unhealthy: vendor/);
	} finally {
		await vendor.start();
	}
	await breaker.locator('.push').click();
	await breaker.locator('button:text-is("Confirm")').waitFor();
	assert.match(await breaker.textContent(), /Open/);
	await breaker.locator('.push').click();
	await page.waitForFunction(() => !/Open/.test(document.querySelector('#breaker-list')
		.textContent));
	await row(page, 'vendor').filter({ hasText: 'Healthy' }).waitFor();
	await breaker.locator('.push').waitFor({ state: 'hidden' });
}

async function checksNow({ page, url }) {
	await openLive(page, url);
	await row(page, 'web').click();
	const dialog = page.locator('#detail');
	await dialog.locator('h2:has-text("web")').waitFor();
	assert.match(await dialog.textContent(), /Kindhttp/);
	const answered = page.waitForResponse((answer) => answer.url().endsWith('/web/check'));
	await dialog.locator('button:text-is("Check now")').click();
	assert.ok((await answered).ok());
	await dialog.locator('button[aria-label="Close"]').click();
}

async function keys({ page, url }) {
	await openLive(page, url);
	await page.keyboard.press('/');
	await page.keyboard.type('HOST');
	await waitText(page, '#components-note', /^1 of 3$/);
	await page.keyboard.press('Escape');
	await waitText(page, '#facets', /^All3/);
	await waitText(page, '#components-note', /^$/);
	await page.locator('#grid').focus();
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.locator('#detail[open]').waitFor();
	await page.keyboard.press('Escape');
	await page.locator('#filter').focus();
	await page.keyboard.press('Shift+Tab');
	const outline = await page.evaluate(() =>
		getComputedStyle(document.activeElement).outlineStyle);
	assert.equal(outline, 'solid');
	await page.locator('#recorder').focus();
	await page.keyboard.press('ArrowLeft');
	assert.match(await page.locator('#recorder').getAttribute('aria-valuetext'),
		/UTC\. Status [\w ]+\. Health score/);
}

async function fits({ page, url }) {
	for (const width of [320, 390, 640, 641, 1080, 1081, 1440, 1920]) {
		await page.setViewportSize({ width, height: 800 });
		await openLive(page, url);
		await assertNoOverflow(page, `at ${width}`);
	}
}

async function readable({ browser, url }) {
	for (const colorScheme of ['dark', 'light']) {
		for (const width of [1440, 390]) {
			const context = await browser.newContext({ colorScheme,
				viewport: { width, height: 900 } });
			const page = await context.newPage();
			await openLive(page, url);
			await assertNoAxe(page, `${colorScheme}, ${width}`);
			await context.close();
		}
	}
}

async function notices({ page, url, daemon }) {
	const path = join(daemon.folder, 'config.yaml');
	const good = readFileSync(path, 'utf8');
	await openLive(page, url);
	assert.equal(await page.locator('#notices').isVisible(), false);
	writeFileSync(path, `${good}\nnonsense: 1\n`);
	daemon.child.kill('SIGHUP');
	await waitText(page, '#notices', /nonsense/);
	await assertNoOverflow(page, 'with a notice');
	writeFileSync(path, good);
	daemon.child.kill('SIGHUP');
	await page.locator('#notices').waitFor({ state: 'hidden' });
}

async function hides({ page, context, url }) {
	await openLive(page, url);
	await turn(page, true);
	await page.waitForFunction(() => document.title.startsWith('?'));
	await waitStreams(url, 0);
	await page.evaluate(() => {
		window.writes = 0;
		new MutationObserver((all) => { window.writes += all.length; })
			.observe(document.body, { subtree: true, childList: true, attributes: true });
	});
	const other = await context.newPage();
	await openLive(other, url);
	await beats(other);
	assert.equal(await page.evaluate(() => window.writes), 0, 'a hidden page draws nothing');
	await turn(page, false);
	await page.waitForSelector('body.live');
	await page.waitForFunction(() => document.title.startsWith('Degraded'));
	await beats(page);
	await waitStreams(url, 1);
}

async function wears({ page, url }) {
	await page.emulateMedia({ colorScheme: 'light' });
	await openLive(page, url);
	const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	assert.equal(await ground(), 'rgb(242, 243, 241)');
	await page.locator('#theme').click();
	assert.equal(await ground(), 'rgb(14, 17, 19)');
	await page.reload();
	await page.waitForSelector('body.live');
	assert.equal(await ground(), 'rgb(14, 17, 19)');
}

export const tests = [
	['the page becomes live', lives],
	['a peer dies and comes back without a reload', follows],
	['foreign text stays text', isText],
	['two clicks reset a breaker', resets],
	['a check can be asked for', checksNow],
	['the keyboard reaches everything', keys],
	['no screen scrolls sideways', fits],
	['axe finds nothing, dark and light, wide and narrow', readable],
	['a failed reload is a notice until it is mended', notices],
	['a hidden page keeps no stream and claims nothing', hides],
	['the theme is remembered', wears],
];
