// The public page: nothing but HTML and a style, readable by everybody, and small.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const EVIL = '<img src=x onerror=alert(1)>';

export const config = `
status_page: { title: "Team ${EVIL}", errors: true, response_times: true }
components:
  - { name: fine, group: feeds, push: { every: 1h } }
  - { name: slow, group: feeds, push: { every: 1h } }
  - { name: dead, group: storage, critical: true, push: { every: 1h } }
  - { name: silent, push: { every: 1h } }
`;

async function report(url, name, body) {
	const answer = await fetch(`${url}/api/v1/components/${name}/report`,
		{ method: 'PUT', body: JSON.stringify(body) });
	assert.equal(answer.status, 202);
}

async function shown(url, wanted) {
	for (let tries = 0; tries < 100; tries++) {
		const text = await (await fetch(`${url}/status`)).text();
		if (text.includes(wanted)) {
			return text;
		}
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`never on the page: ${wanted}`);
}

async function open(page, url, scheme, width) {
	await page.emulateMedia({ colorScheme: scheme });
	await page.setViewportSize({ width, height: 900 });
	await page.goto(`${url}/status`);
}

export const tests = [
	['states come with shape and word, foreign text stays text', async ({ page, url }) => {
		await report(url, 'fine', { status: 'healthy', response_time_ms: 12 });
		await report(url, 'slow', { status: 'degraded', error: EVIL });
		await report(url, 'dead', { status: 'unhealthy', error: `${'x'.repeat(900)}\u202e` });
		await shown(url, '1 unhealthy, 1 degraded, 1 unknown, 1 healthy');
		await open(page, url, 'light', 1440);
		assert.equal(await page.locator('h1').textContent(), 'Unhealthy');
		assert.equal(await page.locator('.of').textContent(), `Team ${EVIL}`);
		assert.equal(await page.locator('img, script').count(), 0);
		assert.deepEqual(await page.locator('main h3').allTextContents(),
			['fine', 'slow', 'dead', 'silent']);
		assert.deepEqual(await page.locator('.word').allTextContents(),
			['Healthy', 'Degraded', 'Unhealthy', 'Unknown']);
		assert.equal(await page.locator('main li > .mark').count(), 6);
		assert.equal(await page.locator('.bars[role=img][aria-label]').count(), 4);
	}],
	['no violation in light or dark, on a desk or a phone', async ({ page, url }) => {
		for (const scheme of ['light', 'dark']) {
			for (const width of [1440, 390]) {
				await open(page, url, scheme, width);
				await page.evaluate(axe);
				const found = await page.evaluate('axe.run()');
				assert.deepEqual(found.violations.map(({ id }) => id), [], `${scheme} ${width}`);
			}
		}
	}],
	['nothing is wider than the screen, from 320 to 4K', async ({ page, url }) => {
		for (const width of [320, 390, 768, 1440, 1920, 3840]) {
			await open(page, url, 'dark', width);
			const wide = await page.evaluate('document.documentElement.scrollWidth');
			assert.ok(wide <= width, `${wide} at ${width}`);
		}
	}],
	['it asks for a style and nothing else', async ({ page, url }) => {
		const asked = [];
		page.on('request', (request) => asked.push(new URL(request.url()).pathname));
		await page.goto(`${url}/status?still`);
		assert.deepEqual(asked.filter((path) => path), ['/status', '/status.css']);
		assert.ok((await page.locator('.made').textContent()).includes('Renew it every minute'));
	}],
];
