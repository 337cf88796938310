// When the daemon stops or dies, the page says so and never shows the old verdict as if it were now.
import assert from 'node:assert/strict';
import { hold } from './gauge.mjs';
import { assertNoAxe, assertNoOverflow, fromSources, openLive, waitText } from './look.mjs';

/** What the page promises, and a second for a busy machine. */
const LATE_MAX_MS = 5000 + 1000;
const LOST_MAX_MS = 16_000 + 1000;

export const config = `
refresh_interval: 1s
components:
  - name: machine
    every: 1s
    exec: { command: ["true"] }
`;

/** Notes each second that shows a good word although nothing can be known. */
function watch(page) {
	return page.evaluate(() => {
		window.lies = [];
		setInterval(() => {
			const word = document.querySelector('#verdict-word').textContent;
			const lost = document.querySelector('#liveness-word').textContent.startsWith('Lost');
			if (lost && (word !== 'Unknown' || !document.title.startsWith('?'))) {
				window.lies.push(`${word} ${document.title}`);
			}
		}, 100);
	});
}

/** The next paint's holes between samples, in seconds; the one before the first sample is none. */
async function holesInside() {
	const recorder = await import('/assets/history/recorder.js');
	const before = recorder.scene;
	while (recorder.scene === before) {
		await new Promise(requestAnimationFrame);
	}
	const { holes, from: begin } = recorder.scene;
	return holes.filter(([from]) => from > begin).map(([from, to]) => (to - from) / 1000);
}

async function assertLost(page) {
	assert.equal(await page.locator('#verdict-word').textContent(), 'Unknown');
	assert.match(await page.title(), /^\?/);
	assert.equal(await page.locator('#lost').isVisible(), true);
	assert.match(await page.locator('#verdict-text').textContent(), /Was Healthy at \d\d:\d\d:\d\d UTC/);
	assert.match(await page.locator('#favicon').getAttribute('href'), /^data:/);
	assert.match(await page.evaluate(() =>
		getComputedStyle(document.querySelector('.panel')).filter), /saturate\(0\.12\)/);
	assert.match(await page.locator('#lane-labels').textContent(), /Health scoreno data/);
}

async function stopped({ page, url, daemon }) {
	await fromSources(page);
	await openLive(page, url);
	await waitText(page, '#verdict-word', /^Healthy$/);
	await watch(page);
	daemon.child.kill('SIGSTOP');
	try {
		const began = Date.now();
		await waitText(page, '#liveness-word', /^Late/, 10_000);
		const late = Date.now() - began;
		await waitText(page, '#liveness-word', /^Lost/, 16_500);
		const lost = Date.now() - began;
		hold('stopped until Late is shown', late / 1000, LATE_MAX_MS / 1000, 's');
		hold('stopped until Lost is shown', lost / 1000, LOST_MAX_MS / 1000, 's');
		await assertLost(page);
	} finally {
		daemon.child.kill('SIGCONT');
	}
	await waitText(page, '#liveness-word', /^Live$/);
	await waitText(page, '#verdict-word', /^Healthy$/);
	assert.equal(await page.locator('#lost').isVisible(), false);
	await waitText(page, '#polite', /^Live again after \d+\u202fs\.$/);
	assert.deepEqual(await page.evaluate(() => window.lies), []);
	const holes = await page.evaluate(holesInside);
	assert.equal(holes.length, 1, `${holes} seconds without samples, seen as holes`);
	assert.ok(holes[0] > 12 && holes[0] < 30, `${holes} s`);
}

async function killed({ page, url, daemon, allow }) {
	await openLive(page, url);
	await waitText(page, '#verdict-word', /^Healthy$/);
	await watch(page);
	daemon.mayEnd = true;
	daemon.child.kill('SIGKILL');
	await waitText(page, '#liveness-word', /^Lost/, 2000);
	await page.locator('#lost').waitFor();
	await assertLost(page);
	await assertNoAxe(page, 'lost, wide');
	await page.setViewportSize({ width: 320, height: 700 });
	await assertNoOverflow(page, 'lost at 320');
	await waitText(page, '#lost-next', /Next try in/);
	await page.locator('#try-now').click();
	await waitText(page, '#lost-next', /Next try in/);
	await daemon.start();
	await page.evaluate(() => document.querySelector('#try-now').click()); // unless it tried by itself
	await waitText(page, '#verdict-word', /^Healthy$/);
	await waitText(page, '#liveness-word', /^Live$/);
	await waitText(page, '#polite', /^Live again after \d+\u202fs\./);
	assert.equal(await page.locator('#lost').isVisible(), false);
	assert.deepEqual(await page.evaluate(() => window.lies), []);
	allow(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/);
}

export const tests = [
	['a stopped daemon is late, then lost, and comes back', stopped],
	['a killed daemon is lost at once, and is there again on the same port', killed],
];
