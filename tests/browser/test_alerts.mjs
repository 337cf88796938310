// Alerts that somebody has taken or silenced, and what says so: tabs, forms and their refusals, silences
// and maintenance, channels and the log of deliveries; and a second script that cannot be had.
import assert from 'node:assert/strict';
import { assertNoAxe, assertNoOverflow, row, text, waitText } from './look.mjs';
import { COLUMNS, openFake, patch, say, snapshotAt } from './fake.mjs';
import { alertAt, channelsAt, deliveriesAt, silencesAt, toldAt, windowsAt } from './told.mjs';

export const config = 'components: []\n';

const EVIL = '<img src=x onerror=window.stolen=1>\u202e\u0000';
const NAMES = ['one', 'two', 'three'];
const COMPONENTS = { ...COLUMNS, name: NAMES, group: [null, null, null], kind: [0, 0, 0],
	limit_ms: [null, null, null], status: [0, 2, 0], response_ms: [1, 1, 1], checked_s: [0, 0, 0],
	since_s: [60, 60, 60], error: [[1, 'refused']], maintenance: [0, 1] };

/** Opens the page before a daemon that tells of everything, and keeps what it is ordered.
 * @returns {{ method: string, path: string, body: any }[]} */
async function openTold(test, answers = {}, more = {}) {
	const { page } = test;
	const now = Date.now();
	const orders = [];
	await page.route(/\/api\/v1\/(alerts|silences|channels|deliveries)/, async (route) => {
		const asked = route.request();
		const { pathname, search } = new URL(asked.url());
		const path = pathname.replace('/api/v1', '') + search;
		const method = asked.method();
		if (method !== 'GET') {
			orders.push({ method, path, body: asked.postDataJSON() });
		}
		const key = Object.keys(answers).find((one) => `${method} ${path}`.startsWith(one));
		const usual = path.startsWith('/deliveries') ? deliveriesAt(now)
			: path.startsWith('/alerts?') ? { alerts: [] }
				: path.includes('dry_run') ? { hides: 1 } : { id: 's9' };
		const answer = key ? answers[key] : usual;
		await route.fulfill(answer.status ? answer : { status: method === 'POST' ? 201 : 200, json: answer });
	});
	await openFake(test, [snapshotAt(5, 'unhealthy', { ...toldAt(now), components: COMPONENTS, ...more })]);
	await waitText(page, '#silences-note', /active/);
	return orders;
}

const problem = (status, detail) => ({ status, contentType: 'application/problem+json',
	body: JSON.stringify({ detail }) });
const orderOf = (orders, method) => orders.filter((one) => one.method === method
	&& !one.path.includes('dry_run'));
const alertRow = (page, title) => page.locator('#alert-list .alert', { hasText: title });

async function tabs(test) {
	const { page } = test;
	await openTold(test);
	const shown = await page.getByRole('tab').allTextContents();
	assert.deepEqual(shown, ['Firing 5', 'Acked 1', 'Silenced 2', 'Resolved 2']);
	assert.equal(await page.locator('#alert-list .alert').count(), 5);
	await alertRow(page, 'tick-archive-02').filter({ hasText: 'Hides 9,998 alerts' }).waitFor();
	await alertRow(page, 'bt-007').filter({ hasText: /Recovering for 2\u202fm/ }).waitFor();
	await page.locator('#alerts-acked').click();
	await alertRow(page, 'borrow-rates').filter({ hasText:
		/Acked by ada 12\u202fm ago: the vendor knows, until .+, also when it gets worse/ }).waitFor();
	await alertRow(page, 'borrow-rates').getByRole('button', { name: 'Take back' }).waitFor();
	await page.locator('#chips button', { hasText: '2 silenced' }).click();
	await page.waitForURL(/alerts=silenced/);
	await alertRow(page, 'covariance').filter({ hasText: 'Silenced by s3 (grace: new factor model)' }).waitFor();
	await alertRow(page, 'factor-cache').filter({ hasText: /Flapping, 62\u202f% of the looks differ/ }).waitFor();
	assert.equal(await page.locator('#alert-list use').first().getAttribute('href'), '#s-bars');
	assert.match(await text(page, '#alert-list .unseen'), /^Silenced, Warning: $/);
}

