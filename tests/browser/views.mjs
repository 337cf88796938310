// Twelve views of the page, drawn from answers that a real daemon once gave, at the time they were
// given: the same pixels each time. See test_views.mjs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { configuration, fillStore, orders, startPeers } from './scene.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const RECORDED = join(here, 'recorded');
const INSTANCE = 'research-prod';
const START_MS = 20_000;
/** Breakers have opened, every check ran, and a second sample was taken when it was so. */
const SETTLE_MS = 36_000;
/** What people ordered has reached the page. */
const ORDERED_MS = 3000;
/** Where the page believes to be: the empty one shows its own address. */
const ORIGIN = 'http://127.0.0.1:8090';
/** A machine that is busy with other things makes no picture of health. */
const QUIET_PERCENT = 75;
const QUIET_TRIES = 6;

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** name, scene, and what is different from a dark desk. */
export const VIEWS = [
	['dark', 'ill', {}],
	['light', 'ill', { theme: 'light', whole: true }],
	['phone-dark', 'ill', { size: phone }],
	['phone-light', 'ill', { size: { width: 390, height: 2840 }, theme: 'light' }],
	['tablet', 'ill', { size: { width: 820, height: 1180 }, theme: 'light' }],
	['wall', 'ill', { size: { width: 1920, height: 1080 }, hash: '#?wall=1' }],
	['wall-4k', 'ill', { size: { width: 3840, height: 2160 }, hash: '#?wall=1', shrink: 4 }],
	['lost', 'ill', { lost: true }],
	['healthy', 'well', {}],
	['empty', 'empty', {}],
	['detail', 'ill', { hash: '#?open=us-equity' }],
	['table', 'ill', { hash: '#history?table=1', theme: 'light' }],
];

