// Servers that a test can stop and start again on the same port.
import { createServer as createHttp } from 'node:http';

export class HttpPeer {
	constructor() {
		this.port = 0;
		this.server = null;
	}

	async start() {
		this.server = createHttp((_, answer) => answer.end('fine\n'));
		this.server.unref();
		await new Promise((done, failed) => {
			this.server.on('error', failed).listen(this.port, '127.0.0.1', done);
		});
		this.port = this.server.address().port;
		return this;
	}

	async stop() {
		this.server.closeAllConnections();
		await new Promise((done) => { this.server.close(done); });
	}
}
