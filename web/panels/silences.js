// What is kept quiet by silences and by maintenance, what it hides now, and what comes next. A silence is
// ended by two presses; what the server says when it refuses stands below it until the next try.
import { button, el, patch, setAttr, setClass, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, count, number, parseTime, plural, when } from '../view/format.js';
import { confirmButton } from '../view/confirm.js';
import { wordsOf } from '../view/daemon.js';
import { stateMark } from '../view/marks.js';
import { redraw } from '../view/paint.js';
import { permit } from '../view/rights.js';
import { createStop } from '../view/stops.js';
import { send, who } from '../forms/form.js';

const SHOWN = 8;
const DAY_MS = 86_400_000;

const tidy = createStop('silence-list');

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} id of a silence; empty of a window
 * @property {string[]} match
 * @property {string} text kind, reason and who
 * @property {string} left
 * @property {number} end NaN for none
 * @property {boolean} active
 * @property {number} hides
 * @property {number} now
 */

/** What the server said, by silence. @type {Map<string, string>} */
const refusals = new Map();

/** @param {unknown} match @returns {string[]} */
const texts = (match) => (Array.isArray(match) ? match.map(String) : []);

/** @param {number} at @param {number} now @returns {string} a time that may lie ahead, with its date */
const ahead = (at, now) => when(at, at - now > DAY_MS ? Infinity : now);

/** @param {any} silence @param {number} now @returns {Row} */
function ofSilence({ id, match, by, reason, from, until, until_resolved: held, state, hides }, now) {
	const [begin, end] = [parseTime(from), parseTime(until)];
	const future = state === 'future';
	const left = future ? `Begins ${ahead(begin, now)}`
		: isFinite(end) ? `${age((end - now) / 1000)} left` : 'Until resolved';
	return { key: `s ${id}`, id: String(id), match: texts(match), active: !future, end, now,
		text: ['Silence', reason, by && `by ${by}`].filter(Boolean).join(' · '),
		left: held && isFinite(end) ? `${left}, or until resolved` : left, hides: number(hides) ?? 0 };
}

/** @param {any} window @param {number} now @returns {Row} */
function ofWindow({ name, reason, match, active, from, until, next_from: nextFrom, next_until: nextUntil,
	hides }, now) {
	const [begin, end] = [parseTime(active ? from : nextFrom), parseTime(active ? until : nextUntil)];
	const left = active ? (isFinite(end) ? `${age((end - now) / 1000)} left` : 'Under way')
		: isFinite(begin) ? `Next ${ahead(begin, now).replace(/ \S+$/, '')}–${when(end, end)}` : 'Over';
	return { key: `w ${name}`, id: '', match: texts(match), active: active === true,
		end: active ? end : NaN, now, left, hides: number(hides) ?? 0,
		text: ['Maintenance', name, reason].filter(Boolean).join(' · ') };
}

/** @param {Row} row */
async function end({ id }) {
	refusals.delete(id);
	try {
		const by = who() ? `?by=${encodeURIComponent(who())}` : '';
		await send('DELETE', `/api/v1/silences/${encodeURIComponent(id)}${by}`);
	} catch (error) {
		refusals.set(id, wordsOf(error));
	}
	redraw(drawSilences);
}

/** @param {Row} first */
function createRefusal(first) {
	const said = el('span');
	const node = el('p', 'trouble', said, ' ', button('link', () => end(first), 'Retry'));
	setAttr(said, 'role', 'alert');
	return { node, update: (/** @type {Row} */ { id }) =>
		setText(said, `Not ended: ${refusals.get(id)}`) };
}

/** @param {Row} first */
function createHush(first) {
	const mark = symbol('bars', 'mark');
	const what = el('strong');
	const left = el('time');
	const text = el('p');
	const press = confirmButton('End', `the silence ${first.match.join(', ')}`, () => end(first));
	const trouble = el('div');
	const node = el('li', '', mark, what, left, text, ...first.id ? [press, trouble] : []);
	return { node, update(/** @type {Row} */ row) {
		const look = stateMark('maintenance');
		setClass(node, row.active ? 'hush' : 'hush later');
		setMark(mark, row.active ? look : { ...look, tone: 'dim' });
		setText(what, row.match.join(', '));
		setText(left, row.left);
		setAttr(left, 'title', isFinite(row.end) ? `until ${ahead(row.end, row.now)}` : null);
		const until = row.active && isFinite(row.end) ? `until ${ahead(row.end, row.now)}` : '';
		setText(text, [row.text, until, row.active
			&& (row.hides > 0 ? `hides ${plural(row.hides, 'alert')} now` : 'hides nothing now')]
			.filter(Boolean).join(' · '));
		permit(press);
		patch(trouble, refusals.has(row.id) ? [row] : [], createRefusal);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawSilences({ model, now }) {
	if (!model) {
		return;
	}
	const found = model.silences.silences.map((one) => ofSilence(one, now));
	const windows = model.maintenance.windows.map((one) => ofWindow(one, now));
	const rows = [...found, ...windows].sort((left, right) =>
		Number(right.active) - Number(left.active));
	const hidden = rows.length - SHOWN + (number(model.silences.more) ?? 0);
	const active = rows.filter((row) => row.active).length;
	patch('silence-list', rows.slice(0, SHOWN), createHush);
	tidy();
	setText('silences-note', active > 0 ? `${count(active)} active` : '');
	show('silences-none', rows.length === 0);
	setNote('silences-more', hidden > 0 ? `and ${count(hidden)} more` : '');
}
