// What the detail of a component looks like: the nodes, and how they show what is known. What the
// model says is drawn with every frame, what the daemon was asked for as soon as it is there.
import { button, el, patch, setAttr, setMark, setText, show, symbol } from '../view/dom.js';
import { age, clock, hours, ms, NONE, number, parseTime, when } from '../view/format.js';
import { stateMark, switchMark } from '../view/marks.js';
import { factsOf } from './facts.js';
import { StripView } from './strips.js';

const RECENT = 12;
const CHANGES = 8;
const STRIP_COLUMNS = 480;
const DAY_MS = 86_400_000;

/**
 * @typedef {import('../live/model.js').Component} Component
 * @typedef {object} Shown
 * @property {string} name
 * @property {Component | undefined} component what the model knows; it may know none of that name
 * @property {any} found the daemon's answer about it, null before it came
 * @property {any[] | null} checks newest last
 * @property {any[] | null} changes newest first; null when they could not be had
 * @property {import('./strips.js').Strip | undefined} strip
 * @property {import('../live/model.js').Model} model
 * @property {number} now
 * @property {string} trouble why the daemon could not be asked
 */

/** @param {string} title @param {...Node} children */
function block(title, ...children) {
	const node = el('section');
	node.append(el('h3', '', title), ...children);
	return node;
}

/** @typedef {{ key: string, status: string, at: number, now: number, short: string, text: string }}
 *   Line a state, when, and what is said about it */

function createLine() {
	const node = el('li');
	const mark = symbol('ring', 'mark');
	const word = el('span', 'unseen');
	const time = el('time');
	const short = el('span', 'short');
	const text = el('bdi', 'said');
	node.append(mark, word, time, short, text);
	return { node, update(/** @type {Line} */ line) {
		const look = stateMark(line.status);
		const today = line.now - line.at < DAY_MS;
		setMark(mark, look);
		setText(word, look.word);
		setText(time, today ? clock(line.at) : when(line.at, line.now));
		setAttr(time, 'datetime', Number.isFinite(line.at) ? new Date(line.at).toISOString() : null);
		setText(short, line.short);
		setText(text, line.text);
		setAttr(text, 'title', line.text);
	} };
}

function createFact() {
	const node = el('div');
	const name = el('dt');
	const value = el('dd');
	node.append(name, value);
	return { node, update(/** @type {[string, string]} */ [label, text]) {
		setText(name, label);
		setText(value, text);
	} };
}

/** @param {Shown} shown @returns {[string, string][]} */
function settingsOf({ component, found }) {
	const limit = component?.limitMs ? `, limit ${ms(component.limitMs)}` : '';
	const timeout = number(found?.timeout_seconds);
	const every = number(found?.every_seconds);
	/** @type {[string, string | null][]} */
	const rows = [
		['Response', `${ms(component?.responseMs)}${limit}`],
		['Kind', component?.kind || null],
		['Checked every', every === null ? null : ms(every * 1000)],
		['Time-out', timeout === null ? null : ms(timeout * 1000)],
		['Critical', component?.critical ? 'yes: when it is down, all counts as unhealthy' : null],
		['Enabled', found?.enabled === false ? 'no' : null],
	];
	return /** @type {[string, string][]} */ (rows.filter(([, text]) => text !== null));
}

export class Card {
	/** @param {(name: string) => void} open another component
	 * @param {(button: HTMLButtonElement, text: string) => void} copy */
	constructor(open, copy) {
		this.open = open;
		this.mark = symbol('ring', 'mark');
		this.group = el('span', 'group');
		this.own = el('bdi', 'own');
		this.title = el('h2');
		this.title.id = 'detail-title';
		this.title.tabIndex = -1;
		this.title.autofocus = true;
		this.title.append(this.group, this.own);
		this.word = el('strong');
		this.age = el('span');
		this.since = el('p', 'since');
		this.since.append(this.word, this.age);
		this.about = el('p', 'about');
		this.runbook = /** @type {HTMLAnchorElement} */ (el('a', '', 'Runbook'));
		this.runbook.target = '_blank';
		this.runbook.rel = 'noopener noreferrer';
		this.trouble = el('p', 'trouble');
		this.error = el('pre');
		this.strip = new StripView(STRIP_COLUMNS);
		this.axis = el('p', 'axis');
		this.changes = el('ul', 'lines changes');
		this.checks = el('ul', 'lines checks');
		this.links = el('ul', 'links');
		this.facts = el('dl');
		this.quiet = el('p', 'note', 'No change of state in the last 24 h.');
		this.none = el('p', 'note', 'No check has come to an end yet.');
		this.errorBlock = block('Error', this.error);
		this.dayBlock = block('Last 24 h', this.strip.node, this.axis, this.changes, this.quiet);
		this.linkBlock = block('Depends on', this.links);
		this.switch = symbol('closed', 'switch');
		this.breaker = el('span');
		this.breakerBlock = block('Breaker', this.switch, this.breaker);
		this.breakerBlock.className = 'breaker-line';
		this.factBlock = block('Facts', this.facts);
		this.body = el('div', 'body');
		this.build(copy);
	}

