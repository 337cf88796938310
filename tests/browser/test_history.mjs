// The history: what the canvas shows of a day that is the same each time, the hand and the keys on
// it, the address, the table, and that it lives with a real daemon.
import assert from 'node:assert/strict';
import { day, GAP, INCIDENT, MAINTENANCE, TROUBLE, WORST } from './day.mjs';
import { assertNoAxe, assertNoOverflow, fromSources, openLive, text, waitText } from './look.mjs';

export const config = `
thresholds: { response_time: 400ms }
components:
  - name: machine
    every: 1s
    exec: { command: ["true"] }
`;

const AXIS = 46;
const RIBBON = 32;
const LANE = 56;
const PAD = 9;
const MIDDLE = 11;

/** Opens the page with the day in place of the daemon's own history. */
async function openDay(page, url, { change = (answer) => answer, hash = '' } = {}) {
	const now = Date.now();
	await page.setViewportSize({ width: 1440, height: 900 });
	const json = change(day(now));
	await page.route('**/api/v1/history?*', (route) => route.fulfill({ json }));
	await openLive(page, url + hash);
	await page.waitForFunction(() => !document.querySelector('#key-maintenance').hidden);
	await page.waitForSelector('main.filled');
	return now;
}

/** Where a moment of the day stands, in pixels of a canvas that shows all of it. */
async function placeOf(page) {
	const wide = await page.evaluate(() => document.querySelector('#recorder').width);
	return (s) => Math.round(s / 86_400 * (wide - AXIS));
}

/** The colours of one column of pixels, top down, as "r g b a". */
function columnAt(page, x, top, tall) {
	return page.evaluate(([at, from, count]) => {
		const pen = document.querySelector('#recorder').getContext('2d');
		const data = pen.getImageData(at, from, 1, count).data;
		return Array.from({ length: count }, (_, nth) =>
			[...data.slice(nth * 4, nth * 4 + 4)].join(' '));
	}, [x, top, tall]);
}

function colorOf(page, token) {
	return page.evaluate((name) => {
		const probe = document.body.appendChild(document.createElement('span'));
		probe.style.color = `var(--${name})`;
		const color = getComputedStyle(probe).color.match(/\d+/g).join(' ');
		probe.remove();
		return `${color} 255`;
	}, token);
}

const colorsOf = (page, ...tokens) => Promise.all(tokens.map((token) => colorOf(page, token)));
const count = (column, color) => column.filter((one) => one === color).length;
/** Where `value` of lane `nth` stands, with the lane's scale. */
const heightOf = (nth, value, low, high) => Math.round(RIBBON + nth * LANE + PAD
	+ (high - value) / (high - low) * (LANE - 2 * PAD));

async function ribbon({ page, url }) {
	await openDay(page, url);
	const x = await placeOf(page);
	const [quiet, warn, bad, calm] = await colorsOf(page, 'quiet', 'warn', 'bad', 'calm');
	const tall = async (s, color) => count(await columnAt(page, x(s), 0, MIDDLE * 2), color);
	assert.equal(await tall(30_000, quiet), 4, 'healthy');
	assert.equal(await tall((TROUBLE[0] + TROUBLE[1]) / 2, warn), 10, 'degraded');
	assert.equal(await tall(WORST + 45, bad), 18, 'unhealthy, for a minute only');
	assert.equal(await tall((MAINTENANCE[0] + MAINTENANCE[1]) / 2, calm), 4, 'maintenance: two lines');
	const gap = await columnAt(page, x((GAP[0] + GAP[1]) / 2), 0, MIDDLE * 2);
	assert.equal(count(gap, quiet) + count(gap, warn) + count(gap, bad), 0, 'no daemon');
	assert.ok(gap.filter((one) => !one.endsWith(' 0')).length >= 2, 'a box around no daemon');
}

