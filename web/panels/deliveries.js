// Who is told, and what they were told: each channel with its queue and its trouble, and the newest of the
// log of deliveries. The log is asked for when the channels tell of something new.
import { button, byId, el, patch, setAttr, setClass, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, clock, count, iso, NONE, number, parseTime, plural, uptime, when } from '../view/format.js';
import { confirmButton } from '../view/confirm.js';
import { ask, wordsOf } from '../view/daemon.js';
import { redraw } from '../view/paint.js';
import { permit } from '../view/rights.js';
import { createStop } from '../view/stops.js';
import { send } from '../forms/form.js';

const CHANNELS = 8;
const ROWS = 10;
const AGAIN_MS = 2000;

const tidy = createStop('channel-list');

/** @type {Record<string, [string, string, string]>} shape, tone, word */
const STATES = { sent: ['dot', 'ok', 'Sent'], queued: ['ring', 'dim', 'Waiting'],
	sending: ['ring', 'dim', 'Sending'], given_up: ['octagon', 'bad', 'Given up'] };

/** @type {any[] | null} */
let log = null;
let trouble = '';
let askedAt = -Infinity;
/** @type {unknown} the channels as they were when the log was asked for */
let askedFor = null;
/** The channel whose deliveries alone are shown; empty for all. */
let only = '';
/** What was said to a test, by channel. @type {Map<string, [string, boolean]>} */
const said = new Map();

/** @param {string} name */
async function test(name) {
	said.delete(name);
	try {
		await send('POST', `/api/v1/channels/${encodeURIComponent(name)}/test`);
		said.set(name, ['A test is on its way; the log tells how it went.', false]);
	} catch (error) {
		said.set(name, [`Not tested: ${wordsOf(error)}`, true]);
	}
	askedFor = null;
	redraw(drawDeliveries);
}

/** @param {any} channel @param {number} now @returns {[string, string, string]} shape, tone, words */
function stateOf({ queued, last_sent: last, failing_since: failing, next_try: next, given_up: lost, trouble: why },
	now) {
	const [since, sent, again] = [failing, last, next].map(parseTime);
	const ago = age((now - sent) / 1000);
	const wait = (again - now) / 1000;
	const words = [isFinite(since) ? `Failing for ${age((now - since) / 1000)}`
		: isFinite(sent) ? `Sent ${ago === 'now' ? 'just now' : `${ago} ago`}` : 'Nothing sent yet',
	queued > 0 && `${count(queued)} waiting`,
	lost > 0 && `${count(lost)} given up`,
	isFinite(since) && isFinite(again) && (wait < 2 ? 'next try now' : `next try in ${age(wait)}`),
	isFinite(since) && why].filter(Boolean).join(' · ');
	return isFinite(since) ? ['octagon', 'bad', words]
		: lost > 0 ? ['triangle', 'warn', words]
			: isFinite(sent) ? ['dot', 'ok', words] : ['ring', 'dim', words];
}

/** @param {string} name */
function createAnswer(name) {
	const answer = el('span');
	const retry = button('link', () => test(name), 'Retry');
	const node = el('p', '', answer, ' ', retry);
	return { node, update() {
		const [text, failed] = said.get(name) ?? ['', false];
		setText(answer, text);
		setClass(node, failed ? 'trouble' : '');
		show(retry, failed);
	} };
}

/** @typedef {{ key: string, channel: any, now: number }} Channel */

/** @param {Channel} first */
function createChannel({ key: name }) {
	const mark = symbol('ring', 'mark');
	const choose = button('name', () => {
		only = only === name ? '' : name;
		log = null;
		askedFor = null;
		askedAt = -Infinity;
		redraw(drawDeliveries);
	}, name);
	const kind = el('span', 'note');
	const text = el('p');
	const press = confirmButton('Test', name, () => test(name));
	const line = el('div');
	const node = el('li', 'channel', mark, el('div', '', choose, ' ', kind), press, text, line);
	setAttr(line, 'role', 'status');
	choose.title = 'Only what went here';
	return { node, update(/** @type {Channel} */ { channel, now }) {
		const [shape, tone, words] = stateOf(channel, now);
		setMark(mark, { shape, tone });
		setAttr(choose, 'aria-pressed', only === name);
		setText(kind, [channel.kind, channel.severity && `from ${channel.severity}`].filter(Boolean).join(', '));
		setText(text, words);
		patch(line, said.has(name) ? [name] : [], createAnswer);
		permit(press);
	} };
}

