// What a screen reader is told unasked: changes of state, never values; one sentence in ten seconds,
// the latest of each sort. That the page is lost is said by the banner, which is an alert itself.
import { isRight } from '../live/live.js';
import { setText } from '../view/dom.js';
import { age, plural, uptime } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { tabFor } from '../panels/alert_words.js';

const SAY_EVERY_MS = 10_000;
const LONG_PAUSE_MS = 600_000;

let spokenAt = -Infinity;
let polite = '';
let urgent = '';
/** The verdict as it was spoken, and as it is. */
let spoken = '';
let word = '';
let lostFor = 0;
let suggested = false;
/** @type {Set<string> | null} critical alerts that were there before */
let critical = null;

/** @param {import('../live/model.js').Model} model */
function hearAlerts(model) {
	const now = model.alerts.firing.filter((alert) => alert.severity === 'critical'
		&& tabFor(alert) === 'firing');
	const known = critical;
	const fresh = known === null ? [] : now.filter((alert) => !known.has(String(alert.id)));
	critical = new Set(now.map((alert) => String(alert.id)));
	if (fresh.length > 0) {
		const more = fresh.length > 1 ? `, and ${plural(fresh.length - 1, 'more alert')}` : '';
		urgent = `Critical: ${String(fresh[0].title)}${more}.`;
	}
}

/** @param {import('../app.js').Frame} frame */
function hear({ state, model, age: ms, fresh }) {
	if (state === 'lost') {
		lostFor = fresh ? 0 : ms;
		polite = '';
	} else if (state === 'live' && lostFor > 0) {
		polite = `Live again after ${age(lostFor / 1000)}.`;
		lostFor = 0;
	}
	if (state === 'paused' && ms > LONG_PAUSE_MS && !suggested) {
		polite = 'Paused for ten minutes. Resume?';
	}
	suggested = state === 'paused' && ms > LONG_PAUSE_MS;
	if (model && isRight(state)) {
		word = stateMark(model.overview.overall_status).word;
		spoken ||= word;
		hearAlerts(model);
	}
}

/** @param {import('../app.js').Frame} frame */
export function speak(frame) {
	const now = uptime();
	hear(frame);
	if (now - spokenAt < SAY_EVERY_MS) {
		return;
	}
	const change = word === spoken ? '' : `Now ${word}.`;
	if (urgent !== '') {
		setText('urgent', urgent);
		urgent = '';
		spokenAt = now;
	} else if (polite !== '' || change !== '') {
		setText('polite', `${polite} ${change}`.trim());
		polite = '';
		spoken = word;
		spokenAt = now;
	}
}