async function holes({ page, url }) {
	await openDay(page, url);
	const x = await placeOf(page);
	const [trace, edge] = await colorsOf(page, 'trace', 'edge');
	const near = (one, color) => one.split(' ').every((part, nth) =>
		(nth === 3 ? part > 50 : Math.abs(part - color.split(' ')[nth]) < 30));
	for (let s = GAP[0] + 300; s < GAP[1] - 300; s += 60) {
		const column = await columnAt(page, x(s), RIBBON, 6 * LANE - 2);
		assert.equal(column.filter((one) => near(one, trace)).length, 0, `a line crosses ${s}`);
		assert.ok(column.filter((one) => near(one, edge)).length > 20, `${s} is hatched`);
	}
	const beside = await columnAt(page, x(GAP[0] - 600), RIBBON, 6 * LANE - 2);
	assert.ok(beside.filter((one) => near(one, trace)).length >= 4, 'lines beside it');
}

async function limits({ page, url }) {
	await openDay(page, url);
	const x = await placeOf(page);
	const [trace, warn, bad] = await colorsOf(page, 'trace', 'warn', 'bad');
	const lane = (nth, s) => columnAt(page, x(s), RIBBON + nth * LANE + 1, LANE - 2);
	const ill = (INCIDENT + WORST) / 2;
	assert.ok(count(await lane(0, ill), bad) >= 1, 'the score is far below its limit');
	assert.ok(count(await lane(1, (TROUBLE[0] + TROUBLE[1]) / 2), warn) >= 1, 'availability is low');
	assert.ok(count(await lane(2, ill), warn) >= 1, 'the response time is above its limit');
	assert.equal(count(await lane(0, 30_000), bad) + count(await lane(1, 30_000), warn), 0);
	assert.ok(count(await lane(4, ill), trace) + count(await lane(4, 30_000), trace) >= 1);
	const fill = (await lane(2, ill))[LANE / 2 + 2];
	assert.notEqual(fill, (await lane(2, 30_000))[LANE / 2 + 2], 'the way to the limit is filled');
}

async function spikes({ page, url }) {
	const at = 40_020;
	await openDay(page, url, { change: (answer) => {
		let sum = 0;
		const nth = answer.step_s.findIndex((step) => (sum += step) === at);
		answer.values.memory_usage[nth] = 99;
		return answer;
	} });
	const x = await placeOf(page);
	const warn = await colorOf(page, 'warn');
	const top = heightOf(4, 99, 0, 100);
	const seen = await Promise.all([-1, 0, 1].map((shift) =>
		columnAt(page, x(at) + shift, top - 2, 6)));
	assert.ok(seen.flat().includes(warn), `one of 2,880 samples at ${x(at)},${top}`);
}

async function quick({ page, url }) {
	await fromSources(page);
	await openDay(page, url);
	const [drawn, took] = await page.evaluate(async () => {
		const recorder = await import('/assets/history/recorder.js');
		const pen = CanvasRenderingContext2D.prototype;
		const copy = pen.drawImage;
		let times = 0;
		pen.drawImage = function spy(...words) {
			times++;
			copy.apply(this, words);
		};
		await new Promise((done) => { setTimeout(done, 5000); });
		const idle = times;
		const runs = Array.from({ length: 20 }, () => {
			const began = performance.now();
			recorder.set(recorder.scene);
			return performance.now() - began;
		}).sort((a, b) => a - b);
		return [idle, runs[0]];
	});
	assert.ok(drawn <= 1, `${drawn} drawings in 5 s without anything new`);
	assert.ok(took < 25, `${took} ms at best for 2,880 samples`);
}

const labels = (page) => page.locator('#lane-labels li').allTextContents();

