// The score with what it costs, and the resources of the host.
import { el, patch, setAttr, setBar, setClass, setMark, setText, show, symbol }
	from '../view/dom.js';
import { clamp, mebibytes, NONE, number, percent, plural } from '../view/format.js';

/** @type {[string, string][]} */
const FACTORS = [
	['availability', 'Availability'],
	['breaker_health', 'Breakers'],
	['cpu_performance', 'CPU'],
	['memory_performance', 'Memory'],
	['response_time', 'Response'],
];
/* A factor that lost more than this share of its points is pointed out. */
const LOSSY = 0.35;

/** @param {number} lost @returns {string} */
function points(lost) {
	return lost < 0.05 ? '0' : `−${lost < 0.95 ? lost.toFixed(1) : lost.toFixed(0)}`;
}

/** A bar with a role and its value as text, since a bar alone says nothing to who cannot see it.
 * @param {string} label */
function createMeter(label) {
	const bar = el('span', 'bar-fill');
	const track = el('span', 'track', el('span', 'clip', bar));
	setAttr(track, 'role', 'meter');
	setAttr(track, 'aria-label', label);
	setAttr(track, 'aria-valuemin', 0);
	setAttr(track, 'aria-valuemax', 100);
	return { track, set(/** @type {number | null} */ share, /** @type {string} */ text) {
		setBar(bar, share);
		setAttr(track, 'aria-valuenow', Math.round(clamp(share ?? 0, 0, 1) * 100));
		setAttr(track, 'aria-valuetext', text);
	} };
}

function createFactor(/** @type {any} */ first) {
	const meter = createMeter(first.label);
	const lost = el('b');
	const node = el('li', '', el('span', '', first.label), meter.track, lost);
	return { node, update(/** @type {any} */ { factor }) {
		const most = (number(factor?.weight) ?? 0) * 100;
		const gone = factor?.known === false || most <= 0 ? null : number(factor?.points_lost);
		const text = gone === null ? 'no data'
			: `${Number(gone.toFixed(1))} of ${Number(most.toFixed(1))} points lost`;
		setClass(node, (gone ?? 0) > LOSSY * most ? 'lossy' : '');
		meter.set(gone === null ? null : 1 - gone / most, text);
		setText(lost, gone === null ? NONE : points(gone));
		setAttr(node, 'title', text);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawScore({ model, state }) {
	const metrics = model?.metrics ?? {};
	const empty = !model || model.components.size === 0;
	const score = empty ? null : number(metrics.system_health_score);
	const usual = number(metrics.usual_health_score);
	const note = state === 'lost' ? 'last known' : usual === null ? '' : `usually ${usual.toFixed(0)}`;
	setText('score', score === null ? NONE : score.toFixed(0));
	setText('usual', empty ? 'no data yet' : note);
	const factors = FACTORS.map(([key, label]) => ({
		key, label, factor: empty ? undefined : metrics.score_factors?.[key],
	}));
	patch('factors', factors, createFactor);
}

/** @param {string} used @param {string} total @returns {string} 87.6 of 128 GiB */
function part(used, total) {
	const [value, unit] = used.split('\u202f');
	return total === NONE ? '' : `${total.endsWith(`\u202f${unit}`) ? value : used} of ${total}`;
}

/** @param {any} value in GiB */
const gibibytes = (value) => mebibytes((value ?? NaN) * 1024);

/** @param {import('../live/model.js').Model | null} model */
function resourcesOf(model) {
	const found = model?.resources ?? {};
	const limits = model?.thresholds ?? {};
	const known = found.known !== false;
	const value = (/** @type {string} */ key) => (known ? number(found[key]) : null);
	const cores = number(found.cores);
	const load = Array.isArray(found.load_average) ? found.load_average : [];
	const busy = known ? number(load[0]) : null;
	return [
		{ key: 'CPU', value: value('cpu_percent'), limit: number(limits.cpu_usage),
			detail: cores === null ? '' : plural(cores, 'core') },
		{ key: 'Memory', value: value('memory_percent'), limit: number(limits.memory_usage),
			detail: part(mebibytes(found.memory_used_mb), mebibytes(found.memory_total_mb)) },
		{ key: 'Disk', value: value('disk_percent'), limit: number(limits.disk_usage),
			detail: part(gibibytes(found.disk_used_gb), gibibytes(found.disk_total_gb)) },
		{ key: 'Load', value: busy === null ? null : busy / Math.max(cores ?? 1, 1) * 100, limit: 100,
			text: busy === null ? NONE : busy.toFixed(busy < 10 ? 2 : 1),
			detail: load.map((one) => Number(one).toFixed(1)).join(' ') },
	];
}

function createResource(/** @type {any} */ first) {
	const value = el('span');
	const mark = symbol('triangle', 'mark');
	const meter = createMeter(first.key);
	const tick = el('span', 'tick');
	const detail = el('small');
	const top = el('p', 'top', el('span', '', first.key), el('strong', '', value, mark));
	const node = el('li', '', top, meter.track, detail);
	meter.track.append(tick);
	return { node, update(/** @type {any} */ item) {
		const unknown = item.value === null;
		const over = !unknown && item.limit !== null && item.value > item.limit;
		const text = unknown ? NONE : item.text ?? percent(item.value);
		setClass(node, over ? 'over' : '');
		setMark(mark, unknown ? { shape: 'ring', tone: 'dim' } : { shape: 'triangle', tone: 'warn' });
		setAttr(mark, 'hidden', over || unknown ? null : '');
		setText(value, text);
		meter.set(unknown ? null : item.value / 100,
			unknown ? 'unknown' : `${text}${over ? ', past its limit' : ''}`);
		show(tick, item.limit !== null);
		tick.style.left = `${Math.min(100, item.limit ?? 100)}%`;
		setText(detail, item.detail);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawResources({ model }) {
	patch('resources', resourcesOf(model), createResource);
}
