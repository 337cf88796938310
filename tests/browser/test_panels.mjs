// What the panels say and do, with a real daemon: the verdict's sentences and counts, the score and
// the resources, tabs of the alerts, the breakers' two steps and what is said when one is refused.
import assert from 'node:assert/strict';
import { assertNoAxe, openLive, text, waitText } from './look.mjs';
import { HttpPeer } from './peers.mjs';

const peers = await Promise.all([1, 2, 3].map(() => new HttpPeer().start()));

export const config = `
refresh_interval: 1s
thresholds: { cpu_usage: 100, memory_usage: 100, disk_usage: 100 }
components:
  - name: steady
    every: 1s
    exec: { command: ["true"] }
${peers.map(({ port }, nth) => `  - name: feed-${nth}
    group: feeds
    every: 1s
    http: { url: "http://127.0.0.1:${port}/" }
    breaker: { failure_threshold: 2, recovery_timeout: 600s }
`).join('')}
`;

const breaker = (page, name) => page.locator('#breaker-list .breaker', { hasText: name });

async function whole({ page, url }) {
	await openLive(page, url);
	await waitText(page, '#verdict-word', /^Healthy$/);
	await waitText(page, '#verdict-text', /^4 components and 3 breakers are within their limits\./);
	assert.equal(await page.locator('#chips li').count(), 0);
	assert.equal(await page.locator('#show-incident').isVisible(), false);
	await waitText(page, '#alerts-none', /^Nothing is firing\.$/);
	await waitText(page, '#breakers-note', /^3 closed$/);
	assert.equal(await page.locator('#breaker-list .push').filter({ visible: true }).count(), 0);
	assert.equal(await page.locator('#breakers-reset').isVisible(), false);
}

async function counts({ page, url }) {
	await openLive(page, url);
	assert.match(await text(page, '#score'), /^\d+$/);
	const factors = page.locator('#factors li');
	assert.equal(await factors.count(), 5);
	for (const factor of await factors.all()) {
		assert.match(await factor.getAttribute('title'), /^[\d.]+ of \d+ points lost$/);
		assert.equal(await factor.locator('[role=meter]').getAttribute('aria-valuetext'),
			await factor.getAttribute('title'));
	}
	assert.match(await page.locator('#resources [role=meter]').nth(1).getAttribute('aria-valuetext'),
		/^\d+\u202f%/);
	assert.match(await text(page, '#resources li:nth-child(2) small'), /^[\d.]+.* of [\d.]+\u202f[MG]iB$/);
}

async function accuses({ page, url }) {
	await openLive(page, url);
	await Promise.all(peers.slice(0, 2).map((peer) => peer.stop()));
	await waitText(page, '#verdict-text', /^Since \d\d:\d\d UTC \(.+\)\. First: feed-[01] unhealthy: .+\.$/);
	await waitText(page, '#chips', /2 unhealthy.*2 breakers open/);
	await breaker(page, 'feed-0').filter({ hasText: /Open .* · probe in \d/ }).waitFor();
	await breaker(page, 'feed-1').filter({ hasText: /Open .* · probe in \d/ }).waitFor();
	assert.match(await text(page, '#breaker-list tr:first-child'), /feed-[01]/, 'the worst first');
	await waitText(page, '#breakers-note', /^2 open · 1 closed$/);
	await page.locator('#chips button', { hasText: 'unhealthy' }).click();
	await page.waitForURL(/#components\?.*status=unhealthy/);
	await page.waitForSelector('#grid[aria-rowcount="3"]');
	await page.locator('#chips button', { hasText: 'breakers open' }).click();
	await page.waitForURL(/#breakers/);
	await page.locator('#show-incident').click();
	await page.waitForURL(/from=\d+/);
	await assertNoAxe(page, 'degraded');
}

async function turns({ page, url }) {
	await openLive(page, url);
	const firing = page.getByRole('tab', { name: /^Firing \d/ });
	const resolved = page.getByRole('tab', { name: /^Resolved/ });
	await waitText(page, '#alert-list', /Component Unhealthy: feed-0/);
	assert.match(await page.locator('#alert-list li').first().getAttribute('class'), /is-warn/);
	await firing.focus();
	await page.keyboard.press('ArrowRight');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'alerts-acked');
	await page.keyboard.press('ArrowRight');
	await waitText(page, '#alert-list', /Circuit Breaker Open: feed-0.*Hidden by/);
	await page.keyboard.press('End');
	assert.equal(await resolved.getAttribute('aria-selected'), 'true');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'alerts-resolved');
	assert.equal(await page.getByRole('tab').filter({ visible: true }).and(page.locator('[tabindex="0"]'))
		.count(), 1, 'one tab stop');
	await page.waitForURL(/alerts=resolved/);
	await waitText(page, '#alerts-none', /^(Nothing was resolved.*)?$/);
	await page.keyboard.press('Home');
	assert.equal(await firing.getAttribute('aria-selected'), 'true');
	await page.keyboard.press('Tab');
	const first = await page.evaluate(() => document.activeElement.textContent);
	await page.keyboard.press('ArrowDown');
	assert.notEqual(await page.evaluate(() => document.activeElement.textContent), first);
	assert.ok(await page.evaluate(() => document.activeElement.matches('#alert-list li[tabindex="0"]')));
}

