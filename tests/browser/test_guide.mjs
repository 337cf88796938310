// docs/dashboard.md tells of every key and of every part of the address, and its addresses work.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openLive, waitText } from './look.mjs';

export const config = `components:
  - { name: feed, every: 1s, timeout: 1s, tcp: { host: 127.0.0.1, port: 1 } }
  - { name: machine, host: {} }
`;

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const guide = read('docs/dashboard.md');

/** What stands in backticks in the first column of the table below a heading. */
function firstColumn(heading) {
	const section = guide.split(`\n## ${heading}\n`)[1].split('\n## ')[0];
	const rows = section.split('\n').filter((line) => /^\| `/.test(line));
	assert.ok(rows.length > 5, `${heading}: ${rows.length} rows`);
	return rows.flatMap((row) => [...row.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, key]) => key));
}

async function keys({ page, url }) {
	await openLive(page, url);
	await page.keyboard.press('?');
	await page.locator('#keys[open]').waitFor();
	const offered = await page.locator('#keys kbd').allTextContents();
	const told = firstColumn('Keys');
	assert.deepEqual(told.filter((key) => key !== '…').sort(), [...new Set(offered
		.filter((key) => !/^[2-5]$/.test(key)))].sort());
}

function addresses() {
	const [, table] = read('web/shell/address.js').match(/const VALUES = \{\n([^]*?)\n\};/);
	const understood = [...table.matchAll(/^\t(\w+): /gm)].map(([, key]) => key);
	assert.deepEqual(firstColumn('Sending a view to somebody').sort(), understood.sort());
}

async function examples({ page, url }) {
	const [example] = guide.match(/#components\?[^`]+/);
	await openLive(page, `${url}/${example}`);
	await waitText(page, '#components-note', /^1 of 2$/);
	assert.equal(await page.locator('#filter').inputValue(), 'feed');
	const [wall] = guide.match(/\/\?wall=1/);
	await openLive(page, `${url}${wall}`);
	assert.equal(await page.locator('html.wall').count(), 1);
}

export const tests = [
	['the guide tells of every key', keys],
	['the guide tells of every part of the address', addresses],
	['its addresses work', examples],
];