function freePort() {
	return new Promise((done) => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

const snapshot = async (url) => (await fetch(`${url}/api/v1/live/snapshot`)).json();

const askerOf = (url) => async (path, body) => {
	const answer = await fetch(url + path, body && { method: 'POST', body: JSON.stringify(body),
		headers: { 'Content-Type': 'application/json' } });
	assert.ok(answer.ok, `${path}: ${answer.status}`);
	return answer.json();
};

async function answers(url) {
	const until = Date.now() + START_MS;
	while (!await fetch(`${url}/api/v1/live/snapshot`).then(({ ok }) => ok, () => false)) {
		assert.ok(Date.now() < until, 'the daemon does not answer');
		await pause(50);
	}
}

async function settled(url) {
	await pause(SETTLE_MS);
	for (let nth = 0; nth < QUIET_TRIES
		&& (await snapshot(url)).resources.cpu_percent > QUIET_PERCENT; nth++) {
		await pause(2000);
	}
}

async function startDaemon(program, folder, settle = true) {
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const env = { ...process.env, BELLWETHER_REGION: join(folder, 'breakers.region') };
	const child = spawn(program, ['serve', '--config', join(folder, 'config.yaml'), '--data', folder,
		'--listen', `127.0.0.1:${port}`], { stdio: 'ignore', env });
	await answers(url);
	if (settle) {
		await settled(url);
	}
	return { url, stop: () => new Promise((done) => {
		child.on('exit', done);
		child.kill('SIGTERM');
	}) };
}

/** What a daemon without a past finds, so that the day before can lead to it. */
async function measure(program, folder) {
	const { url, stop } = await startDaemon(program, folder);
	const { metrics, resources } = await snapshot(url);
	await stop();
	return { score: metrics.system_health_score, availability: metrics.availability_percentage,
		response: metrics.average_response_time_ms, breakers: metrics.circuit_breaker_health,
		cpu: resources.cpu_percent, memory: resources.memory_percent };
}

/** A daemon in one of the scenes; for recording it is waited for until all is as it will stay.
 * @param {Parameters<typeof fillStore>[3]} [known] what the day leads to: no wait */
export async function startScene(program, scene, known) {
	const ill = scene === 'ill';
	const folder = mkdtempSync(join(tmpdir(), 'bellwether-scene-'));
	const first = join(folder, 'first');
	mkdirSync(first);
	const peers = await startPeers(ill);
	const config = scene === 'empty' ? 'components: []\n' : configuration(peers.port, ill);
	for (const place of [folder, first]) {
		writeFileSync(join(place, 'config.yaml'), config);
	}
	if (scene !== 'empty') {
		const present = known ?? await measure(program, first);
		peers.again();
		await fillStore(join(dirname(program), 'tests/support/store_fill'), folder, ill, present);
	}
	const { url, stop } = await startDaemon(program, folder, !known);
	if (ill && !known) {
		await orders(askerOf(url));
		await pause(ORDERED_MS);
	}
	return { url, stop: async () => {
		await stop();
		peers.close();
		rmSync(folder, { recursive: true, force: true });
	} };
}

/** The answers of one scene: by path and query, each as it was given. */
export class Answers {
	constructor(scene, source = null) {
		this.path = join(RECORDED, `${scene}.json`);
		this.source = source;
		this.kept = source || !existsSync(this.path) ? {} : JSON.parse(readFileSync(this.path, 'utf8'));
	}

	async of(where) {
		if (!(where in this.kept) && this.source) {
			const answer = await fetch(this.source + where);
			const text = (await answer.text()).replace(/("instance":\s*)"[^"]*"/, `$1"${INSTANCE}"`);
			this.kept[where] = { status: answer.status, body: JSON.parse(text) };
		}
		return this.kept[where];
	}

	save() {
		mkdirSync(RECORDED, { recursive: true });
		writeFileSync(this.path, `${JSON.stringify(this.kept)}\n`);
	}
}

/** In the page: a stream that says hello, then a heartbeat a second, unless it is to be lost. */
function replayStream({ seq, roster, lost }) {
	Math.random = () => 0.5;
	let streams = 0;
	window.EventSource = class extends EventTarget {
		constructor() {
			super();
			const say = (type) => this.dispatchEvent(new MessageEvent(type,
				{ data: JSON.stringify({ seq, roster, now: Date.now() }) }));
			if (streams++ === 0 || !lost) {
				setTimeout(() => say('hello'), 10);
				this.beat = lost ? 0 : setInterval(() => say('heartbeat'), 1000);
			}
		}

		close() {
			clearInterval(this.beat);
		}
	};
}

/** Time stands still but for `seconds` of it, in steps, so that answers may come in between. */
async function live(page, seconds) {
	for (let nth = 0; nth < seconds * 5; nth++) {
		await page.clock.runFor(200);
		await pause(15);
	}
}

/** @param {(page) => Promise} look what is wanted of the page, when it stands still */
export async function show(browser, url, answers, view, look) {
	const { body } = await answers.of('/api/v1/live/snapshot');
	const context = await browser.newContext({ viewport: view.size ?? desk,
		colorScheme: view.theme ?? 'dark', timezoneId: 'UTC', locale: 'en-GB', reducedMotion: 'reduce' });
	const page = await context.newPage();
	await page.clock.install({ time: body.now - 1000 });
	await page.clock.pauseAt(body.now);
	await page.addInitScript(replayStream, { seq: body.seq, roster: body.roster, lost: view.lost });
	await page.route('**/api/v1/**', async (route) => {
		const { pathname, search } = new URL(route.request().url());
		const answer = await answers.of(pathname + search);
		await (answer ? route.fulfill({ status: answer.status, json: answer.body }) : route.abort());
	});
	await page.route((where) => !where.pathname.startsWith('/api/'), async (route) => {
		const { pathname } = new URL(route.request().url());
		await route.fulfill({ response: await route.fetch({ url: url + pathname }) });
	});
	await page.goto(`${ORIGIN}/${view.hash ?? ''}`);
	await live(page, view.lost ? 31 : 3);
	await page.waitForLoadState('networkidle');
	await live(page, 1);
	await page.evaluate(() => document.fonts.ready);
	const result = await look(page);
	await context.close();
	return result;
}

/** @returns the picture as PNG */
export function draw(browser, url, answers, view) {
	return show(browser, url, answers, view, (page) =>
		page.screenshot({ fullPage: view.whole === true, animations: 'disabled' }));
}
