// What the detail of a component shows. What the model says is drawn with every frame, what the
// daemon was asked for as soon as it is there.
import { button, byId, el, patch, setAttr, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, ms, NONE, parseTime, when } from '../view/format.js';
import { Chart } from '../history/chart.js';
import { LANES } from '../history/lanes.js';
import { redraw } from '../view/paint.js';
import { stateMark, switchMark } from '../view/marks.js';
import './detail_frame.js';
import { drawDetail, openDetail } from './detail.js';
import { factsOf } from './facts.js';
import { createFact, createLine, timed } from './lines.js';
import { isRight } from '../live/live.js';
import { Uptimes } from './uptimes.js';

const RECENT = 12;
const CHANGES = 8;
const ILL = new Set(['unhealthy', 'degraded']);

/**
 * @typedef {import('../live/model.js').Component} Component
 * @typedef {object} Shown
 * @property {string} name
 * @property {Component | undefined} component what the model knows; it may know none of that name
 * @property {any} found the daemon's answer about it, null before it came
 * @property {any[] | null} checks newest last
 * @property {any[] | null} changes newest first; null when they could not be had
 * @property {import('../live/model.js').Model} model
 * @property {number} now
 * @property {import('../live/live.js').Liveness} state
 * @property {string} trouble why the daemon could not be asked
 */

/** @param {Shown} shown @returns {[string, string][]} */
function settingsOf({ component, found }) {
	const limit = component?.limitMs ? `, limit ${ms(component.limitMs)}` : '';
	/** @type {[string, string][]} */
	const rows = [
		['Response', `${ms(component?.responseMs)}${limit}`],
		['Kind', component?.kind ?? ''],
		['Checked every', found?.every_seconds && ms(found.every_seconds * 1000)],
		['Time-out', found?.timeout_seconds && ms(found.timeout_seconds * 1000)],
		['Critical', component?.critical ? 'yes: when it is down, all counts as unhealthy' : ''],
		['Maintenance', component?.kept ? 'under way: nobody is told' : ''],
		['Enabled', found?.enabled === false ? 'no' : ''],
	];
	return rows.filter(([, text]) => text);
}

const again = () => redraw(drawDetail);
const uptimes = new Uptimes(again);
const chart = new Chart('detail', { path: '/api/v1/components/', health: String,
	say: (word) => stateMark(word).word,
	figures: [{ field: 'response_us', scale: 0.001, lane: LANES[2] }] }, again);
byId('detail-day').before(uptimes.node, chart.node);

/** @param {Shown} shown */
export function drawCard(shown) {
	drawHead(shown);
	drawWords(shown);
	drawDay(shown);
	drawChecks(shown);
	drawRelations(shown);
	drawFacts(shown);
}

/** @param {Shown} shown */
function drawFacts(shown) {
	const { component, found } = shown;
	const error = found?.error_message;
	const rows = [...settingsOf(shown),
		...factsOf(found?.details ?? {}).filter(([, text]) => text !== error)];
	show('detail-known', component !== undefined);
	patch('detail-facts', rows, createFact);
}

/** @param {Shown} shown */
function drawHead({ name, component, now }) {
	const look = stateMark(component?.status ?? 'unknown');
	const { since = null, checkedAt = null } = component ?? {};
	setMark('detail-mark', look);
	setText('detail-group', component?.group ? `${component.group}/` : '');
	setText('detail-own', name);
	setText('detail-word', component ? look.word : 'Not in the list');
	setText('detail-age', !component ? 'No component of this name is watched.'
		: (since === null ? '' : `since ${when(since, now)} (${age((now - since) / 1000)})`)
		+ (checkedAt === null ? ', never checked' : `, checked ${ago(now - checkedAt)}`));
}

/** @param {Shown} shown */
function drawWords({ component, found, trouble }) {
	const runbook = String(found?.runbook ?? '');
	const error = component?.error ?? null;
	setNote('detail-trouble', trouble);
	setNote('detail-about', found?.description);
	const isLink = /^https?:/.test(runbook);
	show('detail-runbook', isLink);
	setAttr('detail-runbook', 'href', isLink ? runbook : null);
	show('detail-wrong', error !== null && error !== '');
	setText('detail-error', String(error === null ? '' : found?.error_message ?? error));
}

/** @param {Shown} shown */
function drawDay({ name, component, found, changes, now, state }) {
	const isKnown = component !== undefined;
	[byId('detail-day'), uptimes.node, chart.node].forEach((one) => show(one, isKnown));
	if (!isKnown) {
		return;
	}
	uptimes.draw(name, isRight(state));
	chart.draw({ name, state: component.status, since: component.since ?? NaN,
		limits: [component.limitMs], now, liveness: state });
	setNote('detail-first', firstOf(component, changes ?? [], now));
	const lines = linesOfChanges(changes ?? [], now);
	patch('detail-changes', lines, createLine);
	show('detail-quiet', found !== null && lines.length === 0);
}

/** What began the trouble that lasts, when it is not the latest change anyway.
 * @param {Component} component @param {any[]} changes newest first @param {number} now
 * @returns {string} */
function firstOf({ status }, changes, now) {
	const begun = changes.findIndex(({ to }) => to === 'healthy') - 1;
	const last = begun < 0 ? changes.length - 1 : begun;
	const first = changes[last];
	return status === 'healthy' || last < 1 || (begun < 0 && ILL.has(first.from)) || !first.text ? ''
		: `First: ${first.text} (${when(parseTime(first.at), now)})`;
}

/** @param {Shown} shown */
function drawChecks({ checks, now }) {
	const lines = (checks ?? []).slice(-RECENT).reverse().map((row) => ({
		look: stateMark(row.status),
		...timed(parseTime(row.timestamp), now), short: ms(row.response_time_ms),
		text: String(row.error_message ?? stateMark(row.status).word) }));
	patch('detail-checks', lines, createLine);
	show('detail-none', checks !== null && lines.length === 0);
}

/** @param {Shown} shown */
function drawRelations({ found, model }) {
	const parents = Array.isArray(found?.depends_on) ? found.depends_on.map(String) : [];
	const breaker = model.breakers.byName.get(String(found?.breaker));
	const look = switchMark(breaker?.state);
	show('detail-parents', parents.length > 0);
	patch('detail-links', parents.map((/** @type {string} */ key) =>
		({ key, parent: model.components.get(key) })), createLink);
	show('detail-breaker', breaker !== undefined);
	setMark('detail-switch', look, 'switch');
	setText('detail-state', breaker ? `${found.breaker}, ${look.word.toLowerCase()}` : '');
}

/** @param {{ key: string, parent: Component | undefined }} first */
function createLink({ key: name }) {
	const mark = symbol('ring', 'mark');
	const word = el('span', 'note');
	const node = el('li', '', mark, button('link', () => openDetail(name), name), word);
	return { node, update(/** @type {{ parent: Component | undefined }} */ { parent }) {
		const look = stateMark(parent?.status ?? 'unknown');
		setMark(mark, look);
		setText(word, parent ? look.word : 'not watched');
	} };
}

/** @param {number} lasted milliseconds */
function ago(lasted) {
	const text = age(lasted / 1000);
	return text === 'now' || text === NONE ? text : `${text} ago`;
}

/** @param {any[]} changes newest first @param {number} now @returns {import('./lines.js').Line[]} */
function linesOfChanges(changes, now) {
	return changes.slice(0, CHANGES).map((change) => ({ look: stateMark(change.to), ...timed(parseTime(change.at), now),
		short: stateMark(change.to).word, text: String(change.text ?? '') }));
}
