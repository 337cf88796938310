// Eight tabs, one stream: whoever holds it, all of them live; whoever goes, the others stay.
import assert from 'node:assert/strict';
import { beats, row, turn, waitStreams, waitText } from './look.mjs';

const TABS = 8;

export const config = `
refresh_interval: 1s
components:
  - name: machine
    every: 1s
    exec: { command: ["true"] }
`;

/** Opens a tab that notes when it asks for the stream, and each word in its bar. */
async function openTab(context, url, holders) {
	const page = await context.newPage();
	page.on('request', (request) => {
		if (new URL(request.url()).pathname === '/api/v1/live') {
			holders.push(page);
		}
	});
	await page.addInitScript(() => {
		window.words = new Set();
		addEventListener('DOMContentLoaded', () => {
			const bar = document.querySelector('#liveness-word');
			new MutationObserver(() => window.words.add(bar.textContent.split(' ')[0]))
				.observe(bar, { subtree: true, childList: true, characterData: true });
		});
	});
	await page.goto(url, { waitUntil: 'domcontentloaded' });
	await page.waitForSelector('body.live');
	return page;
}

async function openTabs(context, url, count) {
	const holders = [];
	const pages = [];
	for (let nth = 0; nth < count; nth++) {
		pages.push(await openTab(context, url, holders));
	}
	return { holders, pages };
}

async function share({ context, url }) {
	const { holders, pages } = await openTabs(context, url, TABS);
	await waitStreams(url, 1);
	assert.equal(holders.length, 1, 'one tab asked for the stream');
	await Promise.all(pages.map(beats));
	await row(pages[TABS - 1], 'machine').filter({ hasText: 'Healthy' }).waitFor();
	for (let nth = 0; nth < 3; nth++) {
		const holder = holders.at(-1);
		await holder.close();
		pages.splice(pages.indexOf(holder), 1);
		await Promise.all(pages.map(beats));
		await waitStreams(url, 1);
		assert.equal(holders.length, nth + 2, 'one other tab took over');
	}
	for (const page of pages) {
		const words = await page.evaluate(() => [...window.words]);
		assert.deepEqual(words.filter((word) => word !== 'Live'), [], 'nobody was late');
	}
	await Promise.all(pages.map((page) => page.close()));
	await waitStreams(url, 0);
}

async function hideHolder({ context, url }) {
	const { holders, pages: [first, second] } = await openTabs(context, url, 2);
	assert.equal(holders.at(-1), first);
	await turn(first, true);
	await beats(second);
	await waitStreams(url, 1);
	assert.equal(holders.at(-1), second);
	await turn(second, true);
	await waitStreams(url, 0);
	await turn(first, false);
	await first.waitForSelector('body.live');
	await beats(first);
	await turn(second, false);
	await second.waitForSelector('body.live');
	await beats(second);
	await waitStreams(url, 1);
}

async function pauseHolder({ context, url }) {
	const { holders, pages: [first, second] } = await openTabs(context, url, 2);
	await first.keyboard.press('p');
	await waitText(first, '#liveness-word', /^Paused$/);
	await beats(second);
	await waitStreams(url, 1);
	assert.equal(holders.at(-1), second);
	await first.locator('#liveness').click();
	await beats(first);
	await waitStreams(url, 1);
}

/** The tab stands still as one that a debugger holds: its stream stays open, nothing runs. */
async function hangHolder({ context, url }) {
	const { holders, pages: [first, second, third] } = await openTabs(context, url, 3);
	const debug = await context.newCDPSession(first);
	await debug.send('Debugger.enable');
	await debug.send('Debugger.pause');
	const stuck = new Promise((done) => { debug.once('Debugger.paused', done); });
	await stuck;
	await context.waitForEvent('request', { timeout: 10_000,
		predicate: (request) => request.url().endsWith('/api/v1/live') });
	await Promise.all([beats(second), beats(third)]);
	assert.notEqual(holders.at(-1), first);
	await debug.send('Debugger.resume');
	await debug.detach();
	await beats(first);
	await waitStreams(url, 1);
	for (const page of [second, third]) {
		assert.ok(!(await page.evaluate(() => window.words.has('Lost'))), 'nobody was lost');
	}
}

async function pageCache({ context, url }) {
	const { pages: [first, second] } = await openTabs(context, url, 2);
	await first.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
	await beats(second);
	await waitStreams(url, 1);
	await first.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
	await beats(first);
	await first.goto('about:blank');
	await beats(second);
	await first.goBack();
	await first.waitForSelector('body.live');
	await beats(first);
	await waitStreams(url, 1);
}

async function alone({ context, url }) {
	await context.addInitScript(() => {
		Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });
	});
	const { pages: [first, second] } = await openTabs(context, url, 2);
	await waitStreams(url, 2);
	await turn(first, true);
	await waitStreams(url, 1);
	await beats(second);
}

/** A tab that only listens says as much as the one that holds the stream, and its button works. */
async function allLost({ context, url, daemon, allow }) {
	const { holders, pages } = await openTabs(context, url, 3);
	daemon.mayEnd = true;
	daemon.child.kill('SIGKILL');
	await Promise.all(pages.map((page) => waitText(page, '#liveness-word', /^Lost/, 5000)));
	await Promise.all(pages.map((page) => page.locator('#lost').waitFor()));
	await Promise.all(pages.map((page) => waitText(page, '#lost-next', /^Next try in \d/)));
	const listener = pages.find((page) => page !== holders.at(-1));
	const before = holders.length;
	const asked = holders.at(-1).waitForRequest((request) => request.url().endsWith('/api/v1/live'));
	await listener.locator('#try-now').click();
	await asked;
	assert.ok(holders.length > before);
	allow(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/);
}

export const tests = [
	['eight tabs share one stream, and the next one takes over', share],
	['who is hidden hands the stream over', hideHolder],
	['who is paused hands the stream over', pauseHolder],
	['a tab that hangs loses the stream', hangHolder],
	['the back/forward cache gets no stream', pageCache],
	['without locks each tab has a stream of its own', alone],
	['every tab says that the daemon is gone, and can ask for a try', allLost],
];
