// What the tests ask of a page again and again.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

const web = join(dirname(fileURLToPath(import.meta.url)), '../../web');
const TYPES = { css: 'text/css', js: 'text/javascript' };

/** From now on this page gets the files of web/ one by one instead of the one script, so that a test
 * can import('/assets/view/format.js') the very module that the page runs. */
export async function fromSources(page) {
	await page.route((url) => url.pathname === '/', async (route) => {
		const answer = await route.fetch();
		const headers = { ...answer.headers() };
		delete headers['content-encoding'];
		delete headers['content-length'];
		await route.fulfill({ status: 200, headers, body: readFileSync(join(web, 'index.html')) });
	});
	await page.route('**/assets/**', async (route) => {
		const name = new URL(route.request().url()).pathname.slice('/assets/'.length);
		const path = join(web, name);
		if (!existsSync(path)) {
			await route.fallback();
			return;
		}
		await route.fulfill({ contentType: TYPES[name.split('.').pop()], body: readFileSync(path) });
	});
}

/** Opens the page and waits until it shows the daemon's document. */
export async function openLive(page, url) {
	await page.goto(url, { waitUntil: 'domcontentloaded' });
	await page.waitForSelector('body.live');
}

export function text(page, selector) {
	return page.locator(selector).first().textContent();
}

/** Waits until the element's text matches. */
export function waitText(page, selector, pattern, timeout = 15_000) {
	return page.waitForFunction(([where, source, flags]) =>
		new RegExp(source, flags).test(document.querySelector(where)?.textContent ?? ''),
	[selector, pattern.source, pattern.flags], { timeout, polling: 50 });
}

/** The row of a component, which must be in sight. */
export function row(page, name) {
	return page.locator('#rows .row', { has: page.locator(`.own:text-is("${name}")`) });
}

export async function assertNoAxe(page, what, where = 'html') {
	await page.evaluate(axe);
	const found = await page.evaluate(async (root) => (await window.axe.run(root)).violations
		.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`), where);
	assert.deepEqual(found, [], what);
}

export async function assertNoOverflow(page, what) {
	const [wide, window] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, innerWidth]);
	assert.ok(wide <= window, `${what}: ${wide} px wide in a window of ${window}`);
}

/** How many event streams the daemon has open. */
export async function streams(url) {
	const answer = await fetch(`${url}/metrics`);
	return Number(/^bellwether_event_streams (\S+)/m.exec(await answer.text())?.[1]);
}

export async function waitStreams(url, wanted, timeout = 10_000) {
	const until = Date.now() + timeout;
	let open = await streams(url);
	while (open !== wanted && Date.now() < until) {
		await new Promise((done) => { setTimeout(done, 50); });
		open = await streams(url);
	}
	assert.equal(open, wanted, 'open streams');
}

/** Messages have come twice more. */
export async function beats(page) {
	const tone = () => page.locator('#liveness-mark').getAttribute('class');
	for (let nth = 0; nth < 2; nth++) {
		const before = await tone();
		await page.waitForFunction((was) => document.querySelector('#liveness-mark')
			.getAttribute('class') !== was, before, { timeout: 15_000 });
	}
}

/** The browser's word that a tab is in sight or not; a headless one never says it by itself. */
export const turn = (page, hidden) => page.evaluate((to) => {
	Object.defineProperty(document, 'hidden', { configurable: true, value: to });
	document.dispatchEvent(new Event('visibilitychange'));
}, hidden);