/** @typedef {{ key: string, row: any, now: number }} Delivery */

function createDelivery() {
	const mark = symbol('ring', 'mark');
	const time = el('time');
	const kind = el('span', 'kind');
	const text = el('strong');
	const to = el('span', 'to');
	const how = el('p');
	const node = el('li', 'delivery', mark, time, el('div', '', kind, ' ', text), to, how);
	return { node, update(/** @type {Delivery} */ { row, now }) {
		const at = parseTime(row.at);
		const [shape, tone, state] = STATES[row.state] ?? ['ring', 'dim', String(row.state)];
		const next = parseTime(row.next_try);
		setMark(mark, { shape, tone });
		setText(time, now - at < 86_400_000 ? clock(at).slice(0, 8) : when(at, now));
		setAttr(time, 'datetime', iso(at));
		setText(kind, row.kind);
		setText(text, row.headline);
		setText(to, row.channel);
		setText(how, [state, number(row.attempts) ? plural(row.attempts, 'attempt') : '',
			row.state === 'queued' && isFinite(next) && next > now && `next in ${age((next - now) / 1000)}`,
			row.text].filter(Boolean).join(' · '));
	} };
}

async function refresh() {
	const mine = only;
	try {
		const of = mine ? `&channel=${encodeURIComponent(mine)}` : '';
		const { deliveries } = await ask(`/api/v1/deliveries?limit=${ROWS}${of}`);
		if (mine === only) {
			log = Array.isArray(deliveries) ? deliveries : [];
			trouble = '';
		}
	} catch (error) {
		trouble = `The log could not be had: ${wordsOf(error)}.`;
	}
	redraw(drawDeliveries);
}

/** @param {any[]} channels @param {number} depth */
function summary(channels, depth) {
	const failing = channels.filter((one) => parseTime(one.failing_since) > 0).length;
	return [plural(channels.length, 'channel'), depth > 0 && `${count(depth)} waiting`,
		failing > 0 && `${count(failing)} failing`].filter(Boolean).join(' · ');
}

/** @param {import('../app.js').Frame} frame */
export function drawDeliveries({ model, state, now }) {
	if (!model) {
		return;
	}
	const found = model.channels.channels;
	const channels = found.filter((one) => typeof one.name === 'string').slice(0, CHANNELS);
	const more = found.length - channels.length;
	only = found.some((one) => one.name === only) ? only : '';
	if (found.length > 0 && state === 'live' && askedFor !== model.channels && uptime() - askedAt > AGAIN_MS) {
		askedFor = model.channels;
		askedAt = uptime();
		refresh();
	}
	setText('deliveries-note', found.length > 0 ? summary(found, number(model.channels.depth) ?? 0) : '');
	show('deliveries-none', found.length === 0);
	patch('channel-list', channels.map((channel) => ({ key: channel.name, channel, now })), createChannel);
	tidy();
	setNote('channels-more', more > 0 ? `and ${plural(more, 'more channel')}` : '');
	patch('delivery-list', found.length === 0 ? [] : (log ?? []).slice(0, ROWS).map((row, nth) =>
		({ key: String(row?.id ?? nth), row: row ?? {}, now })), createDelivery);
	setNote('deliveries-quiet', trouble || (found.length > 0 && log?.length === 0
		? `Nothing was told ${only ? `to ${only} ` : ''}yet.` : ''));
	show(byId('deliveries-head'), found.length > 0);
	setText('deliveries-head', only ? `What ${only} was told` : `What was told, newest first${log ? '' : ` ${NONE}`}`);
}
