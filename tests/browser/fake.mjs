// A daemon of a test's own making: its stream, and its snapshots in the order they are asked for.
import { waitText } from './look.mjs';

export const COLUMNS = { words: { status: ['healthy', 'degraded', 'unhealthy', 'unknown'],
	group: [], kind: ['http'] }, name: ['one'], group: [null], kind: [0], critical: [],
limit_ms: [null], status: [0], response_ms: [1], checked_s: [0], since_s: [60], error: [] };

function fakeStream() {
	window.streams = [];
	window.EventSource = class extends EventTarget {
		constructor(url) {
			super();
			this.url = url;
			this.readyState = 1;
			window.streams.push(this);
		}

		close() {
			this.readyState = 2;
		}
	};
	window.say = (type, data) => window.streams.at(-1).dispatchEvent(new MessageEvent(type,
		{ data: typeof data === 'string' ? data : JSON.stringify(data) }));
}

/** What a daemon with one component called "one" has to say of itself. */
export function snapshotAt(seq, status, more = {}) {
	const code = COLUMNS.words.status.indexOf(status);
	return { seq, now: Date.now(), roster: 'r1', overview: { overall_status: status },
		metrics: {}, resources: {}, metadata: { auto_refresh_interval: 30 }, thresholds: {},
		alerts: { firing: [], counts: {} }, breakers: { total_breakers: 0, states: {}, changed: {} },
		components: { ...COLUMNS, status: [code] }, ...more };
}

/** Opens the page before such a daemon. @returns the times at which a snapshot was asked for */
export async function openFake({ page, url }, answers) {
	const asked = [];
	await page.addInitScript(fakeStream);
	await page.route('**/api/v1/live/snapshot', (route) => {
		asked.push(Date.now());
		const answer = answers.length > 1 ? answers.shift() : answers[0];
		return typeof answer === 'function' ? answer(route) : route.fulfill({ json: answer });
	});
	await page.goto(url);
	await page.waitForFunction(() => window.streams.length === 1);
	return asked;
}

/** The same, and waits until the first snapshot is shown. */
export async function openHealthy(test, answers) {
	const asked = await openFake(test, [snapshotAt(5, 'healthy'), ...answers]);
	await waitText(test.page, '#verdict-word', /^Healthy$/);
	return asked;
}

export const say = (page, type, data) =>
	page.evaluate(([what, it]) => window.say(what, it), [type, data]);
export const patch = (seq, status, more = {}) => ({ seq, now: Date.now(), roster: 'r1',
	overview: { overall_status: status }, ...more });
