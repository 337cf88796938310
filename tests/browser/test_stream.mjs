// The stream with events of our own making: holes in the sequence, orders to fetch anew, broken ones.
import assert from 'node:assert/strict';
import { openFake, openHealthy, patch, say, snapshotAt } from './fake.mjs';
import { row, text, waitText } from './look.mjs';

export const config = 'components: []\n';

const rows = (more) => ({ components: { row: [0], status: [2], response_ms: [null], checked_s: [1],
	since_s: [0], error: ['gone'], ...more } });

async function inOrder(test) {
	const { page } = test;
	const asked = await openHealthy(test, [snapshotAt(99, 'unknown')]);
	await say(page, 'hello', { seq: 5, now: Date.now(), roster: 'r1' });
	await say(page, 'patch', patch(6, 'degraded'));
	await waitText(page, '#verdict-word', /^Degraded$/);
	await say(page, 'heartbeat', { seq: 6, now: Date.now() });
	await say(page, 'patch', patch(3, 'healthy'));
	await say(page, 'sample', { seq: 7, now: Date.now(), at: Date.now(), values: [1, 2, 3, 4, 5, 6] });
	await say(page, 'mark', { seq: 8, now: Date.now(), mark: [Date.now(), 'overall', '', '', '', ''] });
	await say(page, 'patch', patch(9, 'unhealthy', rows()));
	await waitText(page, '#verdict-word', /^Unhealthy$/);
	await row(page, 'one').filter({ hasText: /Unhealthy.*–.*gone/ }).waitFor();
	assert.equal(asked.length, 1);
}

async function hole(test) {
	const asked = await openHealthy(test, [snapshotAt(6, 'healthy'), snapshotAt(9, 'degraded')]);
	await say(test.page, 'patch', patch(8, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Degraded$/);
	assert.equal(asked.length, 3, 'a snapshot older than the event is not taken');
	await say(test.page, 'patch', patch(10, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
}

async function heldBack(test) {
	const asked = await openHealthy(test, [snapshotAt(7, 'degraded')]);
	await say(test.page, 'heartbeat', { seq: 7, now: Date.now() });
	await say(test.page, 'patch', patch(8, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
	assert.equal(asked.length, 2);
}

async function resync(test) {
	const asked = await openHealthy(test, [snapshotAt(6, 'unhealthy')]);
	await say(test.page, 'resync', { seq: 6, now: Date.now(), roster: 'r1' });
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
	assert.equal(asked.length, 2);
}

async function restarted(test) {
	const other = snapshotAt(1, 'degraded', { roster: 'r2' });
	other.components = { ...other.components, name: ['another'] };
	const asked = await openHealthy(test, [other]);
	await say(test.page, 'hello', { seq: 1, now: Date.now(), roster: 'r2' });
	await row(test.page, 'another').waitFor();
	assert.equal(await row(test.page, 'one').count(), 0);
	await say(test.page, 'patch', { ...patch(2, 'unhealthy'), roster: 'r2' });
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
	assert.equal(asked.length, 2);
}

async function otherRoster(test) {
	await openHealthy(test, [snapshotAt(6, 'degraded', { roster: 'r2' })]);
	await say(test.page, 'patch', { ...patch(6, 'unhealthy', rows()), roster: 'r2' });
	await waitText(test.page, '#verdict-word', /^Degraded$/);
}

async function inStep(test) {
	const asked = await openHealthy(test, [snapshotAt(99, 'unknown')]);
	await test.page.evaluate(() => window.streams.at(-1).dispatchEvent(new Event('error')));
	await waitText(test.page, '#liveness-word', /^Lost/);
	await waitText(test.page, '#verdict-word', /^Unknown$/);
	await test.page.waitForFunction(() => window.streams.length === 2);
	await say(test.page, 'hello', { seq: 5, now: Date.now(), roster: 'r1' });
	await waitText(test.page, '#verdict-word', /^Healthy$/);
	await waitText(test.page, '#liveness-word', /^Live$/);
	assert.equal(asked.length, 1, 'nothing was missed, so nothing is fetched');
}

async function broken(test) {
	const asked = await openHealthy(test, [snapshotAt(6, 'degraded')]);
	for (const data of ['{"seq": 6,', 'null', '[]', '"six"', '{"seq": "6"}', '7']) {
		await say(test.page, 'patch', data);
	}
	await waitText(test.page, '#verdict-word', /^Degraded$/);
	await say(test.page, 'patch', patch(7, 'healthy'));
	await waitText(test.page, '#verdict-word', /^Healthy$/);
	assert.equal(asked.length, 2);
}

async function unreadable(test) {
	const failing = [(route) => route.fulfill({ status: 200, body: '{"seq": 5, "now"' }),
		(route) => route.fulfill({ json: [] }), snapshotAt(5, 'degraded')];
	await openFake(test, failing);
	await waitText(test.page, '#verdict-word', /^Degraded$/);
}

async function strange(test) {
	const { page } = test;
	await openHealthy(test, [snapshotAt(6, 'healthy')]);
	await say(page, 'patch', patch(6, 'sideways', { metrics: { score_factors: null,
		system_health_score: 'many', figures: [null, 4] }, resources: { load_average: 'none' },
	alerts: { firing: [{}, null, 'x'], counts: null },
	breakers: { total_breakers: 2, changed: { x: { state: 'melted' }, __proto__: null, y: null } },
	components: { row: [0, 7, -1, null, 'x'], status: [9], checked_s: ['?'] } }));
	await waitText(page, '#verdict-word', /^sideways$/);
	await waitText(page, '#score', /^–$/);
	await waitText(page, '#breaker-list', /melted/);
	await row(page, 'one').filter({ hasText: /^9/ }).waitFor();
	await say(page, 'patch', patch(7, 'healthy', { breakers: { changed: {}, removed: ['x'] },
		components: null, overview: null }));
	await page.waitForFunction(() => !/melted/.test(document.querySelector('#breaker-list')
		.textContent));
	assert.notEqual(await text(page, '#verdict-word'), 'Healthy');
}

async function partial(test) {
	const { page } = test;
	await openHealthy(test, [snapshotAt(99, 'unknown')]);
	await say(page, 'patch', patch(6, 'degraded', { breakers: null, resources: null }));
	await waitText(page, '#breakers .partial', /^No breaker data since \d\d:\d\d:\d\d UTC\.$/);
	await waitText(page, '[data-part=resources]', /^No resource data since/);
	await waitText(page, '#verdict-word', /^Degraded$/);
	await say(page, 'patch', patch(7, 'degraded', { breakers: { total_breakers: 0, states: {} } }));
	await page.locator('#breakers .partial').waitFor({ state: 'hidden' });
	await row(page, 'one').waitFor();
}

export const tests = [
	['patches are laid in by their order', inOrder],
	['a hole makes the page fetch the snapshot', hole],
	['what came during the fetch is laid in after it', heldBack],
	['resync makes the page fetch the snapshot', resync],
	['a hello of another list replaces everything', restarted],
	['a patch of another list is not laid in', otherRoster],
	['a reconnect that missed nothing fetches nothing', inStep],
	['an event that cannot be read makes the page fetch the snapshot', broken],
	['a snapshot that cannot be read is asked for again', unreadable],
	['unknown words and missing parts are shown as such', strange],
	['a part that cannot be had says so in its place', partial],
];
