// The page's budgets with ten thousand components: bytes, requests, times, nodes, heap, processor.
import assert from 'node:assert/strict';
import { createGunzip } from 'node:zlib';
import { request } from 'node:http';
import { Account, hold, percentile, slowness } from './gauge.mjs';
import { assertNoOverflow, openLive, turn, waitText } from './look.mjs';
import { startScene } from './views.mjs';

const MANY = 10_000;
const RUNS = 4;
const SCRIPT_MAX_KB = 30;
/** With alerts firing, whose list is one stop, and the panels of silences and notifications. */
const STOPS_MAX = 23;
/** What the day leads to, when nobody waits until it is measured. */
const PRESENT = { score: 80, availability: 90, response: 145, cpu: 32, memory: 20, breakers: 62.5 };

export const config = `components:\n${Array.from({ length: MANY }, (_, nth) =>
	`  - name: c${String(nth).padStart(5, '0')}\n    group: g${nth % 40}\n    push: { every: 1h }\n`)
	.join('')}`;

/** The bytes of an answer as they travel, and unpacked. */
function served(url, path) {
	return new Promise((done, failed) => {
		request(`${url}${path}`, { headers: { 'Accept-Encoding': 'gzip' } }, (answer) => {
			const raw = [];
			answer.on('data', (part) => raw.push(part)).on('end', () => {
				const bytes = Buffer.concat(raw);
				if (answer.headers['content-encoding'] !== 'gzip') {
					done({ size: bytes.length, text: bytes.toString() });
					return;
				}
				const plain = [];
				createGunzip().on('data', (part) => plain.push(part)).on('error', failed)
					.on('end', () => done({ size: bytes.length, text: Buffer.concat(plain).toString() }))
					.end(bytes);
			});
		}).on('error', failed).end();
	});
}

