// What frames the panels: the address, the zone, the keys and their list, the wall, pausing, speech.
import assert from 'node:assert/strict';
import { openHealthy, openFake, patch, say, snapshotAt } from './fake.mjs';
import { assertNoAxe, assertNoOverflow, fromSources, openLive, text, waitStreams, waitText }
	from './look.mjs';

export const config = `
refresh_interval: 1s
components:
  - name: machine
    every: 1s
    exec: { command: ["true"] }
  - name: broken
    every: 1s
    exec: { command: ["false"] }
`;

const UTC = /^\d\d:\d\d:\d\d UTC$/;

async function clockPage({ browser, url }, timezoneId, path = '') {
	const context = await browser.newContext({ timezoneId, locale: 'en-GB' });
	const page = await context.newPage();
	await openLive(page, url + path);
	return { context, page };
}

async function zones(test) {
	const { context, page } = await clockPage(test, 'Asia/Kolkata');
	await waitText(page, '#clock', UTC);
	await page.keyboard.press('u');
	await waitText(page, '#clock', /^\d\d:\d\d:\d\d (IST|UTC\+5:30)$/);
	await waitText(page, '#verdict-text', /^Since \d\d:\d\d (IST|UTC\+5:30)/);
	const [shown, iso] = await page.evaluate(() => [document.querySelector('#clock').textContent,
		document.querySelector('#clock').dateTime]);
	const there = new Date(Date.parse(iso) + 5.5 * 3_600_000).toISOString().slice(11, 19);
	assert.equal(shown.slice(0, 8), there);
	assert.match(page.url(), /zone=local/);
	await page.goto(test.url);
	await waitText(page, '#clock', /(IST|UTC\+5:30)$/);
	await page.goto(`${test.url}/#overview?zone=utc`);
	await waitText(page, '#clock', UTC);
	await page.locator('#zone').click();
	await waitText(page, '#clock', /(IST|UTC\+5:30)$/);
	await context.close();
}

async function summerTime({ browser, url }) {
	const context = await browser.newContext({ timezoneId: 'Europe/Berlin', locale: 'en-GB' });
	const page = await context.newPage();
	await fromSources(page);
	await openLive(page, `${url}/#?zone=local`);
	const shown = await page.evaluate(async () => {
		const { clock, hours, when } = await import('/assets/view/format.js');
		const before = Date.UTC(2026, 2, 29, 0, 59, 59);
		return [clock(before), clock(before + 1000), hours(before + 1000),
			when(Date.UTC(2026, 0, 1, 23, 30), Date.UTC(2026, 6, 1)), clock(NaN), hours(Infinity)];
	});
	assert.deepEqual(shown, ['01:59:59 CET', '03:00:00 CEST', '03:00', '2026-01-02 00:30 CET',
		'–', '–']);
	await context.close();
}

