// Ten thousand components: the page stays small and quick.
import assert from 'node:assert/strict';
import { openLive, waitText } from './look.mjs';

const MANY = 10_000;
const NODES_MAX = 1500;
const FILTER_MAX_MS = 60; // of the best of several runs; alone it is below 20

export const config = `components:\n${Array.from({ length: MANY }, (_, nth) =>
	`  - name: c${String(nth).padStart(5, '0')}\n    push: { every: 1h }\n`).join('')}`;

async function bounded({ page, url }) {
	await openLive(page, url);
	await waitText(page, '#components-note', /^10\u202fk$/);
	const count = () => page.evaluate(() => document.querySelectorAll('*').length);
	assert.ok(await count() < NODES_MAX, `${await count()} nodes`);
	await page.locator('#grid').evaluate((grid) => { grid.scrollTop = 150_000; });
	await page.locator('[aria-rowindex="5005"]').waitFor();
	await page.locator('#grid').focus();
	await page.keyboard.press('End');
	await page.locator(`[aria-rowindex="${MANY + 1}"].active`).waitFor();
	assert.ok(await count() < NODES_MAX, `${await count()} nodes at the end`);
	assert.equal(await page.locator('#grid').getAttribute('aria-rowcount'), String(MANY + 1));
}

async function filters({ page, url }) {
	await openLive(page, url);
	await waitText(page, '#components-note', /^10\u202fk$/);
	const times = await page.evaluate(() => {
		const filter = document.querySelector('#filter');
		const took = (words) => {
			const began = performance.now();
			filter.value = words;
			filter.dispatchEvent(new Event('input'));
			document.querySelector('#rows').getBoundingClientRect();
			return performance.now() - began;
		};
		return ['c0', '777', 'c07 77', 'first report', ''].map((words) =>
			Math.min(...Array.from({ length: 5 }, () => took(words))));
	});
	assert.ok(Math.max(...times) < FILTER_MAX_MS, `${times.map((ms) => ms.toFixed(1)).join(' ')} ms`);
	await page.locator('#filter').fill('c07777');
	await waitText(page, '#components-note', /^1 of 10\u202fk$/);
	await page.locator('#filter').fill('nothing is called this');
	await page.locator('#components-none').waitFor();
}

async function phone({ page, url }) {
	await page.setViewportSize({ width: 390, height: 800 });
	await openLive(page, url);
	await waitText(page, '#components-all', /^Show all 10\u202fk$/);
	assert.equal(await page.locator('#rows .row').count(), 8);
	await page.locator('#components-all').click();
	await page.locator('#grid').evaluate((grid) => { grid.scrollTop = 1e6; });
	await page.locator(`[aria-rowindex="${MANY + 1}"]`).waitFor();
	await page.locator('#components-close').click();
	await page.waitForFunction(() => document.querySelectorAll('#rows .row').length === 8);
}

export const tests = [
	['nodes are bounded', bounded],
	['the filter is quick', filters],
	['a phone shows eight, then all', phone],
];
