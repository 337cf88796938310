// The history as a table: a row for each hour, or less when less is shown; newest first.
import { byId, el, patch, setAttr, setMark, setText, symbol } from '../view/dom.js';
import { hours, iso, moment, NONE, when } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { offsetAt } from '../shell/zone.js';
import { firstAt } from './columns.js';
import { LANES, reachText } from './lanes.js';
import { stepFor, ticks } from './ticks.js';

const ROWS = 26;

/** @typedef {{ from: number, to: number, wide: number, status: string, cells: string[] }} Row a status of '' is
 * one that is not known */

/** @param {import('./columns.js').Columns} columns @param {number} from @param {number} to
 * @returns {string} the worst that held */
function worst({ status }, from, to) {
	const words = status.filter(([at], nth) => at < to && (status[nth + 1]?.[0] ?? to) > from)
		.map(([, word]) => word).filter((word) => word !== 'none');
	words.sort((a, b) => stateMark(a).rank - stateMark(b).rank);
	return words[0] ?? '';
}

/** @param {import('./columns.js').Columns} columns @param {number} nth
 * @param {number} begin @param {number} end
 * @param {import('./lanes.js').Lane} lane @returns {string} mean, then lowest and highest */
function summary({ values: all, lows, highs }, nth, begin, end, lane) {
	const values = all[nth];
	let [sum, count, low, high] = [0, 0, Infinity, -Infinity];
	for (let i = begin; i < end; i++) {
		if (values[i] === values[i]) {
			sum += values[i];
			count++;
			low = Math.min(low, lows[nth][i]);
			high = Math.max(high, highs[nth][i]);
		}
	}
	if (count === 0) {
		return NONE;
	}
	const [mean, reach] = [lane.text(sum / count), reachText(lane, low, high)];
	return reach ? `${mean}\n${reach}` : mean;
}

/**
 * @param {import('./columns.js').Columns} columns
 * @param {number} from
 * @param {number} to
 * @param {boolean[]} silent lanes that have nothing to say
 * @returns {Row[]}
 */
export function rowsOf(columns, from, to, silent) {
	const step = stepFor((to - from) / ROWS);
	const edges = [from, ...ticks(from + 1, to - 1, step, offsetAt), to];
	return edges.slice(0, -1).map((begin, nth) => {
		const end = edges[nth + 1];
		const [first, last] = [firstAt(columns.at, begin), firstAt(columns.at, end)];
		return { from: begin, to: end, wide: to - from, status: worst(columns, begin, end),
			cells: LANES.map((lane, i) => (silent[i] ? NONE
				: summary(columns, i, first, last, lane))) };
	}).reverse();
}

function heads() {
	const row = byId('history-heads');
	if (row.childElementCount === 0) {
		for (const name of ['From', 'Status', ...LANES.map((lane) => lane.name)]) {
			row.append(el('th', '', name));
			setAttr(/** @type {Element} */ (row.lastElementChild), 'scope', 'col');
		}
	}
}

/** @returns {import('../view/dom.js').View<Row>} */
function view() {
	const time = el('time');
	const head = el('th', '', time);
	const shape = symbol('ring', 'mark');
	const word = new Text();
	const cells = LANES.map(() => el('td'));
	const node = el('tr', '', head, el('td', '', shape, word), ...cells);
	setAttr(head, 'scope', 'row');
	return { node, update: (row) => {
		const mark = stateMark(row.status);
		setText(time, moment(row.from, row.wide, hours));
		setAttr(time, 'datetime', iso(row.from));
		setMark(shape, mark);
		setText(word, row.status ? mark.word : 'No data');
		row.cells.forEach((text, nth) => setText(cells[nth], text));
	} };
}

/**
 * @param {import('./columns.js').Columns} columns
 * @param {[number, number]} window
 * @param {boolean[]} silent
 * @param {number} now
 */
export function drawTable(columns, [from, to], silent, now) {
	heads();
	const [begin, end] = [from, to].map((at) => moment(at, to - from, () => when(at, now)));
	setText('history-caption', `${begin} to ${end}:`
		+ ' mean, and below it lowest and highest');
	patch('history-rows', rowsOf(columns, from, to, silent), view);
}
