// What a breaker has to say in words: since when it is open and what its probes did, and how the
// processes fare that share it.
import { age, count, number, parseTime, plural } from '../view/format.js';
import { switchMark } from '../view/marks.js';

/** @param {any} breaker */
function probes({ state, time_until_retry: retry, heard_at: heardAt, probe_successes: passed,
	success_threshold: wanted, probes_in_flight: flying }, /** @type {number} */ now) {
	if (state === 'open' && number(retry) !== null) {
		const left = retry - (now - heardAt) / 1000;
		return left < 2 ? 'probe now' : `probe in ${age(left)}`;
	}
	return state !== 'half_open' || number(passed) === null ? ''
		: `${count(passed)} of ${count(wanted)} probes passed${flying > 0 ? `, ${count(flying)} under way` : ''}`;
}

/** @param {any} breaker @param {number} now @returns {string} Open 1 h 36 m · probe in 21 s */
export function stateLine(breaker, now) {
	const { word } = switchMark(breaker.state);
	const since = parseTime(breaker.open_since);
	return [isFinite(since) ? `${word} ${age((now - since) / 1000)}` : word, probes(breaker, now)]
		.filter(Boolean).join(' · ');
}

/** @param {any} breaker @returns {string[]} what is wrong with its workers */
export function crewTroubles({ workers }) {
	const { cause, dead, overdue } = workers ?? {};
	return [cause,
		dead > 0 && `${plural(dead, 'worker')} gone with ${dead === 1 ? 'a call' : 'calls'} in flight`,
		overdue > 0 && `${plural(overdue, 'call')} overdue`].filter(Boolean);
}

/** @param {any} breaker @returns {string} 32 workers · 2 calls overdue; empty when all is well and
 * nobody shares it */
export function crewLine(breaker) {
	const troubles = crewTroubles(breaker);
	const { total, cause } = breaker.workers ?? {};
	return [...total > 1 && !cause ? [plural(total, 'worker')] : [], ...troubles].join(' · ');
}