async function points({ page, url }) {
	await openDay(page, url);
	const x = await placeOf(page);
	const box = await page.locator('#recorder').boundingBox();
	const before = await labels(page);
	await page.mouse.move(box.x + x(INCIDENT), box.y + 200);
	await waitText(page, '#history-tip', /us-equity-trades open: opened after 12 failures/);
	await waitText(page, '#history-tip', /Overall degraded/);
	await page.mouse.move(box.x + x(INCIDENT + 3000), box.y + 200);
	const there = await labels(page);
	assert.equal(there[0], 'StatusDegraded');
	assert.match(there[1], /^Health score(69|70|71|72)$/);
	assert.match(there[2], /^Availability98\.5\d\u202f%$/);
	assert.match(there[6], /^Breakers closed80\u202f%$/);
	assert.equal(await page.locator('#lane-labels .mark:not([hidden])').count() >= 4, true);
	await page.mouse.move(box.x + x((GAP[0] + GAP[1]) / 2), box.y + 200);
	assert.match((await labels(page)).join(), /^StatusNo data,Health scoreno data/);
	await waitText(page, '#history-tip', /No data for 25\u202fm: Bellwether was stopped/);
	await page.mouse.move(box.x + x(MAINTENANCE[0] + 900), box.y + 200);
	await waitText(page, '#history-tip', /Maintenance: new disks/);
	await page.mouse.move(2, 2);
	assert.equal(await page.locator('#history-tip').isVisible(), false);
	assert.equal((await labels(page))[6], before[6]);
}

async function walks({ page, url }) {
	const now = await openDay(page, url);
	const slider = page.locator('#recorder');
	const value = () => slider.getAttribute('aria-valuetext');
	const timeOf = async () => (await value()).slice(0, 8);
	const clock = (at) => new Date(at).toISOString().slice(11, 16);
	await slider.focus();
	await page.keyboard.press('Home');
	assert.equal((await timeOf()).slice(0, 5), clock(now - 86_400_000));
	await page.keyboard.press('ArrowRight');
	assert.match(await value(), new RegExp('^\\d\\d:\\d\\d:\\d\\d UTC\\. Status Healthy\\. Health score'
		+ ' 9\\d, Availability 99\\.9\\d\\u202f%, Response time \\d+\\u202fms, CPU \\d+\\u202f%'));
	await page.keyboard.press('End');
	await page.keyboard.press('Shift+ArrowLeft');
	assert.equal((await timeOf()).slice(0, 5), clock(now - 3_600_000));
	assert.match(await value(), /past its limit/);
	await page.keyboard.press('Escape');
	assert.match(await value(), /^Now\. Status Healthy/);
}

async function zooms({ page, url }) {
	const now = await openDay(page, url);
	const x = await placeOf(page);
	const box = await page.locator('#recorder').boundingBox();
	await page.mouse.move(box.x + x(60_000), box.y + 100);
	await page.mouse.down();
	await page.mouse.move(box.x + x(70_000), box.y + 120, { steps: 4 });
	await page.mouse.up();
	await page.waitForURL(/from=\d+&to=\d+$/);
	const [, from, to] = page.url().match(/from=(\d+)&to=(\d+)$/).map(Number);
	const near = (s, wanted) => Math.abs(s - (now / 1000 - 86_400 + wanted)) < 300;
	assert.ok(near(from, 60_000) && near(to, 70_000), page.url());
	const note = await text(page, '#history-note');
	assert.match(note, /^\d\d:\d\d UTC – \d\d:\d\d UTC · 2\u202fh 4\d\u202fm$/);
	assert.equal(await page.locator('#ranges [aria-pressed="true"]').count(), 0);
	await page.reload();
	await page.waitForSelector('body.live');
	await waitText(page, '#history-note', /UTC · 2/);
	assert.equal(await text(page, '#history-note'), note, 'the address is the view');
	await page.keyboard.press('+');
	await waitText(page, '#history-note', /· 1\u202fh 2\d\u202fm$/);
	await page.keyboard.press('-');
	assert.equal(await text(page, '#history-note'), note);
	await page.mouse.dblclick(box.x + 100, box.y + 100);
	await page.waitForFunction(() => location.hash === '#?range=24h');
	assert.equal(await text(page, '#history-note'), '');
	await page.locator('#ranges button').nth(2).click();
	await page.waitForURL(/range=6h$/);
	await page.locator('#zoom-in').click();
	await page.waitForURL(/range=1h$/);
	await page.evaluate(() => { location.hash = '#history?range=15m'; });
	await page.locator('#ranges button[aria-pressed="true"]:has-text("15")').waitFor();
}

async function nonsense({ page, url }) {
	await openDay(page, url, { hash: '/#history?from=1000&to=900' });
	assert.equal(await text(page, '#history-note'), '', 'nonsense is no window');
	await page.locator('#ranges [aria-pressed="true"]:has-text("24")').waitFor();
}

