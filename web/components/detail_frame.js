// The detail of a component before anything is known of it.
import { el, symbol } from '../view/dom.js';
import { make } from '../view/make.js';
import { frameOf } from './dialog.js';

/** @param {string} id @param {string} title @param {...import('../view/dom.js').Child} children */
const part = (id, title, ...children) => make(`section#${id}`, {}, el('h3', '', title), ...children);

/** @param {string} id @param {string} text */
const note = (id, text) => make(`p.note#${id}`, {}, text);

/** @param {string} id @param {string} word */
const push = (id, word) => make(`button.push#${id}`, {}, word);

const error = make('pre#detail-error', { tabindex: 0, role: 'region', 'aria-label': 'The error in full' });
const breaker = symbol('closed', 'switch');
breaker.id = 'detail-switch';
const breakerPart = part('detail-breaker', 'Breaker', breaker, make('span#detail-state', {}));
breakerPart.className = 'breaker-line';
const retry = push('detail-retry', 'Retry');
retry.hidden = true;
const copy = make('button.push.small#detail-copy', {}, 'Copy');

frameOf('detail', symbol('ring', 'mark'),
	el('h2', '', make('span.group#detail-group', {}), make('bdi.own#detail-own', {})), [
		el('p', 'since', make('strong#detail-word', {}), make('span#detail-age', {})),
		make('p.about#detail-about', {}),
		make('a#detail-runbook', { target: '_blank', rel: 'noopener noreferrer' }, 'Runbook'),
		make('p.about#detail-first', {}),
		make('p.trouble#detail-trouble', {}),
		part('detail-wrong', 'Error', error, copy),
		part('detail-day', 'Changes', make('ul.lines.changes#detail-changes', {}),
			note('detail-quiet', 'No change of state is on record.')),
		part('detail-parents', 'Depends on', make('ul.links#detail-links', {})),
		breakerPart,
		part('', 'Recent checks', make('ul.lines.checks#detail-checks', {}),
			note('detail-none', 'No check has come to an end yet.')),
		part('detail-known', 'Facts', make('dl#detail-facts', {})),
	],
	el('footer', '', push('detail-check', 'Check now'), push('detail-silence', 'Silence'),
		push('detail-json', 'Copy JSON'), make('span.said#detail-said', { role: 'status' }), retry));
