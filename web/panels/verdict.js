// The verdict: one word, since when, what was first, and how many of what.
import { byId, el, patch, setAttr, setClass, setSymbol, setText, show, symbol } from '../view/dom.js';
import { age, clock, parseTime, plural, when } from '../view/format.js';
import { stateMark, switchMark } from '../view/marks.js';

const CHIPS = ['unhealthy', 'degraded', 'unknown'];
const TEXT_MAX = 160;

/** @param {any} component @returns {number} how much it weighs in the verdict */
function weight(component) {
	if (component.status === 'unhealthy') {
		return component.critical ? 3 : 2;
	}
	return component.status === 'degraded' ? 2 : 1;
}

/**
 * Of the components that weigh most in the verdict the one that is wrong longest.
 * @param {import('../live/model.js').Model} model @returns {any}
 */
function firstCause(model) {
	let first = null;
	let since = Infinity;
	for (const component of model.components.values()) {
		if (component.status === 'healthy' || component.since === null) {
			continue;
		}
		const heavier = first ? weight(component) - weight(first) : 1;
		if (heavier > 0 || (heavier === 0 && component.since < since)) {
			first = component;
			since = component.since;
		}
	}
	return first;
}

/** @param {import('../live/model.js').Model} model @returns {number} since when it is not healthy */
function wrongSince(model) {
	const alert = model.alerts.firing.find((one) => one.type === 'system_health');
	return alert ? parseTime(alert.started) : firstCause(model)?.since ?? NaN;
}

/** @param {string} text */
function shorten(text) {
	const letters = [...text];
	return letters.length <= TEXT_MAX ? text : `${letters.slice(0, TEXT_MAX).join('')}…`;
}

/** @param {import('../live/model.js').Model} model */
function fine(model) {
	const breakers = model.breakers.total;
	const parts = [plural(model.components.size, 'component')];
	if (breakers > 0) {
		parts.push(plural(breakers, 'breaker'));
	}
	const one = model.components.size === 1 && breakers === 0;
	return `${parts.join(' and ')} ${one ? 'is' : 'are'} within ${one ? 'its' : 'their'} limits.`;
}

/** @param {import('../live/model.js').Model} model @param {number} now */
function sentence(model, now) {
	if (model.overview.overall_status === 'healthy') {
		return fine(model);
	}
	const since = wrongSince(model);
	const cause = firstCause(model);
	const parts = [];
	if (Number.isFinite(since)) {
		parts.push(`Since ${when(since, now)} (${age((now - since) / 1000)}).`);
	}
	if (cause) {
		const why = cause.error ? `: ${cause.error}` : '';
		parts.push(`First: ${cause.name} ${stateMark(cause.status).word.toLowerCase()}${why}`);
	}
	return shorten(parts.join(' '));
}

/** @param {import('../live/model.js').Model} model */
function chipsOf(model) {
	const breakdown = model.overview.component_breakdown ?? {};
	const states = model.breakers.states;
	const chips = CHIPS.map((state) => ({
		key: state, mark: stateMark(state), className: 'mark', n: breakdown[state],
		text: `${plural(breakdown[state] ?? 0, state, state)}`,
	}));
	chips.push({ key: 'open', mark: switchMark('open'), className: 'switch', n: states.open,
		text: `${plural(states.open ?? 0, 'breaker')} open` });
	chips.push({ key: 'half', mark: switchMark('half_open'), className: 'switch',
		n: states.half_open, text: `${plural(states.half_open ?? 0, 'breaker')} half-open` });
	return chips.filter((chip) => chip.n > 0);
}

function createChip(/** @type {any} */ chip) {
	const node = el('li');
	const text = el('span');
	node.append(symbol(chip.mark.shape, `${chip.className} ${chip.mark.tone}`), text);
	return { node, update: (/** @type {any} */ next) => setText(text, next.text) };
}

/** A first configuration that works where it is typed. */
function firstCommand() {
	return 'printf \'components: [{ name: web, http: { url: "http://127.0.0.1:8000/" } }]\\n\''
		+ ` > bellwether.yaml\nbellwether serve --config bellwether.yaml --listen ${location.host}`;
}

/** @param {string} shape @param {string} tone @param {string} word @param {string} text */
function say(shape, tone, word, text) {
	setSymbol(byId('verdict-mark'), shape);
	setClass(byId('verdict-mark'), `mark ${tone}`);
	setText(byId('verdict-word'), word);
	setText(byId('verdict-text'), text);
}

/** @param {import('../app.js').Frame} frame @returns {string} the word of the verdict */
export function verdictWord({ model, state }) {
	if (!model) {
		return state === 'lost' ? 'Unknown' : 'Waiting for first data';
	}
	if (state === 'lost') {
		return 'Unknown';
	}
	return model.components.size === 0 ? 'Nothing to watch yet'
		: stateMark(model.overview.overall_status).word;
}

/** @param {import('../app.js').Frame} frame */
export function drawVerdict(frame) {
	const { model, state, now } = frame;
	const word = verdictWord(frame);
	const empty = state !== 'lost' && model !== null && model.components.size === 0;
	setAttr(byId('verdict-mark'), 'hidden', empty ? '' : null);
	show(byId('verdict-command'), empty);
	patch(byId('chips'), model ? chipsOf(model) : [], (chip) => chip.key, createChip);
	if (!model) {
		say('ring', 'dim', word, state === 'lost' ? 'Nothing has arrived yet.'
			: 'The page is there; the first measurements are not yet.');
	} else if (state === 'lost') {
		const was = stateMark(model.overview.overall_status).word;
		say('ring', 'dim', word, `Was ${was} at ${clock(now)}. Nothing has arrived since, so nothing`
			+ ' here can be trusted as current.');
	} else if (empty) {
		setText(byId('verdict-command'), firstCommand());
		say('ring', 'dim', word, 'Bellwether is running and measuring this host. Write a first'
			+ ' check, stop this one, and start with it:');
	} else {
		const mark = stateMark(model.overview.overall_status);
		say(mark.shape, mark.tone, word, sentence(model, now));
	}
}