async function fails({ page, url, allow }) {
	let broken = true;
	const now = Date.now();
	await page.route('**/api/v1/history?*', (route) => (broken
		? route.fulfill({ status: 503, json: { title: 'busy' } })
		: route.fulfill({ json: day(now) })));
	await openLive(page, url);
	await waitText(page, '#history-failed', /earlier history could not be had.*busy/);
	await waitText(page, '#verdict-word', /^Healthy$/);
	broken = false;
	await page.locator('#history-retry').click();
	await page.locator('#history-failed').waitFor({ state: 'hidden' });
	await page.waitForFunction(() => !document.querySelector('#key-maintenance').hidden);
	allow(/503/);
}

async function table({ page, url }) {
	await openDay(page, url);
	await page.keyboard.press('t');
	await page.locator('#history-grid').waitFor();
	await page.waitForURL(/table=1$/);
	assert.equal(await page.locator('#recorder').isVisible(), false);
	const heads = await page.locator('#history-heads th[scope="col"]').allTextContents();
	assert.deepEqual(heads, ['From', 'Status', 'Health score', 'Availability', 'Response time',
		'CPU', 'Memory', 'Breakers closed']);
	const rows = page.locator('#history-rows tr');
	const many = await rows.count();
	assert.ok(many === 25 || many === 24, `${many} hours`);
	assert.match(await text(page, '#history-caption'), /UTC to .*lowest and highest$/);
	const last = await rows.nth(1).locator('td, th').allTextContents();
	assert.match(last[0], /^\d\d:00$/);
	assert.match(last[1], /^(Degraded|Unhealthy)$/);
	assert.match(last[3], /^9\d\.\d\d\u202f%\n98\.5\d–9\d\.\d\d\u202f%$/);
	await page.locator('#ranges button').first().click();
	await page.waitForFunction(() => document.querySelectorAll('#history-rows tr').length <= 16);
	for (const [width, colorScheme] of [[1440, 'dark'], [1440, 'light'], [390, 'light']]) {
		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 900 });
		await assertNoAxe(page, `the table at ${width}, ${colorScheme}`, '#history');
	}
	await page.setViewportSize({ width: 320, height: 700 });
	await assertNoOverflow(page, 'the table at 320');
	await page.keyboard.press('t');
	await page.locator('#recorder').waitFor();
	await assertNoOverflow(page, 'the lanes at 320');
}

async function pinches({ browser, url }) {
	const viewport = { width: 390, height: 844 };
	const context = await browser.newContext({ hasTouch: true, viewport });
	const page = await context.newPage();
	const now = Date.now();
	await page.route('**/api/v1/history?*', (route) => route.fulfill({ json: day(now) }));
	await openLive(page, url);
	await page.waitForFunction(() => !document.querySelector('#key-maintenance').hidden);
	await page.waitForSelector('main.filled');
	await page.locator('#recorder').scrollIntoViewIfNeeded();
	const box = await page.locator('#recorder').boundingBox();
	const session = await context.newCDPSession(page);
	const touch = (type, ...xs) => session.send('Input.dispatchTouchEvent', { type,
		touchPoints: xs.map((x, id) => ({ x: box.x + x, y: box.y + 60, id })) });
	await touch('touchStart', 100);
	await touch('touchMove', 150);
	await touch('touchEnd');
	const said = await page.locator('#recorder').getAttribute('aria-valuetext');
	assert.match(said, /^\d\d:\d\d:\d\d UTC/);
	await touch('touchStart', 100, 200);
	await touch('touchMove', 80, 220);
	await touch('touchMove', 50, 250);
	await touch('touchEnd');
	await waitText(page, '#history-note', /· 1[0-3]\u202fh/);
	await context.close();
}

