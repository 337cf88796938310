// One breaker in full, beside the page: the processes that share it, its changes, its settings, and
// the orders that it takes. All of it is asked for again each second as long as it is open.
import { isRight } from '../live/live.js';
import { createFact, createLine, timed } from '../components/lines.js';
import { factsOf } from '../components/facts.js';
import { createDialog, frameOf } from '../components/dialog.js';
import { Chart } from '../history/chart.js';
import { LANES } from '../history/lanes.js';
import { confirmButton } from '../view/confirm.js';
import { ask, order, wordsOf } from '../view/daemon.js';
import { byId, el, patch, setMark, setNote, setText, show, symbol } from '../view/dom.js';
import { make } from '../view/make.js';
import { age, clock, count, parseTime, plural, uptime } from '../view/format.js';
import { switchMark } from '../view/marks.js';
import { redraw } from '../view/paint.js';
import { crewLine, stateLine } from './breaker_words.js';

const APART_MS = 1000;
const OVERRIDE = /^(forced|disabled|metrics)/;
/** Settings that are lengths of time, in seconds. */
const TIMES = /_timeout|window|open|lump|(slow|timeout)_threshold/;

let current = '';
/** @type {any} the daemon's answer, null before it came */
let found = null;
let trouble = '';
let askedAt = -Infinity;

/** What a state of a breaker is drawn like. @type {Record<string, string>} */
const LIKE = { closed: 'healthy', half_open: 'degraded', open: 'unhealthy', forced_open: 'unhealthy',
	disabled: 'maintenance', metrics_only: 'maintenance' };
const chart = new Chart('breaker', { path: '/api/v1/breakers/', say: (word) => switchMark(word.toLowerCase()).word,
	health: (word) => LIKE[word.toLowerCase()] ?? 'unknown', figures: [
		{ field: 'failure_rate', scale: 100, lane: { ...LANES[3], name: 'Failure rate' } },
		{ field: 'avg_response_us', scale: 0.001, lane: LANES[2] }] }, () => redraw(drawBreakerSheet));

frameOf('breaker', symbol('closed', 'switch'), el('h2'), [
	el('p', 'since', make('strong#breaker-word', {})),
	make('p#breaker-crew', {}),
	make('p.trouble#breaker-trouble', {}),
	chart.node,
	make('section#breaker-shared', {}, el('h3', '', 'Workers'), make('ul.lines.workers#breaker-workers', {})),
	make('section#breaker-changes', {}, el('h3', '', 'Changes'), make('ul.lines.changes#breaker-events', {})),
	el('section', '', el('h3', '', 'Settings'), make('dl#breaker-facts', {})),
], el('footer', '', make('span.said.bad#breaker-said', { role: 'alert' })));

const { dialog, open, resume } = createDialog('breaker', 'breaker', (name) => {
	[current, found, trouble, askedAt] = [name, null, '', -Infinity];
	setText('breaker-said', '');
	redraw(drawBreakerSheet);
});

/** The word, the path, whether it ends an override. @type {[string, string, boolean][]} */
const ORDERS = [['Force open', 'force-open', false], ['Disable', 'disable', false],
	['Enable', 'enable', true]];

const presses = ORDERS.map(([word, path]) => confirmButton(word, 'this breaker', async () => {
	const name = current;
	setText('breaker-said', '');
	const refusal = await order(`/api/v1/breakers/${encodeURIComponent(name)}/${path}`);
	if (name === current) {
		setText('breaker-said', refusal);
		askedAt = -Infinity;
	}
}));
byId('breaker-said').before(...presses);

export { open as openBreaker };

async function refresh() {
	const name = current;
	askedAt = Infinity;
	let answer = found;
	let why = '';
	try {
		answer = await ask(`/api/v1/breakers/${encodeURIComponent(name)}`);
	} catch (error) {
		why = `Bellwether could not be asked for more: ${wordsOf(error)}`;
	}
	if (name === current) {
		[found, trouble, askedAt] = [answer, why, uptime()];
		redraw(drawBreakerSheet);
	}
}

/** @param {any} worker @returns {string} what it does and what it did */
function fareOf({ in_flight: flying, busy_s: busy, admitted, failed, last_failure: last }) {
	return [flying > 0 && `${plural(flying, 'call')} in flight${busy ? ` for ${age(busy)}` : ''}`,
		plural(admitted, 'call'),
		failed > 0 && `${count(failed)} failed${last ? `, last ${clock(parseTime(last))}` : ''}`]
		.filter(Boolean).join(' · ');
}

/** Calls that cannot end, then failures, first. @param {any} left @param {any} right */
const byTrouble = (left, right) => Number(left.alive) - Number(right.alive)
	|| right.failed - left.failed || left.pid - right.pid;

/** @param {any} worker @returns {import('../components/lines.js').Line} */
function lineOf(worker) {
	const [word, shape, tone] = !worker.alive ? ['Gone', 'ring', worker.in_flight > 0 ? 'warn' : 'dim']
		: worker.failed > 0 ? ['Alive', 'triangle', 'warn'] : ['Alive', 'dot', 'ok'];
	return { look: { word, shape, tone, rank: 0 },
		head: `${worker.pid} ${worker.command}`, short: word, text: fareOf(worker) };
}

/** @param {Record<string, unknown>} config @returns {[string, string][]} those that do something */
function settingsOf(config) {
	return factsOf(Object.fromEntries(Object.entries(config).filter(([, value]) => value)
		.map(([key, value]) => (TIMES.test(key) ? [`${key}_ms`, Number(value) * 1000] : [key, value]))));
}

/** @param {any[]} events oldest first @param {number} now */
function linesOf(events, now) {
	return events.map(({ at, to, reason, pid }) => ({ look: { ...switchMark(to), shape: 'dot' },
		...timed(parseTime(at), now), short: switchMark(to).word,
		text: `${String(reason ?? '').replaceAll('_', ' ')}${pid ? `, by ${pid}` : ''}` })).reverse();
}

/** @param {import('../app.js').Frame} frame */
export function drawBreakerSheet({ model, state, now }) {
	if (!dialog.open || !model) {
		return;
	}
	if (isRight(state) && uptime() - askedAt > APART_MS) {
		refresh();
	}
	const breaker = model.breakers.byName.get(current);
	const look = switchMark(breaker?.state);
	const rate = Number(found?.config?.failure_rate_threshold);
	const workers = [...found?.worker_list ?? []].sort(byTrouble).map(lineOf);
	const events = linesOf(found?.events ?? [], now);
	setMark('breaker-mark', look, 'switch');
	setText('breaker-title', current);
	setText('breaker-word', breaker ? stateLine(breaker, now) : 'There is no breaker of this name');
	setNote('breaker-crew', breaker && crewLine(breaker));
	setNote('breaker-trouble', trouble);
	show(chart.node, breaker !== undefined);
	if (breaker) {
		chart.draw({ name: current, state: '', since: NaN, limits: [rate > 0 ? rate * 100 : null, null], now, liveness: state });
	}
	show('breaker-shared', workers.length > 0);
	patch('breaker-workers', workers, createLine);
	show('breaker-changes', events.length > 0);
	patch('breaker-events', events, createLine);
	patch('breaker-facts', settingsOf(found?.config ?? {}), createFact);
	ORDERS.forEach(([, , ends], nth) =>
		show(presses[nth], breaker !== undefined && OVERRIDE.test(breaker.state) === ends));
}

export { resume as resumeBreaker };
