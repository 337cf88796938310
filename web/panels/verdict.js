// The verdict: one word, one sentence, and how many of what. A count leads to what it counts.
import { STATES } from '../components/order.js';
import { button, el, on, patch, setAttr, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, clock, count, number, parseTime } from '../view/format.js';
import { stateMark, switchMark } from '../view/marks.js';
import { goTo } from '../shell/address.js';
import { sentence } from './sentence.js';

const WAIT_MS = 3000;
const SILENCED = 'silenced';

/** @type {[number, number] | null} */
let incident = null;

/** @param {import('../live/model.js').Model} model */
function chipsOf(model) {
	const breakdown = model.overview.component_breakdown ?? {};
	const { states } = model.breakers;
	const chips = STATES.slice(0, 3).map((status) => ({ key: status, n: number(breakdown[status]) ?? 0, text: status }));
	const open = (states.open ?? 0) + (states.forced_open ?? 0);
	return [...chips,
		{ key: 'open', n: open, text: open === 1 ? 'breaker open' : 'breakers open' },
		{ key: 'half_open', n: states.half_open ?? 0, text: 'half-open' },
		{ key: SILENCED, n: number(model.alerts.counts.silenced) ?? 0, text: SILENCED },
	].filter((chip) => chip.n > 0);
}

function createChip(/** @type {any} */ chip) {
	const status = chip.key;
	const isState = STATES.includes(status);
	const isSwitch = !isState && status !== SILENCED;
	const look = isSwitch ? switchMark(status) : stateMark(isState ? status : 'maintenance');
	const text = el('span');
	const node = el('li', '', button('',
		() => (isState ? goTo('components', { status })
			: isSwitch ? goTo('breakers') : goTo('alerts', { alerts: SILENCED })),
		symbol(look.shape, `${isSwitch ? 'switch' : 'mark'} ${look.tone}`), text));
	return { node, update: (/** @type {any} */ next) =>
		setText(text, `${count(next.n)} ${next.text}`) };
}

/** @param {string} shape @param {string} tone @param {string} word @param {string} text */
function say(shape, tone, word, text) {
	setMark('verdict-mark', { shape, tone });
	setText('verdict-word', word);
	setNote('verdict-text', text);
}

/** @param {Pick<import('../app.js').Frame, 'model' | 'state'>} frame
 * @returns {string} the word of the verdict */
export function verdictWord({ model, state }) {
	if (state === 'lost') {
		return 'Unknown';
	}
	if (!model) {
		return 'Waiting for first data';
	}
	return model.components.size === 0 ? 'Nothing to watch yet'
		: stateMark(model.overview.overall_status).word;
}

/** @param {import('../app.js').Frame} frame */
function sayWaiting(frame) {
	const since = frame.age > WAIT_MS ? ` for ${age(frame.age / 1000)}` : '';
	say('ring', 'dim', verdictWord(frame), frame.state === 'lost' ? 'Nothing has arrived yet.'
		: `The page is there; the first measurements have not come${since}.`);
}

/** @param {import('../app.js').Frame} frame @param {import('../live/model.js').Model} model */
function sayKnown({ state, now }, model) {
	const mark = stateMark(model.overview.overall_status);
	if (state === 'lost') {
		say('ring', 'dim', 'Unknown', `Was ${mark.word} at ${clock(now)}. Nothing has arrived since,`
			+ ' so nothing here can be trusted as current.');
	} else if (model.components.size === 0) {
		say('ring', 'dim', verdictWord({ model, state }), '');
	} else {
		say(mark.shape, mark.tone, mark.word, sentence(model, now));
	}
}

/** @param {import('../app.js').Frame} frame */
export function drawVerdict(frame) {
	const { model, state, now } = frame;
	const empty = state !== 'lost' && model?.components.size === 0;
	const wrong = parseTime(model?.overview.trouble_since);
	incident = isFinite(wrong) && state !== 'lost' && !empty ? [wrong, now] : null;
	setAttr('verdict-mark', 'hidden', empty ? '' : null);
	setText('verdict-listen', location.host);
	show('verdict-command', empty);
	show('verdict-empty', empty);
	show('show-incident', incident !== null);
	patch('chips', model ? chipsOf(model) : [], createChip);
	if (model) {
		sayKnown(frame, model);
	} else {
		sayWaiting(frame);
	}
}

/** @param {(from: number, to: number) => void} listener told which time the reader wants to see */
export function onIncident(listener) {
	on('show-incident', 'click', () => {
		if (incident) {
			listener(...incident);
		}
	});
}