async function wears({ page, url }) {
	await page.emulateMedia({ colorScheme: 'dark' });
	await openDay(page, url);
	const x = await placeOf(page);
	const dark = await colorOf(page, 'quiet');
	const frames = () => page.evaluate(() => new Promise((done) => {
		requestAnimationFrame(() => requestAnimationFrame(done));
	}));
	const ribbonAt = async () => columnAt(page, x(30_000), 0, MIDDLE * 2);
	assert.equal(count(await ribbonAt(), dark), 4);
	await page.emulateMedia({ colorScheme: 'light' });
	const light = await colorOf(page, 'quiet');
	assert.notEqual(light, dark);
	await frames();
	assert.equal(count(await ribbonAt(), light), 4);
	await page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active' });
	await frames();
	assert.equal(count(await ribbonAt(), await colorOf(page, 't1')), 4);
}

async function turns({ browser, url }) {
	const context = await browser.newContext({ timezoneId: 'Asia/Kathmandu' });
	const page = await context.newPage();
	await fromSources(page);
	const now = await openDay(page, url);
	await page.evaluate(async () => (await import('/assets/shell/zone.js')).setZone('local'));
	const shown = await page.evaluate(async () => {
		const recorder = await import('/assets/history/recorder.js');
		const pen = CanvasRenderingContext2D.prototype;
		const write = pen.fillText;
		const found = [];
		pen.fillText = function spy(text, x, y) {
			write.call(this, text, x, y);
			if (/^\d\d:\d\d$/.test(text)) {
				found.push(recorder.timeAt(x));
			}
		};
		document.querySelector('#ranges button:nth-child(4)').click();
		return found;
	});
	assert.ok(shown.length > 4);
	for (const at of shown) {
		const minute = (Math.round(at / 60_000) + 345) % 60;
		assert.ok(minute <= 1 || minute >= 59, `${new Date(at).toISOString()} of ${now}`);
	}
	await context.close();
}

async function refines({ page, url }) {
	const now = Date.now();
	const asked = [];
	await page.route('**/api/v1/history/extent', (route) => route.fulfill({ json: {} }));
	await page.route('**/api/v1/history?*', (route) => {
		const query = new URL(route.request().url()).searchParams;
		const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name)));
		if (!from) {
			route.fulfill({ json: { ...day(now), interval_ms: 1000, found: 86_400, resolution_s: 30 } });
			return;
		}
		asked.push((to - from) / 60_000);
		const step = Array.from({ length: 600 }, (_, nth) => (nth > 0 ? 1 : 0));
		route.fulfill({ json: { from, to, now, interval_ms: 1000, resolution_s: 0, step_s: step, found: 600,
			values: { cpu_usage: step.map((_, nth) => (nth === 301 ? 97 : 3)) } } });
	});
	await openLive(page, url);
	await page.waitForSelector('main.filled');
	await page.locator('#ranges button').first().click();
	const box = await page.locator('#recorder').boundingBox();
	await page.mouse.move(box.x + (box.width - AXIS) / 2, box.y + 100);
	await waitText(page, '#lane-labels li:nth-child(5)', /CPU3\u202f%/);
	assert.ok(Math.abs(asked.at(-1) - 15) < 0.1 && asked.length <= 3, `${asked} minutes asked for`);
}

async function real({ page, url }) {
	const asked = page.waitForRequest(/\/api\/v1\/history\?format=columns/);
	await openLive(page, url);
	await asked;
	await waitText(page, '#lane-labels li:nth-child(1)', /^StatusHealthy$/);
	await waitText(page, '#lane-labels li:nth-child(2)', /^Health score\d+$/);
	await page.waitForFunction(() => {
		const canvas = document.querySelector('#recorder');
		const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
		return data.some((value) => value > 0);
	});
}

export const tests = [
	['the ribbon has a height for each state', ribbon],
	['a hole is hatched and no line crosses it', holes],
	['what is past its limit is coloured', limits],
	['no spike is lost', spikes],
	['it draws quickly, and only when something is new', quick],
	['the pointer reads values and events', points],
	['the keys read values', walks],
	['it zooms, and the address keeps it', zooms],
	['an address that makes no sense is the whole day', nonsense],
	['a failed answer is told and asked for again', fails],
	['it is a table too', table],
	['two fingers zoom', pinches],
	['it wears the theme', wears],
	['its axis follows the zone', turns],
	['what it zooms into is asked for in full', refines],
	['a daemon fills it', real],
];