async function refuses({ page, url, allow }) {
	await openLive(page, url);
	await page.route('**/api/v1/breakers/feed-0/reset', (route) => route.fulfill({ status: 503,
		contentType: 'application/problem+json', body: '{"detail":"the <b>store</b> is away"}' }));
	const row = breaker(page, 'feed-0');
	await row.locator('.push').click();
	await row.locator('.push:text-is("Confirm")').waitFor();
	await page.locator('#filter').focus();
	await row.locator('.push:text-is("Reset")').waitFor();
	await row.locator('.push').click();
	await row.locator('.push').click();
	await waitText(page, '.refusal', /Not reset: the <b>store<\/b> is away Retry/);
	assert.match(await row.textContent(), /Open/);
	await page.unroute('**/api/v1/breakers/feed-0/reset');
	await page.locator('.refusal button').click();
	await page.locator('.refusal').waitFor({ state: 'detached' });
	allow(/503/);
}

async function mends({ page, url }) {
	await openLive(page, url);
	await Promise.all(peers.map((peer) => (peer.server.listening ? null : peer.start())));
	await breaker(page, 'feed-1').filter({ hasText: /Open/ }).waitFor();
	const all = page.locator('#breakers-reset');
	if (await all.isVisible()) {
		await all.click();
		await page.getByRole('button', { name: 'Confirm: Reset all breakers' }).click();
	} else {
		await breaker(page, 'feed-1').locator('.push').click();
		await breaker(page, 'feed-1').locator('.push').click();
	}
	await waitText(page, '#verdict-word', /^Healthy$/);
	await waitText(page, '#verdict-text',
		/within their limits\. Last problem: feed-[01] unhealthy: .*, \d\d:\d\d(–\d\d:\d\d)? UTC\.$/);
	await waitText(page, '#alerts-none', /^Nothing is firing\.$/);
	await waitText(page, '#alert-list', /(Component Unhealthy|Circuit Breaker Open|High Failure Rate): feed-[01].*\d\d:\d\d/);
	await waitText(page, '#alerts-resolved', /Resolved [1-9]/);
	await assertNoAxe(page, 'healthy again');
}

async function turnsAway({ page, url }) {
	await openLive(page, url);
	await page.evaluate(() => { location.hash = '#alerts?alerts=resolved'; });
	await waitText(page, '#alert-list', /System Degraded/);
	assert.equal(await page.locator('#alerts-past').isVisible(), false);
	await page.goBack();
	await waitText(page, '#alerts-none', /^Nothing is firing\.$/);
}

export const tests = [
	['all is well, and the page says so', whole],
	['the score tells what it costs', counts],
	['two feeds die: first cause, counts that lead there, the incident', accuses],
	['the tabs of the alerts obey the keyboard', turns],
	['a refused reset says why and can be tried again', refuses],
	['all breakers are reset, and the last problem is told', mends],
	['the resolved alerts have an address', turnsAway],
];