/** The live list holds the worst 200: what a tab needs beyond them is asked for. */
async function beyond(test) {
	const { page } = test;
	const now = Date.now();
	const quiet = { kind: 'dependency', by: 'gateway', text: 'gateway is down' };
	const alerts = Array.from({ length: 20 }, (_, nth) => alertAt(now, `b${nth}`, { quiet }));
	await openTold(test, { 'GET /alerts?state=silenced': { alerts } }, { alerts: {
		firing: [alertAt(now, 'a1', { hides: 9998 })], counts: { firing: 1, silenced: 9998 } } });
	await page.locator('#alerts-silenced').click();
	await waitText(page, '#alerts-more', /^and 9,978 more$/);
	await alertRow(page, 'b19').filter({ hasText: 'Gateway is down' }).waitFor();
}

async function nothing(test) {
	const { page } = test;
	const now = Date.now();
	const taken = alertAt(now, 'a1', { ack: { by: 'ada', at: new Date(now).toISOString() } });
	await openTold(test, {}, { alerts: { firing: [taken], counts: { firing: 0, acked: 1 } } });
	await waitText(page, '#alerts-none', /^Nothing is firing, apart from 1 acked\.$/);
	await page.locator('#alerts-silenced').click();
	await waitText(page, '#alerts-none', /^Nothing is silenced\.$/);
}

async function takes(test) {
	const { page, allow } = test;
	const answers = { 'POST /alerts/a1/ack': problem(503, 'the <b>store</b> is away') };
	const orders = await openTold(test, answers);
	await page.keyboard.press('a');
	const form = page.locator('#ack');
	await form.getByText('Component Unhealthy: tick-archive-02').waitFor();
	await page.keyboard.press('Enter');
	assert.deepEqual(orders, [], 'who is asked for');
	await form.getByLabel('Who').fill('ada');
	await form.getByLabel('Comment').fill(EVIL);
	await form.getByText('4 h').click();
	await form.getByText('Hold it also').click();
	await form.getByRole('button', { name: 'Acknowledge' }).click();
	await form.getByText('Not done: the <b>store</b> is away').waitFor();
	allow(/503/);
	assert.equal(await page.locator('#alerts-firing b').textContent(), '5', 'nothing optimistic');
	answers['POST /alerts/a1/ack'] = {};
	await form.getByRole('button', { name: 'Retry' }).click();
	await form.waitFor({ state: 'detached' });
	assert.deepEqual(orderOf(orders, 'POST').at(-1).body,
		{ by: 'ada', comment: EVIL, sticky: true, for: '4h' });
	await waitText(page, '.toast', /^Acknowledged: Component Unhealthy: tick-archive-02Undo/);
	assert.equal(await page.locator('#alerts-firing b').textContent(), '5', 'until the daemon says so');
	await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
	await page.locator('.toast').waitFor({ state: 'hidden' });
	assert.deepEqual(orderOf(orders, 'DELETE').map(({ path }) => path), ['/alerts/a1/ack']);
	await page.locator('#alerts-acked').click();
	await page.getByRole('button', { name: 'Take back Component Unhealthy: borrow-rates' }).click();
	await page.keyboard.press('a');
	while (orderOf(orders, 'DELETE').length < 3) {
		await page.evaluate(() => new Promise(requestAnimationFrame));
	}
	assert.equal(await form.count(), 0, 'the key takes back what is acknowledged');
}

