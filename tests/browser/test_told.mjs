// Alerts on the page with a real daemon and real receivers: what is ordered here happens there, and what
// happens there is shown here.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { openLive, row, waitText } from './look.mjs';
import { HttpPeer } from './peers.mjs';

/** Takes what it is sent; refuses it while it is to. */
async function receiver() {
	const taken = [];
	const it = { taken, refuses: false };
	const server = createServer((asked, answer) => {
		let body = '';
		asked.on('data', (part) => { body += part; }).on('end', () => {
			taken.push(body);
			answer.statusCode = it.refuses ? 503 : 200;
			answer.end();
		});
	});
	server.unref();
	await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
	it.port = server.address().port;
	return it;
}

const peer = await new HttpPeer().start();
const [ops, boss] = await Promise.all([receiver(), receiver()]);

export const config = `
refresh_interval: 1s
thresholds: { cpu_usage: 100, memory_usage: 100, disk_usage: 100 }
components:
  - { name: feed, group: feeds, every: 1s, http: { url: "http://127.0.0.1:${peer.port}/" } }
  - { name: moved, every: 1s, exec: { command: ["true"] } }
  - { name: torn, every: 1s, exec: { command: ["sh", "-c", "exit 2"] } }
maintenance:
  - { name: move, match: ["component=~moved|torn"], from: "2020-01-01T00:00:00Z", until: "2099-01-01T00:00:00Z", reason: new rack }
notify:
  - { name: ops, webhook: { url: "http://127.0.0.1:${ops.port}/" }, severity: info }
  - { name: boss, webhook: { url: "http://127.0.0.1:${boss.port}/" }, severity: critical }
`;

const TITLE = 'Component Unhealthy: feed';
const alertRow = (page, title) => page.locator('#alert-list .alert', { hasText: title });

async function acknowledges({ page, url }) {
	await openLive(page, url);
	await peer.stop();
	await alertRow(page, TITLE).waitFor();
	await page.getByRole('button', { name: `Ack ${TITLE}` }).click();
	await page.locator('#ack').getByLabel('Who').fill('ada');
	await page.locator('#ack').getByLabel('Comment').fill('the <b>vendor</b> knows');
	await page.keyboard.press('Enter');
	await alertRow(page, TITLE).waitFor({ state: 'detached' });
	await page.locator('#alerts-acked').click();
	await alertRow(page, TITLE).filter({ hasText: 'Acked by ada' }).filter({ hasText:
		'the <b>vendor</b> knows' }).waitFor();
	await page.reload();
	await page.getByRole('button', { name: `Take back ${TITLE}` }).click();
	await alertRow(page, TITLE).waitFor({ state: 'detached' });
	await page.locator('#alerts-firing').click();
	await alertRow(page, TITLE).waitFor();
}

async function silences({ page, url, allow }) {
	await openLive(page, url);
	await page.getByRole('button', { name: `Silence ${TITLE}` }).click();
	const form = page.locator('#silence');
	assert.equal(await form.getByLabel('Alerts').inputValue(), 'component=feed\nrule=component_unhealthy');
	await form.getByText('Hides 1 alert now:').waitFor();
	await form.getByLabel('Alerts').fill('component=~(');
	await form.getByText(/closing parenthesis/).waitFor();
	await form.getByLabel('Alerts').fill('component=feed');
	await form.getByLabel('Reason').fill('new line');
	await form.getByLabel('Who').fill('ada');
	await page.keyboard.press('Enter');
	await alertRow(page, TITLE).waitFor({ state: 'detached' });
	await page.locator('#chips button', { hasText: 'silenced' }).click();
	await alertRow(page, TITLE).filter({ hasText: /ada/ }).filter({ hasText: 'new line' }).waitFor();
	const hush = page.locator('#silence-list li', { hasText: 'component=feed' });
	await hush.filter({ hasText: /Silence · new line · by ada · until .* · hides 1 alert now/ }).waitFor();
	await page.locator('#alerts-firing').click();
	await hush.locator('.push').click();
	await hush.locator('.push').click();
	await hush.waitFor({ state: 'detached' });
	await alertRow(page, TITLE).waitFor();
	allow(/400/);
}

async function undoes({ page, url }) {
	await openLive(page, url);
	await row(page, 'feed').click();
	await page.locator('#detail-silence').click();
	await page.locator('#silence').getByLabel('Reason').fill('a mistake');
	await page.locator('#silence').getByLabel('Who').fill('ada');
	await page.keyboard.press('Enter');
	const hush = page.locator('#silence-list li', { hasText: 'a mistake' });
	await hush.waitFor();
	await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
	await hush.waitFor({ state: 'detached' });
}

async function resolves({ page, url }) {
	await openLive(page, url);
	await alertRow(page, TITLE).waitFor();
	await peer.start();
	await page.locator('#alerts-resolved').click();
	await alertRow(page, TITLE).waitFor();
}

async function delivers({ page, url }) {
	await openLive(page, url);
	boss.refuses = true;
	const channel = (name) => page.locator('#channel-list li', { hasText: name });
	const said = (what, to) => page.locator('#delivery-list li', { hasText: what })
		.filter({ has: page.locator(`.to:text-is("${to}")`) }).first();
	for (const name of ['ops', 'boss']) {
		await channel(name).locator('.push').click();
		await channel(name).locator('.push').click();
		await channel(name).filter({ hasText: 'A test is on its way' }).waitFor();
	}
	await said('test', 'ops').filter({ hasText: /Sent · 1 attempt/ }).waitFor();
	await channel('ops').filter({ hasText: /Sent / }).waitFor();
	await said('test', 'boss').filter({ hasText: /Waiting · [1-9].*503/ }).waitFor();
	await channel('boss').filter({ hasText: /Failing for .* · 1 waiting · next try .*503/ }).waitFor();
	boss.refuses = false;
	await said('test', 'boss').filter({ hasText: /Sent · [2-9] attempts/ }).waitFor();
	await channel('boss').filter({ hasText: /^boss.*Sent / }).waitFor();
	assert.ok(ops.taken.some((body) => body.includes('Test')));
	assert.equal(new Set(boss.taken).size, 1, 'the same message each time');
}

/** Windows that are open mark their components, hide their alerts and shade the history. */
async function maintains({ page, url }) {
	await openLive(page, url);
	await row(page, 'moved').filter({ hasText: 'Maintenance' }).waitFor();
	await row(page, 'torn').filter({ hasText: /Unhealthy.*In maintenance/ }).waitFor();
	await page.locator('#silence-list li', { hasText: 'Maintenance · move · new rack' })
		.filter({ hasText: 'hides 1 alert now' }).waitFor();
	await page.locator('#alerts-silenced').click();
	await alertRow(page, 'Component Unhealthy: torn').filter({ hasText: 'move' }).waitFor();
	await page.locator('#key-maintenance').waitFor();
	const answer = await (await fetch(`${url}/api/v1/history?format=columns`)).json();
	assert.equal(answer.maintenance.length, 1);
}

export const tests = [
	['an alert is acknowledged and given back', acknowledges],
	['an alert is silenced, and told again when that ends', silences],
	['a silence is undone', undoes],
	['it is resolved', resolves],
	['channels are tried, fail and recover', delivers],
	['a window of maintenance', maintains],
];
