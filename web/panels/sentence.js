// What the verdict says in words: since when, what was first, and when it was wrong the last time.
import { age, hours, parseTime, plural, when } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { tabFor } from './alert_words.js';

const TEXT_MAX = 160;
const DAY_MS = 86_400_000;
const APART_MS = 60_000;

/** @param {string} text */
function shorten(text) {
	const letters = [...text];
	return letters.length <= TEXT_MAX ? text : `${letters.slice(0, TEXT_MAX - 1).join('')}…`;
}

/** @param {string} text @returns {string} with a full stop, unless it ends like a sentence */
const ended = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** @param {any} problem @param {number} now @returns {string} */
function lastProblem(problem, now) {
	const from = parseTime(problem?.from);
	const to = parseTime(problem?.to);
	if (!isFinite(from) || !isFinite(to)) {
		return '';
	}
	const start = now - from < DAY_MS ? hours(from) : when(from, now);
	const what = problem.text ? `${shorten(String(problem.text)).replace(/\.$/, '')}, ` : '';
	return ` Last problem: ${what}${start}–${when(to, now)}.`;
}

/** @param {import('../live/model.js').Model} model @param {number} now */
function fine(model, now) {
	const parts = [plural(model.components.size, 'component')];
	const breakers = model.breakers.byName.size;
	if (breakers > 0) {
		parts.push(plural(breakers, 'breaker'));
	}
	const one = model.components.size === 1 && parts.length === 1;
	const firing = model.alerts.firing.filter((alert) => tabFor(alert) === 'firing').length;
	const told = firing > 0 ? `, but ${plural(firing, 'alert')} ${firing === 1 ? 'fires' : 'fire'}` : '';
	return `${parts.join(' and ')} ${one ? 'is' : 'are'} within ${one ? 'its' : 'their'} limits${told}.`
		+ lastProblem(model.overview.last_problem, now);
}

/** Where the journal does not reach back: the component that is wrong longest.
 * @param {import('../live/model.js').Model} model @returns {string} */
function wrongLongest(model) {
	let first = null;
	let since = Infinity;
	for (const one of model.components.values()) {
		if (one.status !== 'healthy' && one.since !== null && one.since < since) {
			first = one;
			since = one.since;
		}
	}
	return first ? `${first.name} ${first.error || stateMark(first.status).word.toLowerCase()}` : '';
}

/**
 * @param {import('../live/model.js').Model} model
 * @param {number} now
 * @returns {string}
 */
export function sentence(model, now) {
	const { overall_status: status, since, first_cause: cause } = model.overview;
	if (status === 'healthy') {
		return fine(model, now);
	}
	const at = parseTime(since);
	const first = String(cause?.text ?? '') || wrongLongest(model);
	const parts = isFinite(at) ? [`Since ${when(at, now)} (${age((now - at) / 1000)}).`] : [];
	if (first !== '') {
		const began = parseTime(cause?.at);
		const then = Math.abs(began - at) > APART_MS ? `, at ${when(began, now)}` : '';
		parts.push(ended(`First${then}: ${shorten(first)}`));
	}
	return parts.join(' ') || `The whole is ${stateMark(status).word.toLowerCase()}.`;
}