async function silences(test) {
	const { page } = test;
	const orders = await openTold(test, { 'GET /alerts?state=firing,acked,silenced': {
		alerts: [{ title: EVIL }] } });
	await alertRow(page, 'us-equity').getByRole('button', { name: /^Silence/ }).click();
	const form = page.locator('#silence');
	const match = form.getByLabel('Alerts');
	assert.equal(await match.inputValue(), 'breaker=us-equity\nrule=breaker_open');
	await form.getByText('Hides 1 alert now:').waitFor();
	assert.equal(await form.locator('li').textContent(), EVIL);
	await match.fill('breaker=us-equity');
	await form.getByLabel('Reason').fill('they know');
	await form.getByLabel('Who').fill('grace');
	await form.getByText('custom').click();
	await form.getByLabel('For: how long').fill('90m');
	await page.keyboard.press('Enter');
	await form.waitFor({ state: 'detached' });
	assert.deepEqual(orderOf(orders, 'POST').map(({ path, body }) => [path, body]), [['/silences',
		{ match: ['breaker=us-equity'], for: '90m', by: 'grace', reason: 'they know' }]]);
	await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
	await page.locator('.toast').waitFor({ state: 'hidden' });
	assert.deepEqual(orderOf(orders, 'DELETE').map(({ path }) => path), ['/silences/s9?by=grace']);
	await page.keyboard.press('s');
	assert.equal(await form.getByLabel('Who').inputValue(), 'grace', 'who is remembered');
	await form.getByText('until resolved').click();
	await form.getByLabel('Reason').fill('again');
	await form.getByRole('button', { name: 'Silence', exact: true }).click();
	await form.waitFor({ state: 'detached' });
	assert.equal(orderOf(orders, 'POST').at(-1).body.until_resolved, true);
	assert.equal(await page.evaluate(() => window.stolen), undefined);
}

async function corrects(test) {
	const { page, allow } = test;
	const orders = await openTold(test, { 'POST /silences?dry_run': problem(400,
		'"group=~(": missing closing parenthesis'), 'POST /silences': problem(400, 'no such label') });
	await page.locator('#silences-new').click();
	const form = page.locator('#silence');
	await form.getByLabel('Alerts').fill('group=~(');
	await form.getByText('missing closing parenthesis').waitFor();
	assert.equal(await form.getByLabel('Alerts').getAttribute('aria-invalid'), 'true');
	await form.getByLabel('Reason').fill('x');
	await form.getByLabel('Who').fill('x');
	await form.getByRole('button', { name: 'Silence', exact: true }).click();
	await form.getByText('Not done: no such label').waitFor();
	await page.keyboard.press('Escape');
	await form.waitFor({ state: 'detached' });
	assert.equal(await page.evaluate(() => document.activeElement.id), 'silences-new');
	assert.equal(orderOf(orders, 'POST').length, 1);
	allow(/400/);
}

async function forbids(test) {
	const { page, allow } = test;
	await openTold(test, { 'POST /alerts/a1/ack': problem(403, 'only readers come this way') });
	await page.keyboard.press('a');
	await page.locator('#ack').getByLabel('Who').fill('x');
	await page.keyboard.press('Enter');
	await page.locator('#ack').getByText('Not done: only readers come this way').waitFor();
	await page.keyboard.press('Escape');
	await say(page, 'patch', patch(6, 'unhealthy'));
	for (const press of [page.getByRole('button', { name: 'Ack Circuit Breaker Open: us-equity' }),
		page.getByRole('button', { name: 'End the silence group=~worker.*' }),
		page.getByRole('button', { name: 'Test ops' })]) {
		await page.waitForFunction((node) => node.disabled, await press.elementHandle());
		assert.equal(await press.getAttribute('title'), 'only readers come this way');
	}
	allow(/403/);
}

async function ends(test) {
	const { page, allow } = test;
	const answers = { 'DELETE /silences/s4': problem(409, 'it is over') };
	const orders = await openTold(test, answers);
	const list = page.locator('#silence-list');
	const hush = (what) => list.locator('li', { hasText: what });
	assert.match(await text(page, '#silences-note'), /^3 active$/);
	await hush('component=covariance, rule=component_degraded').filter({ hasText:
		/2\u202fh.* left.*Silence · new factor model · by grace · until .* · hides 1 alert now/ }).waitFor();
	await hush('group=~worker.*').filter({ hasText: /Until resolved.*hides nothing now/ }).waitFor();
	await hush('group=store').filter({ hasText: /1\u202fh.* left.*Maintenance · patch-night · patches/ })
		.waitFor();
	await hush('breaker=broker').filter({ hasText: /Begins \d\d:\d\d UTC/ }).waitFor();
	await hush('group=feed').filter({ hasText: /Next .*\d\d:\d\d–\d\d:\d\d UTC/ }).waitFor();
	assert.equal(await hush('group=store').getByRole('button').count(), 0, 'windows are configured');
	const press = hush('worker').locator('.push');
	await press.click();
	assert.deepEqual(orderOf(orders, 'DELETE'), []);
	await press.click();
	await waitText(page, '#silence-list .trouble', /^Not ended: it is over Retry$/);
	delete answers['DELETE /silences/s4'];
	await list.getByRole('button', { name: 'Retry' }).click();
	await page.locator('#silence-list .trouble').waitFor({ state: 'detached' });
	await hush('worker').waitFor();
	await say(page, 'patch', patch(6, 'unhealthy', { silences: { silences: silencesAt(Date.now()).silences
		.slice(0, 1), more: 0 } }));
	await hush('worker').waitFor({ state: 'detached' });
	allow(/409/);
}

