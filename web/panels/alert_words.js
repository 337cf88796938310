// An alert in words: which tab it stands in, and what is to be told of it beside its own message.
import { age, NONE, number, parseTime, percent, plural, when } from '../view/format.js';

/** @param {any} alert of the live list
 * @returns {'firing' | 'acked' | 'silenced'} as the daemon counts them */
export const tabFor = ({ quiet, ack }) => (quiet ? 'silenced' : ack ? 'acked' : 'firing');

/** @param {unknown} text @returns {string} as a sentence begins */
const begun = (text) => String(text ?? '').replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());

/** @param {any} ack @param {number} now */
function ackWords({ by, at, comment, sticky, until }, now) {
	const lasted = age((now - parseTime(at)) / 1000);
	const end = parseTime(until);
	return `Acked by ${by}${lasted === NONE ? '' : lasted === 'now' ? ' just now' : ` ${lasted} ago`}`
		+ `${comment ? `: ${comment}` : ''}${isFinite(end) ? `, until ${when(end, now)}` : ''}`
		+ `${sticky ? ', also when it gets worse' : ''}`;
}

/** @param {any} quiet @param {import('../live/model.js').Model} model
 * @returns {string} what the daemon says, and what is known of who or what it names */
function quietWords({ kind, by, text }, { silences, maintenance, alerts }) {
	const silence = silences.silences.find((one) => one.id === by);
	const window = maintenance.windows.find((one) => one.name === by);
	const more = kind === 'silence' ? silence && `${silence.by}: ${silence.reason}`
		: kind === 'maintenance' ? window?.reason
			: kind === 'inhibited' ? alerts.firing.find((one) => one.id === by)?.title : '';
	return begun(text ?? kind) + (more ? ` (${more})` : '');
}

/** @param {any} alert @param {number} now @param {import('../live/model.js').Model} model
 * @returns {string} why it is quiet and by whom, what it hides */
export function aboutAlert({ state, reason, recovering, flapping, flap_rate: rate, quiet, ack, hides,
	title }, now, model) {
	const since = age((now - parseTime(recovering)) / 1000);
	const share = number(rate) === null ? '' : `, ${percent(rate)} of the looks differ`;
	return [state === 'recovering' && `Recovering${since === NONE || since === 'now' ? '' : ` for ${since}`}`,
		reason === 'no_data' && !/^no data/i.test(title) && 'No data',
		reason === 'error' && 'Cannot be judged',
		flapping && `Flapping${share}`,
		quiet && (quiet.kind !== 'flapping' || !flapping) && quietWords(quiet, model),
		ack && ackWords(ack, now),
		hides > 0 && `Hides ${plural(hides, 'alert')}`].filter(Boolean).join(' · ');
}

/** @param {any} alert @returns {string[]} what says of just this alert that it is it */
export function matchersOf({ rule, subject }) {
	const { kind, name } = subject ?? {};
	return [kind && kind !== 'system' && name && `${kind}=${name}`, rule && `rule=${rule}`]
		.filter((text) => typeof text === 'string');
}
