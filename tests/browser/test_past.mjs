// What lies behind the day: ranges up to a year, from buckets whose lowest and highest are shown too.
import assert from 'node:assert/strict';
import { day } from './day.mjs';
import { assertNoAxe, assertNoOverflow, openLive, text, waitText } from './look.mjs';
import { BAD, extentAt, GAP, KEPT, MAINTENANCE, past, SPIKE } from './year.mjs';

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
const DAY_MS = 86_400_000;

/** Opens the page with years in place of the daemon's own history.
 * @returns what was asked for, and how the answers can be changed */
async function openYear(page, url, hash, { extent = {}, change = (answer) => answer } = {}) {
	const now = Date.now();
	const it = { now, asked: [], broken: false };
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.route('**/api/v1/history?*', (route) => {
		const query = new URL(route.request().url()).searchParams;
		if (!query.has('from')) {
			return route.fulfill({ json: day(now) });
		}
		const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name)));
		it.asked.push({ from, to, points: Number(query.get('points')) });
		return it.broken ? route.fulfill({ status: 503, json: { title: 'busy' } })
			: route.fulfill({ json: change(past(now, from, to, Number(query.get('points')))) });
	});
	await page.route('**/api/v1/history/extent', (route) =>
		route.fulfill({ json: extentAt(now, extent) }));
	await openLive(page, url + hash);
	await page.waitForSelector('main.filled');
	return it;
}

const waitSaid = (page, pattern) => waitText(page, '#history-said', pattern);

/** Moves the pointer to a moment of a year, `days` before now. */
async function point(page, days, wide = 365) {
	const box = await page.locator('#recorder').boundingBox();
	await page.mouse.move(box.x + (box.width - AXIS) * (1 - days / wide), box.y + 200);
}

/** The colours around `days` before now of a year, of `tall` pixels from `top`: each "r g b a". */
async function colorsAt(page, days, top, tall, around = 1) {
	const all = await page.evaluate(([axis, back, y, high, near]) => {
		const canvas = document.querySelector('#recorder');
		const x = Math.round((canvas.width - axis) * (1 - back / 365));
		const { data } = canvas.getContext('2d').getImageData(x - near, y, 2 * near + 1, high);
		return Array.from({ length: data.length / 4 }, (_, nth) => data.slice(nth * 4, nth * 4 + 4).join(' '));
	}, [AXIS, days, top, tall, around]);
	return new Set(all);
}

async function colorOf(page, token) {
	return page.evaluate((name) => {
		const probe = document.body.appendChild(document.createElement('span'));
		probe.style.color = `var(--${name})`;
		const color = getComputedStyle(probe).color.match(/\d+/g).join(' ');
		probe.remove();
		return `${color} 255`;
	}, token);
}

async function ranges({ page, url }) {
	const { asked, now } = await openYear(page, url, '');
	assert.equal(await page.locator('#ranges button').count(), 8);
	for (const [word, days] of [['7d', 7], ['30d', 30], ['90d', 90], ['1y', 365]]) {
		await page.locator(`#ranges [data-range="${word}"]`).click();
		await page.waitForURL(new RegExp(`range=${word}$`));
		await waitSaid(page, /averages of/i);
		const { from, to, points } = asked.at(-1);
		assert.ok(Math.abs(to - from - days * DAY_MS) < 1000 && Math.abs(to - now) < 60_000, word);
		assert.equal(points, 2000, 'a picture is made of so many at most');
	}
	await page.reload();
	await waitSaid(page, /^Kept since/);
	await page.locator('#ranges [aria-pressed="true"]:has-text("1\u202fy")').waitFor();
	await page.locator('#ranges [data-range="24h"]').click();
	await page.locator('#history-said').waitFor({ state: 'hidden' });
}

