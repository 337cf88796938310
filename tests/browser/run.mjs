// Runs every test_*.mjs beside it against the program, each file with a daemon of its own.
//
// Usage: node tests/browser/run.mjs PROGRAM [test_x.mjs...]
// A test file exports `tests`, a list of [name, async ({ page, url, daemon, context }) => ...], and
// may export `config`, the YAML that the daemon is started with. A test throws to fail, throws
// `new Skip(why)` to be skipped. A page that asks anything of another host, or writes an error to
// its console, fails. A test that ends the daemon says so by `daemon.mayEnd = true`, and is the last
// of its file. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { Skip } from './skip.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const START_MS = 10_000;
/** A recording waits for daemons to settle. */
const TEST_MS = process.env.BELLWETHER_VIEWS === 'record' ? 400_000 : 60_000;

function freePort() {
	return new Promise((done, failed) => {
		const server = createServer().on('error', failed);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

async function startDaemon(program, config) {
	const folder = mkdtempSync(join(tmpdir(), 'bellwether-browser-'));
	const port = await freePort();
	const words = ['serve', '--listen', `127.0.0.1:${port}`, '--data', folder];
	if (config) {
		writeFileSync(join(folder, 'config.yaml'), config);
		words.push('--config', join(folder, 'config.yaml'));
	}
	const daemon = { port, folder, url: `http://127.0.0.1:${port}`, log: '' };
	daemon.start = () => start(daemon, program, words);
	daemon.stop = async () => {
		daemon.child.kill('SIGTERM');
		const late = setTimeout(() => daemon.child.kill('SIGKILL'), 10_000);
		await daemon.ended;
		clearTimeout(late);
		rmSync(folder, { recursive: true, force: true });
	};
	await daemon.start();
	return daemon;
}

/** Also again, on the same port, after the daemon ended. */
async function start(daemon, program, words) {
	const env = { ...process.env, BELLWETHER_REGION: join(daemon.folder, 'breakers.region') };
	const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
	daemon.child = child;
	child.stdout.on('data', (text) => { daemon.log += text; });
	child.stderr.on('data', (text) => { daemon.log += text; });
	daemon.ended = new Promise((done) => child.on('exit', (code, by) => done(code ?? by)));
	const until = Date.now() + START_MS;
	while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
		const answer = await fetch(`${daemon.url}/health/live`).catch(() => null);
		if (answer?.ok) {
			return;
		}
		await pause(20);
	}
	await daemon.stop();
	throw new Error(`the daemon did not answer:\n${daemon.log}`);
}

async function runTest(browser, daemon, name, body) {
	const context = await browser.newContext();
	const page = await context.newPage();
	const wrong = [];
	page.on('request', (request) => {
		const url = new URL(request.url());
		if (url.protocol.startsWith('http') && url.origin !== daemon.url) {
			wrong.push(`asked ${url.origin}`);
		}
	});
	page.on('pageerror', (error) => wrong.push(`threw ${error.message}`));
	page.on('console', (message) => {
		if (message.type() === 'error') {
			wrong.push(`console: ${message.text()}`);
		}
	});
	page.setDefaultTimeout(TEST_MS / 2);
	const allow = (pattern) => {
		for (let i = wrong.length - 1; i >= 0; i--) {
			if (pattern.test(wrong[i])) {
				wrong.splice(i, 1);
			}
		}
	};
	let late;
	try {
		await Promise.race([
			body({ page, context, browser, daemon, allow, url: daemon.url }),
			new Promise((_, failed) => {
				late = setTimeout(() => failed(new Error(`longer than ${TEST_MS} ms`)), TEST_MS);
			}),
		]);
		if (wrong.length > 0) {
			throw new Error(`the page ${wrong.join('; ')}`);
		}
		console.log(`ok    ${name}`);
		return 'passed';
	} catch (error) {
		if (error instanceof Skip) {
			console.log(`skip  ${name}: ${error.message}`);
			return 'skipped';
		}
		console.log(`FAIL  ${name}: ${error.stack}`);
		return 'failed';
	} finally {
		clearTimeout(late);
		await context.close();
	}
}

async function runFile(browser, program, file, count) {
	const module = await import(join(here, file));
	let daemon;
	try {
		daemon = await startDaemon(program, module.config);
	} catch (error) {
		console.log(`FAIL  ${file}: ${error.message}`);
		count.failed += module.tests.length;
		return;
	}
	for (const [name, body] of module.tests) {
		count[await runTest(browser, daemon, `${file}: ${name}`, body)]++;
		const ended = daemon.child.exitCode !== null || daemon.child.signalCode !== null;
		if (ended && !daemon.mayEnd) {
			console.log(`FAIL  ${file}: the daemon ended:\n${daemon.log}`);
			count.failed++;
			break;
		}
	}
	await daemon.stop();
}

async function main() {
	const [program, ...only] = process.argv.slice(2);
	const files = readdirSync(here).filter((name) => /^test_.*\.mjs$/.test(name)).sort()
		.filter((name) => only.length === 0 || only.includes(name));
	const count = { passed: 0, failed: 0, skipped: 0 };
	const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
		.find((path) => existsSync(path));
	const browser = await chromium.launch({
		executablePath: executable,
		args: ['--headless', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu',
			'--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'],
	});
	try {
		for (const file of files) {
			await runFile(browser, resolve(program), file, count);
		}
	} finally {
		await browser.close();
	}
	const skipped = count.skipped ? `, ${count.skipped} skipped` : '';
	console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
	process.exitCode = count.failed ? 1 : 0;
}

await main();