async function tells(test) {
	const { page, allow } = test;
	const answers = { 'POST /channels/pager/test': problem(503, 'the outbox is full') };
	const orders = await openTold(test, answers);
	const channel = (name) => page.locator('#channel-list li', { hasText: name });
	await waitText(page, '#deliveries-note', /^3 channels · 3 waiting · 1 failing$/);
	await channel('ops').filter({ hasText: /slack, from warning.*Sent 9\u202fm ago/ }).waitFor();
	await channel('boss').filter({ hasText:
		/Failing for 31\u202fm · 3 waiting · 1 given up · next try in .*greylisted/ }).waitFor();
	await channel('pager').filter({ hasText: 'Nothing sent yet' }).waitFor();
	const log = page.locator('#delivery-list li');
	await log.nth(4).waitFor();
	assert.match(await log.nth(1).textContent(),
		/firing Component Unhealthy: tick-archive-02bossWaiting · 4 attempts · next in .*451 4\.7\.1/);
	assert.match(await log.nth(4).textContent(), /System DegradedbossGiven up · 31 attempts · 550/);
	const asked = page.waitForRequest(/deliveries\?limit=10&channel=boss$/);
	await channel('boss').locator('.name').click();
	await asked;
	await waitText(page, '#deliveries-head', /^What boss was told/);
	const press = channel('pager').locator('.push');
	await press.click();
	await press.click();
	await channel('pager').filter({ hasText: 'Not tested: the outbox is full' }).waitFor();
	answers['POST /channels/pager/test'] = { id: 10 };
	await channel('pager').getByRole('button', { name: 'Retry' }).click();
	await channel('pager').filter({ hasText: 'A test is on its way' }).waitFor();
	assert.equal(orders.filter(({ path }) => path === '/channels/pager/test').length, 2);
	allow(/503/);
}

async function maintains(test) {
	const { page } = test;
	await openTold(test);
	await row(page, 'one').filter({ hasText: 'Maintenance' }).waitFor();
	await row(page, 'two').filter({ hasText: /Unhealthy.*In maintenance · refused/ }).waitFor();
	assert.equal(await row(page, 'two').locator('.title .calm').count(), 1);
	await waitText(page, '#facets', /Unhealthy1.*Maintenance1Healthy1/);
	await waitText(page, '#history-note', /^Maintenance at \d\d:\d\d–.*\d\d:\d\d UTC$/);
	await page.locator('#key-maintenance').waitFor();
	await say(page, 'patch', patch(6, 'unhealthy', { maintenance: { windows: [] }, components: {
		row: [], status: [], response_ms: [], checked_s: [], since_s: [], error: [], maintenance: [] } }));
	await row(page, 'one').filter({ hasText: 'Healthy' }).waitFor();
	assert.equal(await row(page, 'two').locator('.title .calm').count(), 0);
}

async function fromDetail(test) {
	const { page, allow } = test;
	await openTold(test);
	await row(page, 'two').click();
	await page.locator('#detail-silence').click();
	assert.equal(await page.locator('#silence').getByLabel('Alerts').inputValue(), 'component=two');
	await page.locator('#silence').getByLabel('Reason').fill('x');
	await page.locator('#silence').getByLabel('Who').fill('x');
	await page.keyboard.press('Enter');
	await page.locator('#detail .toast').getByRole('button', { name: 'Undo' }).click();
	await page.locator('.toast').waitFor({ state: 'hidden' });
	allow(/404/);
}

