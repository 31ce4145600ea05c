// SPDX-License-Identifier: Apache-2.0
// What of a dashboard's JSON does the test page read? And what does it report?
import type { FieldConfigSource, DataTransformerConfig } from '@grafana/data';

export interface Target {
  refId: string;
  expr: string;
  legendFormat: string;
  instant: boolean;
  format: 'table' | 'time_series';
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  interval?: string;
  targets: Target[];
  transformations?: DataTransformerConfig[];
  fieldConfig: FieldConfigSource;
  // Each kind of panel has options of its own, which schema_test.py has checked.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  options: any;
}

export interface Variable {
  name: string;
  label: string;
  type: string;
  hide: number;
  query: string | { query: string };
}

export interface Dashboard {
  title: string;
  panels: Panel[];
  links: { title: string }[];
  templating: { list: Variable[] };
}

/** Seconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export interface PanelReport {
  id: number;
  title: string;
  type: string;
  series: number;
  values: number; // finite ones
}

/** Read by render.mjs as `window.report`. */
export interface Report {
  panels: PanelReport[];
  errors: string[];
  done: boolean;
}
