// The score with what it costs, and the resources of the host.
import { byId, el, patch, setAttr, setBar, setClass, setText, symbol } from '../view/dom.js';
import { mebibytes, NONE, number, percent } from '../view/format.js';

/** @type {[string, string][]} */
const FACTORS = [
	['availability', 'Availability'],
	['breaker_health', 'Breakers'],
	['cpu_performance', 'CPU'],
	['memory_performance', 'Memory'],
	['response_time', 'Response'],
];
const LOSSY = 65;

/** @param {unknown} value */
function points(value) {
	const n = number(value);
	if (n === null) {
		return NONE;
	}
	if (n < 0.05) {
		return '0';
	}
	return `−${n < 0.95 ? n.toFixed(1) : n.toFixed(0)}`;
}

function createFactor(/** @type {any} */ first) {
	const node = el('li');
	const clip = el('span', 'clip');
	const bar = el('span', 'bar-fill');
	const track = el('span', 'track');
	const lost = el('b');
	for (const part of [clip, bar, track]) {
		part.style.display = 'block';
	}
	clip.append(bar);
	track.append(clip);
	node.append(el('span', '', first.label), track, lost);
	return { node, update(/** @type {any} */ { factor }) {
		const score = factor?.known === false ? null : number(factor?.score);
		setClass(node, score !== null && score < LOSSY ? 'lossy' : '');
		setBar(bar, score === null ? null : score / 100);
		setText(lost, score === null ? NONE : points(factor.points_lost));
		setAttr(node, 'title', number(factor?.weight) === null ? null
			: `${points(factor.points_lost)} of ${(factor.weight * 100).toFixed(0)} points`);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawScore({ model, state }) {
	const metrics = model?.metrics ?? {};
	const empty = !model || model.components.size === 0;
	const score = empty ? null : number(metrics.system_health_score);
	const usual = number(metrics.usual_health_score);
	const note = state === 'lost' ? 'last known' : usual === null ? '' : `usually ${usual.toFixed(0)}`;
	setText(byId('score'), score === null ? NONE : score.toFixed(0));
	setText(byId('usual'), empty ? 'no data yet' : note);
	const factors = FACTORS.map(([key, label]) => ({
		key, label, factor: empty ? undefined : metrics.score_factors?.[key],
	}));
	patch(byId('factors'), factors, (item) => item.key, createFactor);
}

/** @param {import('../live/model.js').Model | null} model */
function resourcesOf(model) {
	const found = model?.resources ?? {};
	const limits = model?.thresholds ?? {};
	const known = found.known !== false;
	const value = (/** @type {string} */ key) => (known ? number(found[key]) : null);
	const cores = number(found.cores);
	const load = Array.isArray(found.load_average) ? found.load_average : [];
	const busy = number(load[0]);
	const span = Math.max(cores ?? 1, 1);
	const room = number(found.disk_total_gb) === null ? null : found.disk_total_gb * 1024;
	return [
		{ key: 'CPU', value: value('cpu_percent'), limit: number(limits.cpu_usage),
			detail: cores === null ? '' : `${cores} ${cores === 1 ? 'core' : 'cores'}` },
		{ key: 'Memory', value: value('memory_percent'), limit: number(limits.memory_usage),
			detail: `${mebibytes(found.memory_used_mb)} of ${mebibytes(found.memory_total_mb)}` },
		{ key: 'Disk', value: value('disk_percent'), limit: number(limits.disk_usage),
			detail: `${mebibytes(room === null ? null : found.disk_used_gb * 1024)} of ${mebibytes(room)}` },
		{ key: 'Load', value: busy === null || !known ? null : busy / span * 100, limit: 100,
			text: busy === null ? NONE : busy.toFixed(busy < 10 ? 2 : 1),
			detail: load.slice(1).map((one) => Number(one).toFixed(1)).join(' · ') },
	];
}

function createResource(/** @type {any} */ first) {
	const node = el('li');
	const top = el('p', 'top');
	const strong = el('strong');
	const value = el('span');
	const mark = symbol('triangle', 'mark warn');
	const track = el('div', 'track');
	const clip = el('div', 'clip');
	const bar = el('div', 'bar-fill');
	const tick = el('div', 'tick');
	const detail = el('small');
	strong.append(value, mark);
	top.append(el('span', '', first.key), strong);
	clip.append(bar);
	track.append(clip, tick);
	node.append(top, track, detail);
	return { node, update(/** @type {any} */ item) {
		const over = item.value !== null && item.limit !== null && item.value > item.limit;
		setClass(node, over ? 'over' : '');
		setAttr(mark, 'hidden', over ? null : '');
		setText(value, item.value === null ? NONE : item.text ?? percent(item.value));
		setBar(bar, item.value === null ? null : item.value / 100);
		setAttr(tick, 'hidden', item.limit === null ? '' : null);
		tick.style.left = `${Math.min(100, item.limit ?? 100)}%`;
		setText(detail, item.detail);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawResources({ model }) {
	patch(byId('resources'), resourcesOf(model), (item) => item.key, createResource);
}
