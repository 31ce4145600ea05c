// SPDX-License-Identifier: Apache-2.0
// How is a state timeline drawn? Grafana's own is part of its server's front end, so
// this one draws the same with plain elements: a band a series, equal neighbours
// merged, colours and words from the field's value mappings.
import { DataFrame, dateTimeFormat, Field, FieldType, getFieldDisplayName, GrafanaTheme2 } from '@grafana/data';
import type { Span } from './model';

interface Stretch {
  from: number; // milliseconds
  to: number;
  value: number;
}

const NAMES = 176; // pixels
const AXIS = 24;

function stretchesOf(times: number[], values: number[], step: number): Stretch[] {
  const merged: Stretch[] = [];
  times.forEach((time, i) => {
    const last = merged[merged.length - 1];
    if (last && last.value === values[i] && last.to >= time) last.to = time + step;
    else merged.push({ from: time, to: time + step, value: values[i] });
  });
  return merged;
}

function Band({ field, stretches, place, height, theme }: {
  field: Field;
  stretches: Stretch[];
  place: (time: number) => number;
  height: number;
  theme: GrafanaTheme2;
}) {
  return stretches.map(({ from, to, value }) => {
    const shown = field.display!(value);
    const left = place(from);
    const width = place(to) - left;
    return (
      <div key={from} style={{
        position: 'absolute', left, width, height, boxSizing: 'border-box', overflow: 'hidden', whiteSpace: 'nowrap', textOverflow: 'ellipsis',
        background: shown.color, color: theme.colors.getContrastText(shown.color!), lineHeight: `${height}px`,
        borderRadius: 2, paddingLeft: 6, fontSize: 12,
      }}>
        {width > 60 ? shown.text : ''}
      </div>
    );
  });
}

function Axis({ span, place, top }: { span: Span; place: (time: number) => number; top: number }) {
  const hour = 3600_000;
  const first = Math.ceil((span.from * 1000) / hour) * hour;
  const marks = Array.from({ length: Math.floor((span.to * 1000 - first) / hour) + 1 }, (_, i) => first + i * hour);
  return marks.map((time) => (
    <div key={time} style={{ position: 'absolute', top, left: place(time) - 20, width: 40, textAlign: 'center', fontSize: 12 }}>
      {dateTimeFormat(time, { format: 'HH:mm', timeZone: 'utc' })}
    </div>
  ));
}

export function StateTimeline({ frames, width, height, span, theme }: {
  frames: DataFrame[];
  width: number;
  height: number;
  span: Span;
  theme: GrafanaTheme2;
}) {
  const start = span.from * 1000;
  const scale = (width - NAMES) / (span.to * 1000 - start);
  const place = (time: number) => NAMES + Math.min(Math.max(time - start, 0) * scale, width - NAMES);
  const row = (height - AXIS) / frames.length;
  return (
    <div style={{ position: 'relative', width, height }}>
      {frames.map((frame, index) => {
        const time = frame.fields.find((f) => f.type === FieldType.time)!;
        const field = frame.fields.find((f) => f.type === FieldType.number)!;
        const stretches = stretchesOf(time.values, field.values, time.config.interval!);
        const inner = row * 0.8;
        return (
          <div key={index} style={{ position: 'absolute', top: index * row + row * 0.1, height: inner, width }}>
            <div style={{ width: NAMES - 8, textAlign: 'right', lineHeight: `${inner}px`, fontSize: 12 }}>
              {getFieldDisplayName(field, frame, frames)}
            </div>
            <div style={{ position: 'absolute', top: 0, left: 0 }}>
              <Band field={field} stretches={stretches} place={place} height={inner} theme={theme} />
            </div>
          </div>
        );
      })}
      <Axis span={span} place={place} top={height - AXIS + 4} />
    </div>
  );
}