async function shows({ page, url }) {
	await openYear(page, url, '#?range=1y');
	await waitSaid(page, /averages of/i);
	const [quiet, warn, bad, calm] = await Promise.all(['quiet', 'warn', 'bad', 'calm']
		.map((token) => colorOf(page, token)));
	const ribbonAt = (days) => colorsAt(page, days, 0, 22);
	const bands = (nth) => RIBBON + nth * LANE + 1;
	assert.ok((await ribbonAt(200)).has(quiet), 'healthy');
	assert.ok((await ribbonAt((MAINTENANCE[0] + MAINTENANCE[1]) / 2)).has(calm), 'maintenance');
	assert.ok((await ribbonAt((BAD[0] + BAD[1]) / 2)).has(bad), 'half a day of a year');
	for (const days of [(GAP[0] + GAP[1]) / 2, (365 + KEPT) / 2]) {
		const gap = await ribbonAt(days);
		assert.ok(![quiet, warn, bad, calm].some((color) => gap.has(color)), `no state ${days} days ago`);
	}
	const isWarn = (color) => {
		const [, ...wanted] = warn.match(/(\d+) (\d+) (\d+)/).map(Number);
		return color.split(' ').slice(0, 3).every((part, nth) => Math.abs(part - wanted[nth]) < 45);
	};
	const spike = [...await colorsAt(page, SPIKE, bands(2) + 9, 12)];
	assert.ok(spike.some(isWarn), 'one bucket of 1,460 past its limit');
	const beside = [...await colorsAt(page, SPIKE + 4, bands(2) + 9, 12)];
	assert.ok(!beside.some(isWarn), 'and no other');
}

async function reads({ page, url }) {
	await openYear(page, url, '#?range=1y');
	await waitSaid(page, /averages of/i);
	await point(page, 200);
	await waitText(page, '#lane-labels li:nth-child(4)', /^Response time\d\d\u202fms[\d.]+–\d+\u202fms$/);
	await point(page, (GAP[0] + GAP[1]) / 2);
	await waitText(page, '#lane-labels li:nth-child(1)', /^StatusNo data$/);
	await waitText(page, '#history-tip', /No data for 1[78]\u202fd.*: Bellwether was stopped/);
	await point(page, (365 + KEPT) / 2);
	await waitText(page, '#history-tip', /No data for 6[45]\u202fd.*not recorded/);
	await point(page, (MAINTENANCE[0] + MAINTENANCE[1]) / 2);
	await waitText(page, '#history-tip', /Maintenance: new racks/);
	await page.mouse.move(2, 2);
	const slider = page.locator('#recorder');
	await slider.focus();
	await page.keyboard.press('Shift+ArrowLeft');
	const said = await slider.getAttribute('aria-valuetext');
	assert.match(said, /^\d{4}-\d\d-\d\d \d\d:\d\d UTC\. Status Healthy\. .*CPU \d+\u202f% \(\d+–\d+\u202f%\)/);
}

async function zooms({ page, url }) {
	const { asked } = await openYear(page, url, '#?range=1y');
	await waitSaid(page, /averages of 6\u202fh/i);
	const box = await page.locator('#recorder').boundingBox();
	const x = (days) => box.x + (box.width - AXIS) * (1 - days / 365);
	await page.mouse.move(x(60), box.y + 100);
	await page.mouse.down();
	await page.mouse.move(x(30), box.y + 120, { steps: 4 });
	await page.mouse.up();
	await page.waitForURL(/from=\d+&to=\d+$/);
	await waitSaid(page, /^Averages of 1\u202fh/);
	await waitText(page, '#history-note', /^\d{4}-\d\d-\d\d .* – \d{4}-\d\d-\d\d .* · \d\d\u202fd/);
	const { from, to } = asked.at(-1);
	assert.ok(Math.abs(to - from - 30 * DAY_MS) < 2 * DAY_MS, `${(to - from) / DAY_MS} days`);
	await page.reload();
	await waitSaid(page, /^Averages of 1\u202fh/);
	await page.keyboard.press('-');
	await waitText(page, '#history-note', /· 6\d\u202fd|· 5\d\u202fd/);
}

