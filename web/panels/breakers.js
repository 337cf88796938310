// The breakers as switches; a reset takes two presses, the first one only arms it.
import { byId, button, el, patch, setClass, setSymbol, setText, show, symbol } from '../view/dom.js';
import { age, count, ms, NONE, number, percent, plural } from '../view/format.js';
import { switchMark } from '../view/marks.js';
import { order } from '../view/orders.js';

const SHOWN = 50;
const ARMED_MS = 5000;

/** @param {any} breaker @param {number} waited seconds since the number came */
function line(breaker, waited) {
	const mark = switchMark(breaker.state);
	const retry = number(breaker.time_until_retry);
	if (breaker.state === 'closed') {
		return [];
	}
	const probe = retry !== null && breaker.state === 'open'
		? [`probe in ${age(Math.max(0, retry - waited))}`] : [];
	return [mark.word, ...probe];
}

/** @param {any} breaker @param {number} waited */
function facts(breaker, waited) {
	const average = number(breaker.avg_response_time);
	const rate = number(breaker.success_rate);
	const fails = `${count(breaker.failure_count)}/${count(breaker.failure_threshold)} fails`;
	return [...line(breaker, waited), fails,
		`${rate === null ? NONE : percent(rate * 100, 1)} good`,
		`${average === null ? NONE : ms(average * 1000)} average`,
		number(breaker.total_calls) === null ? NONE : plural(breaker.total_calls, 'call')];
}

/** @param {string} name @param {(text: string) => void} say */
function resetButton(name, say) {
	let armed = 0;
	const disarm = () => {
		clearTimeout(armed);
		armed = 0;
		setText(node, 'Reset');
		setClass(node, 'push');
	};
	const node = button('push', async () => {
		if (armed === 0) {
			armed = setTimeout(disarm, ARMED_MS);
			setText(node, 'Confirm');
			setClass(node, 'push armed');
			return;
		}
		disarm();
		say(await order(`/api/v1/breakers/${encodeURIComponent(name)}/reset`));
	}, 'Reset');
	node.addEventListener('blur', disarm);
	return node;
}

function createBreaker(/** @type {any} */ first) {
	const node = el('li');
	const mark = symbol('closed', 'switch');
	const state = el('span', 'unseen');
	const row = el('p', 'facts');
	const middle = el('div');
	const said = el('p', 'said');
	const title = el('strong', '', first.name);
	said.setAttribute('role', 'status');
	const reset = resetButton(first.name, (text) => setText(said, text));
	reset.setAttribute('aria-describedby', byId('breakers-title').id);
	middle.append(title, state, row);
	node.append(mark, middle, reset, said);
	return { node, update(/** @type {any} */ { breaker, waited }) {
		const look = switchMark(breaker.state);
		setClass(node, `breaker is-${look.tone}`);
		setClass(mark, `switch ${look.tone}`);
		setSymbol(mark, look.shape);
		setText(state, ` ${look.word}`);
		const texts = facts(breaker, waited);
		patch(row, texts.map((text, nth) => ({ text, nth })), (fact) => String(fact.nth), () => {
			const part = el('span');
			return { node: part, update: (/** @type {any} */ fact) => setText(part, fact.text) };
		});
		show(reset, breaker.state !== 'closed' || (number(breaker.failure_count) ?? 0) > 0);
	} };
}

/** @param {any} states */
function summary(states) {
	return [['open', 'open'], ['half_open', 'half-open'], ['closed', 'closed']]
		.filter(([key]) => (number(states?.[key]) ?? 0) > 0)
		.map(([key, word]) => `${count(states[key])} ${word}`).join(' · ');
}

/** @param {import('../app.js').Frame} frame */
export function drawBreakers({ model, waited }) {
	if (!model) {
		return;
	}
	const all = [...model.breakers.byName]
		.map(([name, breaker]) => ({ name, breaker, waited }))
		.sort((left, right) => switchMark(left.breaker.state).rank
			- switchMark(right.breaker.state).rank || (left.name < right.name ? -1 : 1));
	const shown = all.slice(0, SHOWN);
	patch(byId('breaker-list'), shown, (item) => item.name, createBreaker);
	show(byId('breakers-none'), all.length === 0);
	setText(byId('breakers-note'), all.length === 0 ? 'none'
		: summary(model.breakers.states)
			+ (all.length > SHOWN ? `, the worst ${SHOWN} shown` : ''));
}
