// The stream with events of our own making: holes in the sequence, orders to fetch anew, broken ones.
import assert from 'node:assert/strict';
import { waitText } from './look.mjs';

export const config = 'components: []\n';

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

const now = () => new Date().toISOString();

function documentAt(seq, status) {
	return { overview: { overall_status: status }, components: { one: { status } }, alerts: [],
		circuit_breakers: {}, resources: {}, metrics: {}, thresholds: {},
		metadata: { seq, last_updated: now(), auto_refresh_interval: 30 } };
}

async function open({ page, url }, answers) {
	const asked = [];
	await page.addInitScript(fakeStream);
	await page.route('**/api/v1/dashboard', (route) => {
		asked.push(Date.now());
		return route.fulfill({ json: answers.length > 1 ? answers.shift() : answers[0] });
	});
	await page.goto(url);
	await page.waitForFunction(() => window.streams.length === 1);
	await page.evaluate((first) => window.say('snapshot', first), documentAt(5, 'healthy'));
	await waitText(page, '#verdict-word', /^Healthy$/);
	return asked;
}

const say = (page, type, data) => page.evaluate(([what, it]) => window.say(what, it), [type, data]);
const change = (seq, status) => ({ seq, now: now(), overview: { overall_status: status },
	components: { one: { status } } });

async function inOrder(test) {
	const asked = await open(test, [documentAt(99, 'unknown')]);
	await say(test.page, 'change', change(6, 'degraded'));
	await waitText(test.page, '#verdict-word', /^Degraded$/);
	await say(test.page, 'heartbeat', { seq: 6, now: now() });
	await say(test.page, 'change', change(3, 'healthy'));
	await say(test.page, 'change', change(7, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
	assert.equal(asked.length, 0);
}

async function hole(test) {
	const asked = await open(test, [documentAt(6, 'healthy'), documentAt(9, 'degraded')]);
	await say(test.page, 'change', change(8, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Degraded$/);
	assert.equal(asked.length, 2, 'a document older than the event is not taken');
	await say(test.page, 'change', change(10, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
}

async function heldBack(test) {
	const asked = await open(test, [documentAt(7, 'degraded')]);
	await say(test.page, 'heartbeat', { seq: 7, now: now() });
	await say(test.page, 'change', change(8, 'unhealthy'));
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
	assert.equal(asked.length, 1);
}

async function resync(test) {
	const asked = await open(test, [documentAt(6, 'unhealthy')]);
	await say(test.page, 'resync', { seq: 6, now: now() });
	await waitText(test.page, '#verdict-word', /^Unhealthy$/);
	assert.equal(asked.length, 1);
}

async function broken(test) {
	await open(test, [documentAt(6, 'healthy')]);
	await say(test.page, 'change', '{"seq": 6,');
	await waitText(test.page, '#verdict-word', /^Unknown$/);
	await test.page.waitForFunction(() => window.streams.length === 2);
}

async function strange(test) {
	await open(test, [documentAt(6, 'healthy')]);
	await say(test.page, 'change', { ...change(6, 'sideways'), metrics: { score_factors: null,
		system_health_score: 'many' }, resources: { load_average: 'none' }, alerts: [{}],
	circuit_breakers: { breakers: { x: { state: 'melted' } } } });
	await waitText(test.page, '#verdict-word', /^sideways$/);
	await waitText(test.page, '#score', /^–$/);
	await waitText(test.page, '#breaker-list', /melted/);
}

export const tests = [
	['changes are laid in by their order', inOrder],
	['a hole makes the page fetch the document', hole],
	['what came during the fetch is laid in after it', heldBack],
	['resync makes the page fetch the document', resync],
	['a broken event is a lost stream', broken],
	['unknown words and missing parts are shown as such', strange],
];