async function keeps({ page, url }) {
	const { asked } = await openYear(page, url, '#?range=90d');
	await waitSaid(page, /averages of/i);
	const many = asked.length;
	await page.locator('#ranges [data-range="6h"]').click();
	await page.locator('#history-said').waitFor({ state: 'hidden' });
	await page.locator('#ranges [data-range="90d"]').click();
	await waitSaid(page, /averages of/i);
	assert.ok(asked.length <= many + 1, 'what is known is not asked for again');
}

async function warns({ page, url }) {
	await openYear(page, url, '#?range=1y', { extent: { limited: true, damaged: 3 } });
	await waitText(page, '#history-kept', /^The oldest went early, to stay within 4\.0\u202fGiB\. 3 pieces of the history are damaged and left out\.$/);
	const since = new Date(Date.now() - KEPT * DAY_MS).toISOString().slice(0, 10);
	await waitSaid(page, new RegExp(`^Kept since ${since}`));
	await page.locator('#ranges [data-range="24h"]').click();
	await page.locator('#history-kept').waitFor({ state: 'hidden' });
}

async function fails({ page, url, allow }) {
	const it = await openYear(page, url, '');
	it.broken = true;
	await page.locator('#ranges [data-range="30d"]').click();
	await waitText(page, '#history-failed', /earlier history could not be had.*busy/);
	await page.locator('#history-said').waitFor({ state: 'hidden' });
	await point(page, 20, 30);
	await waitText(page, '#lane-labels li:nth-child(1)', /^Status–$/);
	it.broken = false;
	await page.locator('#history-retry').click();
	await waitSaid(page, /averages of/i);
	await page.locator('#history-failed').waitFor({ state: 'hidden' });
	allow(/503/);
}

/** An answer of nonsense, or of nothing, is no data. */
async function nonsense({ page, url }) {
	await openYear(page, url, '#?range=1y', { change: (answer) => ({ from: answer.from, to: answer.to,
		resolution_s: 'x', bands: 7, values: { cpu_usage: {} }, step_s: [1, 'b'], status: null, gaps: {} }) });
	await point(page, 100);
	await waitText(page, '#lane-labels li:nth-child(1)', /^StatusNo data$/);
	assert.match(await text(page, '#lane-labels li:nth-child(5)'), /no data$/);
}

async function table({ page, url }) {
	await openYear(page, url, '#?range=1y&table=1');
	await waitText(page, '#history-rows tr:nth-child(3)', /^\d{4}-\d\d-01 00:00 UTC/);
	const rows = await page.locator('#history-rows tr').count();
	assert.ok(rows >= 12 && rows <= 14, `${rows} months`);
	await waitText(page, '#history-rows', /4\.0–900\u202fms|\d–900\u202fms/);
	await waitText(page, '#history-rows', /No data/);
}

async function fits({ page, url }) {
	await openYear(page, url, '#history?range=1y', { extent: { limited: true, damaged: 1 } });
	await waitSaid(page, /averages of/i);
	for (const [width, colorScheme] of [[1440, 'dark'], [1440, 'light'], [390, 'light']]) {
		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 900 });
		await assertNoAxe(page, `a year at ${width}, ${colorScheme}`, '#history');
	}
	await page.setViewportSize({ width: 320, height: 700 });
	await assertNoOverflow(page, 'a year at 320');
}

export const tests = [
	['ranges up to a year are asked for', ranges],
	['states, holes and one slow bucket of a year are seen', shows],
	['the pointer and the keys read averages', reads],
	['it zooms into months', zooms],
	['another range and back', keeps],
	['it says what was lost', warns],
	['a failed answer is told and asked for again', fails],
	['nonsense is no data', nonsense],
	['a year is a table too', table],
	['a year is readable', fits],
];
