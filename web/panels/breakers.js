// The breakers as switches, the worst first; a reset takes two presses, a press on the row opens what
// else is known. What the server says when it refuses stands below the breaker until the next try.
import { button, byId, el, on, patch, setAttr, setClass, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { confirmButton } from '../view/confirm.js';
import { count, ms, NONE, number, percent, plural } from '../view/format.js';
import { switchMark } from '../view/marks.js';
import { order } from '../view/daemon.js';
import { redraw } from '../view/paint.js';
import { neighbour } from '../view/rove.js';
import { withMore } from '../shell/more.js';
import { crewLine, crewTroubles, stateLine } from './breaker_words.js';

const SHOWN = 24;
const ALL = '';

/** @typedef {{ key: string, name: string, breaker: any, now: number }} Item */

/** What the server said, by breaker; `ALL` for the order about all of them.
 * @type {Map<string, string>} */
const refusals = new Map();
/** The breaker whose row is the tab stop; the first when it is not there. */
let chosen = '';

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
function createBreaker({ name, breaker: first }) {
	const mark = symbol('closed', 'switch');
	const open = button('name', () => withMore((more) => more.openBreaker(name)), name);
	const more = el('small');
	const head = el('th', '', el('div', '', mark, open, more));
	const cells = figures(first).map(() => el('td'));
	const press = confirmButton('Reset', name, () => reset(name));
	const node = el('tr', '', head, ...cells, el('td', '', press));
	setAttr(head, 'scope', 'row');
	open.title = name;
	return { node, update(/** @type {Item} */ { breaker, now }) {
		const look = switchMark(breaker.state);
		setClass(node, `breaker is-${look.tone}`);
		setMark(mark, look, 'switch');
		setAttr(open, 'aria-label', `${name}, ${look.word}`);
		setNote(more, [breaker.state !== 'closed' && stateLine(breaker, now), crewLine(breaker)]
			.filter(Boolean).join('\n'));
		setClass(more, crewTroubles(breaker).length > 0 ? 'odd' : '');
		figures(breaker).forEach((figure, nth) => setText(cells[nth], figure));
		show(press, breaker.state !== 'closed' || (number(breaker.failure_count) ?? 0) > 0);
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

/** @param {Record<string, number>} states @returns {string} 2 open · 1 half-open · 7 closed */
function summary(states) {
	return ['open', 'forced_open', 'half_open', 'disabled', 'metrics_only', 'closed']
		.filter((state) => state === 'closed' || states[state])
		.map((state) => `${count(states[state] ?? 0)} ${switchMark(state).word.toLowerCase()}`)
		.join(' · ');
}

/** @param {Map<string, any>} byName @param {number} now @returns {Item[]} worst first */
function sorted(byName, now) {
	const all = [...byName].map(([name, breaker]) => ({ key: name, name, breaker, now,
		rank: switchMark(breaker.state).rank, odd: crewTroubles(breaker).length }));
	return all.sort((left, right) => left.rank - right.rank || right.odd - left.odd
		|| (number(right.breaker.failure_count) ?? 0) - (number(left.breaker.failure_count) ?? 0)
		|| (left.name < right.name ? -1 : 1));
}

const list = byId('breaker-list');
const resetAll = confirmButton('Reset all', 'breakers', () => reset(ALL));
resetAll.id = 'breakers-reset';
byId('breakers-note').after(resetAll);

/** @returns {HTMLElement[]} what arrows move among */
const names = () => [...list.querySelectorAll('.name')].map((one) => /** @type {HTMLElement} */ (one));

on(list, 'keydown', (event) => neighbour(names(), event, 'ArrowUp', 'ArrowDown')?.focus());
on(list, 'focusin', ({ target }) => {
	chosen = /** @type {HTMLElement} */ (target).title || chosen;
	redraw(drawBreakers);
});
on(list, 'click', (event) => {
	const target = /** @type {Element} */ (event.target);
	if (!target.closest('button')) {
		/** @type {HTMLElement | null} */ (target.closest('tr')?.querySelector('.name') ?? null)?.click();
	}
});

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
	patch(list, [...general, ...rows], create);
	const stop = rows.find((item) => item.name === chosen) ?? rows[0];
	names().forEach((one) => setAttr(one, 'tabindex', one.title === stop.name ? 0 : -1));
	const closed = hidden.every((item) => item.breaker.state === 'closed');
	setText('breakers-more', `and ${plural(hidden.length, 'more breaker')}${closed ? ', all closed' : ''}`);
	show('breakers-more', hidden.length > 0);
	show('breaker-table', all.length > 0);
	show('breakers-none', all.length === 0);
	show(resetAll, all.filter((item) => item.breaker.state !== 'closed').length > 1);
	setText('breakers-note', all.length === 0 ? 'none yet' : summary(states));
}
