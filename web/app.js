// Puts the parts together: the stream feeds the model, one paint per frame shows it.
// The script is joined in the order of the imports. What is alike stands close together, because gzip
// looks back 32 KB and no further.
import { begin, frame } from './live/live.js';
import { drawClock, listenClock } from './shell/clock.js';
import { listenLight } from './shell/light.js';
import { drawBanner, drawLiveness, listenLiveness } from './shell/liveness.js';
import { drawMore, listenMore } from './shell/more.js';
import { drawPartial } from './shell/partial.js';
import { listenSections, placeSection } from './shell/sections.js';
import { speak } from './shell/speech.js';
import { drawTitle } from './shell/title.js';
import { listenWall } from './shell/wall.js';
import { onZone } from './shell/zone.js';
import { byId, setClass } from './view/dom.js';
import { painted } from './view/paint.js';
import { drawComponents, listenComponents } from './components/table.js';
import { alertsSettled, drawAlerts } from './panels/alerts.js';
import { drawBreakers } from './panels/breakers.js';
import { drawMetrics } from './panels/metrics.js';
import { drawNotices } from './panels/notices.js';
import { drawResources, drawScore } from './panels/score.js';
import { drawVerdict, onIncident } from './panels/verdict.js';
import { addMark, addSample, drawHistory, drawTheme, listenHistory, renewHistory,
	showIncident } from './history/history.js';

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

let scheduled = false;

/** A hidden page draws nothing, but takes back what its title claims. */
function changed() {
	if (document.hidden) {
		drawTitle(frame());
	} else if (!scheduled) {
		scheduled = true;
		requestAnimationFrame(paint);
	}
}

function paint() {
	scheduled = false;
	const shown = frame();
	painted(shown);
	setClass(document.body, shown.state);
	drawLiveness(shown);
	drawClock(shown);
	drawBanner(shown);
	drawTitle(shown);
	drawNotices(shown);
	drawVerdict(shown);
	drawScore(shown);
	drawResources(shown);
	drawHistory(shown);
	drawAlerts(shown);
	drawComponents(shown);
	drawBreakers(shown);
	drawMetrics(shown);
	drawPartial(shown);
	drawMore(shown);
	byId('main').classList.toggle('filled', shown.model !== null && alertsSettled());
	placeSection(shown);
	speak(shown);
}

listenComponents();
listenSections();
listenLiveness();
listenClock();
listenHistory();
listenLight(drawTheme);
listenWall();
listenMore();
onZone(changed);
onIncident(showIncident);
begin({ changed, sampled: addSample, marked: addMark, renewed: renewHistory });