	/** @param {(button: HTMLButtonElement, text: string) => void} copy */
	build(copy) {
		const take = button('push small', () => copy(take, this.error.textContent ?? ''), 'Copy');
		this.error.tabIndex = 0;
		setAttr(this.error, 'role', 'region');
		setAttr(this.error, 'aria-label', 'The error in full');
		this.errorBlock.append(take);
		this.body.append(this.since, this.about, this.runbook, this.trouble, this.errorBlock,
			this.dayBlock, this.linkBlock, this.breakerBlock,
			block('Recent checks', this.checks, this.none), this.factBlock);
		this.body.tabIndex = 0;
		setAttr(this.body, 'role', 'group');
		setAttr(this.body, 'aria-labelledby', 'detail-title');
	}

	/** @param {Shown} shown */
	update(shown) {
		this.head(shown);
		this.say(shown);
		this.day(shown);
		this.recent(shown);
		this.relations(shown);
		this.list(shown);
	}

	/** @param {Shown} shown */
	list(shown) {
		const { component, found } = shown;
		const error = found?.error_message;
		const rows = [...settingsOf(shown),
			...factsOf(found?.details ?? {}).filter(([, text]) => text !== error)];
		show(this.factBlock, component !== undefined);
		patch(this.facts, rows, (row) => String(rows.indexOf(row)), createFact);
	}

	/** @param {Shown} shown */
	head({ name, component, now }) {
		const look = stateMark(component?.status ?? 'unknown');
		const { since = null, checkedAt = null } = component ?? {};
		setMark(this.mark, look);
		setText(this.group, component?.group ? `${component.group}/` : '');
		setText(this.own, name);
		setText(this.word, component ? look.word : 'Not in the list');
		setText(this.age, !component ? 'No component of this name is watched.'
			: (since === null ? '' : `since ${when(since, now)} (${age((now - since) / 1000)})`)
			+ (checkedAt === null ? ', never checked' : `, checked ${ago(now - checkedAt)}`));
	}

	/** @param {Shown} shown */
	say({ component, found, trouble }) {
		const runbook = String(found?.runbook ?? '');
		const error = component?.error ?? null;
		setText(this.trouble, trouble);
		show(this.trouble, trouble !== '');
		setText(this.about, String(found?.description ?? ''));
		show(this.about, Boolean(found?.description));
		show(this.runbook, /^https?:/.test(runbook));
		setAttr(this.runbook, 'href', /^https?:/.test(runbook) ? runbook : null);
		show(this.errorBlock, error !== null && error !== '');
		setText(this.error, String(error === null ? '' : found?.error_message ?? error));
	}

	/** @param {Shown} shown */
	day({ component, found, strip, changes, now }) {
		show(this.dayBlock, component !== undefined);
		if (!component) {
			return;
		}
		this.strip.update(strip, component, now);
		const parts = [24, 18, 12, 6].map((back) => hours(now - back * 3_600_000));
		patch(this.axis, [...parts, 'now'], (text) => text, (text) => ({ node: el('span', '', text),
			update: () => undefined }));
		const lines = linesOfChanges(changes ?? [], now);
		patch(this.changes, lines, (line) => line.key, createLine);
		show(this.quiet, found !== null && lines.length === 0);
	}

	/** @param {Shown} shown */
	recent({ checks, now }) {
		const lines = (checks ?? []).slice(-RECENT).reverse().map((row) => ({
			key: String(row.timestamp), status: String(row.status), at: parseTime(row.timestamp),
			now, short: ms(row.response_time_ms),
			text: String(row.error_message ?? stateMark(row.status).word) }));
		patch(this.checks, [...new Map(lines.map((line) => [line.key, line])).values()],
			(line) => line.key, createLine);
		show(this.none, checks !== null && lines.length === 0);
	}

	/** @param {Shown} shown */
	relations({ found, model }) {
		const parents = Array.isArray(found?.depends_on) ? found.depends_on.map(String) : [];
		const breaker = model.breakers.byName.get(String(found?.breaker));
		const look = switchMark(breaker?.state);
		show(this.linkBlock, parents.length > 0);
		patch(this.links, parents.map((/** @type {string} */ name) =>
			({ name, parent: model.components.get(name) })), (link) => link.name, (link) =>
			this.link(link));
		show(this.breakerBlock, breaker !== undefined);
		setMark(this.switch, look, 'switch');
		setText(this.breaker, breaker ? `${found.breaker}, ${look.word.toLowerCase()}` : '');
	}

	/** @param {{ name: string, parent: Component | undefined }} first */
	link({ name }) {
		const node = el('li');
		const mark = symbol('ring', 'mark');
		const word = el('span', 'note');
		node.append(mark, button('link', () => this.open(name), name), word);
		return { node, update(/** @type {{ parent: Component | undefined }} */ { parent }) {
			const look = stateMark(parent?.status ?? 'unknown');
			setMark(mark, look);
			setText(word, parent ? look.word : 'not watched');
		} };
	}
}

/** @param {number} lasted milliseconds */
function ago(lasted) {
	const text = age(lasted / 1000);
	return text === 'now' || text === NONE ? text : `${text} ago`;
}

/** @param {any[]} changes newest first @param {number} now @returns {Line[]} */
function linesOfChanges(changes, now) {
	return changes.slice(0, CHANGES).map((change) => ({ key: String(change.id ?? change.at),
		status: String(change.to), at: parseTime(change.at), now, short: stateMark(change.to).word,
		text: String(change.text ?? '') }));
}
