// Puts the parts together: the stream feeds the model, one paint per frame shows it.
import { byId, setClass } from './view/dom.js';
import { drawComponents, listenComponents } from './components/table.js';
import { History } from './history/history.js';
import { Live } from './live/live.js';
import { alertsSettled, drawAlerts } from './panels/alerts.js';
import { drawBreakers } from './panels/breakers.js';
import { drawMetrics } from './panels/metrics.js';
import { drawNotices } from './panels/notices.js';
import { drawResources, drawScore } from './panels/score.js';
import { drawVerdict, onIncident } from './panels/verdict.js';
import { drawClock, listenClock } from './shell/clock.js';
import { listenHelp } from './shell/help.js';
import { listenLight } from './shell/light.js';
import { drawBanner, drawLiveness, listenLiveness } from './shell/liveness.js';
import { drawPartial } from './shell/partial.js';
import { listenSections, placeSection } from './shell/sections.js';
import { speak } from './shell/speech.js';
import { drawTitle } from './shell/title.js';
import { listenWall } from './shell/wall.js';
import { onZone } from './shell/zone.js';

const GRACE_MS = 1500;

/**
 * What one paint shows.
 * @typedef {object} Frame
 * @property {import('./live/model.js').Model | null} model
 * @property {import('./live/live.js').Liveness} state
 * @property {number} now the server's time, which stands still when it is lost or paused
 * @property {number} time the server's time, which goes on when it is lost
 * @property {number} age milliseconds since the page was known to be right
 * @property {number} lostFor the same when it is lost, else 0
 * @property {number} retryIn milliseconds until the next try
 * @property {number} beats messages so far
 * @property {boolean} fresh just opened or shown: too early for an alarm
 */

const history = new History();
const live = new Live({ changed, sampled: (at, values) => history.add(at, values),
	marked: (mark) => history.mark(mark), renewed: () => history.renew() });
let scheduled = false;

/** A hidden page draws nothing, but takes back what its title claims. */
function changed() {
	if (document.hidden) {
		drawTitle(frameNow());
	} else if (!scheduled) {
		scheduled = true;
		requestAnimationFrame(paint);
	}
}

/** @returns {Frame} */
function frameNow() {
	const state = live.state();
	const now = performance.now();
	const lostFor = state === 'lost' ? live.age() : 0;
	return { model: live.model, state, now: live.now(), time: live.time(), age: live.age(), lostFor,
		retryIn: live.retryAt - now, beats: live.beats, fresh: now - live.startedAt < GRACE_MS };
}

function paint() {
	scheduled = false;
	const frame = frameNow();
	setClass(document.body, frame.state);
	drawLiveness(frame);
	drawClock(frame);
	drawBanner(frame);
	drawTitle(frame);
	drawNotices(frame);
	drawVerdict(frame);
	drawScore(frame);
	drawResources(frame);
	history.draw(frame);
	drawAlerts(frame);
	drawComponents(frame);
	drawBreakers(frame);
	drawMetrics(frame);
	drawPartial(frame);
	byId('main').classList.toggle('filled', frame.model !== null && alertsSettled());
	placeSection(frame);
	speak(frame);
}

listenComponents();
listenSections();
listenLiveness(live);
listenClock();
listenLight(() => history.theme());
listenWall();
onIncident((from, to) => history.showIncident(from, to));
listenHelp();
onZone(changed);
onIncident((from, to) => history.showIncident(from, to));
live.begin();
