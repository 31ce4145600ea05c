// SPDX-License-Identifier: Apache-2.0
// How is each type of panel drawn? With the component of @grafana/ui that Grafana's
// own panel is built on, fed as that panel feeds it.
import {
  DataFrame, dateTime, DisplayValueAlignmentFactors, FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues, GrafanaTheme2, VizOrientation,
} from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater, VizRepeaterRenderValueProps } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import type { Panel, Span } from './model';
import { StateTimeline } from './StateTimeline';

export interface BodyProps {
  panel: Panel;
  frames: DataFrame[];
  width: number;
  height: number;
  span: Span;
  theme: GrafanaTheme2;
}

type Repeated = VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>;

function displayValues({ panel, frames, theme }: BodyProps): FieldDisplay[] {
  return getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: (text) => text,
    theme,
    data: frames,
    sparkline: panel.options.graphMode === 'area',
    timeZone: 'utc',
  });
}

function Stat(props: BodyProps) {
  const { panel, width, height, theme } = props;
  const { options } = panel;
  const one = ({ value, alignmentFactors, ...size }: Repeated) => (
    <BigValue
      value={value.display} sparkline={value.sparkline} width={size.width} height={size.height} count={size.count}
      alignmentFactors={alignmentFactors} text={options.text} wideLayout={options.wideLayout} colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode}
      textMode={options.textMode} theme={theme}
    />
  );
  return (
    <VizRepeater
      getValues={() => displayValues(props)} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one}
      width={width} height={height} source={props.frames} autoGrid renderCounter={0} orientation={options.orientation}
    />
  );
}

function Bars(props: BodyProps) {
  const { panel, width, height, theme } = props;
  const { options } = panel;
  const one = ({ value, orientation, alignmentFactors, ...size }: Repeated) => (
    <BarGauge
      value={value.display} field={value.field} display={value.view?.getFieldDisplayProcessor(value.colIndex)}
      width={size.width} height={size.height} orientation={orientation} alignmentFactors={alignmentFactors}
      displayMode={options.displayMode} valueDisplayMode={options.valueMode} namePlacement={options.namePlacement}
      showUnfilled={options.showUnfilled} text={options.text} itemSpacing={8} theme={theme}
    />
  );
  return (
    <VizRepeater
      getValues={() => displayValues(props)} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one}
      width={width} height={height} source={props.frames} minVizHeight={options.minVizHeight} maxVizHeight={options.maxVizHeight}
      minVizWidth={options.minVizWidth} itemSpacing={8} renderCounter={0} orientation={options.orientation as VizOrientation}
    />
  );
}

function Curves({ panel, frames, width, height, span }: BodyProps) {
  const [from, to] = [dateTime(span.from * 1000), dateTime(span.to * 1000)];
  return (
    <TimeSeries
      frames={frames} width={width} height={height} timeRange={{ from, to, raw: { from, to } }} timeZone="utc"
      legend={panel.options.legend} options={panel.options}
    />
  );
}

function Rows({ panel, frames, width, height }: BodyProps) {
  return (
    <TableNG
      data={frames[0]} width={width} height={height} noHeader={!panel.options.showHeader} cellHeight={panel.options.cellHeight}
      sortBy={panel.options.sortBy} sortByBehavior="initial" showTypeIcons={false} enableVirtualization={false} structureRev={1}
    />
  );
}

export function PanelBody(props: BodyProps) {
  if (props.frames.length === 0 || props.frames.every((frame) => frame.length === 0)) return <p>No data</p>;
  switch (props.panel.type) {
    case 'timeseries': return <Curves {...props} />;
    case 'stat': return <Stat {...props} />;
    case 'bargauge': return <Bars {...props} />;
    case 'table': return <Rows {...props} />;
    case 'state-timeline': return <StateTimeline {...props} />;
    default: throw new Error(`nothing here draws a ${props.panel.type}`);
  }
}
