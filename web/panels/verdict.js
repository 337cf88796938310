// The verdict: one word, one sentence, and how many of what. A count leads to what it counts.
import { button, el, on, patch, setAttr, setMark, setText, show, symbol } from '../view/dom.js';
import { age, clock, count, number, parseTime } from '../view/format.js';
import { stateMark, switchMark } from '../view/marks.js';
import { goTo } from '../shell/address.js';
import { sentence } from './sentence.js';

const STATES = ['unhealthy', 'degraded', 'unknown'];
const WAIT_MS = 3000;

/** @type {[number, number] | null} */
let incident = null;

/** @param {import('../live/model.js').Model} model */
function chipsOf(model) {
	const breakdown = model.overview.component_breakdown ?? {};
	const { states } = model.breakers;
	const chips = STATES.map((status) => ({ status, n: number(breakdown[status]) ?? 0, text: status }));
	const open = (number(states.open) ?? 0) + (number(states.forced_open) ?? 0);
	return [...chips,
		{ status: 'open', n: open, text: open === 1 ? 'breaker open' : 'breakers open' },
		{ status: 'half_open', n: number(states.half_open) ?? 0, text: 'half-open' },
	].filter((chip) => chip.n > 0);
}

function createChip(/** @type {any} */ chip) {
	const { status } = chip;
	const isState = STATES.includes(status);
	const look = isState ? stateMark(status) : switchMark(status);
	const text = el('span');
	const node = el('li', '', button('',
		() => goTo(isState ? 'components' : 'breakers', isState ? { status } : {}),
		symbol(look.shape, `${isState ? 'mark' : 'switch'} ${look.tone}`), text));
	return { node, update: (/** @type {any} */ next) =>
		setText(text, `${count(next.n)} ${next.text}`) };
}

/** A first configuration that works where it is typed. */
function firstCommand() {
	return 'printf \'components: [{ name: web, http: { url: "http://127.0.0.1:8000/" } }]\\n\''
		+ ` > bellwether.yaml\nbellwether serve --config bellwether.yaml --listen ${location.host}`;
}

/** @param {string} shape @param {string} tone @param {string} word @param {string} text */
function say(shape, tone, word, text) {
	setMark('verdict-mark', { shape, tone });
	setText('verdict-word', word);
	setText('verdict-text', text);
}

/** @param {import('../app.js').Frame} frame @returns {string} the word of the verdict */
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
		setText('verdict-command', firstCommand());
		say('ring', 'dim', 'Nothing to watch yet', 'Bellwether is running and measuring this host.'
			+ ' Write a first check, stop this one, and start with it:');
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
	show('verdict-command', empty);
	show('show-incident', incident !== null);
	patch('chips', model ? chipsOf(model) : [], (chip) => chip.status, createChip);
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
