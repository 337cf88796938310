// Nothing to watch: the page says what to do, and what it says works.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { assertNoAxe, assertNoOverflow, openLive, text, waitText } from './look.mjs';

export const config = 'components: []\n';

async function says({ page, url }) {
	await openLive(page, url);
	assert.equal(await text(page, '#verdict-word'), 'Nothing to watch yet');
	assert.equal(await text(page, '#score'), '–');
	await waitText(page, '#resources', /CPU\d+\u202f%/);
	assert.match(await text(page, '#lane-labels'), /Availabilityno data/);
	await assertNoAxe(page, 'empty');
	await page.setViewportSize({ width: 320, height: 700 });
	await assertNoOverflow(page, 'empty at 320');
}

async function works({ page, url }) {
	await openLive(page, url);
	const [write, serve] = (await page.locator('#verdict-command').innerText()).split('\n');
	assert.match(serve, /^bellwether serve --config bellwether\.yaml --listen 127\.0\.0\.1:\d+$/);
	const folder = mkdtempSync(join(tmpdir(), 'bellwether-first-'));
	execFileSync('sh', ['-c', write], { cwd: folder });
	const child = spawn(resolve(process.argv[2]), ['serve', '--config', 'bellwether.yaml',
		'--listen', '127.0.0.1:0', '--data', folder],
	{ cwd: folder, env: { ...process.env, BELLWETHER_REGION: join(folder, 'breakers.region') } });
	try {
		const said = await new Promise((done) => {
			let log = '';
			const hear = (part) => {
				log += part;
				if (/serving on/.test(log)) {
					done(log);
				}
			};
			child.stdout.on('data', hear);
			child.stderr.on('data', hear);
			child.on('exit', () => done(log));
		});
		assert.match(said, /watching 1 component/);
	} finally {
		child.kill('SIGKILL');
		rmSync(folder, { recursive: true, force: true });
	}
}

export const tests = [
	['it says what is missing', says],
	['its command works', works],
];