async function unloaded(test) {
	const { page, allow } = test;
	await page.route('**/assets/more.*', (route) => route.abort());
	await openFake(test, [snapshotAt(5, 'healthy', toldAt(Date.now()))]);
	await waitText(page, '#verdict-word', /^Healthy$/);
	await waitText(page, '#silences .unloaded', /This part of the page could not be loaded \(.+\)/);
	await page.keyboard.press('a');
	await waitText(page, '#more-text', /This part of the page could not be loaded/);
	await page.locator('#more-retry').click();
	await page.locator('#more[open]').waitFor();
	await page.unroute('**/assets/more.*');
	await page.locator('#more-retry').click();
	await page.locator('#ack[open]').waitFor();
	await page.locator('#silences .unloaded').waitFor({ state: 'hidden' });
	await waitText(page, '#silences-note', /^3 active$/);
	allow(/ERR_FAILED|404/);
}

async function keyboard(test) {
	const { page } = test;
	await openTold(test);
	const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label')
		?? document.activeElement.dataset.key ?? document.activeElement.id);
	await page.locator('#alerts-firing').focus();
	await page.keyboard.press('Tab');
	assert.equal(await focused(), 'a1');
	await page.keyboard.press('ArrowDown');
	assert.equal(await focused(), 'a2');
	await page.keyboard.press('ArrowRight');
	assert.equal(await focused(), 'Ack Circuit Breaker Open: us-equity');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Enter');
	await page.locator('#silence[open]').waitFor();
	await page.keyboard.press('Escape');
	await page.locator('#silence').waitFor({ state: 'detached' });
	assert.equal(await focused(), 'Silence Circuit Breaker Open: us-equity');
	await page.keyboard.press('a');
	await page.locator('#ack').getByText('Circuit Breaker Open: us-equity').waitFor();
	await page.keyboard.press('Escape');
	await page.locator('#silences-new').focus();
	await page.keyboard.press('Tab');
	assert.match(await focused(), /^End the silence component=covariance/);
	await page.keyboard.press('ArrowDown');
	assert.match(await focused(), /^End the silence group=~worker/);
	await page.keyboard.press('Tab');
	assert.equal(await focused(), '');
	assert.equal(await page.evaluate(() => document.activeElement.textContent), 'ops', 'one stop a list');
	await page.keyboard.press('ArrowDown');
	assert.equal(await focused(), 'Test ops');
}

const ODD = [{ silences: 7 }, { silences: { silences: [null, 7, {}, { id: EVIL, match: [EVIL, {}], by: {},
	reason: EVIL, from: 7, until: EVIL, state: 'constructor', hides: EVIL }], more: {} } }, { silences: null },
{ maintenance: { windows: [null, 7, { name: EVIL, match: EVIL, active: 1, next_from: EVIL }] } },
{ maintenance: 'x' }, { channels: { channels: [null, 7, {}, { name: EVIL, kind: {}, queued: EVIL,
	failing_since: EVIL, trouble: EVIL }, { name: '__proto__' }, { name: 'constructor' }], depth: EVIL } },
{ channels: 7 }, { alerts: { firing: [alertAt(0, EVIL, { title: EVIL, rule: {}, subject: EVIL, ack: EVIL,
	quiet: { kind: {}, text: {} }, hides: EVIL, flapping: {}, flap_rate: EVIL, recovering: 7 }), { ack: 7 },
{ quiet: [] }], counts: { firing: EVIL, acked: {}, silenced: -1 } } },
{ components: { row: [], maintenance: 7 } }, { components: { row: [], maintenance: [{}, -1, 'x', 1e9] } }];

async function hostile(test) {
	const { page } = test;
	await openTold(test, { 'GET /deliveries': { deliveries: [null, 7, { id: {}, headline: EVIL, state: EVIL,
		kind: {}, channel: {}, at: EVIL, attempts: EVIL, text: EVIL }] } });
	let seq = 5;
	for (const parts of ODD) {
		await say(page, 'patch', patch(++seq, 'unhealthy', parts));
		for (const tab of ['acked', 'silenced', 'resolved', 'firing']) {
			await page.locator(`#alerts-${tab}`).click();
		}
	}
	await say(page, 'patch', patch(++seq, 'degraded', toldAt(Date.now())));
	await waitText(page, '#verdict-word', /^Degraded$/);
	await waitText(page, '#silences-note', /^3 active$/);
	assert.equal(await page.locator('img').count(), 0);
	assert.equal(await page.evaluate(() => window.stolen), undefined);
}

