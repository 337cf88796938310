// Puts the parts together: the stream feeds the model, one paint per frame shows it.
import { byId, setAttr, setClass, setSymbol, setText, show } from './view/dom.js';
import { age, clock } from './view/format.js';
import { Live } from './live/stream.js';
import { stateMark } from './view/marks.js';
import { alertsSettled, drawAlerts } from './panels/alerts.js';
import { drawBreakers } from './panels/breakers.js';
import { Components } from './components/table.js';
import { History } from './history/history.js';
import { fromPoint } from './history/objects.js';
import { drawMetrics } from './panels/metrics.js';
import { drawNotices } from './panels/notices.js';
import { drawResources, drawScore } from './panels/score.js';
import { drawVerdict, verdictWord } from './panels/verdict.js';

const BANNER_GRACE_MS = 1500;
const SAY_EVERY_MS = 10_000;
const THEMES = ['', 'dark', 'light'];
const THEME_KEY = 'bellwether.theme';
const RING = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"%3E'
	+ '%3Ccircle cx="8" cy="8" r="6" fill="none" stroke="%2387919a" stroke-width="2.5"'
	+ ' stroke-dasharray="3 2"/%3E%3C/svg%3E';

/**
 * What one paint shows.
 * @typedef {object} Frame
 * @property {import('./live/model.js').Model | null} model
 * @property {import('./live/stream.js').Liveness} state
 * @property {number} now the server's time, which stands still when it is lost
 * @property {number} waited seconds since the latest message
 * @property {number} lostFor milliseconds without data, 0 unless lost
 */

const history = new History();
const components = new Components();
const live = new Live({ changed: schedule, sampled: (point) => history.add(...fromPoint(point)),
	renewed: () => history.renew() });

let scheduled = false;
let shownState = 'waiting';
let lostSince = NaN;
let spokenWord = '';
let spokenAt = -Infinity;
let later = '';

function schedule() {
	if (!scheduled) {
		scheduled = true;
		requestAnimationFrame(paint);
	}
}

/** @returns {Frame} */
function frameNow() {
	const state = live.state();
	const silent = Number.isFinite(live.messageAt) ? performance.now() - live.messageAt : 0;
	return { model: live.model, state, now: live.now(),
		waited: state === 'lost' ? 0 : silent / 1000, lostFor: state === 'lost' ? silent : 0 };
}

function paint() {
	scheduled = false;
	const frame = frameNow();
	setClass(document.body, frame.state);
	drawLiveness(frame);
	drawBanner(frame);
	drawTitle(frame);
	drawNotices(frame);
	drawVerdict(frame);
	drawScore(frame);
	drawResources(frame);
	history.draw(frame);
	drawAlerts(frame);
	components.draw(frame);
	drawBreakers(frame);
	drawMetrics(frame);
	byId('main').classList.toggle('filled', frame.model !== null && alertsSettled());
	speak(frame);
}

/** @param {Frame} frame @returns {[string, string, string]} shape, tone, words */
function livenessOf({ state }) {
	const silent = age(live.age() / 1000);
	switch (state) {
	case 'live':
		return ['dot', live.beats % 2 ? 'ok' : 'ok beat', 'Live'];
	case 'late':
		return ['triangle', 'warn', `Late ${silent}`];
	case 'lost':
		return ['ring', 'dim', live.model ? `Lost ${silent}` : 'Lost'];
	default:
		return ['ring', 'dim', 'Connecting'];
	}
}

/** @param {Frame} frame */
function drawLiveness(frame) {
	const [shape, tone, words] = livenessOf(frame);
	const runs = Number.isFinite(live.serverNow);
	const time = live.serverNow + (performance.now() - live.messageAt);
	setSymbol(byId('liveness-mark'), shape);
	setClass(byId('liveness-mark'), `mark ${tone}`);
	setText(byId('liveness-word'), words);
	setText(byId('clock'), runs ? clock(time) : '–');
	setAttr(byId('clock'), 'datetime', runs ? new Date(time).toISOString() : null);
	setText(byId('instance'), String(frame.model?.metadata.instance ?? ''));
}

/** @param {Frame} frame */
function drawBanner({ model, state, now }) {
	const fresh = live.failures === 0 && performance.now() - live.openedAt < BANNER_GRACE_MS;
	const shown = state === 'lost' && !fresh;
	if (shown) {
		const wait = Math.ceil((live.retryAt - performance.now()) / 1000);
		setText(byId('lost-head'), model ? 'No data from Bellwether.' : 'Bellwether does not answer.');
		setText(byId('lost-text'), model ? `Last message ${clock(now)}. Everything below is as it was`
			+ ' then.' : 'Nothing has arrived since this page was opened.');
		const next = wait > 0 && Number.isFinite(wait) ? `Next try in ${wait}\u202fs.` : 'Trying now.';
		setText(byId('lost-next'), model ? `Silent for ${age(live.age() / 1000)}. ${next}` : next);
	}
	show(byId('lost'), shown);
}

/** @param {Frame} frame */
function drawTitle(frame) {
	const known = frame.model !== null && frame.state !== 'lost';
	const word = known ? verdictWord(frame) : '?';
	const parts = [word, frame.model?.metadata.instance, 'Bellwether'].filter(Boolean);
	const title = parts.join(' · ');
	if (document.title !== title) {
		document.title = title;
	}
	setAttr(byId('favicon'), 'href', known ? '/favicon.ico' : RING);
}

/** One sentence at most every ten seconds, and only about a change of state.
 * @param {Frame} frame */
function speak(frame) {
	const now = performance.now();
	if (frame.state === 'lost' && shownState !== 'lost') {
		lostSince = live.messageAt;
	} else if (frame.state === 'live' && Number.isFinite(lostSince)) {
		later = `Live again after ${age((now - lostSince) / 1000)}.`;
		lostSince = NaN;
	}
	shownState = frame.state;
	const word = frame.model && frame.state !== 'lost'
		? stateMark(frame.model.overview.overall_status).word : spokenWord;
	if (word !== spokenWord) {
		later = spokenWord === '' ? '' : `${later} Now ${word}.`.trim();
		spokenWord = word;
	}
	if (later !== '' && now - spokenAt >= SAY_EVERY_MS) {
		setText(byId('polite'), later);
		later = '';
		spokenAt = now;
	}
}

/** @param {string} theme */
function wearTheme(theme) {
	if (theme === '') {
		delete document.documentElement.dataset.theme;
	} else {
		document.documentElement.dataset.theme = theme;
	}
	try {
		localStorage.setItem(THEME_KEY, theme);
	} catch {
		document.documentElement.dataset.storage = 'refused';
	}
	setAttr(byId('theme'), 'title', `Theme: ${theme || 'as the system'}`);
	history.theme();
}

function listen() {
	byId('try-now').addEventListener('click', () => live.tryNow());
	byId('theme').addEventListener('click', () => {
		const worn = THEMES.indexOf(document.documentElement.dataset.theme ?? '');
		wearTheme(THEMES[(worn + 1) % THEMES.length]);
	});
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => history.theme());
	document.addEventListener('keydown', (event) => {
		const filter = /** @type {HTMLInputElement} */ (byId('filter'));
		const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
		if (event.key === '/' && plain && document.activeElement !== filter) {
			event.preventDefault();
			filter.focus();
		} else if (event.key === 'Escape' && document.activeElement === filter) {
			filter.value = '';
			filter.dispatchEvent(new Event('input'));
			filter.blur();
		}
	});
}

listen();
live.start();
schedule();
