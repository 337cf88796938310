// Alerts: what fires, worst first, what somebody has taken, what nobody is told of, and what was. The
// live list holds the worst; what a tab needs beyond it, and the resolved ones, are asked for when
// somebody looks at them, and again when something has changed. One tab stop for the tabs and one for the
// list; arrows move within.
import { button, byId, el, on, patch, setAttr, setClass, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, count, hours, NONE, number, parseTime, uptime, when } from '../view/format.js';
import { ask, wordsOf } from '../view/daemon.js';
import { severityMark, stateMark } from '../view/marks.js';
import { latest, redraw } from '../view/paint.js';
import { PHONE } from '../view/phone.js';
import { permit } from '../view/rights.js';
import { neighbour } from '../view/rove.js';
import { keepView, onView, viewOf } from '../shell/address.js';
import { offerKey } from '../shell/keys.js';
import { withMore } from '../shell/more.js';
import { aboutAlert, matchersOf, tabFor } from './alert_words.js';

const SHOWN = 20;
const SHOWN_PHONE = 5;
const SHOWN_PAST = 5;
const ASK_AGAIN_MS = 2000;
const TABS = ['firing', 'acked', 'silenced', 'resolved'];
const PAST = 'resolved';
const FIRST = byId('alerts-none').textContent;

/** @type {Record<string, string>} */
const NOTHING = { firing: 'Nothing is firing', acked: 'Nothing is acknowledged.',
	silenced: 'Nothing is silenced.', resolved: 'Nothing was resolved since Bellwether started.' };

/** @typedef {{ key: string, alert: any, now: number, past: boolean, chosen: boolean }} Item */

let tab = tabOf(viewOf('alerts'));
let chosen = '';
let full = false;
/** @type {Item | undefined} the one that keys act upon */
let selected;
/** The daemon's answers by tab. @type {Map<string, any[]>} */
const answers = new Map();
let refusal = '';
let askedFor = '';
let askedAt = -Infinity;

/** @param {string} name */
function tabOf(name) {
	return TABS.includes(name) ? name : 'firing';
}

/** @param {string} name */
function choose(name) {
	tab = name;
	full = false;
	askedFor = refusal ? '' : askedFor;
	askedAt = -Infinity;
	keepView('alerts', name === 'firing' ? '' : name);
	redraw(drawAlerts);
}

/** @param {any} alert */
function acknowledge(alert) {
	withMore((more) => (alert.ack ? more.takeBack(alert) : more.openAck(alert)));
}

/** @param {any} alert */
const silence = (alert) => withMore((more) => more.openSilence(matchersOf(alert), alert.title));

function createAlert(/** @type {Item} */ { alert: current }) {
	const mark = symbol('ring', 'mark');
	const word = el('span', 'unseen');
	const title = new Text();
	const time = el('time');
	const text = el('p');
	const about = el('small');
	const ack = button('link', () => acknowledge(current));
	const hush = button('link', () => silence(current), 'Silence');
	const does = el('div', '', ack, hush);
	const node = el('li', '', mark, el('strong', '', word, title), time, text, about, does);
	return { node, update(/** @type {Item} */ { key, alert, now, past, chosen: mine }) {
		const place = past ? PAST : tabFor(alert);
		const quiet = place === 'silenced' ? stateMark('maintenance') : null;
		const look = severityMark(alert.severity);
		const started = parseTime(alert.started ?? alert.timestamp);
		const ended = parseTime(alert.resolved);
		current = alert;
		setClass(node, `alert is-${look.tone} ${past ? 'past' : place}`);
		setAttr(node, 'data-key', key);
		setAttr(node, 'tabindex', mine ? 0 : -1);
		setMark(mark, quiet ?? look);
		setText(word, `${quiet ? 'Silenced, ' : ''}${look.word}: `);
		setText(title, alert.title);
		setText(text, alert.message);
		setNote(about, past || !latest?.model ? '' : aboutAlert(alert, now, latest.model));
		setText(time, past ? span(started, ended, now) : age((now - started) / 1000));
		setAttr(time, 'datetime', alert.started ?? null);
		setAttr(time, 'title', past ? `${alert.started} to ${alert.resolved}` : alert.started ?? null);
		show(does, !past);
		setText(ack, alert.ack ? 'Take back' : 'Ack');
		show(hush, alert.quiet?.kind !== 'silence');
		for (const press of [ack, hush]) {
			permit(press);
			setAttr(press, 'tabindex', -1);
			setAttr(press, 'aria-label', `${press.textContent} ${alert.title}`);
		}
	} };
}

/** @param {number} from @param {number} to @param {number} now @returns {string} 09:51–10:15 */
function span(from, to, now) {
	return !isFinite(from) || !isFinite(to) ? NONE
		: now - from >= 86_400_000 ? when(from, now)
			: hours(from) === hours(to) ? hours(from) : `${hours(from)}–${hours(to)}`;
}

/** Asks for the alerts of a tab when what is known of them is not what it was.
 * @param {import('../app.js').Frame} frame @param {string} name @param {string} wanted */
async function refresh(frame, name, wanted) {
	const silent = frame.state === 'lost' || document.hidden;
	if (wanted === askedFor || silent || uptime() - askedAt < ASK_AGAIN_MS) {
		return;
	}
	askedFor = wanted;
	askedAt = uptime();
	try {
		const { alerts } = await ask(`/api/v1/alerts?state=${name}&limit=${SHOWN}`);
		answers.set(name, name === PAST ? [...alerts].sort((left, right) =>
			parseTime(right.resolved) - parseTime(left.resolved)) : alerts);
		refusal = '';
	} catch (error) {
		refusal = `The ${name} alerts could not be had: ${wordsOf(error)}.`;
	}
	redraw(drawAlerts);
}