async function storm(test) {
	const { page } = test;
	const now = Date.now();
	const many = (count, make) => Array.from({ length: count }, (_, nth) => make(nth));
	const names = many(10_000, (nth) => `c${nth}`);
	const column = (value) => names.map(() => value);
	const { silences: [silence] } = silencesAt(now);
	const { windows: [window] } = windowsAt(now);
	const { channels: [, channel] } = channelsAt(now);
	await page.setViewportSize({ width: 1440, height: 900 });
	await openTold(test, { 'GET /deliveries': { deliveries: many(500, (nth) =>
		({ ...deliveriesAt(now).deliveries[0], id: nth })) } }, {
		alerts: { firing: many(200, (nth) => alertAt(now, `a${nth}`, { hides: 5, severity: 'critical' })),
			counts: { firing: 200, silenced: 9800 } },
		silences: { silences: many(100, (nth) => ({ ...silence, id: `s${nth}` })), more: 900 },
		maintenance: { windows: many(50, (nth) => ({ ...window, name: `w${nth}` })) },
		channels: { channels: many(40, (nth) => ({ ...channel, name: `n${nth}` })), depth: 9000 },
		components: { ...COLUMNS, name: names, group: column(null), kind: column(0), limit_ms: column(null),
			status: column(2), response_ms: column(1), checked_s: column(1), since_s: column(60), error: [],
			maintenance: names.map((_, nth) => nth) } });
	await waitText(page, '#silences-more', /^and 1,042 more$/);
	await waitText(page, '#channels-more', /^and 32 more channels$/);
	await waitText(page, '#alerts-more', /^and 180 more$/);
	const nodes = await page.locator('*').count();
	assert.ok(nodes <= 1500, `${nodes} nodes`);
}

async function readable(test) {
	const { page } = test;
	await openTold(test);
	await page.locator('#delivery-list li').nth(4).waitFor();
	for (const scheme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme: scheme });
		for (const [width, height] of [[1440, 900], [390, 844], [320, 640]]) {
			await page.setViewportSize({ width, height });
			await assertNoAxe(page, `${scheme}, ${width}`);
			await assertNoOverflow(page, `${width}`);
			for (const [press, form] of [['Ack', 'ack'], ['Silence', 'silence']]) {
				await page.locator(`#alert-list .link:text-is("${press}")`).first().click();
				await page.locator(`#${form}[open]`).waitFor();
				await assertNoAxe(page, `${form}, ${scheme}, ${width}`, `#${form}`);
				await assertNoOverflow(page, `${form}, ${width}`);
				await page.keyboard.press('Escape');
			}
		}
	}
}

/** Of what fires only what is told is spoken of. */
async function speaks(test) {
	const { page } = test;
	const now = Date.now();
	const quiet = { kind: 'silence', by: 's3', text: 'silence s3' };
	await openTold(test, {}, { alerts: { firing: [], counts: { firing: 0 } } });
	await say(page, 'patch', patch(6, 'unhealthy', { alerts: { counts: { firing: 1, silenced: 1 }, firing: [
		alertAt(now, 'a1', { severity: 'critical', title: 'loud' }),
		alertAt(now, 'a2', { severity: 'critical', title: 'silenced', quiet })] } }));
	await waitText(page, '#urgent', /^Critical: loud\.$/);
}

export const tests = [
	['tabs hold what is firing, acknowledged, silenced', tabs],
	['more than the live list holds is asked for', beyond],
	['nothing fires but what somebody has taken', nothing],
	['an alert is taken, after a refusal, and given back', takes],
	['a silence begins as its alert says and can be undone', silences],
	['a wrong matcher is told while it is written', corrects],
	['who may not give orders sees why', forbids],
	['silences and windows say what they hide, and end', ends],
	['channels say how they fare, and the log what they were told', tells],
	['what is in maintenance is marked, ahead and now', maintains],
	['a component can be silenced from its detail', fromDetail],
	['without the second script the page says so and tries again', unloaded],
	['all of it by keyboard', keyboard],
	['hostile words stay words', hostile],
	['a storm is no flood of nodes', storm],
	['everybody can read it', readable],
	['only what is told is spoken of', speaks],
];
