// SPDX-License-Identifier: Apache-2.0
// Is every panel of a dashboard really drawn? Opens the built page in Chromium, looks
// at each panel's pixels and text, and keeps a picture.
//
//   node render.mjs PROMETHEUS DASHBOARD.json PICTURE.png [HOURS [END]]     exit 1: something is not drawn
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join } from 'node:path';
import { chromium } from 'playwright-core';

const [prometheus, dashboard, picture, hours = '6', to = Math.floor(Date.now() / 1000)] = process.argv.slice(2);
const DIST = new URL('dist', import.meta.url).pathname;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.woff2': 'font/woff2' };
const LEAST_COLORS = 30; // a panel with nothing but its title has fewer
const LEAST_VIVID_PIXELS = 40; // no curve, bar or coloured word

function serve() {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const file = path === `/${basename(dashboard)}` ? dashboard : join(DIST, path === '/' ? 'index.html' : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

// Prometheus sends no CORS headers by itself; the page asks its own origin.
async function forwardQueries(page, origin) {
  await page.route(`${origin}/api/**`, async (route) => {
    const url = route.request().url().replace(origin, prometheus);
    const answer = await fetch(url);
    await route.fulfill({ status: answer.status, contentType: 'application/json', body: await answer.text() });
  });
}

/** Distinct colours, and pixels that are no grey. */
function looksOf(page, png) {
  return page.evaluate(async (base64) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const colors = new Set();
    let vivid = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = data.subarray(i, i + 3);
      colors.add((r << 16) | (g << 8) | b);
      if (Math.max(r, g, b) - Math.min(r, g, b) > 60) vivid++;
    }
    return { colors: colors.size, vivid };
  }, png.toString('base64'));
}

async function faultsOfPanel(page, panel) {
  const where = `«${panel.title}»`;
  const element = await page.$(`[data-panel="${panel.id}"]`);
  if (!element) return [`${where} is not there`];
  const text = await element.innerText();
  const { colors, vivid } = await looksOf(page, await element.screenshot());
  const faults = [];
  if (/No data|Error|undefined|Invalid/i.test(text.replace(panel.title, ''))) faults.push(`${where} says: ${text.slice(0, 200)}`);
  if (colors < LEAST_COLORS) faults.push(`${where} has only ${colors} colours`);
  if (vivid < LEAST_VIVID_PIXELS) faults.push(`${where} shows nothing in colour (${vivid} pixels)`);
  return faults;
}

async function faultsOf(page, wanted) {
  const report = await page.evaluate(() => window.report);
  const faults = [...report.errors];
  for (const panel of wanted) {
    const drawn = report.panels.find(({ id }) => id === panel.id);
    if (!drawn?.values) faults.push(`«${panel.title}» has no values`);
    faults.push(...(await faultsOfPanel(page, panel)));
  }
  return faults;
}

const { panels } = JSON.parse(readFileSync(dashboard));
const wanted = panels.filter(({ type }) => type !== 'row');
const rows = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
const complaints = [];
try {
  // All of it in view: a table draws no rows while it is out of sight.
  const page = await browser.newPage({ viewport: { width: 1400, height: 64 + 38 * rows } });
  page.on('pageerror', (error) => complaints.push(`the page throws: ${error.message}`));
  await forwardQueries(page, origin);
  const asked = new URLSearchParams({ dashboard: basename(dashboard), prometheus: origin, to, hours });
  await page.goto(`${origin}/?${asked}`);
  await page.waitForFunction(() => window.report?.done, undefined, { timeout: 60000 });
  complaints.push(...(await faultsOf(page, wanted)));
  const whole = await page.$('#dashboard');
  if (whole) await whole.screenshot({ path: picture });
  console.log(`${basename(dashboard)}: ${wanted.length} panels, ${complaints.length} faults`);
} finally {
  await browser.close();
  server.close();
}
complaints.forEach((complaint) => console.log(complaint));
process.exit(complaints.length ? 1 : 0);
