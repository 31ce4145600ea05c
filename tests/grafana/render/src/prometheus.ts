// SPDX-License-Identifier: Apache-2.0
// What does Prometheus answer to a panel, as Grafana's data frames? The rules for
// variables and intervals are those of Grafana's own data source, whose package is
// under another licence.
import { DataFrame, Field, FieldType, toDataFrame } from '@grafana/data';
import type { Dashboard, Panel, PanelReport, Span, Target } from './model';

export type Values = Record<string, string>;

interface Series {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

// What one would write into the data source's settings for story.py's history.
const SCRAPE_SECONDS = 30;
// Round steps, as Grafana takes them.
const STEPS = [30, 60, 120, 300, 600, 900, 1800, 3600];

async function ask(base: string, path: string, parameters: Record<string, string | number>) {
  const query = new URLSearchParams(Object.entries(parameters).map(([k, v]) => [k, String(v)]));
  const answer = await (await fetch(`${base}/api/v1/${path}?${query}`)).json();
  if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters.query ?? path}`);
  return answer.data;
}

export function fillIn(text: string, values: Values): string {
  const names = Object.keys(values).sort((a, b) => b.length - a.length);
  return names.reduce(
    (t, name) => t.replaceAll('${' + name + '}', values[name]).replaceAll('$' + name, values[name]),
    text,
  );
}

/** The variables' values when all are chosen. */
export async function chooseAll(base: string, dashboard: Dashboard, span: Span): Promise<Values> {
  const chosen: Values = {};
  for (const variable of dashboard.templating.list) {
    if (typeof variable.query === 'string') {
      chosen[variable.name] = variable.query;
      continue;
    }
    const asked = /^label_values\((.+),\s*(\w+)\)$/.exec(fillIn(variable.query.query, chosen));
    if (!asked) throw new Error(`variable ${variable.name}: not label_values(metric, label)`);
    const found: string[] = await ask(base, `label/${asked[2]}/values`, {
      'match[]': asked[1],
      start: span.from,
      end: span.to,
    });
    if (found.length === 0) throw new Error(`variable ${variable.name} has no values`);
    chosen[variable.name] = `(${found.join('|')})`;
  }
  return chosen;
}

function secondsOf(interval: string | undefined): number {
  const parts = /^(\d+)([smh])$/.exec(interval ?? '');
  return parts ? Number(parts[1]) * { s: 1, m: 60, h: 3600 }[parts[2] as 's' | 'm' | 'h'] : 0;
}

/** The step for a panel of that many pixels, and the interval variables that follow. */
function stepOf(panel: Panel, span: Span, width: number): [number, Values] {
  const least = Math.max(secondsOf(panel.interval) || SCRAPE_SECONDS, (span.to - span.from) / width);
  const step = STEPS.find((candidate) => candidate >= least) ?? least;
  const rate = Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS);
  return [step, { __interval: `${step}s`, __rate_interval: `${rate}s`, __range: `${span.to - span.from}s` }];
}

function nameOf(target: Target, metric: Record<string, string>): string {
  if (target.legendFormat === '__auto') return JSON.stringify(metric);
  return target.legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '');
}

function tableFrame(target: Target, result: Series[], valueName: string): DataFrame {
  const labels = [...new Set(result.flatMap((series) => Object.keys(series.metric)))];
  const column = (name: string, type: FieldType, of: (series: Series) => unknown) => ({
    name,
    type,
    config: {},
    values: result.map(of),
  });
  return toDataFrame({
    refId: target.refId,
    fields: [
      column('Time', FieldType.time, (series) => series.value![0] * 1000),
      ...labels.map((label) => column(label, FieldType.string, (series) => series.metric[label] ?? '')),
      column(valueName, FieldType.number, (series) => Number(series.value![1])),
    ],
  });
}

// A step without a sample is a gap, not a line across.
function seriesFrame(target: Target, series: Series, step: number): DataFrame {
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (const [time, text] of series.values ?? [series.value!]) {
    const last = times[times.length - 1];
    if (last !== undefined && time * 1000 - last > 1500 * step) {
      times.push(last + 1000 * step);
      values.push(null);
    }
    times.push(time * 1000);
    values.push(text === 'NaN' ? null : Number(text));
  }
  const name = nameOf(target, series.metric);
  return toDataFrame({
    refId: target.refId,
    name,
    fields: [
      { name: 'Time', type: FieldType.time, config: { interval: step * 1000 }, values: times },
      { name: 'Value', type: FieldType.number, labels: series.metric, config: { displayNameFromDS: name }, values },
    ],
  });
}

function finiteValues(frames: DataFrame[]): number {
  const count = (field: Field) => field.values.filter((v: unknown) => Number.isFinite(v)).length;
  return frames.flatMap((f) => f.fields.filter((x) => x.type === FieldType.number).map(count)).reduce((a, b) => a + b, 0);
}

/** Runs a panel's queries. `width` in pixels decides the step. */
export async function query(base: string, panel: Panel, chosen: Values, span: Span, width: number): Promise<[DataFrame[], PanelReport]> {
  const [step, intervals] = stepOf(panel, span, width);
  const frames: DataFrame[] = [];
  for (const target of panel.targets) {
    const expr = fillIn(target.expr, { ...chosen, ...intervals });
    // Steps lie on round times, as Grafana lays them.
    const end = Math.floor(span.to / step) * step;
    const data = target.instant
      ? await ask(base, 'query', { query: expr, time: span.to })
      : await ask(base, 'query_range', { query: expr, start: Math.floor(span.from / step) * step, end, step });
    const result: Series[] = data.result;
    if (target.format === 'table') {
      frames.push(tableFrame(target, result, panel.targets.length > 1 ? `Value #${target.refId}` : 'Value'));
    } else {
      frames.push(...result.map((series) => seriesFrame(target, series, step)));
    }
  }
  const { id, title, type } = panel;
  return [frames, { id, title, type, series: frames.length, values: finiteValues(frames) }];
}
