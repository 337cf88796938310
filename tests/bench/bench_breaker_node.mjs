// What a call through a breaker costs in Node.js: opossum and cockatiel, beside a bare promise.
// Both guard one process only; their figures stand beside those of bench_breaker.c and
// bench_breaker_python.py. They come from npm, into a folder of the build.
//
// Usage: bench_breaker_node.mjs BUILD_FOLDER
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const PACKAGES = { opossum: "8.1.4", cockatiel: "3.2.1" };
const ROUNDS = 15;
const CALLS = 1000;
const FAILURES = 60; // opossum sorts all latencies of its window at each one

function say(name, value, more = {}) {
	console.log(JSON.stringify({ bench: `breaker_node.${name}`, value, unit: "ns", ...more }));
}

/** Installs what is missing; true: both are there. */
function prepare(folder) {
	if (Object.keys(PACKAGES).every((name) => existsSync(join(folder, "node_modules", name)))) return true;
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: PACKAGES }));
	const done = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], {
		cwd: folder, stdio: "ignore", timeout: 120000 });
	return done.status === 0;
}

/** Median nanoseconds of one awaited call. */
async function measure(work, calls = CALLS) {
	const times = [];
	for (let round = 0; round < ROUNDS; round++) {
		const begun = process.hrtime.bigint();
		for (let i = 0; i < calls; i++) await work();
		times.push(Number(process.hrtime.bigint() - begun) / calls);
	}
	return Math.round(times.sort((a, b) => a - b)[ROUNDS >> 1]);
}

const answer = async () => 1;
const fail = async () => { throw new Error("no"); };
const calmly = (work) => async () => { try { await work(); } catch { /* as it must be */ } };

async function measureOpossum(Opossum) {
	const never = { errorThresholdPercentage: 101, timeout: false };
	const closed = new Opossum(answer, never);
	const failing = new Opossum(fail, never);
	const open = new Opossum(answer, { ...never, resetTimeout: 3600000 });
	open.open();
	say("opossum_success", await measure(() => closed.fire()));
	say("opossum_failure", await measure(calmly(() => failing.fire()), FAILURES));
	say("opossum_rejection", await measure(calmly(() => open.fire())));
	for (const breaker of [closed, failing, open]) breaker.shutdown();
}

async function measureCockatiel({ circuitBreaker, handleAll, ConsecutiveBreaker }) {
	const breaker = (failures) => circuitBreaker(handleAll, {
		halfOpenAfter: 3600000, breaker: new ConsecutiveBreaker(failures) });
	const closed = breaker(5);
	const failing = breaker(Infinity);
	const open = breaker(1);
	await calmly(() => open.execute(fail))();
	say("cockatiel_success", await measure(() => closed.execute(answer)));
	say("cockatiel_failure", await measure(calmly(() => failing.execute(fail))));
	say("cockatiel_rejection", await measure(calmly(() => open.execute(answer))));
}

const folder = join(resolve(process.argv[2] ?? "build"), "bench-node");
if (!prepare(folder)) {
	say("opossum_success", 0, { skipped: "opossum and cockatiel are not there, and npm cannot bring them" });
} else {
	const require = createRequire(join(folder, "package.json"));
	say("bare_promise", await measure(answer));
	await measureOpossum(require("opossum"));
	await measureCockatiel(require("cockatiel"));
}
