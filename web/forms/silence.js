// To keep alerts from being told for a while: matchers, how long, why and who, and what they would hide
// at this moment, asked for while the reader writes.
import { el, on, setAttr, setClass, setText } from '../view/dom.js';
import { ask, wordsOf } from '../view/daemon.js';
import { plural } from '../view/format.js';
import { make } from '../view/make.js';
import { choiceField, createForm, lineField, send, setItems, who, whoField } from './form.js';
import { offerUndo } from './toast.js';

const PATH = '/api/v1/silences';
const STILL_MS = 300;
const NAMED = 4;

const match = /** @type {HTMLTextAreaElement} */ (make('textarea', { rows: 3, required: '', maxlength: 8000,
	spellcheck: false, placeholder: 'component=db\ngroup=~storage.*', 'aria-describedby': 'silence-how' }));
const span = choiceField('For', [['1h', '1 h'], ['4h', '4 h'], ['', 'until resolved'], ['custom', 'custom']],
	'silence-for');
const { row: why, field: reason } = lineField('Reason', 'what everybody should know');
const by = whoField();
const hides = make('p.hides', { role: 'status' });
const titles = el('ul', 'hides');
let timer = 0;
let questions = 0;

const form = createForm('silence', 'Silence', [
	el('label', 'field', el('span', '', 'Alerts'), match),
	make('p.note#silence-how', {}, 'A line each, and all must hold: label=value, !=, =~ and !~ with a pattern.'
		+ ' Labels: component, group, rule, severity, kind, breaker, resource, job, type.'),
	span.row, why, by.row, hides, titles], keepSilence);
reason.required = true;

/** @returns {string[]} */
const matchers = () => match.value.split('\n').map((line) => line.trim()).filter(Boolean);

function wanted() {
	const length = span.value() === 'custom' ? span.own() : span.value();
	return { match: matchers(), ...length ? { for: length } : { until_resolved: true } };
}

async function keepSilence() {
	const asked = wanted();
	const made = await send('POST', PATH, { ...asked, by: by.read(), reason: reason.value.trim() });
	return () => offerUndo(`Silenced: ${asked.match.join(', ')}`, () =>
		send('DELETE', `${PATH}/${encodeURIComponent(made.id)}?by=${encodeURIComponent(who())}`));
}

/** @param {string} text @param {any[]} [alerts] @param {boolean} [wrong] */
function tell(text, alerts = [], wrong = false) {
	setText(hides, text);
	setClass(hides, wrong ? 'hides trouble' : 'hides');
	setAttr(match, 'aria-invalid', wrong ? true : null);
	setItems(titles, alerts.slice(0, NAMED).map(({ title }) => String(title)));
}

/** What it would hide now; of several answers only that to the latest question counts. */
async function preview() {
	const mine = ++questions;
	const texts = matchers();
	let said = /** @type {Parameters<typeof tell>} */ (['']);
	if (texts.length > 0) {
		try {
			const { hides: n } = await ask(`${PATH}?dry_run=1`, { method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify({ match: texts, for: '1h', by: 'preview', reason: 'preview' }) });
			const query = texts.map((text) => `match=${encodeURIComponent(text)}`).join('&');
			const found = n > 0 ? await ask(`/api/v1/alerts?state=firing,acked,silenced&limit=${NAMED}&${query}`)
				.catch(() => null) : null;
			said = [n > 0 ? `Hides ${plural(n, 'alert')} now${n > NAMED ? ', among them' : ''}:`
				: 'Hides nothing that fires now.', found?.alerts ?? []];
		} catch (error) {
			said = [wordsOf(error), [], true];
		}
	}
	if (mine === questions && form.dialog.open) {
		tell(...said);
	}
}

on(match, 'input', () => {
	clearTimeout(timer);
	timer = setTimeout(preview, STILL_MS);
});

/** @param {string[]} texts matchers to begin with @param {string} [about] */
export function openSilence(texts, about = '') {
	match.value = texts.join('\n');
	reason.value = '';
	span.reset();
	by.reset();
	tell('');
	form.open(texts.length > 0 ? 'Silence' : 'New silence', about);
	(texts.length > 0 ? reason : match).focus();
	preview();
}
