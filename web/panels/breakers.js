// The breakers as switches, the worst first; a reset takes two presses. What the server says when
// it refuses stands below the breaker until the next try.
import { button, byId, el, patch, setAttr, setClass, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { confirmButton } from '../view/confirm.js';
import { age, count, ms, NONE, number, parseTime, percent, plural } from '../view/format.js';
import { switchMark } from '../view/marks.js';
import { order } from '../view/daemon.js';
import { redraw } from '../view/paint.js';

const SHOWN = 24;
const ALL = '';

/** @typedef {{ key: string, name: string, breaker: any, heardAt: number, now: number }} Item */

/** What the server said, by breaker; `ALL` for the order about all of them.
 * @type {Map<string, string>} */
const refusals = new Map();
/** When a breaker's numbers came: the time to its probe counts from there.
 * @type {WeakMap<object, number>} */
const heard = new WeakMap();

/** @param {string} name */
async function reset(name) {
	const path = name === ALL ? '/health/circuit-breakers/reset-all'
		: `/api/v1/breakers/${encodeURIComponent(name)}/reset`;
	refusals.delete(name);
	const refusal = await order(path);
	if (refusal !== '') {
		refusals.set(name, refusal);
	}
	redraw(drawBreakers);
}

/** @param {Item} item @returns {string} the second line: empty when the breaker is closed */
function line({ breaker, heardAt, now }) {
	const look = switchMark(breaker.state);
	if (breaker.state === 'closed') {
		return '';
	}
	const since = parseTime(breaker.open_since);
	const retry = number(breaker.time_until_retry);
	const left = retry === null ? 0 : retry - (now - heardAt) / 1000;
	const parts = [isFinite(since) ? `${look.word} ${age((now - since) / 1000)}` : look.word];
	if (breaker.state === 'open' && retry !== null) {
		parts.push(left < 2 ? 'probe now' : `probe in ${age(left)}`);
	}
	return parts.join(' · ');
}

/** @param {any} breaker @returns {string[]} fails, success, average, calls */
function figures(breaker) {
	const rate = number(breaker.success_rate);
	const average = number(breaker.avg_response_time);
	const called = (number(breaker.total_calls) ?? 0) > 0;
	const decimals = rate !== null && rate > 0.99 ? 2 : 1;
	return [
		`${count(breaker.failure_count)}/${count(breaker.failure_threshold)}`,
		called && rate !== null ? percent(rate * 100, decimals) : NONE,
		called && average !== null ? ms(average * 1000) : NONE,
		count(breaker.total_calls),
	];
}

/** @param {Item} first */
function createBreaker(first) {
	const mark = symbol('closed', 'switch');
	const word = el('span', 'unseen');
	const name = el('strong', '', first.name, word);
	const more = el('small');
	const head = el('th', '', el('div', '', mark, name, more));
	const cells = figures(first.breaker).map(() => el('td'));
	const press = confirmButton('Reset', first.name, () => reset(first.name));
	const node = el('tr', '', head, ...cells, el('td', '', press));
	setAttr(head, 'scope', 'row');
	name.title = first.name;
	return { node, update(/** @type {Item} */ item) {
		const look = switchMark(item.breaker.state);
		setClass(node, `breaker is-${look.tone}`);
		setMark(mark, look, 'switch');
		setText(word, ` ${look.word}`);
		setNote(more, line(item));
		figures(item.breaker).forEach((figure, nth) => setText(cells[nth], figure));
		show(press, item.breaker.state !== 'closed' || (number(item.breaker.failure_count) ?? 0) > 0);
	} };
}

/** @param {Item} first */
function createRefusal(first) {
	const said = el('span');
	const cell = el('td', '', said, ' ', button('link', () => reset(first.name), 'Retry'));
	const node = el('tr', 'refusal', cell);
	setAttr(said, 'role', 'alert');
	setAttr(cell, 'colspan', 6);
	return { node, update: (/** @type {Item} */ { name }) =>
		setText(said, `Not reset: ${refusals.get(name)}`) };
}

/** @param {Item} item */
const create = (item) => (item.key === item.name ? createBreaker(item) : createRefusal(item));

/** @param {Record<string, any>} states */
function summary(states) {
	return ['open', 'forced_open', 'half_open', 'disabled', 'metrics_only', 'closed']
		.filter((state) => state === 'closed' || (number(states[state]) ?? 0) > 0)
		.map((state) => `${count(states[state])} ${switchMark(state).word.toLowerCase()}`).join(' · ');
}

/** @param {Map<string, any>} byName @param {number} now @returns {Item[]} worst first */
function sorted(byName, now) {
	const all = [...byName].map(([name, breaker]) => {
		const heardAt = heard.get(breaker) ?? now;
		heard.set(breaker, heardAt);
		return { key: name, name, breaker, heardAt, now, rank: switchMark(breaker.state).rank };
	});
	return all.sort((left, right) => left.rank - right.rank
		|| (number(right.breaker.failure_count) ?? 0) - (number(left.breaker.failure_count) ?? 0)
		|| (left.name < right.name ? -1 : 1));
}

const resetAll = confirmButton('Reset all', 'breakers', () => reset(ALL));
resetAll.id = 'breakers-reset';
byId('breakers-note').after(resetAll);

/** @param {import('../app.js').Frame} frame */
export function drawBreakers(frame) {
	if (!frame.model) {
		return;
	}
	const { states, byName } = frame.model.breakers;
	const all = sorted(byName, frame.now);
	const hidden = all.slice(SHOWN);
	const rows = all.slice(0, SHOWN).flatMap((item) => (refusals.has(item.name)
		? [item, { ...item, key: `${item.name}\n` }] : [item]));
	const general = refusals.has(ALL) ? [{ ...rows[0], key: '\n', name: ALL }] : [];
	patch('breaker-list', [...general, ...rows], (item) => item.key, create);
	const closed = hidden.every((item) => item.breaker.state === 'closed');
	setText('breakers-more', `and ${plural(hidden.length, 'more breaker')}${closed ? ', all closed' : ''}`);
	show('breakers-more', hidden.length > 0);
	show('breaker-table', all.length > 0);
	show('breakers-none', all.length === 0);
	show(resetAll, all.filter((item) => item.breaker.state !== 'closed').length > 1);
	setText('breakers-note', all.length === 0 ? 'none yet' : summary(states));
}
