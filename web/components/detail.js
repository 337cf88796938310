// One component in full, beside the page. The model feeds it with every frame; what the model does
// not hold is asked for when it opens and after each check that came in since.
import { isRight } from '../live/live.js';
import { byId, on, setText, show } from '../view/dom.js';
import { parseTime, uptime } from '../view/format.js';
import { areKeysOn, hasModifier } from '../shell/keys.js';
import { ask, order, wordsOf } from '../view/daemon.js';
import { latest, redraw } from '../view/paint.js';
import { permit } from '../view/rights.js';
import { openSilence } from '../forms/silence.js';
import { drawCard } from './card.js';
import { copyText } from './copy.js';
import { createDialog } from './dialog.js';
import { step } from './table.js';

const PATH = '/api/v1/components/';
const APART_MS = 1000;
const CHECK_GRACE_MS = 5000;
/** The daemon does not look twice within a second: a result that is so young is the answer. */
const JUST_NOW_MS = 1500;
const SAID_MS = 3000;

/** What was asked for about one component; another component begins with another of these. */
function nothingKnown() {
	return { found: /** @type {any} */ (null), checks: /** @type {any[] | null} */ (null),
		changes: /** @type {any[] | null} */ (null), trouble: '',
		asking: false, askedAt: -Infinity, askedFor: /** @type {string | null} */ (null),
		/** the check that was asked for: from when on a result is its result, and how long to wait */
		run: /** @type {{ from: number, until: number, taken: boolean } | null} */ (null) };
}

let current = '';
let known = nothingKnown();
const sheet = createDialog('open', 'detail', turnTo);
const { dialog } = sheet;

export function listenDetail() {
	on('detail-check', 'click', checkNow);
	on('detail-retry', 'click', checkNow);
	on('detail-silence', 'click', () => openSilence([`component=${current}`], current));
	on('detail-copy', 'click', () => copyFrom('detail-copy', byId('detail-error').textContent ?? ''));
	on('detail-json', 'click', () => copyFrom('detail-json', JSON.stringify(known.found, null, 2)));
	on(dialog, 'keydown', (event) => {
		const by = { j: 1, k: -1 }[event.key] ?? 0;
		if (by !== 0 && areKeysOn && !hasModifier(event)) {
			openDetail(step(by));
		}
	});
	sheet.resume();
}

/** @param {string} name */
export function openDetail(name) {
	sheet.open(name);
}

/** @returns {boolean} whether it was opened from this page */
export const isDetailOpen = () => sheet.isOpen();

/** @param {string} name */
function turnTo(name) {
	current = name;
	known = nothingKnown();
	tell('');
	redraw(drawDetail);
}

/** @param {import('../app.js').Frame} frame */
export function drawDetail(frame) {
	const { model, now, state } = frame;
	if (!dialog.open || !model) {
		return;
	}
	const component = model.components.get(current);
	if (component && isRight(state)) {
		const beat = known.run ? `${model.seq} ${Math.floor(now / APART_MS)}` : '';
		follow(`${component.checkedAt} ${component.status} ${beat}`);
	}
	drawCard({ ...known, name: current, component, model, now, state });
	show('detail-json', known.found !== null);
	show('detail-check', component !== undefined);
	show('detail-silence', component !== undefined);
	permit(/** @type {HTMLButtonElement} */ (byId('detail-silence')));
	wait();
}

/** @param {string} moment changes when there may be something new to ask for */
function follow(moment) {
	const early = uptime() - known.askedAt < APART_MS;
	if (!known.asking && !early && known.askedFor !== moment) {
		known.askedFor = moment;
		known.askedAt = uptime();
		refresh();
	}
}

async function refresh() {
	const about = known;
	const name = encodeURIComponent(current);
	about.asking = true;
	try {
		const [found, history, changes] = await Promise.all([ask(PATH + name),
			ask(`${PATH}${name}/history?points=100`),
			ask(`/api/v1/changes?name=${name}&kind=component&limit=20&range=1y`).catch(() => null)]);
		Object.assign(about, { found, checks: history.data ?? [], trouble: '',
			changes: changes?.changes ?? null });
	} catch (error) {
		about.trouble = `Bellwether could not be asked for more: ${wordsOf(error)}`;
	}
	about.asking = false;
	if (about === known) {
		redraw(drawDetail);
	}
}

async function checkNow() {
	const about = known;
	const timeout = Number(known.found?.timeout_seconds ?? 10) * 1000;
	known.run = { from: (latest?.now ?? NaN) - JUST_NOW_MS, taken: false,
		until: uptime() + timeout + CHECK_GRACE_MS };
	known.askedFor = null;
	tell('');
	wait();
	const trouble = await order(`${PATH}${encodeURIComponent(current)}/check`);
	if (about !== known || !known.run) {
		return;
	}
	known.run.taken = true;
	known.askedFor = null;
	if (trouble !== '') {
		known.run = null;
		tell(trouble, true);
	}
	wait();
}

/** The button is free again when the daemon told of a later check, or took too long. */
function wait() {
	const { found, run } = known;
	const done = run?.taken && !found?.running && parseTime(found?.last_check) >= run.from;
	if (done) {
		known.run = null;
		tell('Checked just now.');
	} else if (run && uptime() > run.until) {
		known.run = null;
		tell('No result has come yet.', true);
	}
	setText('detail-check', known.run ? 'Checking…' : 'Check now');
	/** @type {HTMLButtonElement} */ (byId('detail-check')).disabled = known.run !== null;
}

/** @param {string} text @param {boolean} [failed] */
function tell(text, failed = false) {
	setText('detail-said', text);
	byId('detail-said').classList.toggle('bad', failed);
	show('detail-retry', failed);
}

/** @param {string} id of the button @param {string} text */
async function copyFrom(id, text) {
	const from = byId(id);
	const usual = from.dataset.usual ?? from.textContent ?? '';
	from.dataset.usual = usual;
	setText(from, await copyText(text, dialog) ? 'Copied' : 'Could not copy');
	setTimeout(() => setText(from, usual), SAID_MS);
}