async function sizes({ url }) {
	const page = await served(url, '/');
	const paths = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
	const sum = { js: 0, css: 0 };
	for (const path of paths) {
		const file = await served(url, path);
		sum[path.split('.').pop()] += file.size;
		assert.doesNotMatch(file.text, /@font-face|url\((?!["']?(data:|#))/, path);
	}
	hold('JavaScript, gzip', sum.js / 1024, SCRIPT_MAX_KB, 'KB');
	hold('CSS, gzip', sum.css / 1024, 10, 'KB');
	hold('HTML, gzip', page.size / 1024, 4, 'KB');
	hold('snapshot of 10,000, gzip', (await served(url, '/api/v1/live/snapshot')).size / 1024, 60, 'KB');
}

/** What is asked for before the snapshot, and of what kind; other hosts are the runner's to see. */
async function requests({ page, url }) {
	const asked = [];
	page.on('request', (one) => asked.push([one.resourceType(), new URL(one.url()).pathname]));
	await openLive(page, url);
	const paths = asked.map(([, path]) => path).filter((path) => path !== '/favicon.ico');
	const data = paths.findIndex((path) => path.startsWith('/api/'));
	hold('requests before data', data, 4);
	assert.deepEqual(asked.filter(([kind, path]) => kind === 'font'
		|| (kind === 'image' && path !== '/favicon.ico')), [], 'no fonts, no images');
}

async function firstLook(browser, url) {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.addInitScript(() => {
		const look = new MutationObserver(() => {
			if (document.body?.classList.contains('live') && document.querySelector('#rows .row')) {
				look.disconnect();
				requestAnimationFrame(() => setTimeout(() => { window.usable = performance.now(); }));
			}
		});
		look.observe(document, { subtree: true, childList: true, attributes: true });
	});
	await page.goto(url);
	await page.waitForFunction(() => window.usable);
	const [fcp, usable] = await page.evaluate(() =>
		[performance.getEntriesByName('first-contentful-paint')[0]?.startTime, window.usable]);
	const slow = await slowness(page);
	await context.close();
	return { fcp: fcp / slow, usable: usable / slow, slow };
}

async function appears({ browser, url }) {
	const runs = [];
	for (let nth = 0; nth < RUNS; nth++) {
		runs.push(await firstLook(browser, url));
	}
	const best = (key) => Math.min(...runs.map((run) => run[key]));
	hold('first paint', best('fcp'), 500, 'ms of a quiet machine');
	hold('usable', best('usable'), 900, 'ms of a quiet machine');
}

/** The page's own stream, which a test feeds itself; the real snapshot stays. */
function ownStream() {
	window.EventSource = class extends EventTarget {
		constructor() {
			super();
			this.readyState = 1;
			window.stream = this;
			setTimeout(() => this.say('heartbeat', {}), 50);
		}

		say(type, data) {
			this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
		}

		close() {
			this.readyState = 2;
		}
	};
}

/** Answers for the stream, and gives what patches need: the sequence number and the roster. */
async function openFed(page, url) {
	await page.addInitScript(ownStream);
	const snapshot = await (await fetch(`${url}/api/v1/live/snapshot`)).json();
	await page.route('**/api/v1/live/snapshot', (route) => route.fulfill({ json: snapshot }));
	await page.goto(url);
	await page.waitForFunction(() => window.stream);
	await page.evaluate(({ seq, roster }) => window.stream.say('hello',
		{ seq, now: Date.now(), roster }), snapshot);
	await waitText(page, '#facets', /^All10\u202fk/);
	return { seq: snapshot.seq, roster: snapshot.roster };
}

/** Runs in the page: messages with 500 changed rows each, a paint after each one or after `apart`. */
async function feed({ seq, roster, count, apart }) {
	const painted = () => new Promise((done) => {
		requestAnimationFrame(() => setTimeout(done));
	});
	for (let nth = 1; nth <= count; nth++) {
		const row = Array.from({ length: 500 }, (_, at) => (at * 20 + nth * 7) % 10_000)
			.sort((a, b) => a - b);
		window.stream.say('patch', { seq: seq + nth, now: Date.now(), roster, components: { row,
			status: row.map((at) => (at + nth) % 3), response_ms: row.map((at) => (at % 900) + nth / 8),
			checked_s: row.map(() => 0), since_s: row.map(() => nth % 60), error: row.map((at) =>
				((at + nth) % 3 ? `failed ${at}` : null)) } });
		if (nth % apart === 0) {
			await painted();
		}
	}
	return seq + count;
}

async function messages({ page, url }) {
	const at = await openFed(page, url);
	const account = await Account.open(page);
	at.seq = await page.evaluate(feed, { ...at, count: 30, apart: 1 });
	const script = [];
	for (let nth = 0; nth < 60; nth++) {
		const before = await account.read();
		at.seq = await page.evaluate(feed, { ...at, count: 1, apart: 1 });
		script.push((await account.read()).script - before.script);
	}
	const slow = await slowness(page);
	hold('JavaScript a message, 500 of 10,000 changed, p95', percentile(script, 0.95), 10, 'ms', slow);
	assert.equal(await page.evaluate(() => document.body.classList.contains('live')), true);
}

async function grows({ page, url }) {
	const at = await openFed(page, url);
	const account = await Account.open(page);
	at.seq = await page.evaluate(feed, { ...at, count: 200, apart: 10 });
	const before = await account.heap();
	hold('heap at 10,000', before, 12, 'MB');
	for (let nth = 0; nth < 9; nth++) {
		at.seq = await page.evaluate(feed, { ...at, count: 400, apart: 20 });
	}
	hold('heap growth in 3,600 messages', Math.max(0, await account.heap() - before), 0.5, 'MB');
}

/** Heartbeats and checks as they come, a second each; nothing at all while hidden. */
async function rests({ page, url }) {
	const at = await openFed(page, url);
	const account = await Account.open(page);
	const live = (seconds) => page.evaluate(async ({ seq, roster, count }) => {
		for (let nth = 1; nth <= count; nth++) {
			const row = Array.from({ length: 100 }, (_, i) => i * 100 + nth);
			window.stream.say('patch', { seq: seq + nth, now: Date.now(), roster, components: { row,
				status: row.map(() => 0), response_ms: row.map((i) => i / 7 + nth), checked_s:
				row.map(() => 0), since_s: row.map(() => 60), error: row.map(() => null) } });
			await new Promise((done) => { setTimeout(done, 1000); });
		}
		return seq + count;
	}, { ...at, count: seconds });
	at.seq = await live(2);
	let before = await account.read();
	await live(5);
	const slow = await slowness(page);
	before = await account.read().then((after) => ({ task: (after.task - before.task) }));
	hold('processor while live', before.task / 5, 60, 'ms/s', slow);
	await turn(page, true);
	before = await account.read();
	await page.evaluate(() => new Promise((done) => { setTimeout(done, 4000); }));
	hold('processor while hidden', ((await account.read()).task - before.task) / 4, 4, 'ms/s', slow);
}

/** A day of thirty-second samples with an incident, as a daemon tells it from its store. */
async function dayOfHistory() {
	const { url, stop } = await startScene(process.argv[2], 'ill', PRESENT);
	try {
		const { size } = await served(url, '/api/v1/history?format=columns');
		hold('history of 24 h, gzip', size / 1024, 25, 'KB');
	} finally {
		await stop();
	}
}

async function tabStops({ page, url }) {
	await page.setViewportSize({ width: 1440, height: 900 });
	await openLive(page, url);
	await waitText(page, '#facets', /^All10\u202fk/);
	const stops = [];
	for (let nth = 0; nth < 2 * STOPS_MAX; nth++) {
		await page.keyboard.press('Tab');
		const stop = await page.evaluate(() => {
			const at = document.activeElement;
			return at === document.body ? '' : at.id || at.textContent.slice(0, 20);
		});
		if (stop === '' || stop === stops[0]) {
			break;
		}
		stops.push(stop);
	}
	hold('tab stops (aim 20)', stops.length, STOPS_MAX);
	assert.ok(stops.includes('grid'), `the table of components can be reached: ${stops.join(', ')}`);
	const focused = () => page.evaluate(() => document.activeElement.id);
	await page.locator('#zoom-out').focus();
	await page.keyboard.press('ArrowRight');
	assert.equal(await focused(), 'zoom-in', 'arrows go within a row of buttons');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Shift+Tab');
	assert.equal(await focused(), 'zoom-in', 'the row remembers which it was');
}

/** A window zoomed to 200 %, and a reader's letters of twice the size in windows of any width. */
async function enlarged({ page, url }) {
	await openLive(page, url);
	await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
	for (const width of [720, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await assertNoOverflow(page, `letters of twice the size at ${width}`);
	}
}

export const tests = [
	['bytes to the first data', sizes],
	['the history of a day', dayOfHistory],
	['stops of the tab key', tabStops],
	['letters of twice the size', enlarged],
	['requests before data', requests],
	['it appears and can be used', appears],
	['a message with 500 changes', messages],
	['the heap stays as it is', grows],
	['it rests between messages and while hidden', rests],
];
