// What the tests ask of a page again and again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

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
	return page.waitForFunction(([where, source]) =>
		new RegExp(source).test(document.querySelector(where)?.textContent ?? ''),
	[selector, pattern.source], { timeout, polling: 50 });
}

/** The row of a component, which must be in sight. */
export function row(page, name) {
	return page.locator('#rows .row', { has: page.locator(`.own:text-is("${name}")`) });
}

export async function assertNoAxe(page, what) {
	await page.evaluate(axe);
	const found = await page.evaluate(async () => (await window.axe.run()).violations
		.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`));
	assert.deepEqual(found, [], what);
}

export async function assertNoOverflow(page, what) {
	const [wide, window] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, innerWidth]);
	assert.ok(wide <= window, `${what}: ${wide} px wide in a window of ${window}`);
}
