// The clock of the bar: the server's time in the zone of the page. It is a button that turns the zone.
// The zone that the address names goes before the one the reader chose the last time.
import { on, setAttr, setText } from '../view/dom.js';
import { clock, iso, NONE } from '../view/format.js';
import { keepView, onView, viewOf } from './address.js';
import { offerKey } from './keys.js';
import { keptZone, setZone, zone } from './zone.js';

function follow() {
	const asked = viewOf('zone');
	setZone(asked === 'local' || asked === 'utc' ? asked : keptZone(), false);
}

function turn() {
	const next = zone === 'utc' ? 'local' : 'utc';
	setZone(next);
	keepView('zone', next === 'local' ? 'local' : '');
}

export function listenClock() {
	follow();
	onView('zone', follow);
	on('zone', 'click', turn);
	offerKey(['u'], 'times in UTC or local', turn);
}

/** @param {import('../app.js').Frame} frame */
export function drawClock({ time }) {
	setText('clock', isFinite(time) ? clock(time) : NONE);
	setAttr('clock', 'datetime', iso(time));
	setAttr('zone', 'title', zone === 'utc' ? 'Show local times' : 'Show times in UTC');
}