/** @param {any[]} list @param {number} most @param {boolean} past @param {number} now */
function fill(list, most, past, now) {
	const place = byId('alert-list');
	const shown = list.slice(0, most).map((alert, nth) => ({
		key: String(alert.id ?? nth), alert, now, past, chosen: false,
	}));
	selected = shown.find((item) => item.key === chosen) ?? shown[0];
	if (selected) {
		selected.chosen = true;
	}
	const inside = place.contains(document.activeElement);
	const nth = [...place.children].findIndex((one) => one.contains(document.activeElement));
	patch(place, shown, createAlert);
	if (inside && !place.contains(document.activeElement)) {
		/** @type {HTMLElement | undefined} */ (place.children[Math.min(nth, shown.length - 1)])?.focus();
	}
	return shown.length;
}

/** @param {Record<string, any>} counts */
function drawTabs(counts) {
	setAttr('alert-panel', 'aria-labelledby', `alerts-${tab}`);
	for (const name of TABS) {
		const node = byId(`alerts-${name}`);
		setText(/** @type {Element} */ (node.lastElementChild), count(counts[name]));
		setAttr(node, 'aria-selected', name === tab);
		setAttr(node, 'tabindex', name === tab ? 0 : -1);
	}
}

/** @param {Record<string, number>} totals @param {string} name of the list shown
 * @returns {string | null} */
function emptyText(totals, name) {
	const { firing, acked, silenced } = totals;
	if (refusal && name !== 'firing' && totals[name] !== 0) {
		return refusal;
	}
	if (latest?.model?.components.size === 0 && firing + acked + silenced === 0 && tab !== PAST) {
		return FIRST;
	}
	const aside = [acked > 0 && `${count(acked)} acked`, silenced > 0 && `${count(silenced)} silenced`]
		.filter(Boolean).join(' and ');
	return totals[tab] > 0 ? '' : NOTHING[tab] + (tab === 'firing' ? `${aside && `, apart from ${aside}`}.` : '');
}

/** @param {import('../app.js').Frame} frame */
export function drawAlerts(frame) {
	if (!frame.model) {
		return;
	}
	const { firing: all, counts } = frame.model.alerts;
	/** @type {Record<string, any[]>} */
	const known = { firing: [], acked: [], silenced: [], resolved: [] };
	all.forEach((alert) => known[tabFor(alert)].push(alert));
	const totals = Object.fromEntries(TABS.map((name) => [name, Math.max(number(counts[name]) ?? 0,
		known[name].length, name === PAST ? answers.get(name)?.length ?? 0 : 0)]));
	const aside = tab === 'firing' && totals.firing === 0;
	const name = aside ? PAST : tab;
	const past = name === PAST;
	if (past || known[name].length < Math.min(totals[name], SHOWN)) {
		refresh(frame, name, `${name} ${counts[name]} ${all.map((alert) => alert.id).join()}`);
		known[name] = answers.get(name) ?? known[name];
	}
	drawTabs(totals);
	const list = known[name];
	const few = PHONE.matches && !full && !aside;
	const shown = fill(list, aside ? SHOWN_PAST : few ? SHOWN_PHONE : SHOWN, past, frame.now);
	setNote('alerts-none', emptyText(totals, name));
	show('alerts-past', aside && shown > 0);
	const hidden = Math.max(totals[name], list.length) - shown;
	setText('alerts-more', `and ${count(hidden)} more`);
	show('alerts-more', hidden > 0 && !aside && !few);
	show('alerts-all', hidden > 0 && few);
	setText('alerts-all', `Show all ${count(Math.min(SHOWN, shown + hidden))}`);
}

/** @returns {boolean} whether nothing is asked for that will change the height of the panel */
export function alertsSettled() {
	return askedFor === '' || answers.size > 0 || refusal !== '';
}

/** @param {(alert: any) => void} order */
function act(order) {
	if (selected && !selected.past) {
		order(selected.alert);
	}
}

function listen() {
	const list = byId('alert-list');
	const bar = byId('alert-tabs');
	TABS.forEach((name) => on(`alerts-${name}`, 'click', () => choose(name)));
	on(bar, 'keydown', (event) => {
		const next = neighbour([...bar.children], event, 'ArrowLeft', 'ArrowRight');
		next?.click();
		next?.focus();
	});
	on(list, 'keydown', (event) => {
		const row = /** @type {HTMLElement} */ (event.target).closest('li');
		const within = [row, ...(row?.querySelectorAll('button:not([hidden])') ?? [])];
		(neighbour([...list.children], event, 'ArrowUp', 'ArrowDown') ??
			neighbour(/** @type {Element[]} */ (within), event, 'ArrowLeft', 'ArrowRight'))?.focus();
	});
	on(list, 'focusin', (event) => {
		chosen = /** @type {HTMLElement} */ (event.target).closest('li')?.dataset.key ?? '';
		redraw(drawAlerts);
	});
	on('alerts-all', 'click', () => {
		full = true;
		redraw(drawAlerts);
	});
	offerKey(['a'], 'acknowledge the selected alert', () => act(acknowledge));
	offerKey(['s'], 'silence the selected alert', () => act(silence));
	onView('alerts', (name) => choose(tabOf(name)));
	PHONE.addEventListener('change', () => redraw(drawAlerts));
}

listen();