async function address({ page, url }) {
	await openLive(page, `${url}/#alerts?wall=1&zone=utc&range=bogus&nonsense=1&q=a%zz`);
	assert.ok(await page.evaluate(() => document.documentElement.classList.contains('wall')));
	await page.keyboard.press('Escape');
	assert.equal(await page.evaluate(() => document.documentElement.className), '');
	assert.match(page.url(), /#alerts\?[^#]*zone=utc/);
	assert.doesNotMatch(page.url(), /wall|bogus|nonsense/);
	await page.keyboard.press('w');
	assert.match(page.url(), /wall=1/);
	await page.reload();
	await page.waitForSelector('html.wall');
	await page.keyboard.press('w');
	await page.goto(`${url}/?wall`);
	await page.waitForSelector('html.wall body.live');
	await page.keyboard.press('Escape');
	await page.waitForSelector('html:not(.wall)');
	assert.doesNotMatch(page.url(), /wall/);
}

async function backAndForward({ page, url }) {
	await page.setViewportSize({ width: 1440, height: 700 });
	await openLive(page, `${url}/#overview?zone=utc`);
	const current = () => page.locator('.sections [aria-current]').textContent();
	await page.locator('.sections a', { hasText: 'Silences' }).click();
	assert.match(page.url(), /#silences\?zone=utc$/);
	assert.equal(await current(), 'Silences');
	await page.keyboard.press('4');
	assert.match(page.url(), /#components\?zone=utc$/);
	assert.equal(await current(), 'Components');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'grid');
	await page.goBack();
	assert.match(page.url(), /#silences/);
	await page.waitForFunction(() =>
		document.querySelector('.sections [aria-current]').textContent === 'Silences');
	await page.goForward();
	assert.match(page.url(), /#components/);
	await page.evaluate(() => { location.hash = '#history?wall=1'; });
	await page.waitForSelector('html.wall');
	await page.goBack();
	await page.waitForSelector('html:not(.wall)');
}

async function sections({ page, url }) {
	await page.setViewportSize({ width: 390, height: 800 });
	await openLive(page, url);
	const current = () => page.locator('.bottom [aria-current]').textContent();
	assert.equal(await current(), 'Overview');
	await page.evaluate(() => document.querySelector('#history').scrollIntoView());
	await page.waitForFunction(() =>
		document.querySelector('.bottom [aria-current]').textContent === 'History');
	await page.goto('about:blank');
	await openLive(page, `${url}/#breakers?zone=utc`);
	await page.waitForFunction(() => scrollY > 0);
	assert.equal(await current(), 'Breakers');
}

async function help({ page, url }) {
	await openLive(page, url);
	await page.keyboard.press('?');
	const dialog = page.locator('#keys');
	await dialog.waitFor();
	const keys = await dialog.locator('kbd').allTextContents();
	for (const key of ['/', '1', '6', 'u', 'd', 'w', 'p', '?', 't', '+', '-', 'Esc']) {
		assert.ok(keys.includes(key), `${key} is listed`);
	}
	await assertNoAxe(page, 'list of keys');
	await page.keyboard.press('w');
	assert.equal(await page.evaluate(() => document.documentElement.className), '');
	await page.locator('#keys-on').uncheck();
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'hidden' });
	for (const key of ['p', 'w', 'u', 'd', '2', '?', '/']) {
		await page.keyboard.press(key);
	}
	assert.equal(await text(page, '#liveness-word'), 'Live');
	assert.equal(await page.evaluate(() => document.documentElement.className), '');
	assert.notEqual(await page.evaluate(() => document.activeElement.id), 'filter');
	await page.reload();
	await page.waitForSelector('body.live');
	await page.keyboard.press('w');
	assert.equal(await page.evaluate(() => document.documentElement.className), '');
	await page.setViewportSize({ width: 320, height: 256 });
	await page.locator('#help').click();
	await dialog.waitFor();
	await assertNoOverflow(page, 'list of keys at 320');
	await page.locator('#keys-on').check();
	await page.keyboard.press('?');
	await dialog.waitFor({ state: 'hidden' });
	await page.keyboard.press('w');
	await page.waitForSelector('html.wall');
}

async function typing({ page, url }) {
	await openLive(page, url);
	await page.locator('#filter').focus();
	await page.keyboard.type('pwud?1');
	assert.equal(await page.locator('#filter').inputValue(), 'pwud?1');
	assert.equal(await text(page, '#liveness-word'), 'Live');
	await page.locator('#filter').blur();
	await page.keyboard.press('Control+p');
	await page.keyboard.press('Alt+w');
	assert.equal(await text(page, '#liveness-word'), 'Live');
}

async function pauses({ page, url }) {
	await openLive(page, url);
	await page.keyboard.press('p');
	await waitText(page, '#liveness-word', /^Paused$/);
	await waitStreams(url, 0);
	const shown = await text(page, '#clock');
	assert.match(await page.title(), /^Paused: /);
	assert.equal(await page.locator('#liveness').getAttribute('aria-pressed'), 'true');
	await page.locator('#liveness').click();
	await waitText(page, '#liveness-word', /^Live$/);
	await page.waitForFunction((was) => document.querySelector('#clock').textContent > was, shown);
	await waitStreams(url, 1);
	assert.equal(await text(page, '#polite'), '');
}

async function longPause(test) {
	const { page } = test;
	await page.clock.install();
	await openHealthy(test, [snapshotAt(9, 'degraded')]);
	await page.clock.runFor(2000);
	await page.locator('#liveness').click();
	await page.clock.runFor(2000);
	assert.equal(await text(page, '#liveness-word'), 'Paused');
	const shown = await text(page, '#clock');
	await page.clock.fastForward(601_000);
	await page.clock.runFor(2000);
	assert.match(await text(page, '#liveness-word'), /^Paused 10\u202fm. Resume\?$/);
	assert.equal(await text(page, '#clock'), shown, 'the shown time is fixed');
	assert.equal(await text(page, '#polite'), 'Paused for ten minutes. Resume?');
	await page.locator('#liveness').click();
	await page.clock.runFor(2000);
	await waitText(page, '#verdict-word', /^Degraded$/);
}

async function waits(test) {
	const { page } = test;
	await page.clock.install();
	await openFake(test, [(route) => setTimeout(() => route.abort(), 60_000)]);
	await page.clock.runFor(2000);
	assert.equal(await text(page, '#liveness-word'), 'Connecting');
	assert.equal(await text(page, '#score'), '–');
	await page.clock.runFor(3000);
	assert.match(await text(page, '#liveness-word'), /^Waiting [45]\u202fs$/);
	assert.match(await text(page, '#verdict-text'), /have not come for [45]\u202fs\.$/);
	await page.clock.runFor(13_000);
	assert.match(await text(page, '#liveness-word'), /^Lost/);
	assert.equal(await text(page, '#verdict-word'), 'Unknown');
	assert.match(await text(page, '#lost'), /^Bellwether does not answer for 1\d\u202fs\./);
	assert.match(await page.title(), /^\?/);
}

async function longLost(test) {
	const { page } = test;
	await page.clock.install();
	await openHealthy(test, [snapshotAt(9, 'degraded')]);
	for (let nth = 0; nth < 4; nth++) {
		await page.clock.runFor(1000);
	}
	assert.equal(await text(page, '#liveness-word'), 'Live');
	await page.clock.runFor(2000);
	assert.match(await text(page, '#liveness-word'), /^Late [56]\u202fs$/);
	assert.equal(await text(page, '#verdict-word'), 'Healthy');
	await page.clock.runFor(10_500);
	assert.match(await text(page, '#liveness-word'), /^Lost 1[56]\u202fs$/);
	await page.clock.fastForward(25 * 60_000 - 16_000);
	await page.clock.runFor(1000);
	assert.match(await text(page, '#lost'), /^No data from Bellwether for 25\u202fm\. Last message/);
	await say(page, 'hello', { seq: 9, now: Date.now(), roster: 'r1' });
	await page.clock.runFor(2000);
	await waitText(page, '#polite', /^Live again after 25\u202fm\. Now Degraded\.$/);
}

async function speaks(test) {
	const { page } = test;
	await page.clock.install();
	await openHealthy(test, []);
	const heard = async (seq, status, more) => {
		await say(page, 'patch', patch(seq, status, more));
		await page.clock.runFor(1000);
		return [await text(page, '#polite'), await text(page, '#urgent')];
	};
	const alert = (id, title) => ({ id, title, severity: 'critical', state: 'firing' });
	assert.deepEqual(await heard(6, 'healthy', { metrics: { system_health_score: 3 } }), ['', '']);
	assert.deepEqual(await heard(7, 'degraded'), ['Now Degraded.', '']);
	assert.deepEqual(await heard(8, 'unhealthy'), ['Now Degraded.', ''], 'one in ten seconds');
	assert.deepEqual(await heard(9, 'degraded'), ['Now Degraded.', '']);
	for (let seq = 10; seq < 20; seq++) {
		await heard(seq, 'degraded');
	}
	assert.deepEqual(await heard(20, 'degraded', { alerts: { firing: [alert('a', 'First'),
		alert('b', 'Second')], counts: {} } }),
	['Now Degraded.', 'Critical: First, and 1 more alert.']);
}

export const tests = [
	['the zone turns every time, and is remembered', zones],
	['summer time begins at its moment', summerTime],
	['the address says what is seen, and ignores what makes no sense', address],
	['back and forward undo a step', backAndForward],
	['the section in sight is marked', sections],
	['the help lists the keys, and turns them off', help],
	['keys do not act while somebody types', typing],
	['the reader can hold the page still', pauses],
	['after ten minutes it suggests to go on', longPause],
	['a page without data says how long it waits', waits],
	['a lost page says how long, and that it is back', longLost],
	['changes of state are spoken, one in ten seconds', speaks],
];
